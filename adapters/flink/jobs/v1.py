"""The windowed counts in Flink SQL: late is what comes more than the problem's delay behind."""

import windowed_counts

# In SQL the watermark itself is already late, in the DataStream API and here it isn't: hence one millisecond more.
windowed_counts.run(watermark=lambda delay: delay + 1)
