"""Writes payments.csv: 1,200 payments of 60 customers, a few of them refunds."""
import random

chance = random.Random(31)
with open("payments.csv", "w", newline="\n") as out:
    out.write("customer,amount\n")
    for _ in range(1_200):
        customer = int(chance.random() * 60)
        cents = 50 * int(chance.random() * 200) if chance.random() < 0.7 else int(chance.random() * 9_999)
        sign = "-" if chance.random() < 0.03 else ""
        out.write(f"c{customer:02},{sign}{cents // 100}.{cents % 100:02}\n")
