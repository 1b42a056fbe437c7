//! Datasets of every kind and of different shapes, drawn from a seed, and those that are shipped.

use std::path::Path;

use datasets::{Delivery, Event, Frozen, Keys, Side, Sided, SplitMix64, Table};
use explain::{Asked, Case, Data, Finding, explain};

/// A record of whatever kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Any {
    pub(crate) time_ms: i64,
    pub(crate) key: u32,
    pub(crate) value: i64,
    pub(crate) partition: u32,
    pub(crate) id: u32,
    pub(crate) side: Side,
}

/// A dataset and what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) name: String,
    pub(crate) asked: Asked,
    pub(crate) records: Vec<Any>,
    pub(crate) keys: Keys,
    /// Records of a micro-batch; 0: there are none.
    pub(crate) batch: usize,
    pub(crate) scale: u64,
    pub(crate) delays_ms: Vec<i64>,
}

/// Says what a dataset that is drawn is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) records: u64,
    pub(crate) keys: u64,
    /// From one record to the next, on average.
    pub(crate) step_ms: u64,
    /// All times are multiples of this.
    pub(crate) grain_ms: u64,
    /// One record of so many is late, by at most this.
    pub(crate) late: (u64, u64),
    pub(crate) base_ms: i64,
    /// Values lie between zero and this, or so much below.
    pub(crate) values: (u64, i64),
}

/// Many records of few keys; few records of many keys; times around 1970.
pub(crate) const SHAPES: [Shape; 3] = [
    Shape {
        records: 1_500,
        keys: 5,
        step_ms: 700,
        grain_ms: 100,
        late: (10, 40_000),
        base_ms: 1_700_000_000_000,
        values: (200, -100),
    },
    Shape {
        records: 1_200,
        keys: 60,
        step_ms: 450,
        grain_ms: 50,
        late: (6, 90_000),
        base_ms: 1_000_000_000_000,
        values: (5_000, 0),
    },
    Shape {
        records: 2_000,
        keys: 12,
        step_ms: 330,
        grain_ms: 10,
        late: (20, 25_000),
        base_ms: -700_000,
        values: (40, -30),
    },
];

pub(crate) fn drawn(asked: Asked, shape: Shape, seed: u64) -> World {
    let mut random = SplitMix64::new(seed);
    let mut keys = Keys::default();
    let names: Vec<u32> = (0..shape.keys)
        .map(|at| keys.intern(if at == 2 { String::new() } else { format!("k{at}") }.as_bytes()))
        .collect();
    let mut records: Vec<Any> = Vec::new();
    let mut now = 0;
    for at in 0..shape.records {
        now += random.uniform(0, 2 * shape.step_ms);
        let repeats = at > 20 && random.uniform(0, 12) == 0;
        if repeats {
            let back = random.uniform(1, 20) as usize;
            let again = records[records.len() - back];
            records.push(again);
            continue;
        }
        let late = if random.uniform(1, shape.late.0) == 1 { random.uniform(0, shape.late.1) } else { 0 };
        let time = now.saturating_sub(late) / shape.grain_ms * shape.grain_ms;
        let value = random.uniform(0, shape.values.0).cast_signed().saturating_add(shape.values.1);
        // A few ids are delivered again with another value.
        let conflicts = at > 20 && random.uniform(0, 15) == 0;
        let id =
            if conflicts { records[records.len() - 9].id } else { keys.intern(format!("id{at}").as_bytes()) };
        records.push(Any {
            time_ms: shape.base_ms + time.cast_signed(),
            key: names[random.uniform(0, shape.keys - 1) as usize],
            value: if random.uniform(0, 14) == 0 { 0 } else { value },
            partition: random.uniform(0, 2) as u32,
            id,
            side: if random.uniform(0, 2) == 0 { Side::Right } else { Side::Left },
        });
    }
    numbered(&mut keys, records.len());
    let name = format!("{asked:?}, seed {seed}");
    World { name, asked, records, keys, batch: 0, scale: 1, delays_ms: vec![] }
}

/// Sees to it that there are as many texts as ids of records that are counted twice.
fn numbered(keys: &mut Keys, records: usize) {
    for id in 0..2 * records {
        keys.intern(format!("fresh{id}").as_bytes());
    }
}

/// A dataset that is shipped.
pub(crate) fn shipped(name: &str, asked: Asked) -> World {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/data").join(name);
    let frozen = Frozen::open(&path).expect("a shipped dataset");
    let any = |time_ms, key, value| Any { time_ms, key, value, partition: 0, id: 0, side: Side::Left };
    let (records, mut keys): (Vec<Any>, Keys) = match asked {
        Asked::Totals => {
            let loaded = frozen.load::<Delivery>().expect("whole");
            let of = |r: &Delivery| Any { id: r.id, ..any(r.time_ms, r.key, r.value) };
            (loaded.records.iter().map(of).collect(), loaded.keys)
        }
        Asked::AsOf | Asked::Within { .. } => {
            let loaded = frozen.load::<Sided>().expect("whole");
            let of = |r: &Sided| Any { side: r.side, ..any(r.time_ms, r.key, r.value) };
            (loaded.records.iter().map(of).collect(), loaded.keys)
        }
        Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Sessions { .. } => {
            let loaded = frozen.load::<Event>().expect("whole");
            let of = |r: &Event| Any { partition: r.partition, ..any(r.time_ms, r.key, r.value) };
            (loaded.records.iter().map(of).collect(), loaded.keys)
        }
    };
    numbered(&mut keys, records.len());
    let name = format!("{name}, {asked:?}");
    World { name, asked, records, keys, batch: 0, scale: 1, delays_ms: vec![] }
}

pub(crate) fn events(records: &[Any]) -> Vec<Event> {
    let of = |r: &Any| Event { time_ms: r.time_ms, key: r.key, value: r.value, partition: r.partition };
    records.iter().map(of).collect()
}

pub(crate) fn deliveries(records: &[Any]) -> Vec<Delivery> {
    let of = |r: &Any| Delivery { time_ms: r.time_ms, id: r.id, key: r.key, value: r.value };
    records.iter().map(of).collect()
}

pub(crate) fn sides(records: &[Any]) -> Vec<Sided> {
    let of = |r: &Any| Sided { time_ms: r.time_ms, side: r.side, key: r.key, value: r.value };
    records.iter().map(of).collect()
}

impl World {
    /// Asks for an explanation of an answer.
    pub(crate) fn explained(&self, reference: &Table, answer: &Table) -> Finding {
        let (events, deliveries, sides) =
            (events(&self.records), deliveries(&self.records), sides(&self.records));
        let data = match self.asked {
            Asked::Totals => Data::Deliveries(&deliveries),
            Asked::AsOf | Asked::Within { .. } => Data::Sides(&sides),
            Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Sessions { .. } => Data::Events(&events),
        };
        let ends: Vec<usize> = match self.batch {
            0 => vec![],
            batch => (1..=self.records.len().div_ceil(batch)).map(|at| at * batch).collect(),
        };
        explain(&Case {
            asked: self.asked,
            data,
            batch_ends: &ends,
            keys: &self.keys,
            scale: self.scale,
            delays_ms: self.delays_ms.clone(),
            reference,
            answer,
        })
    }
}
