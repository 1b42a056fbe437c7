SELECT window_start_ms, window_start_ms + 10000 AS window_end_ms, key,
       count(*) AS count, sum(value) AS sum, min(value) AS min, max(value) AS max
FROM (
  SELECT epoch_ms(date_bin(INTERVAL '10000 milliseconds', to_timestamp_millis(event_time_ms))) AS window_start_ms,
         key, value
  FROM records
)
GROUP BY window_start_ms, key
