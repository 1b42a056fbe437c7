#!/usr/bin/env bash
# DataFusion 55.0.0: the sum of doubles over a moving frame keeps the rounding of numbers that have left the frame.
#
# A frame such as ROWS 1 PRECEDING moves by adding the number that enters and subtracting the one that leaves. Where a large
# number was in the frame, the small ones beside it were rounded away, and they stay away after it has gone: a sum of two
# ones is 0. The same sum asked for by a join, or of a frame that begins with these rows, is 2. So a moving sum or average
# depends on all rows before the frame, and is no truth that a windowed job could be held against.
#
# Input: 1e16, 1, 1, 1, a row each, in this order; the sum and the average of each row and the one before it.
# Seen:  1e16, 1e16, 0, 0 and 1e16, 5e15, 0, 0. Right are 1e16, 1e16 (rounded), 2, 2 and 1e16, 5e15, 1, 1.
#
# Needs Python 3 with pip; takes some 90 MB of download. Exits 0 if it is as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --target packages datafusion==55.0.0 pyarrow==26.0.1
PYTHONPATH=packages python3 - >seen.txt <<'PY'
import pyarrow
from datafusion import SessionConfig, SessionContext

context = SessionContext(SessionConfig().with_target_partitions(1))
rows = pyarrow.record_batch({"at": [0, 1, 2, 3], "x": [1e16, 1.0, 1.0, 1.0]})
context.register_record_batches("records", [[rows]])
moving = """SELECT at, sum(x) OVER (ORDER BY at ROWS 1 PRECEDING) AS sum, avg(x) OVER (ORDER BY at ROWS 1 PRECEDING) AS mean
            FROM records ORDER BY at"""
joined = """SELECT a.at, sum(b.x) AS sum, avg(b.x) AS mean FROM records AS a
            JOIN records AS b ON b.at BETWEEN a.at - 1 AND a.at GROUP BY a.at ORDER BY a.at"""
for name, query in [("moving", moving), ("joined", joined)]:
    for row in context.sql(query).to_pylist():
        print(name, *row.values())
PY
cat seen.txt
diff - seen.txt <<'EXPECTED'
moving 0 1e+16 1e+16
moving 1 1e+16 5000000000000000.0
moving 2 0.0 0.0
moving 3 0.0 0.0
joined 0 1e+16 1e+16
joined 1 1e+16 5000000000000000.0
joined 2 2.0 1.0
joined 3 2.0 1.0
EXPECTED
