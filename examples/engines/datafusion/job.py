"""DataFusion: the whole table at once, in SQL."""
import datafusion, pyarrow as pa
from atlas import Cannot, answer

SUM = "count(*) AS n, sum(value) AS sum"
SESSIONS = """WITH a AS (SELECT *, CASE WHEN time - lag(time) OVER (PARTITION BY key ORDER BY time) > {gap} THEN 1 ELSE 0 END AS apart FROM r),
    b AS (SELECT *, sum(apart) OVER (PARTITION BY key ORDER BY time, value ROWS UNBOUNDED PRECEDING) AS s FROM a)
    SELECT min(time), max(time) + {gap}, key, {SUM} FROM b GROUP BY key, s"""
DEDUP = "SELECT time, tag, key, value FROM (SELECT *, row_number() OVER (PARTITION BY tag ORDER BY i) AS n FROM r) WHERE n = 1"
JOIN = """SELECT l.time AS a, r.time AS b, l.key AS c, l.value AS d, r.value AS e FROM (SELECT * FROM r WHERE tag = 'L') l {how} JOIN
    (SELECT * FROM r WHERE tag = 'R') r ON l.key = r.key AND r.time BETWEEN l.time AND l.time + {bound}"""
BUCKET = "CAST(date_bin(INTERVAL '{slide} milliseconds', to_timestamp_millis(time)) AS BIGINT)"
WINDOWS = "SELECT start, start + {size}, key, {SUM} FROM (SELECT *, {start} AS start FROM r {more}) GROUP BY start, key"
ZONED = "arrow_cast({{}}, 'Timestamp(Millisecond, Some(\"{}\"))')"
DAYS = f"CAST(date_trunc('day', {ZONED.format('{{zone}}').format(ZONED.format('UTC').format('to_timestamp_millis(time)'))}) AS BIGINT)"


def rows(q):
    if q.restart:
        raise Cannot("a batch query has no state to go on from")
    types = [pa.int64(), pa.string(), pa.int32() if q.bits else pa.int64(), pa.string(), pa.int64()]
    columns = zip(*((*record, i) for i, record in enumerate(q.records)))
    table = pa.table([pa.array(column, kind) for column, kind in zip(columns, types)], names=["time", "key", "value", "tag", "i"])
    db = datafusion.SessionContext()
    db.register_record_batches("r", [table.to_batches()])
    start, more = (DAYS if q.zone else BUCKET).format(slide=q.slide or vars(q).get("size"), zone=q.zone), ""
    if q.kind == "sliding":
        start = f"{start} - nth * {q.slide}"
        more = f"CROSS JOIN generate_series(0, 9) AS s(nth) WHERE {start} > time - {q.size}"
    queries = {"session": SESSIONS, "dedup": DEDUP, "join": JOIN, "left-join": JOIN}
    values = dict(vars(q), SUM=SUM, start=start, more=more, how="LEFT" if q.kind == "left-join" else "")
    batches = db.sql(queries.get(q.kind, WINDOWS).format(**values)).collect()
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


answer(rows)
