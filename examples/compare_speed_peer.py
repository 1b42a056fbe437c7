"""Compares two CSV files by a key with DuckDB or Polars, and prints how many rows are missing, extra and changed.

`compare_speed_peer.py duckdb|polars [LEFT RIGHT KEY,KEY]`; without files it only imports the peer. Needs `pip install duckdb polars`."""

import json
import sys

name, *files = sys.argv[1:]
if name == "duckdb":
    import duckdb
else:
    import polars


def with_duckdb(left, right, key):
    tables = [f"read_csv('{path}')" for path in (left, right)]
    columns = [row[0] for row in duckdb.execute(f"DESCRIBE SELECT * FROM {tables[0]}").fetchall()]
    on = " AND ".join(f'l."{column}" = r."{column}"' for column in key)
    both = f'l."{key[0]}" IS NOT NULL AND r."{key[0]}" IS NOT NULL'
    differ = [f'{both} AND l."{column}" IS DISTINCT FROM r."{column}"' for column in columns if column not in key]
    counts = [f'r."{key[0]}" IS NULL', f'l."{key[0]}" IS NULL', " OR ".join(f"({one})" for one in differ), *differ]
    selected = ", ".join(f"count(*) FILTER ({count})" for count in counts)
    return duckdb.execute(f"SELECT {selected} FROM {tables[0]} l FULL JOIN {tables[1]} r ON {on}").fetchone()[:3]


def with_polars(left, right, key):
    left, right = polars.read_csv(left), polars.read_csv(right)
    joined = left.join(right, on=key, how="full", suffix="_right")
    on_left, on_right = polars.col(key[0]).is_not_null(), polars.col(key[0] + "_right").is_not_null()
    differ = [
        polars.col(column).ne_missing(polars.col(column + "_right")) for column in left.columns if column not in key
    ]
    both = joined.filter(on_left & on_right)
    changed = both.select(polars.any_horizontal(differ).sum(), *(one.sum().alias(str(at)) for at, one in enumerate(differ)))
    return joined.filter(~on_right).height, joined.filter(~on_left).height, changed.row(0)[0]


if files:
    left, right, key = files
    compare = with_duckdb if name == "duckdb" else with_polars
    missing, extra, changed = compare(left, right, key.split(","))
    print(json.dumps({"rows": {"missing": missing, "extra": extra, "changed": changed}}))
