"""Prints what Python reads: a line for each log."""
import sys

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

for path in sys.argv[1:]:
    reader = HistogramLogReader(path, HdrHistogram(1, 3_600_000_000_000, 3))
    log = reader.get_next_interval_histogram()
    tag = getattr(log, "tag", None) or "-"
    values = [log.get_value_at_percentile(p) for p in (50.0, 90.0, 99.0, 99.9, 100.0)]
    print(
        log.get_total_count(),
        round(log.get_start_time_stamp()),
        round(log.get_end_time_stamp()),
        tag,
        log.get_min_value() if log.get_total_count() else 0,
        log.get_max_value(),
        *values,
    )
