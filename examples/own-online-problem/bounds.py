"""Bounds what the best plan of the whole day costs: nobody knows the optimum of 40 deliveries on five trucks."""
import csv, sys

deliveries = sorted((int(row["minutes"]) for row in csv.DictReader(sys.stdin)), reverse=True)
# No plan is shorter than a truck's fair share, nor than the longest delivery.
lower = max(-(-sum(deliveries) // 5), *deliveries[:1], 0)
# The longest first, each to the truck that has the least to do: a plan, so the best is no longer.
trucks = [0] * 5
for minutes in deliveries:
    trucks[trucks.index(min(trucks))] += minutes
print("lower,upper")
print(f"{lower},{max(trucks)}")
