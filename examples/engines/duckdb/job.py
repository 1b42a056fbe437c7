"""DuckDB: the whole table at once, in SQL."""
import duckdb
from atlas import Cannot, answer

SUM = "count(*) AS n, sum(value)::VARCHAR AS sum"
SESSIONS = """WITH a AS (SELECT *, time - lag(time) OVER w > {gap} AS apart FROM r WINDOW w AS (PARTITION BY key ORDER BY time)),
    b AS (SELECT *, count(*) FILTER (apart) OVER (PARTITION BY key ORDER BY time, value ROWS UNBOUNDED PRECEDING) AS s FROM a)
    SELECT min(time), max(time) + {gap}, key, {SUM} FROM b GROUP BY key, s"""
DEDUP = "SELECT time, tag, key, value FROM (SELECT *, row_number() OVER (PARTITION BY tag ORDER BY rowid) AS n FROM r) WHERE n = 1"
JOIN = """SELECT l.time, r.time, l.key, l.value, r.value FROM (FROM r WHERE tag = 'L') l {how} JOIN (FROM r WHERE tag = 'R') r
    ON l.key = r.key AND r.time BETWEEN l.time AND l.time + {bound}"""
DAYS = "epoch_ms(date_trunc('day', to_timestamp(time / 1000)))"
WINDOWS = "SELECT {start} AS start, {start} + {size} AS stop, key, {SUM} FROM r GROUP BY ALL"
BUCKET = "epoch_ms(time_bucket(to_milliseconds({slide}), make_timestamp_ms(time)))"


def rows(q):
    if q.restart:
        raise Cannot("a batch query has no state to go on from")
    db = duckdb.connect()
    db.execute(f"CREATE TABLE r (time BIGINT, key VARCHAR, value {'INTEGER' if q.bits else 'BIGINT'}, tag VARCHAR)")
    db.executemany("INSERT INTO r VALUES (?, ?, ?, ?)", q.records)
    if q.kind == "session":
        return db.execute(SESSIONS.format(gap=q.gap, SUM=SUM)).fetchall()
    if q.kind == "dedup":
        return db.execute(DEDUP).fetchall()
    if "join" in q.kind:
        return db.execute(JOIN.format(how="LEFT" if q.kind == "left-join" else "", bound=q.bound)).fetchall()
    if q.kind == "days":
        db.execute(f"SET TimeZone = '{q.zone}'")
        return db.execute(WINDOWS.format(start=DAYS, size=q.size, SUM=SUM)).fetchall()
    start = BUCKET.format(slide=q.slide or q.size)
    if q.kind == "sliding":
        db.execute(f"""CREATE TABLE w AS SELECT {start} - i * {q.slide} AS start, key, value FROM r, range(10) AS s(i)
            WHERE {start} - i * {q.slide} > time - {q.size}; DROP TABLE r; ALTER TABLE w RENAME TO r""")
        start = "r.start"
    return db.execute(WINDOWS.format(start=start, size=q.size, SUM=SUM)).fetchall()


answer(rows)
