"""The windowed counts in Flink SQL, made to answer sooner. It has a bug: it waits for a tenth of the problem's delay."""

import windowed_counts

windowed_counts.run(watermark=lambda delay: delay // 10 + 1)
