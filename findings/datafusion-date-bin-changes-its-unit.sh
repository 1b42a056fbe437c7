#!/usr/bin/env bash
# DataFusion 55.0.0: date_bin of milliseconds gives milliseconds, and with an origin in milliseconds it gives nanoseconds.
#
# A cast of a time to BIGINT gives its number in the time's own unit. date_bin and date_trunc keep the unit of what they are
# given, but date_bin with an origin doesn't, nor does date_trunc in a zone: a window's start that was 10000 becomes 13000000000 once
# the windows get an offset, and a query that compares it with milliseconds finds no row that agrees. No warning is given.
#
# Input: 13,000 ms after 1970; windows of 10 s, without and with an origin at 3,000 ms; its day in UTC and in Berlin.
# Seen:  Timestamp(ms) 10000, Timestamp(ns) 13000000000; Timestamp(ms), Timestamp(ns, "Europe/Berlin").
#
# Needs Python 3 with pip; takes some 90 MB of download. Exits 0 if it is as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --target packages datafusion==55.0.0 pyarrow==26.0.1
PYTHONPATH=packages python3 - >seen.txt <<'PY'
from datafusion import SessionContext

context = SessionContext()
at = "to_timestamp_millis(13000)"
for time in [
    f"date_bin(INTERVAL '10 seconds', {at})",
    f"date_bin(INTERVAL '10 seconds', {at}, to_timestamp_millis(3000))",
    f"date_trunc('day', {at})",
    f"date_trunc('day', {at} AT TIME ZONE 'Europe/Berlin')",
]:
    row = context.sql(f"SELECT arrow_typeof({time}) AS type, CAST({time} AS BIGINT) AS number").to_pylist()[0]
    print(row["type"], row["number"])
PY
cat seen.txt
diff - seen.txt <<'EXPECTED'
Timestamp(ms) 10000
Timestamp(ns) 13000000000
Timestamp(ms) 0
Timestamp(ns, "Europe/Berlin") -3600000000000
EXPECTED
