"""Counts and adds up by windows of 10 s and by key. A window is given out once the watermark, so many milliseconds behind the
latest record, has passed its end; what comes for it later is lost."""
import csv, sys

SIZE, DELAY = 10_000, int(sys.argv[1])

print("window_start_ms,key,count,sum", flush=True)
out = csv.writer(sys.stdout, lineterminator="\n")
windows, watermark = {}, None
for row in csv.DictReader(sys.stdin):
    time, key, value = int(row["event_time_ms"]), row["key"], int(row["value"])
    start = time - time % SIZE
    if watermark is None or start + SIZE > watermark:
        count, total = windows.get((start, key), (0, 0))
        windows[start, key] = count + 1, total + value
    watermark = max(time - DELAY, time - DELAY if watermark is None else watermark)
    for ready in sorted(window for window in windows if window[0] + SIZE <= watermark):
        out.writerow([*ready, *windows.pop(ready)])
for last in sorted(windows):
    out.writerow([*last, *windows[last]])
