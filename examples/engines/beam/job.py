"""Beam, by its direct runner in Python: a pipeline for each question, over a TestStream whose watermark follows the records."""
import logging

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.test_stream import TestStream
from apache_beam.transforms import trigger, window
from atlas import Cannot, Skip, answer

logging.disable(logging.CRITICAL)


def stream(q):
    events, most = TestStream(), None
    for batch in q.batches:
        events = events.add_elements([window.TimestampedValue((key, value), time / 1000) for time, key, value, _ in batch])
        newest = max(time for time, *_ in batch)
        if most is None or newest > most:
            events, most = events.advance_watermark_to((newest - q.delay) / 1000), newest
    return events.advance_watermark_to_infinity()


def windows(q):
    if q.kind == "session":
        return window.Sessions(q.gap / 1000)
    if q.slide:
        return window.SlidingWindows(q.size / 1000, q.slide / 1000)
    return window.FixedWindows(q.size / 1000, (q.offset or 0) / 1000 % (q.size / 1000))


def row(group, w=beam.DoFn.WindowParam):
    key, values = group
    values = list(values)
    print(w.start.micros // 1000, w.end.micros // 1000, key or "", len(values), sum(values), sep=",", flush=True)


def rows(q):
    if q.kind == "dedup" or "join" in q.kind or q.restart or q.inputs or q.name in ("missing-value", "missing-time"):
        raise Skip("the glue has windows of one input, whose times and values are there")
    if q.kind == "days" and not q.offset:
        raise Cannot("windows have one length")
    with beam.Pipeline("DirectRunner", options=PipelineOptions(streaming=True)) as pipeline:
        when = trigger.AfterWatermark(late=trigger.AfterCount(1))
        into = beam.WindowInto(windows(q), trigger=when, accumulation_mode=trigger.AccumulationMode.ACCUMULATING, allowed_lateness=q.lateness / 1000)
        pipeline | stream(q) | into | beam.GroupByKey() | beam.Map(row)
    return ()


answer(rows)
