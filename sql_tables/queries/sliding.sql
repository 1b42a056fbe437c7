-- Windows of 10,000 ms, one each 2,500 ms: a record is in the last that began before it, and in those before that.
SELECT window_start_ms, window_start_ms + 10000 AS window_end_ms, key,
       count(*) AS count, sum(value) AS sum, min(value) AS min, max(value) AS max
FROM (
  SELECT last_start_ms - 2500 * back AS window_start_ms, event_time_ms, key, value
  FROM (
    SELECT epoch_ms(date_bin(INTERVAL '2500 milliseconds', to_timestamp_millis(event_time_ms))) AS last_start_ms,
           event_time_ms, key, value
    FROM records
  )
  CROSS JOIN (SELECT value AS back FROM generate_series(0, 10000 / 2500))
)
WHERE event_time_ms < window_start_ms + 10000
GROUP BY window_start_ms, key
