-- Days of a zone, on Spark: 23 or 25 hours long where its clocks are changed.
SELECT unix_millis(to_utc_timestamp(day, 'Europe/Berlin')::TIMESTAMP_LTZ) AS day_start_ms,
       unix_millis(to_utc_timestamp(day + INTERVAL '1 day', 'Europe/Berlin')::TIMESTAMP_LTZ) AS day_end_ms,
       key, count(*) AS count, sum(value) AS sum
FROM (
  SELECT date_trunc('day', from_utc_timestamp(timestamp_millis(event_time_ms), 'Europe/Berlin')) AS day, key, value
  FROM records
)
GROUP BY day, key
