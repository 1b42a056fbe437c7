"""Bytewax: a flow for each question, its records one item each."""
from datetime import datetime, timedelta, timezone

import bytewax.operators as op
import bytewax.operators.windowing as win
from atlas import Cannot, Skip, answer
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def span(milliseconds):
    return timedelta(milliseconds=milliseconds)


def rows(q):
    if q.kind == "dedup" or "join" in q.kind or q.restart or q.inputs or q.batch:
        raise Skip("the glue has windows of one input, whose records come one by one")
    if q.name in ("missing-key", "missing-time", "missing-value"):
        raise Cannot("a key is a text, a time and a value are whatever the job makes of a record")
    if q.kind == "days" and not q.offset:
        raise Cannot("windows are aligned to one time and have one length")
    if q.kind == "session":
        windower = win.SessionWindower(gap=span(q.gap))
    elif q.kind == "sliding":
        windower = win.SlidingWindower(length=span(q.size), offset=span(q.slide), align_to=EPOCH)
    else:
        windower = win.TumblingWindower(length=span(q.size), align_to=EPOCH + span(q.offset or 0))
    out, meta, flow = [], [], Dataflow("atlas")
    clock = win.EventClock(lambda record: EPOCH + span(record[0]), span(q.delay + q.lateness))
    stream = op.key_on("key", op.input("in", flow, TestingSource(q.records)), lambda record: record[1])
    counts = win.fold_window("fold", stream, clock, windower, list, lambda all, r: [*all, r[2]], lambda a, b: a + b)
    op.output("out", counts.down, TestingSink(out))
    op.output("meta", counts.meta, TestingSink(meta))
    run_main(flow)
    bounds = {(key, window): (m.open_time, m.close_time) for key, (window, m) in meta}
    for key, (window, values) in out:
        start, end = bounds[key, window]
        yield (start - EPOCH) // span(1), (end - EPOCH) // span(1), key, len(values), sum(values)


answer(rows)
