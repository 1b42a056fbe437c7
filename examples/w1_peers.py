"""W1 in another engine, on one thread: `python3 examples/w1_peers.py duckdb|polars INPUT.csv OUTPUT.csv`.

See `examples/w1.rs`, which runs it and measures it.
"""

import os
import sys

os.environ["POLARS_MAX_THREADS"] = "1"


def with_duckdb(source, target):
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.execute(
        f"""
        COPY (
            SELECT event_time_ms // 10000 * 10000 AS window_start_ms, key,
                   count(*) AS count, sum(value) AS sum
            FROM read_csv('{source}') GROUP BY ALL ORDER BY ALL
        ) TO '{target}' (HEADER)
        """
    )


def with_polars(source, target):
    import polars

    window = (polars.col("event_time_ms") // 10000 * 10000).alias("window_start_ms")
    totals = (
        polars.scan_csv(source)
        .group_by(window, "key")
        .agg(polars.len().alias("count"), polars.col("value").sum().alias("sum"))
        .sort("window_start_ms", "key")
    )
    totals.sink_csv(target)


if __name__ == "__main__":
    {"duckdb": with_duckdb, "polars": with_polars}[sys.argv[1]](sys.argv[2], sys.argv[3])
