"""Compares pairs of CSV files with datacompy, for tests/compare_peers.rs.

stdin: a line for each pair: left, right, abs_tol, rel_tol. stdout: a line of JSON for each, with the numbers of rows on
one side only and, by column, of rows that differ. Texts stay texts: only the columns a, b and c are numbers.
"""

import json
import sys

import datacompy
import pandas


def read(path):
    types = {"id": "int64", "name": "str", "a": "float64", "b": "float64", "c": "float64"}
    return pandas.read_csv(path, dtype=types, keep_default_na=False, na_values={"a": [""], "b": [""], "c": [""]})


for line in sys.stdin:
    left, right, absolute, relative = line.split()
    left, right = read(left), read(right)
    found = datacompy.PandasCompare(
        left, right, join_columns=["id"], abs_tol=float(absolute), rel_tol=float(relative), cast_column_names_lower=False
    )
    columns = {stat["column"]: int(stat["unequal_cnt"]) for stat in found.column_stats if stat["column"] != "id"}
    said = {
        "missing": len(found.df1_unq_rows),
        "extra": len(found.df2_unq_rows),
        "columns": columns,
        "columns_missing": sorted(found.df1_unq_columns()),
        "columns_extra": sorted(found.df2_unq_columns()),
        "equal": int(found.count_matching_rows()),
    }
    print(json.dumps(said, sort_keys=True))
