"""Writes the same table with pyarrow 26.0.1, DuckDB 2.0.1 and Polars 2.1.0, which the tests read."""

import datetime
import decimal

import duckdb
import polars
import pyarrow
import pyarrow.parquet

UTC = datetime.timezone.utc
ROWS = [
    (1, "10.00", "éa", 0.1, ["x", None], {"b": 1, "a": "z"}, True),
    (2, "-0.05", "", float("nan"), [], {"b": None, "a": ""}, False),
    (None, None, None, None, None, None, None),
]


def table():
    at = [datetime.datetime(2026, 1, 31, 23, 59, 59, 999999, UTC), datetime.datetime(1969, 12, 31, tzinfo=UTC), None]
    columns = list(zip(*ROWS))
    return pyarrow.table({
        "id": pyarrow.array(columns[0], pyarrow.int64()),
        "amount": pyarrow.array([value and decimal.Decimal(value) for value in columns[1]], pyarrow.decimal128(10, 2)),
        "name": pyarrow.array(columns[2], pyarrow.string()),
        "share": pyarrow.array(columns[3], pyarrow.float64()),
        "tags": pyarrow.array(columns[4], pyarrow.list_(pyarrow.string())),
        "of": pyarrow.array(columns[5], pyarrow.struct([("b", pyarrow.int32()), ("a", pyarrow.string())])),
        "done": pyarrow.array(columns[6], pyarrow.bool_()),
        "at": pyarrow.array(at, pyarrow.timestamp("us", "UTC")),
        "day": pyarrow.array([value and value.date() for value in at], pyarrow.date32()),
    })


made = table()
pyarrow.parquet.write_table(made, "pyarrow.parquet")
duckdb.execute("SET TimeZone = 'UTC'")
duckdb.execute("COPY (SELECT * FROM made) TO 'duckdb.parquet'")
polars.from_arrow(made).write_parquet("polars.parquet")
# A sum of 128 bits, which DuckDB writes as a double.
duckdb.execute("COPY (SELECT sum(x::BIGINT) AS total FROM (VALUES (9007199254740992), (1)) AS t(x)) TO 'duckdb-sum.parquet'")

# The answer for the clicks of tests/cli/own, which are in clicks.parquet.
CLICKS = [(10, "a", "1.50"), (10, "b", "2.25"), (10, "a", "0.10"), (11, "a", "3.00"), (10, "b", "7.00"), (12, "b", "1.00")]
hours, users, amounts = zip(*CLICKS)
clicks = pyarrow.table({
    "hour": pyarrow.array(hours, pyarrow.int32()),
    "user": pyarrow.array(users),
    "amount": pyarrow.array([decimal.Decimal(amount) for amount in amounts], pyarrow.decimal128(6, 2)),
})
pyarrow.parquet.write_table(clicks, "clicks.parquet")
duckdb.execute(
    "COPY (SELECT hour, \"user\", count(*) AS n, sum(amount) AS amount FROM clicks GROUP BY ALL ORDER BY ALL)"
    " TO 'clicks-truth.parquet'"
)
