-- Windows of 10,000 ms that begin 3,000 ms after the full ones.
SELECT epoch_ms(date_bin(
         INTERVAL '10000 milliseconds', to_timestamp_millis(event_time_ms), to_timestamp_millis(3000)
       )) AS window_start_ms,
       key, count(*) AS count, sum(value) AS sum
FROM records
GROUP BY window_start_ms, key
