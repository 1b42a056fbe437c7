"""The windowed counts in Spark, of which nothing is ever late. It has a bug: a record belongs to the window in which it came in."""

import windowed_counts

windowed_counts.run(event_time="arrival_ms")
