"""Sums up payments by customer, in decimals; halves are rounded up, as the terms of the shop say."""
import csv, sys
from decimal import ROUND_HALF_UP, Decimal

customers = {}
for row in csv.DictReader(sys.stdin):
    customers.setdefault(row["customer"], []).append(Decimal(row["amount"]))
print("customer,n,mean,points")
for customer, amounts in customers.items():
    points = max(0, *amounts, Decimal(0)).quantize(Decimal(1), ROUND_HALF_UP)
    print(customer, len(amounts), sum(amounts) / len(amounts), points, sep=",")
