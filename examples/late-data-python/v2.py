"""Counts clicks by minute and page. A minute is given out when the watermark has passed its end."""
import csv, sys
from collections import Counter

SIZE, DELAY = 60_000, 10_000


class Minutes:
    def __init__(self):
        self.open, self.watermark = Counter(), 0

    def click(self, time, page):
        """Takes a click and returns the rows that are ready then."""
        if time < self.watermark:
            return []  # late: one comparison is enough
        self.open[time - time % SIZE, page] += 1
        self.watermark = max(self.watermark, time - DELAY)
        return self.close(self.watermark)

    def close(self, watermark):
        ready = sorted(key for key in self.open if key[0] + SIZE <= watermark)
        return [(*key, self.open.pop(key)) for key in ready]


if __name__ == "__main__":
    print("minute,page,n", flush=True)
    out, minutes = csv.writer(sys.stdout, lineterminator="\n"), Minutes()
    for row in csv.DictReader(sys.stdin):
        out.writerows(minutes.click(int(row["time_ms"]), row["page"]))
    out.writerows(minutes.close(float("inf")))
