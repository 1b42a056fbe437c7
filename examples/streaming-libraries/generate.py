"""Writes orders.csv: 1,200 orders of a quarter of an hour, at most 15 s late, in the order in which they came in."""
import random

chance = random.Random(5)
START = 1_772_366_400_000  # 2026-03-01 12:00 UTC
orders = []
for _ in range(1_200):
    time = START + int(chance.random() * 900_000)
    arrival = time + int(chance.random() ** 3 * 15_000)
    orders.append((arrival, time, f"u{int(chance.random() ** 2 * 12)}", 1 + int(chance.random() * 50)))
with open("orders.csv", "w", newline="\n") as out:
    out.write("time_ms,user,amount\n")
    out.writelines(f"{time},{user},{amount}\n" for _, time, user, amount in sorted(orders))
