-- Days of a zone: 23 or 25 hours long where its clocks are changed.
SELECT epoch_ms(day) AS day_start_ms, epoch_ms(day + INTERVAL '1 day') AS day_end_ms,
       key, count(*) AS count, sum(value) AS sum
FROM (
  SELECT date_trunc('day', to_timestamp_millis(event_time_ms) AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin') AS day,
         key, value
  FROM records
)
GROUP BY day, key
