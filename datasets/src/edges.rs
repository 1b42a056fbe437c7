//! Small datasets, one a problem, whose records stand where versions like to go wrong: on the edges of windows,
//! sessions, intervals and watermarks, before 1970, beyond 2^53, in the second partition.
//!
//! Each is a row of stretches. A stretch begins with its greatest time, so that event time stands still while all
//! others of it arrive, and ends with records that are late by no more than a millisecond, or just not. Between them lie
//! two micro-batches of [`BATCH`] records at least: as long may it take until a watermark holds.

use std::collections::BTreeMap;

use crate::{
    Column, Delivery, EVENT_TIME, Event, Instance, Item, KEY, Keys, PARTITION, Side, Sided, Source, Typed,
    VALUE, Value,
};

/// The micro-batches that the datasets are laid out for, in records.
pub const BATCH: u64 = 5;

/// Says how late a record may come, in milliseconds.
const DELAY: i64 = 500;
/// The first whole number that a 64-bit float doesn't hold, less one.
const BEYOND_FLOATS: i64 = 1 << 53;

/// All of them.
pub fn edges() -> Vec<Instance> {
    vec![packing(), windows(), sessions(), totals(), readings(), orders()]
}

/// A row under way: when, of what, how much.
type Row = (i64, &'static str, i64);

fn instance(name: &str, problem: &str, columns: &[Column], parameters: &[(&str, Value)]) -> Instance {
    Instance {
        name: name.into(),
        problem: problem.into(),
        columns: columns.to_vec(),
        values: Vec::new(),
        scale: 1,
        parameters: parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<BTreeMap<_, _>>(),
        keys: Keys::default(),
        optimum: None,
        best_known: None,
        source: Source::default(),
        rejected: Vec::new(),
    }
}

impl Instance {
    fn text(&mut self, text: &str) -> u64 {
        self.keys.intern(text.as_bytes()).into()
    }
}

/// Values by turns: both signs, nothing, more than a float holds. Of `low` none is above 0, of `high` none below 1, of
/// `wide` each is beyond 2^53, with sums that floats don't hold.
fn value(key: &str, turn: i64) -> i64 {
    match key {
        "low" => -1 - turn.rem_euclid(7),
        "high" => 1 + turn.rem_euclid(5),
        "wide" => BEYOND_FLOATS + 1 + 2 * turn.rem_euclid(3),
        _ => turn.rem_euclid(9) - 4,
    }
}

/// More than a thousand bins that stay a little open, and then what fits only the first of them, or fits exactly.
fn packing() -> Instance {
    let mut made = instance("edges-packing", "bin-packing", Item::COLUMNS, &[("capacity", 1000.into())]);
    // The first bins have room for 400, the others for less and less.
    made.values.extend((0..1100).map(|i| if i < 20 { 600 } else { 700 + i % 50 }));
    made.values.extend([0, 1000, 0]);
    made.values.extend((0..20).flat_map(|i| [301 + i % 3, 251, 250]));
    made
}

fn windows() -> Instance {
    let columns = [Event::COLUMNS, &[PARTITION]].concat();
    let parameters = [("window", "tumbling:1000".into()), ("delay", DELAY.cast_unsigned().into())];
    let mut made = instance("edges-windows", "windowed-aggregation", &columns, &parameters);
    for stretch in -6..6_i64 {
        let start = stretch * 1000;
        let keys = ["both", "low", "high", "wide"];
        let inner = (0..14)
            .map(|i: i64| (start + [0, 250, 498, 1, 499, 0, 333][i as usize % 7], keys[i as usize % 4]));
        // Late by nothing, and in every other stretch just not.
        let greatest = start + DELAY - stretch.rem_euclid(2);
        let rows = [(greatest, "both"), (greatest, "low")].into_iter().chain(inner).chain([
            // The window before ended with this millisecond.
            (start - 1, "both"),
            (start - 1, "high"),
            (start + 999, "wide"),
            (start + 999, "low"),
        ]);
        for (i, (time_ms, key)) in (0_i64..).zip(rows) {
            let partition = i.rem_euclid(2).cast_unsigned();
            // For a while one partition lies two windows behind the other.
            let behind = if partition == 1 && (0..3).contains(&stretch) { 2000 } else { 0 };
            made.event((time_ms - behind, key, value(key, i + stretch)), Some(partition));
        }
    }
    // What is before this is complete.
    for partition in 0..2 {
        made.event((20_000, "both", 1), Some(partition));
    }
    made
}

fn sessions() -> Instance {
    let (gap, step) = (100, 1000);
    let parameters = [("gap", 100.into()), ("delay", DELAY.cast_unsigned().into())];
    let mut made = instance("edges-sessions", "sessions", Event::COLUMNS, &parameters);
    for stretch in -6..6_i64 {
        let start = stretch * step;
        let rows = [
            (start + DELAY, "clock"),
            (start, "touching"),
            (start + gap, "touching"),
            (start, "apart"),
            (start + gap + 1, "apart"),
            (start, "near"),
            (start + gap - 1, "near"),
            (start + 10, "bridged"),
            (start + 160, "bridged"),
            (start + 85, "bridged"),
            (start, "low"),
            (start + 150, "low"),
            (start + 75, "low"),
            (start, "wide"),
            (start + 70, "wide"),
            (start, "high"),
            // Its session ends with the last millisecond that is complete; that of the other a millisecond later.
            (start - gap, "late"),
            (start - gap + 1, "just"),
        ];
        for (i, (time_ms, key)) in (0..).zip(rows) {
            made.event((time_ms, key, value(key, i + stretch)), None);
        }
    }
    made.event((20_000, "clock", 1), None);
    made
}

impl Instance {
    fn event(&mut self, (time_ms, key, value): Row, partition: Option<u64>) {
        let key = self.text(key);
        self.values.extend([time_ms.cast_unsigned(), key, value.cast_unsigned()]);
        self.values.extend(partition);
    }

    fn delivery(&mut self, id: &str, (time_ms, key, value): Row) {
        let (id, key) = (self.text(id), self.text(key));
        self.values.extend([time_ms.cast_unsigned(), id, key, value.cast_unsigned()]);
    }

    fn sided(&mut self, side: Side, (time_ms, key, value): Row) {
        let key = self.text(key);
        let side = u64::from(side == Side::Right);
        self.values.extend([time_ms.cast_unsigned(), side, key, value.cast_unsigned()]);
    }
}

fn totals() -> Instance {
    let parameters = [("delay", DELAY.cast_unsigned().into())];
    let mut made = instance("edges-totals", "deduplicated-totals", Delivery::COLUMNS, &parameters);
    for stretch in -6..6_i64 {
        let start = stretch * 1000;
        let mut deliver = |id: i64, time_ms: i64, key: &'static str| {
            made.delivery(&format!("{stretch}:{id}"), (time_ms, key, value(key, id + stretch)));
        };
        deliver(0, start + DELAY, "both");
        for id in 1..6 {
            let key = ["low", "high", "wide", "both"][id as usize % 4];
            deliver(id, start + 100 * id - 100, key);
            // At once again, and once more when event time has stood still.
            deliver(id, start + 100 * id - 100, key);
        }
        for id in [2, 3] {
            deliver(id, start + 100 * id - 100, ["low", "high", "wide", "both"][id as usize % 4]);
        }
        // As old as may be, and older by a millisecond; both again.
        for (id, time_ms) in [(6, start), (7, start - 1), (6, start), (7, start - 1)] {
            deliver(id, time_ms, "wide");
        }
    }
    made.delivery("end", (20_000, "both", 1));
    made
}

