"""Folds a database's changes into its table, one by one, and gives out what each does: a row that goes, a row that comes."""
import base64, csv, datetime, json, sys

UNTOUCHED = "__debezium_unavailable_value"


def cells(after, before):
    """Returns a row as the database shows it. A large value that wasn't touched isn't sent: it is what it was before."""
    price = int.from_bytes(base64.b64decode(after["price"]), "big", signed=True)
    since = datetime.date(1970, 1, 1) + datetime.timedelta(after["since"])
    note = before[-1] if before and after["note"] == UNTOUCHED else after["note"]
    return [after["id"], after["name"], f"{price / 100:.2f}", since, after["stock"], note]


class Products:
    def __init__(self):
        self.rows, self.place = {}, {}

    def change(self, headers, key, value):
        """Takes a change of a row, and returns the rows that go and come with it."""
        if value["source"]["lsn"] <= self.place.get(key, 0):
            return []  # sent again after a restart
        self.place[key] = value["source"]["lsn"]
        old, new = self.rows.pop(key, None), None
        if value["op"] != "d":
            new = self.rows[key] = cells(value["after"], old)
        return [[sign, *row] for sign, row in (("-", old), ("+", new)) if row]


if __name__ == "__main__":
    print("sign,id,name,price,since,stock,note", flush=True)
    out, products = csv.writer(sys.stdout, lineterminator="\n"), Products()
    for line in csv.DictReader(sys.stdin):
        if line["value"]:  # none: a tombstone
            headers, key, value = (json.loads(line[name]) for name in ("headers", "key", "value"))
            out.writerows(products.change(headers, key["id"], value))
