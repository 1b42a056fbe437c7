"""Makes the whole table anew: runs all statements in SQL and reads what is there at the end."""
import csv, sqlite3, sys

database = sqlite3.connect(":memory:")
with open("changes.sql") as statements:
    database.executescript(statements.read())
products = database.execute("select id, name, price, since, stock, note from products order by id")
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(column[0] for column in products.description)
out.writerows(products)
