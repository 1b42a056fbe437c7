-- Each order (left) with the payments (right) of the 60,000 ms after it, and the orders that nobody paid.
SELECT orders.key AS key, orders.event_time_ms AS order_time_ms, payments.event_time_ms AS payment_time_ms,
       count(*) AS pairs, sum(orders.value) AS order_value, coalesce(sum(payments.value), 0) AS payment_value
FROM (SELECT * FROM records WHERE side = 'left') AS orders
LEFT JOIN (SELECT * FROM records WHERE side = 'right') AS payments
  ON payments.key = orders.key
 AND payments.event_time_ms BETWEEN orders.event_time_ms AND orders.event_time_ms + 60000
GROUP BY orders.key, orders.event_time_ms, payments.event_time_ms
