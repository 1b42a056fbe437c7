# Emits: how many records there are of each user.
import collections, csv, sys

print("user,n", flush=True)  # the header of its own rows: ready
counts = collections.Counter(record["user"] for record in csv.DictReader(sys.stdin))
csv.writer(sys.stdout).writerows(counts.items())
