"""Two jobs with Bytewax: orders by minute and user, and what each user has spent."""
import sys
from datetime import datetime, timedelta, timezone

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.operators.windowing import EventClock, TumblingWindower, count_window
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def minutes(orders):
    # Its watermark moves with the machine's clock, too: the wait must exceed the time that the replay takes.
    clock = EventClock(lambda order: EPOCH + timedelta(milliseconds=int(order[0])), timedelta(minutes=10))
    minute = TumblingWindower(align_to=EPOCH, length=timedelta(minutes=1))
    counts = count_window("count", orders, clock, minute, key=lambda order: order[1]).down
    return op.map("minutes", counts, lambda row: (row[1][0] * 60_000, row[0], row[1][1]))


def totals(orders):
    def spend(spent, order):
        taken_back = [] if spent is None else [(-1, spent)]
        spent = (spent or 0) + int(order[2])
        return spent, [*taken_back, (1, spent)]

    changes = op.stateful_flat_map("spend", op.key_on("user", orders, lambda order: order[1]), spend)
    return op.map("totals", changes, lambda row: (row[1][0], row[0], row[1][1]))


# The glue: lines in, rows out.
class Lines(DynamicSource, StatelessSourcePartition):
    def build(self, *_):
        return self

    def next_batch(self):
        line = sys.stdin.readline()
        if not line:
            raise StopIteration
        return [line.rstrip("\n").split(",")]


class Rows(DynamicSink, StatelessSinkPartition):
    def build(self, *_):
        return self

    def write_batch(self, rows):
        for row in rows:
            print(*row, sep=",", flush=True)


job, header = {"minutes": (minutes, "minute,user,n"), "totals": (totals, "sign,user,spent")}[sys.argv[1]]
flow = Dataflow("orders")
op.output("rows", job(op.input("lines", flow, Lines())), Rows())
sys.stdin.readline()
print(header, flush=True)
run_main(flow)
