"""Assigns each delivery to the truck of its district."""
import csv, sys

TRUCKS = {"north": 0, "east": 1, "south": 2, "west": 3, "centre": 4}
header = sys.stdin.readline()
print(header, end="", flush=True)  # ready
for row in csv.DictReader(sys.stdin, fieldnames=header.strip().split(",")):
    print(TRUCKS[row["district"]], flush=True)
