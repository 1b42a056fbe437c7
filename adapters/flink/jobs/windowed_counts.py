"""Counts events by window of event time and key, in Flink SQL, from one Kafka topic into another.

The versions beside this file say how long the job waits for late records; everything else is the same and stands here.
Counterpoint starts a version with the topics and the problem's parameters in its environment (docs/engines.md).

Without arguments the job is bounded: it reads up to the end that the input had when it started. The end of input fires every
window, the last checkpoint commits the last transaction, and the job ends: then all is out.

--unbounded               runs until it is ended by SIGTERM; rows show after the checkpoint that follows them
--window KIND:MS          windows of another kind or size than the problem's
--parallelism N           tasks of each operator, no more than the input has partitions (1)
--checkpoints MS          time between two checkpoints, and so between two commits (1000)
--watermarks on-event     the watermark moves with each record (the default), or on-periodic:
--auto-watermark-interval MS   at most so often, by the machine's clock (200)
"""

import argparse
import os
import pathlib
import signal
import sys
import tempfile

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, TableEnvironment


def run(watermark):
    """Runs the job. `watermark` makes of the problem's delay how far the watermark stays behind the largest time, in ms."""
    options = arguments()
    table = environment(options)
    delay = int(os.environ["COUNTERPOINT_PARAMETER_DELAY"])
    table.execute_sql(source(watermark(delay), options))
    table.execute_sql(sink())
    job = table.execute_sql(query(options.window))
    if options.unbounded:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        job.wait()
    except SystemExit:
        job.get_job_client().cancel().result()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unbounded", action="store_true")
    parser.add_argument("--window", default=os.environ["COUNTERPOINT_PARAMETER_WINDOW"])
    parser.add_argument("--parallelism", type=int, default=1)
    parser.add_argument("--checkpoints", type=int, default=1000)
    parser.add_argument("--watermarks", choices=["on-event", "on-periodic"], default="on-event")
    parser.add_argument("--auto-watermark-interval", type=int, default=200)
    return parser.parse_args()


def environment(options):
    checkpoints = pathlib.Path(tempfile.mkdtemp(prefix="checkpoints-"))
    settings = Configuration()
    for name, value in {
        # Else the server of jars listens to every address.
        "jobmanager.bind-host": "127.0.0.1",
        "parallelism.default": options.parallelism,
        "taskmanager.numberOfTaskSlots": options.parallelism,
        "execution.checkpointing.interval": f"{options.checkpoints} ms",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        # In the memory of the job manager, as it is by default, no task may keep more than 5 MB.
        "execution.checkpointing.storage": "filesystem",
        "execution.checkpointing.dir": checkpoints.as_uri(),
        "pipeline.auto-watermark-interval": f"{options.auto_watermark_interval} ms",
        # One that is restarted for ever never fails, and nobody sees that it does nothing.
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": 3,
        "restart-strategy.fixed-delay.delay": "1 s",
        # A record is judged late where it is counted, one by one.
        "table.optimizer.agg-phase-strategy": "ONE_PHASE",
        "table.local-time-zone": "UTC",
    }.items():
        settings.set_string(name, str(value))
    return TableEnvironment.create(EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(settings).build())


def source(behind, options):
    bounded = "" if options.unbounded else "'scan.bounded.mode' = 'latest-offset',"
    return f"""
        CREATE TABLE events (
            event_time_ms BIGINT,
            `key` STRING,
            `value` BIGINT,
            event_time AS TO_TIMESTAMP_LTZ(event_time_ms, 3),
            WATERMARK FOR event_time AS event_time - {interval(behind)}
        ) WITH (
            'connector' = 'kafka',
            'topic' = '{os.environ["COUNTERPOINT_KAFKA_INPUT"]}',
            'properties.bootstrap.servers' = '{os.environ["COUNTERPOINT_KAFKA_BOOTSTRAP"]}',
            'properties.group.id' = '{os.environ["COUNTERPOINT_KAFKA_ID"]}',
            'properties.isolation.level' = 'read_committed',
            -- A savepoint knows better. Without one the job goes on where its group was: at the beginning, unless it takes over.
            'scan.startup.mode' = 'group-offsets',
            'properties.auto.offset.reset' = 'earliest',
            {bounded}
            'scan.watermark.emit.strategy' = '{options.watermarks}',
            'format' = 'json'
        )"""


def sink():
    # The sink asks for transactions of an hour unless told otherwise, and a broker allows 15 minutes: the job would be restarted
    # for ever. Two jobs with one prefix fence each other, so each start has its own.
    return f"""
        CREATE TABLE answer (
            window_start_ms BIGINT, window_end_ms BIGINT, `key` STRING,
            `count` BIGINT, `sum` BIGINT, `min` BIGINT, `max` BIGINT
        ) WITH (
            'connector' = 'kafka',
            'topic' = '{os.environ["COUNTERPOINT_KAFKA_OUTPUT"]}',
            'properties.bootstrap.servers' = '{os.environ["COUNTERPOINT_KAFKA_BOOTSTRAP"]}',
            'properties.transaction.timeout.ms' = '120000',
            'sink.delivery-guarantee' = 'exactly-once',
            'sink.transactional-id-prefix' = '{os.environ["COUNTERPOINT_KAFKA_ID"]}',
            'key.format' = 'raw',
            'key.fields' = 'key',
            'value.format' = 'json'
        )"""


def query(window):
    kind, *lengths = window.split(":")
    lengths = [interval(int(length)) for length in lengths]
    if kind == "tumbling":
        windows = f"TUMBLE(TABLE events, DESCRIPTOR(event_time), {lengths[0]})"
    elif kind == "sliding":
        windows = f"HOP(TABLE events, DESCRIPTOR(event_time), {lengths[1]}, {lengths[0]})"
    else:
        raise SystemExit(f"this job has no windows such as '{window}', expected tumbling:SIZE or sliding:SIZE:SLIDE in ms")
    return f"""
        INSERT INTO answer
        SELECT {milliseconds("window_start")}, {milliseconds("window_end")}, `key`,
            COUNT(*), SUM(`value`), MIN(`value`), MAX(`value`)
        FROM TABLE({windows})
        GROUP BY window_start, window_end, `key`"""


def interval(ms):
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"INTERVAL '{days} {hours:02}:{minutes:02}:{seconds:02}.{ms:03}' DAY(3) TO SECOND(3)"


def milliseconds(time):
    # UNIX_TIMESTAMP has whole seconds only.
    return f"EXTRACT(EPOCH FROM {time}) * 1000 + EXTRACT(MILLISECOND FROM {time})"
