"""Writes sales.csv: receipts of five tills in one hour, of which some are paid back."""

import random

random.seed(8)
tills = ["t1", "t2", "t3", "t4", "t5"]
with open("sales.csv", "w", encoding="utf-8") as out:
    out.write("at,till,amount\n")
    for at in sorted(random.randrange(3_600_000) for _ in range(600)):
        till = random.choice(tills)
        # The last till takes nothing back.
        is_back = till != "t5" and random.random() < 0.04
        amount = random.randrange(100, 9_000) / 100 * (-1 if is_back else 1)
        out.write(f"{1_772_366_400_000 + at},{till},{amount:.2f}\n")
