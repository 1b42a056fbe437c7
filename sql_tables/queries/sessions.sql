-- A session ends 100 ms after its last record; a record exactly 100 ms after the one before still belongs to it.
SELECT min(event_time_ms) AS window_start_ms, max(event_time_ms) + 100 AS window_end_ms, key,
       count(*) AS count, sum(value) AS sum, min(value) AS min, max(value) AS max
FROM (
  SELECT key, event_time_ms, value,
         sum(begins) OVER (PARTITION BY key ORDER BY event_time_ms, record_offset) AS session
  FROM (
    SELECT key, event_time_ms, value, record_offset,
           CASE WHEN event_time_ms - lag(event_time_ms) OVER (PARTITION BY key ORDER BY event_time_ms, record_offset) > 100
                THEN 1 ELSE 0 END AS begins
    FROM records
  )
)
GROUP BY key, session
