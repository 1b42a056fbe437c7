"""Assigns each delivery to the truck that has the least to do: Graham's list scheduling."""
import csv, sys

minutes = [0] * 5
header = sys.stdin.readline()
print(header, end="", flush=True)  # ready
for row in csv.DictReader(sys.stdin, fieldnames=header.strip().split(",")):
    truck = minutes.index(min(minutes))
    minutes[truck] += int(row["minutes"])
    print(truck, flush=True)
