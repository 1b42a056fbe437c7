"""Flink SQL through PyFlink: a streaming query for each question over a file, with a watermark that follows each record."""
import os, tempfile
from datetime import timezone
from zoneinfo import ZoneInfo

from atlas import Skip, answer
from pyflink.common import RowKind
from pyflink.table import EnvironmentSettings, TableEnvironment

TABLE = """CREATE TEMPORARY TABLE r (`time` BIGINT, k STRING, v {number}, tag STRING, ts AS TO_TIMESTAMP_LTZ(`time`, 3),
    WATERMARK FOR ts AS ts - INTERVAL '{seconds}' SECOND) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv', 'csv.null-literal' = '')"""
SUMS = "SELECT window_start, window_end, k, COUNT(*), SUM(v) FROM TABLE({}) GROUP BY window_start, window_end, k"
DEDUP = "SELECT `time`, tag, k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY tag ORDER BY ts) AS n FROM r) WHERE n = 1"
JOIN = """SELECT l.`time`, r.`time`, l.k, l.v, r.v FROM (SELECT * FROM r WHERE tag = 'L') l {how} JOIN (SELECT * FROM r WHERE tag = 'R') r
    ON l.k = r.k AND r.ts BETWEEN l.ts AND l.ts + {bound}"""


def span(ms):
    return f"INTERVAL '{ms // 86400000} {ms // 3600000 % 24}:{ms // 60000 % 60}:{ms // 1000 % 60}' DAY(3) TO SECOND"


def query(q):
    if q.kind == "session":
        return SUMS.format(f"SESSION(TABLE r PARTITION BY k, DESCRIPTOR(ts), {span(q.gap)})")
    if q.kind == "dedup":
        return DEDUP
    if "join" in q.kind:
        return JOIN.format(how="LEFT" if q.kind == "left-join" else "", bound=span(q.bound))
    if q.slide:
        return SUMS.format(f"HOP(TABLE r, DESCRIPTOR(ts), {span(q.slide)}, {span(q.size)})")
    return SUMS.format(f"TUMBLE(TABLE r, DESCRIPTOR(ts), {span(q.size)})")


def rows(q):
    if q.restart or q.inputs:
        raise Skip("the glue has one bounded file, and no savepoint")
    path = os.path.join(tempfile.mkdtemp(), "records.csv")
    open(path, "w").writelines(",".join("" if field is None else str(field) for field in record) + "\n" for record in q.records)
    env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    settings = {"parallelism.default": "1", "pipeline.auto-watermark-interval": "0 ms", "table.local-time-zone": q.zone or "UTC", "rest.bind-address": "127.0.0.1"}
    for name, value in settings.items():
        env.get_config().set(name, value)
    wait = (q.delay + vars(q).get("lateness", 0)) // 1000
    env.execute_sql(TABLE.format(number="INT" if q.bits else "BIGINT", seconds=wait, path=path))
    zone = ZoneInfo(q.zone or "UTC")
    with env.execute_sql(query(q)).collect() as found:
        for row in found:
            fields = [round(field.replace(tzinfo=zone).timestamp() * 1000) if hasattr(field, "year") else field for field in row]
            if row.get_row_kind() in (RowKind.DELETE, RowKind.UPDATE_BEFORE):
                fields[0] = f"- {fields[0]}"
            yield fields


answer(rows)
