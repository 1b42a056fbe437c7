"""Writes changes.sql, the statements of a table's life, and capture.jsonl, what Debezium's PostgreSQL connector sends of it."""
import base64, datetime, json, random

chance = random.Random(15)
DEFINITION = (
    "create table products (id int primary key, name text not null, price numeric(10, 2) not null,"
    " since date not null, stock int not null, note text not null);"
)
UNTOUCHED = "__debezium_unavailable_value"
LARGE = (4, 9, 17)  # products with a large note, which nothing rewrites
WORDS = "oak ash elm yew fir box bay fig plum pear lime rowan alder hazel maple cedar".split()
statements, events, table = [DEFINITION], [], {}
place = {"lsn": 4_000_000, "txId": 700, "run": 1, "now": 1_772_366_400_000}


def note(large):
    return " ".join(chance.choice(WORDS) for _ in range(600 if large else 4))


def bytes_of(price):
    """Returns a decimal as the connector writes it: its unscaled number, big-endian."""
    return base64.b64encode(price.to_bytes(price.bit_length() // 8 + 1, "big", signed=True)).decode()


def envelope(row):
    days = (row["since"] - datetime.date(1970, 1, 1)).days
    return {**row, "price": bytes_of(row["price"]), "since": days}


def send(op, key, after=None, snapshot="false", **headers):
    place["now"] += 7
    place["lsn"] += 0 if op == "r" else 56 * chance.randint(1, 9)
    made_up = {"id": key, "name": "", "price": "AA==", "since": 0, "stock": 0, "note": ""}
    source = {"connector": "postgresql", "name": "shop", "db": "shop", "schema": "public", "table": "products"}
    source |= {"snapshot": snapshot, "ts_ms": place["now"] - 5, "txId": place["txId"], "lsn": place["lsn"]}
    value = {"before": made_up if op == "d" else None, "after": after, "source": source, "op": op}
    line(key, value | {"ts_ms": place["now"]}, headers)
    if op == "d":
        line(key, None, headers)


def line(key, value, headers):
    headers = {f"__debezium.{name}": {"id": other} for name, other in headers.items()}
    headers["__debezium.context.runId"] = f"run-{place['run']}"
    events.append({"topic": "shop.public.products", "headers": headers, "key": {"id": key}, "value": value})


def insert(key, large=False, op="c", snapshot="false"):
    since = datetime.date(2024, 1, 1) + datetime.timedelta(chance.randrange(700))
    row = {"id": key, "name": f"{chance.choice(WORDS)} {key}", "price": chance.randrange(-500, 200_000)}
    row |= {"since": since, "stock": chance.randrange(90), "note": note(large)}
    table[key] = row
    price = f"{'-' if row['price'] < 0 else ''}{abs(row['price']) // 100}.{abs(row['price']) % 100:02}"
    statements.append(
        f"insert into products values ({key}, '{row['name']}', {price}, '{since}', {row['stock']}, '{row['note']}');"
    )
    send(op, key, envelope(row), snapshot)


def shown(row):
    """Returns a row after a change that leaves its note alone: a large one isn't sent."""
    row = envelope(row)
    return row | {"note": UNTOUCHED} if len(row["note"]) > 2_000 else row


def update(key, **values):
    table[key] |= values
    price = values.get("price", 0)
    written = {"price": f"{price // 100}.{price % 100:02}", "note": f"'{values.get('note')}'"}
    sets = ", ".join(f"{name} = {written.get(name, value)}" for name, value in values.items())
    statements.append(f"update products set {sets} where id = {key};")
    send("u", key, envelope(table[key]) if "note" in values else shown(table[key]))


def rename(key, new):
    table[new] = table.pop(key) | {"id": new}
    statements.append(f"update products set id = {new} where id = {key};")
    send("d", key, newkey=new)
    send("c", new, shown(table[new]), oldkey=key)


def delete(key):
    del table[key]
    statements.append(f"delete from products where id = {key};")
    send("d", key)


def live(steps):
    for _ in range(steps):
        place["txId"] += 1
        key, kind = chance.choice([key for key in table if 0 < key < 60]), chance.random()
        if kind < 0.5:
            update(key, stock=chance.randrange(90))
        elif kind < 0.75 or key in LARGE:
            update(key, price=chance.randrange(100, 200_000))
        elif kind < 0.85:
            update(key, note=note(False))
        elif kind < 0.93:
            insert(max(key for key in table if key < 60) + 1)
        else:
            delete(key)


for key in range(1, 31):
    insert(key, key in LARGE, "r", "last" if key == 30 else "true")
live(60)
rename(4, 104)  # its note is large
rename(11, 111)  # its note isn't
update(104, stock=3)
insert(11)  # a key that was another product's
update(9, stock=0)
rename(9, -9)
killed = len(events)
live(25)
# The connector is killed and goes on where it had last written down that it was: what it sent since comes again.
again, place["run"] = events[killed - 6 :], 2
for event in again:
    value = event["value"] and {**event["value"], "ts_ms": event["value"]["ts_ms"] + 60_000}
    headers = {**event["headers"], "__debezium.context.runId": "run-2"}
    events.append({**event, "headers": headers, "value": value})
live(40)
rename(17, 117)
rename(117, 118)  # the large note goes along twice

with open("changes.sql", "w", newline="\n") as out:
    out.writelines(f"{statement}\n" for statement in statements)
with open("capture.jsonl", "w", newline="\n") as out:
    out.writelines(json.dumps(event, separators=(",", ":")) + "\n" for event in events)
