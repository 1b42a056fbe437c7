-- Each reading (left) with the attribute (right) that was valid at its time; of rows of one time the last in the file.
SELECT key, attribute, count(*) AS count, sum(value) AS sum
FROM (
  SELECT key, side, value,
         last_value(CASE WHEN side = 'right' THEN value END) IGNORE NULLS OVER (
           PARTITION BY key ORDER BY event_time_ms, side DESC, record_offset
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
         ) AS attribute
  FROM records
)
WHERE side = 'left'
GROUP BY key, attribute