fn readings() -> Instance {
    let columns = [EVENT_TIME, crate::SIDE, KEY, VALUE];
    debug_assert_eq!(columns, Sided::COLUMNS);
    let parameters = [("delay", DELAY.cast_unsigned().into())];
    let mut made = instance("edges-readings", "enrichment-join", &columns, &parameters);
    for stretch in -6..6_i64 {
        let (start, attribute) = (stretch * 1000, stretch.rem_euclid(3));
        let mut reads = |time_ms, key| made.sided(Side::Left, (time_ms, key, value(key, time_ms + stretch)));
        reads(start + DELAY, "both");
        made.sided(Side::Right, (start + DELAY, "clock", attribute));
        let mut reads = |time_ms, key| made.sided(Side::Left, (time_ms, key, value(key, time_ms + stretch)));
        reads(start + 200, "wide");
        reads(start + 100, "wide");
        reads(start + 99, "wide");
        for key in ["wide", "low", "both"] {
            made.sided(Side::Right, (start + 100, key, attribute));
        }
        let mut reads = |time_ms, key| made.sided(Side::Left, (time_ms, key, value(key, time_ms + stretch)));
        for key in ["low", "both", "high"] {
            reads(start + 101, key);
            reads(start + 100, key);
            reads(start + 99, key);
        }
        reads(start, "low");
        reads(start - 1, "low");
        reads(start - 2, "low");
        // This one changes what was read at the very edge of what is complete.
        made.sided(Side::Right, (start, "high", attribute + 1));
    }
    for side in [Side::Left, Side::Right] {
        made.sided(side, (20_000, "both", 1));
    }
    made
}

fn orders() -> Instance {
    let within = 1000;
    let parameters = [("delay", DELAY.cast_unsigned().into()), ("within", 1000.into())];
    let mut made = instance("edges-orders", "order-payment-join", Sided::COLUMNS, &parameters);
    for stretch in -4..4_i64 {
        let start = stretch * 4000;
        let clock = |time_ms| [(Side::Left, time_ms, "clock"), (Side::Right, time_ms, "clock")];
        let mut rows = clock(start + DELAY).to_vec();
        let keys = ["first", "last", "over", "before", "twice", "unpaid", "wide", "low"];
        rows.extend(keys.map(|key| (Side::Left, start, key)));
        rows.extend([
            (Side::Right, start, "first"),
            (Side::Right, start - 1, "before"),
            (Side::Right, start + 300, "twice"),
            (Side::Right, start + 301, "twice"),
            (Side::Right, start + within, "wide"),
        ]);
        rows.extend(clock(start + within + DELAY));
        // What nobody pays, while event time stands still.
        rows.extend((0..10).map(|i| (Side::Left, start + within + i, "waiting")));
        rows.extend([
            (Side::Right, start + within + 1, "over"),
            (Side::Right, start + within, "low"),
            (Side::Right, start + within, "last"),
            (Side::Right, start + within - 1, "unpaid"),
            (Side::Right, start + within - 2, "first"),
        ]);
        for (i, (side, time_ms, key)) in (0..).zip(rows) {
            made.sided(side, (time_ms, key, value(key, i + stretch)));
        }
    }
    for side in [Side::Left, Side::Right] {
        made.sided(side, (40_000, "clock", 1));
    }
    made
}
