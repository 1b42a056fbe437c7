"""A streaming job: reads records from stdin, writes rows to stdout. It counts the records of each @KEY@: put your own here."""
import csv
import sys
from collections import Counter

out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["@KEY@", "n"])  # the header of its own rows: ready
sys.stdout.flush()
counts = Counter()
for record in csv.DictReader(sys.stdin):
    counts[record["@KEY@"]] += 1
for key, n in counts.items():
    out.writerow([key, n])  # a row may come at any time
