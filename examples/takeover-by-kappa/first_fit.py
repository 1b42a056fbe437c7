"""First fit: each item goes into the first bin that has room for it."""
import os
import sys

capacity = int(os.environ["COUNTERPOINT_PARAMETER_CAPACITY"])
rooms = []  # by bin, what is left in it
print(sys.stdin.readline(), end="", flush=True)  # the header, sent back: ready
for line in sys.stdin:
    size = int(line)
    bin = next((bin for bin, room in enumerate(rooms) if room >= size), len(rooms))
    if bin == len(rooms):
        rooms.append(capacity)
    rooms[bin] -= size
    print(bin, flush=True)
