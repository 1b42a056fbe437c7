"""Writes deliveries.csv: 40 deliveries of a day, in the order in which they are ordered."""
import random

chance = random.Random(7)
with open("deliveries.csv", "w", newline="\n") as out:
    out.write("id,district,minutes\n")
    for number in range(1, 41):
        district = "north east south west centre".split()[int(chance.random() * 5)]
        far = chance.random() < 0.3
        minutes = 60 + int(chance.random() * 120) if far else 20 + int(chance.random() * 40)
        out.write(f"d{number},{district},{minutes}\n")
