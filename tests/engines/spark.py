"""Writes what Spark Structured Streaming makes of the cases, batch by batch.

python3 -m venv /tmp/spark && /tmp/spark/bin/pip install pyspark==4.3.0
/tmp/spark/bin/python tests/engines/spark.py

A batch is a file. Batches come back to back (availableNow, a file each), or, if the trigger is a time, with pauses: the
next file comes when Spark has nothing left to do, so after any batch without data.
"""

import csv
import io
import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession, functions as F

from cases import cases, write

VERSION = "4.3.0"
if pyspark.__version__ != VERSION:
    sys.exit(f"the golden files are those of Spark {VERSION}, this is {pyspark.__version__}")

spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")


def batches(case):
    """The rows of each batch."""
    rows, trigger = case["rows"], case["trigger"]
    if trigger == "record":
        return [[row] for row in rows]
    if trigger.endswith(" records"):
        size = int(trigger.split()[1])
        return [rows[at : at + size] for at in range(0, len(rows), size)]
    # By the time at which records arrive: those of one tick together.
    ticks = {}
    for row in rows:
        ticks.setdefault(int(row["arrival_ms"]) // int(trigger.removeprefix("every ").removesuffix("ms")), []).append(row)
    return list(ticks.values())


def put(folder, number, rows, columns):
    """Writes a batch's file; files are taken in the order of their times."""
    text = io.StringIO()
    csv.DictWriter(text, columns).writerows(rows)
    hidden = folder.parent / "batch.tmp"
    hidden.write_text(text.getvalue())
    os.utime(hidden, (1_000_000_000 + number, 1_000_000_000 + number))
    hidden.rename(folder / f"{number:04}.csv")


def millis(name):
    return F.unix_millis(name)


def seconds(ms):
    return f"{ms} milliseconds"


def window(source, settings):
    """Count, sum, least and greatest by window and key."""
    kind, *lengths = ["session", settings["gap"]] if "gap" in settings else settings["window"].split(":")
    watermarked = source.withWatermark("et", seconds(settings["delay"]))
    if kind == "session":
        by = F.session_window("et", seconds(lengths[0]))
    else:
        by = F.window("et", seconds(lengths[0]), seconds(lengths[-1]))
    values = [F.count("*"), F.sum("value"), F.min("value"), F.max("value")]
    grouped = watermarked.groupBy(by.alias("w"), "key").agg(*[v.alias(f"v{i}") for i, v in enumerate(values)])
    return "fired", grouped.select(millis("w.start"), millis("w.end"), "key", "v0", "v1", "v2", "v3")


def join(source, settings):
    """Each left record with the right ones of its key up to `within` later, or alone."""
    sides = {
        side: source.where(f"side = '{side}'")
        .select(*[F.col(c).alias(f"{side}_{c}") for c in ("et", "key", "value")])
        .withWatermark(f"{side}_et", seconds(settings["delay"]))
        for side in ("left", "right")
    }
    on = (
        "left_key = right_key AND right_et >= left_et "
        f"AND right_et <= left_et + INTERVAL {settings['within']} MILLISECONDS"
    )
    joined = sides["left"].join(sides["right"], F.expr(on), "leftOuter")
    return "pair", joined.select(
        "left_key", millis("left_et"), "left_value", millis("right_et"), "right_value"
    )


def deduplicate(source, settings):
    """The first of each id."""
    watermarked = source.withWatermark("et", seconds(settings["delay"]))
    return "passed", watermarked.dropDuplicatesWithinWatermark(["id"]).select("id", "key", millis("et"), "value")


def operator(case):
    """What stands for the case's problem in Spark."""
    return {"order-payment-join": join, "deduplicated-totals": deduplicate}.get(case["problem"], window)


def text(cell):
    return "" if cell is None else str(cell)


def run(case, folder):
    """The lines of a case's golden file."""
    settings, columns = case["set"], list(case["rows"][0])
    files = folder / "files"
    files.mkdir()
    read = spark.readStream.schema(", ".join(f"{c} {'long' if c == 'value' else 'string'}" for c in columns))
    source = read.option("maxFilesPerTrigger", 1).option("emptyValue", "").csv(str(files))
    # A time is a number of milliseconds, or text.
    time = "coalesce(timestamp_millis(try_cast(event_time_ms AS BIGINT)), try_cast(event_time_ms AS TIMESTAMP))"
    source = source.withColumn("et", F.expr(time)).fillna("", ["key"])
    what, out = operator(case)(source, settings)
    lines = []

    def take(frame, number):
        rows = sorted(",".join(text(cell) for cell in row) for row in frame.collect())
        lines.extend(f"{what},{number},{row}" for row in rows)

    spark.conf.set("spark.sql.streaming.multipleWatermarkPolicy", settings.get("watermark-policy", "min"))
    writer = out.writeStream.foreachBatch(take).outputMode(settings.get("mode", "append"))
    writer = writer.option("checkpointLocation", str(folder / "checkpoint"))
    is_paused = case["trigger"].endswith("ms")
    if not is_paused:
        for number, rows in enumerate(batches(case)):
            put(files, number, rows, columns)
    query = writer.trigger(**({"processingTime": "0 seconds"} if is_paused else {"availableNow": True})).start()
    if is_paused:
        for number, rows in enumerate(batches(case)):
            put(files, number, rows, columns)
            query.processAllAvailable()
        query.stop()
    else:
        query.awaitTermination()
    return [*progress(query, what), *lines]


def progress(query, what):
    """Each batch's number, its records, its watermark, and for joins and deduplication the records that it dropped."""
    for batch in query.recentProgress:
        if "addBatch" not in batch.durationMs:
            continue
        watermark = datetime.fromisoformat(batch.eventTime["watermark"].replace("Z", "+00:00"))
        ms = round(watermark.timestamp() * 1000)
        # Of windows it counts groups of a batch, not records.
        dropped = "" if what == "fired" else sum(op.numRowsDroppedByWatermark for op in batch.stateOperators)
        records = batch.numInputRows
        yield f"batch,{batch.batchId},{records},{ms},{dropped}"


only = sys.argv[1:]
for case in cases("spark"):
    if only and case["name"] not in only:
        continue
    with tempfile.TemporaryDirectory() as folder:
        write(case, run(case, Path(folder)))
spark.stop()
