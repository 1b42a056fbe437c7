"""Spark Structured Streaming: a query for each question, over a file for each batch, all of which are there when it starts."""
import json, os, tempfile

from atlas import Cannot, Skip, answer
from pyspark.sql import SparkSession, functions as f

SCHEMA = "time LONG, key STRING, value {}, tag STRING"
SETTINGS = "spark.sql.shuffle.partitions=1 spark.ui.enabled=false spark.sql.session.timeZone=UTC spark.driver.host=127.0.0.1"
spark = SparkSession.builder.master("local[1]").config(map=dict(setting.split("=") for setting in SETTINGS.split())).getOrCreate()
spark.sparkContext.setLogLevel("OFF")


def windowed(q, lines):
    if q.kind == "session":
        window = f.session_window("at", f"{q.gap} milliseconds")
    else:
        window = f.window("at", *(f"{ms} milliseconds" for ms in (q.size, q.slide or q.size, (q.offset or 0) % q.size)))
    sums = lines.groupBy(window.alias("w"), "key").agg(f.count("*").alias("n"), f.sum("value").alias("s"))
    return sums.select(f.unix_millis("w.start"), f.unix_millis("w.end"), "key", "n", "s")


def query(q, lines):
    if q.kind == "dedup":
        return lines.dropDuplicatesWithinWatermark(["tag"]).select("time", "tag", "key", "value")
    if "join" not in q.kind:
        return windowed(q, lines)
    left, right = lines.where("tag = 'L'").alias("l"), lines.where("tag = 'R'").alias("r")
    on = f.expr(f"l.key = r.key AND r.at BETWEEN l.at AND l.at + INTERVAL {q.bound // 1000} SECONDS")
    return left.join(right, on, "leftOuter" if q.kind == "left-join" else "inner").select("l.time", "r.time", "l.key", "l.value", "r.value")


def rows(q):
    if q.inputs:
        raise Skip("the glue has one stream")
    if q.kind == "days" and not q.offset:
        raise Cannot("windows have one length, and begin in UTC whatever the session's zone")
    folder, state, out = tempfile.mkdtemp(), tempfile.mkdtemp(), []
    lines = spark.readStream.schema(SCHEMA.format("INT" if q.bits else "LONG")).option("maxFilesPerTrigger", 1).json(folder)
    delay = q.horizon if q.kind == "dedup" else q.delay + vars(q).get("lateness", 0)
    lines = lines.withColumn("at", f.timestamp_millis("time")).withWatermark("at", f"{delay} milliseconds")
    halves = [q.batches[: q.restart], q.batches[q.restart :]] if q.restart else [q.batches]
    for half, batches in enumerate(halves):
        for n, batch in enumerate(batches):
            path = f"{folder}/{half}-{n:03}.json"
            open(path, "w").writelines(line(record) for record in batch)
            os.utime(path, (1e9 + half * 1000 + n,) * 2)
        writer = query(q, lines).writeStream.option("checkpointLocation", state).trigger(availableNow=True)
        writer.foreachBatch(lambda table, _: out.extend(tuple(row) for row in table.collect())).start().awaitTermination()
    return out


def line(record):
    return json.dumps({name: field for name, field in zip(("time", "key", "value", "tag"), record) if field is not None}) + "\n"


answer(rows)
