"""Counts events by window of event time and key, in Spark Structured Streaming, from one Kafka topic into another.

The versions beside this file say which time of a record is its event time; everything else is the same and stands here.
Counterpoint starts a version with the topics and the problem's parameters in its environment (docs/engines.md).

Without arguments the job is bounded (availableNow): it reads up to the end that the input had when it started, and ends. The
windows that are still open then stay in its state. Started again with the same checkpoint, it goes on where it was, so
a closing record that was sent in between brings them out.

--unbounded               runs until it is ended by SIGTERM, and commits what it has read to its group
--window KIND:MS          windows of another kind or size than the problem's
--max-records N           ends a micro-batch after so many records (maxOffsetsPerTrigger); else it takes all there are
--every MS                unbounded: time between two micro-batches (0: back to back)
--mode append             or update: what a micro-batch gives out
--checkpoint DIR          (COUNTERPOINT_STATE where another job takes over, or this one does; else a folder called as the output topic,
                          in the folder for temporary files)
--master URL              (local[2])
"""

import argparse
import json
import os
import pathlib
import signal
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

RECORD = "event_time_ms LONG, key STRING, value LONG"


def run(event_time):
    """Runs the job. `event_time` gives a record's time, by which it belongs to windows, of all that is known of the record."""
    options = arguments()
    spark = session(options)
    query = sink(answer(records(spark, options), event_time, options.window), options)
    if options.unbounded:
        until_ended(spark, query)
    else:
        query.awaitTermination()
        for progress in query.recentProgress:
            print(progress.json.replace("\n", ""))
    spark.stop()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unbounded", action="store_true")
    parser.add_argument("--max-records", type=int)
    parser.add_argument("--every", type=int, default=0)
    parser.add_argument("--mode", choices=["append", "update"], default="append")
    parser.add_argument("--window", default=os.environ["COUNTERPOINT_PARAMETER_WINDOW"])
    own = os.path.join(tempfile.gettempdir(), os.environ["COUNTERPOINT_KAFKA_OUTPUT"])
    parser.add_argument("--checkpoint", default=os.environ.get("COUNTERPOINT_STATE", own))
    parser.add_argument("--master", default="local[2]")
    return parser.parse_args()


def session(options):
    spark = (
        SparkSession.builder.master(options.master)
        .appName(os.environ["COUNTERPOINT_KAFKA_ID"])
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.streaming.noDataProgressEventInterval", "1000")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("WARN")
    return spark


def records(spark, options):
    source = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", os.environ["COUNTERPOINT_KAFKA_BOOTSTRAP"])
        .option("subscribe", os.environ["COUNTERPOINT_KAFKA_INPUT"])
        .option("startingOffsets", "earliest")
        .option("kafka.isolation.level", "read_committed")
    )
    if options.max_records:
        source = source.option("maxOffsetsPerTrigger", options.max_records)
    message = f.from_json(f.col("value").cast("string"), RECORD).alias("record")
    return source.load().select(message, "timestamp").select("record.*", "timestamp")


def answer(events, event_time, window):
    delay = os.environ["COUNTERPOINT_PARAMETER_DELAY"]
    kind, *lengths = window.split(":")
    if kind not in ("tumbling", "sliding"):
        raise SystemExit(f"this job has no windows such as '{window}', expected tumbling:SIZE or sliding:SIZE:SLIDE in ms")
    return (
        events.withColumn("event_time", event_time(events))
        .withWatermark("event_time", f"{delay} milliseconds")
        .groupBy(f.window("event_time", *[f"{length} milliseconds" for length in lengths]), "key")
        .agg(
            f.count("*").alias("count"),
            f.sum("value").alias("sum"),
            f.min("value").alias("min"),
            f.max("value").alias("max"),
        )
        .select(
            f.unix_millis("window.start").alias("window_start_ms"),
            f.unix_millis("window.end").alias("window_end_ms"),
            *["key", "count", "sum", "min", "max"],
        )
    )


def sink(rows, options):
    # An empty key is a key; the sink would take a NULL for none.
    messages = rows.select("key", f.to_json(f.struct("*")).alias("value"))
    trigger = {"processingTime": f"{options.every} milliseconds"} if options.unbounded else {"availableNow": True}
    return (
        messages.writeStream.format("kafka")
        .option("kafka.bootstrap.servers", os.environ["COUNTERPOINT_KAFKA_BOOTSTRAP"])
        .option("topic", os.environ["COUNTERPOINT_KAFKA_OUTPUT"])
        .option("checkpointLocation", pathlib.Path(options.checkpoint).absolute().as_uri())
        .outputMode(options.mode)
        .trigger(**trigger)
        .start()
    )


def until_ended(spark, query):
    """Waits for SIGTERM. Spark commits no offsets, so this does.

    It waits for a micro-batch without records: only that one gives out the windows which the last records have closed.
    """
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    group = Group(spark)
    while not ended and query.isActive:
        query.awaitTermination(0.2)
        progress = query.lastProgress
        if progress and progress.numInputRows == 0:
            group.commit(progress.sources[0].endOffset)
    if ended:
        query.stop()
    elif query.exception():
        raise query.exception()


class Group:
    """The consumer group of this start, in the driver's JVM, through the client that the connector brings."""

    def __init__(self, spark):
        self.jvm = spark.sparkContext._jvm
        settings = self.jvm.java.util.Properties()
        settings.setProperty("bootstrap.servers", os.environ["COUNTERPOINT_KAFKA_BOOTSTRAP"])
        settings.setProperty("group.id", os.environ["COUNTERPOINT_KAFKA_ID"])
        bytes_ = "org.apache.kafka.common.serialization.ByteArrayDeserializer"
        settings.setProperty("key.deserializer", bytes_)
        settings.setProperty("value.deserializer", bytes_)
        self.consumer = self.jvm.org.apache.kafka.clients.consumer.KafkaConsumer(settings)
        self.committed = None

    def commit(self, end):
        if end in (self.committed, "null"):
            return
        offsets = self.jvm.java.util.HashMap()
        for topic, partitions in json.loads(end).items():
            for partition, offset in partitions.items():
                offsets.put(
                    self.jvm.org.apache.kafka.common.TopicPartition(topic, int(partition)),
                    self.jvm.org.apache.kafka.clients.consumer.OffsetAndMetadata(offset),
                )
        self.consumer.commitSync(offsets)
        self.committed = end
