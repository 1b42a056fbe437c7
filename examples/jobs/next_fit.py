# Replies: next fit, a bin for each size.
import os, sys

capacity = int(os.environ["COUNTERPOINT_PARAMETER_CAPACITY"])
bin, room = 0, capacity
print(sys.stdin.readline(), end="", flush=True)  # the header, sent back: ready
for line in sys.stdin:
    size = int(line)
    if size > room:
        bin, room = bin + 1, capacity
    room -= size
    print(bin, flush=True)
