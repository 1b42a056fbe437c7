"""Reads a CSV file with DuckDB, types found by all of its values, and prints the seconds of CPU time and of the clock that took.

Needs `pip install duckdb`. One thread, so that CPU time isn't spent on sharing work."""

import sys
import time

import duckdb

connection = duckdb.connect()
connection.execute("SET threads = 1")
path = sys.argv[1].replace("'", "''")
cpu, wall = time.process_time(), time.perf_counter()
query = f"SELECT count(COLUMNS(*)) FROM read_csv('{path}', sample_size = -1)"
connection.execute(query).fetchall()
print(time.process_time() - cpu, time.perf_counter() - wall)
