"""W1 in another engine, on one thread: `python3 examples/w1_peers.py duckdb|polars INPUT.csv OUTPUT.csv`.

Prints the CPU seconds, user and system, of all threads, from after the engine was loaded until the results are in the
file. See `examples/w1.rs`, which runs it.
"""

import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"


def with_duckdb(duckdb, source, target):
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


def with_polars(polars, source, target):
    window = (polars.col("event_time_ms") // 10000 * 10000).alias("window_start_ms")
    totals = (
        polars.scan_csv(source)
        .group_by(window, "key")
        .agg(polars.len().alias("count"), polars.col("value").sum().alias("sum"))
        .sort("window_start_ms", "key")
    )
    totals.sink_csv(target)


if __name__ == "__main__":
    engine, source, target = sys.argv[1:]
    if engine == "duckdb":
        import duckdb as package
    else:
        import polars as package
    before = time.process_time()
    {"duckdb": with_duckdb, "polars": with_polars}[engine](package, source, target)
    print(time.process_time() - before)
