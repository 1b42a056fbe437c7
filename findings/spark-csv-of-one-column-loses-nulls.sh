#!/usr/bin/env bash
# Spark 4.3.0: a row of one column that is NULL isn't written to CSV; neither a line nor a warning is left of it.
#
# With two columns the row (NULL, NULL) is the line `,`. With one it would be an empty line, and there is none: the file has
# fewer records than were written, and no option of the reader brings them back. An empty text is written, as `""`. JSON
# keeps the row. Whoever compares counts or keys of a column written by two versions misses rows that both had. It is asked
# about in the review of SPARK-37575, which made nulls empty.
#
# Input: a column of 'a', NULL, '', NULL, 'b'.
# Seen:  5 rows, 3 lines in the file, 3 rows when it is read back; 5 from JSON; 5 from CSV with a second column.
#
# Needs Python 3 with pip, Java 17 or newer; takes some 450 MB of download. Exits 0 if it is as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --target packages pyspark==4.3.0
PYTHONPATH=packages python3 - >seen.txt 2>log.txt <<'PY' || { cat log.txt; exit 1; }
from pathlib import Path
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
rows = spark.sql("select * from values ('a'), (cast(null as string)), (''), (null), ('b') as t(s)").coalesce(1)
rows.write.csv("one")
rows.write.json("json")
rows.selectExpr("s", "s as again").write.csv("two")
print("rows", rows.count())
for path in Path("one").glob("*.csv"):
    print("lines", path.read_text().split("\n")[:-1])
print("csv", spark.read.schema("s string").csv("one").count())
print("json", spark.read.schema("s string").json("json").count())
print("two columns", spark.read.schema("s string, again string").csv("two").count())
PY
cat seen.txt
diff - seen.txt <<'EXPECTED'
rows 5
lines ['a', '""', 'b']
csv 3
json 5
two columns 5
EXPECTED
