"""Sums up payments by customer: number, mean, and a point for each unit of the largest payment, rounded."""
import csv, sys

print("customer,n,mean,points", flush=True)
customers = {}
for row in csv.DictReader(sys.stdin):
    amount = float(row["amount"])
    n, mean, largest = customers.get(row["customer"], (0, 0.0, 0.0))
    customers[row["customer"]] = (n + 1, mean + (amount - mean) / (n + 1), max(largest, amount))
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerows((customer, n, mean, round(largest)) for customer, (n, mean, largest) in customers.items())
