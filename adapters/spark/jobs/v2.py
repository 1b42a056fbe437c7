"""The windowed counts in Spark. They have a bug: a record belongs to the window in which its message came, not to its own."""

import windowed_counts

# `timestamp` is a column of every Kafka source: the time that the message carries, and not the event's.
windowed_counts.run(event_time=lambda record: record.timestamp)
