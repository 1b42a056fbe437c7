"""The windowed counts in Spark: a record belongs to the window in which it happened."""

from pyspark.sql import functions as f

import windowed_counts

windowed_counts.run(event_time=lambda record: f.timestamp_millis(record.event_time_ms))
