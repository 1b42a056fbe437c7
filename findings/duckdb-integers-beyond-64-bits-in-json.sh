#!/usr/bin/env bash
# DuckDB 2.0.1: two integers of 20 digits that differ are one value when they are read from JSON, and two from CSV.
#
# DuckDB has integers of 128 bits (HUGEINT), and what it guesses for a column of a CSV file uses them. What it guesses for
# the same numbers in JSON stops at 64 bits and goes on with DOUBLE, so the last digits are gone without a warning. Whoever
# checks a job's results by their totals or ids gets another answer from a JSONL file than from a CSV file of the same rows.
#
# Input: 18446744073709551617 and 18446744073709551618, a row each.
# Seen:  CSV HUGEINT, 2 distinct; JSON DOUBLE, 1 distinct; JSON with the type named (columns = {...}) HUGEINT, 2 distinct.
#
# Needs Python 3 with pip; takes some 20 MB of download. Exits 0 if it is as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-deps --target packages duckdb==2.0.1
printf 'total\n18446744073709551617\n18446744073709551618\n' >rows.csv
printf '{"total":18446744073709551617}\n{"total":18446744073709551618}\n' >rows.jsonl
PYTHONPATH=packages python3 - >seen.txt <<'PY'
import duckdb

for table in [
    "read_csv('rows.csv')",
    "read_json('rows.jsonl')",
    "read_json('rows.jsonl', columns = {total: 'HUGEINT'})",
]:
    print(table, *duckdb.sql(f"select any_value(typeof(total)), count(distinct total) from {table}").fetchall()[0])
PY
cat seen.txt
diff - seen.txt <<'EXPECTED'
read_csv('rows.csv') HUGEINT 2
read_json('rows.jsonl') DOUBLE 1
read_json('rows.jsonl', columns = {total: 'HUGEINT'}) HUGEINT 2
EXPECTED
