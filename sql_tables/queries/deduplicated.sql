SELECT key, count(*) AS count, sum(value) AS sum
FROM (
  SELECT key, value, row_number() OVER (PARTITION BY id ORDER BY record_offset) AS delivery
  FROM records
)
WHERE delivery = 1
GROUP BY key
