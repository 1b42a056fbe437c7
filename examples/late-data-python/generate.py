"""Writes clicks.csv: 1,600 clicks of a quarter of an hour, in the order in which they came in."""
import random

chance = random.Random(14)
START = 1_772_366_400_000  # 2026-03-01 12:00 UTC
clicks = []
for _ in range(1_600):
    time = START + int(chance.random() * 900_000)
    on_its_way = int(chance.random() * 6_000)
    if chance.random() < 0.04:  # a phone in a tunnel
        on_its_way = 6_000 + int(chance.random() * 40_000)
    page = "home" if chance.random() < 0.6 else "basket" if chance.random() < 0.7 else "pay"
    clicks.append((time + on_its_way, time, page))
with open("clicks.csv", "w", newline="\n") as out:
    out.write("time_ms,page\n")
    out.writelines(f"{time},{page}\n" for _, time, page in sorted(clicks))
