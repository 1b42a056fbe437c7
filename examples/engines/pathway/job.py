"""Pathway: a table for each question, whose records are committed one by one."""
import pathway as pw
from atlas import Skip, answer


class Lines(pw.io.python.ConnectorSubject):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def run(self):
        for batch in self.batches:
            for time, key, value, tag in batch:
                self.next(time=time, key=key, value=value, tag=tag)
            self.commit()


class Line(pw.Schema):
    time: int | None
    key: str | None
    value: int | None
    tag: str | None


def rows(q):
    if q.restart or q.inputs or q.name.startswith("missing-") or q.zone and not q.offset:
        raise Skip("the glue has one source of whole numbers that are there, which nobody can read again")
    lines, t = pw.io.python.read(Lines(q.batches), schema=Line, autocommit_duration_ms=None), pw.this
    lines = lines.select(time=pw.unwrap(t.time), key=pw.unwrap(t.key), value=pw.unwrap(t.value), tag=t.tag)
    behaviour = pw.temporal.common_behavior(cutoff=q.delay + vars(q).get("lateness", vars(q).get("bound", 0)))
    if "join" in q.kind:
        left, right = lines.filter(t.tag == "L"), lines.filter(t.tag == "R")
        how = left.interval_join_left if q.kind == "left-join" else left.interval_join
        table = how(right, left.time, right.time, pw.temporal.interval(0, q.bound), left.key == right.key, behavior=behaviour)
        table = table.select(a=left.time, b=right.time, key=left.key, c=left.value, d=right.value)
    elif q.kind == "dedup":
        table = lines.deduplicate(value=t.time, instance=t.tag, acceptor=lambda new, old: False)
        table = table.select(t.time, t.tag, t.key, t.value)
    else:
        window = pw.temporal.tumbling(q.size, origin=q.offset) if q.kind in ("tumbling", "days") else None
        window = pw.temporal.sliding(q.slide, q.size) if q.slide else window or pw.temporal.session(max_gap=q.gap)
        grouped = lines.windowby(t.time, window=window, instance=t.key, behavior=None if q.kind == "session" else behaviour)
        table = grouped.reduce(t._pw_window_start, t._pw_window_end, t._pw_instance, n=pw.reducers.count(), s=pw.reducers.sum(t.value))
    out = []
    pw.io.subscribe(table, on_change=lambda key, row, time, is_addition: out.append((time, is_addition, tuple(row.values()))))
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    pw.internals.parse_graph.G.clear()
    for _, is_addition, (first, *rest) in sorted(out, key=lambda change: change[:2]):
        yield first if is_addition else f"- {first}", *rest


answer(rows)
