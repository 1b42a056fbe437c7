"""The batch answers: orders by minute and user, or what each user has spent."""
import csv, sys
from collections import Counter

minutes, totals = Counter(), Counter()
for row in csv.DictReader(sys.stdin):
    time = int(row["time_ms"])
    minutes[time - time % 60_000, row["user"]] += 1
    totals[row["user"]] += int(row["amount"])
if sys.argv[1] == "minutes":
    print("minute,user,n", *(f"{minute},{user},{n}" for (minute, user), n in minutes.items()), sep="\n")
else:
    print("user,spent", *(f"{user},{spent}" for user, spent in totals.items()), sep="\n")
