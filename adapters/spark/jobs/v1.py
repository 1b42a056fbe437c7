"""The windowed counts in Spark: a record belongs to the window in which it happened."""

import windowed_counts

windowed_counts.run(event_time="event_time_ms")
