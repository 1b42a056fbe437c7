//! Running the real jobs, and reading what they say.

use datasets::{Cells, Event, Keys, Table};
use proptest::prelude::*;
use stream::{
    Batching, Concluded, JobError, Trigger, Version,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Superseding, Windows},
};

use crate::oracle::{Case, Engine, Expected, Outcome, Row};

/// Texts whose bytes are in another order than their numbers.
pub(crate) fn keys() -> Keys {
    let mut keys = Keys::default();
    for text in ["m", "", "z", "a"] {
        keys.intern(text.as_bytes());
    }
    keys
}

pub(crate) fn event(time_ms: i64, key: u32, value: i64) -> Event {
    Event { time_ms, key, partition: 0, value }
}

/// Events of one key and value 1.
pub(crate) fn at(times: &[i64]) -> Vec<Event> {
    times.iter().map(|&time| event(time, 0, 1)).collect()
}

pub(crate) fn settings(windows: Windows, delay_ms: Option<i64>) -> Settings {
    Settings {
        windows,
        delay_ms,
        lateness_ms: 0,
        superseding: Superseding::Keep,
        mode: OutputMode::Append,
        drain: false,
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
        max_state: 1_000_000,
    }
}

/// A case as the catalogue would make it, and how many records a batch has.
pub(crate) fn job(case: Case) -> (Box<dyn Version<Event>>, usize) {
    let settings = settings(case.windows, case.delay);
    let trigger = |n: usize| match n {
        1 => Trigger::Record,
        n => Trigger::EveryRecords((n as u64).try_into().expect("0 is another trigger")),
    };
    match case.engine {
        Engine::Flink { lateness, every } => {
            let settings = Settings { lateness_ms: lateness, ..settings };
            (make(settings, Kind::PerRecord, trigger(every)).unwrap(), every)
        }
        Engine::Spark { strict, drain, mode, batch } => {
            let kind = if strict { Kind::PerTriggerStrict } else { Kind::PerTrigger };
            (make(Settings { drain, mode, ..settings }, kind, trigger(batch)).unwrap(), batch)
        }
    }
}

/// Feeds events from `from` on as the replay does: in chunks, and batches' ends where they are wanted.
pub(crate) fn feed(job: &mut dyn Version<Event>, events: &[Event], from: usize, batch: usize, chunk: usize) {
    let mut at = from;
    while at < events.len() {
        let batch_end = (at / batch + 1) * batch;
        let end = if job.batching() == Batching::None { at + chunk } else { batch_end.min(at + chunk) }
            .min(events.len());
        job.push_chunk(&events[at..end], &mut Vec::new());
        at = end;
        if job.batching() != Batching::None && (at == batch_end || at == events.len()) {
            job.end_batch(&mut Vec::new());
        }
    }
}

pub(crate) fn conclude(mut job: Box<dyn Version<Event>>) -> Result<Concluded, JobError> {
    job.finish(&keys()).map(|concluded| concluded.expect("a table job concludes"))
}

pub(crate) fn run(case: Case, events: &[Event]) -> Concluded {
    let (mut job, batch) = job(case);
    feed(job.as_mut(), events, 0, batch, 5);
    conclude(job).unwrap()
}

fn cells<'a>(table: &'a Table, name: &str) -> &'a Cells {
    let column = table.columns.iter().find(|column| column.name == name);
    &column.unwrap_or_else(|| panic!("no column {name}")).cells
}

pub(crate) fn ints(table: &Table, name: &str) -> Vec<i64> {
    match cells(table, name) {
        Cells::Int(cells) => cells.clone(),
        Cells::Text(cells) => cells.iter().map(|&key| i64::from(key)).collect(),
        Cells::Maybe(cells) => cells.iter().map(|cell| cell.unwrap_or(i64::MIN)).collect(),
        Cells::Wide(_) | Cells::Written(_) => panic!("{name} is wide, or written"),
    }
}

pub(crate) fn sums(table: &Table) -> Vec<i128> {
    match cells(table, "sum") {
        Cells::Wide(cells) => cells.clone(),
        Cells::Int(_) | Cells::Maybe(_) | Cells::Text(_) | Cells::Written(_) => panic!("sums may be wide"),
    }
}

fn rows(table: &Table) -> Vec<((i64, i64, u32), Outcome)> {
    let [starts, ends, names, counts, mins, maxs] =
        ["window_start_ms", "window_end_ms", "key", "count", "min", "max"].map(|name| ints(table, name));
    let sums = sums(table);
    let row = |i: usize| {
        let result = Outcome { count: counts[i], sum: sums[i], min: mins[i], max: maxs[i] };
        ((starts[i], ends[i], names[i] as u32), result)
    };
    (0..table.rows()).map(row).collect()
}

/// Returns what a run says, in the oracle's form; panics unless the answer is sorted as it must be.
pub(crate) fn told(concluded: &Concluded) -> Expected {
    let keys = keys();
    let answer = rows(&concluded.table);
    assert!(answer.is_sorted_by_key(|((start, end, key), _)| (*start, *end, keys.get(*key).to_vec())));
    let firings = concluded.firings.as_ref().unwrap();
    let [records, batches, watermarks] = ["record", "batch", "watermark_ms"].map(|name| ints(firings, name));
    let row = |(i, (name, result)): (usize, ((i64, i64, u32), Outcome))| Row {
        record: records[i],
        batch: batches[i],
        watermark: Some(watermarks[i]).filter(|ms| *ms != i64::MIN),
        window: (name.0, name.1),
        key: name.2,
        result,
    };
    let late = &concluded.late;
    let late = [ints(late, "record"), ints(late, "window_start_ms"), ints(late, "window_end_ms")];
    let late_pairs: Vec<_> = (0..late[0].len()).map(|i| (late[0][i], late[1][i], late[2][i])).collect();
    assert_eq!(concluded.counts.late_pairs, late_pairs.len() as u64);
    assert_eq!(concluded.counts.firings, firings.rows() as u64);
    let rows_of_answer = answer.len();
    let answer: std::collections::BTreeMap<_, _> = answer.into_iter().collect();
    assert_eq!(answer.len(), rows_of_answer);
    Expected {
        firings: rows(firings).into_iter().enumerate().map(row).collect(),
        late_pairs,
        late: concluded.counts.late,
        not_emitted: concluded.counts.not_emitted,
        superseded: concluded
            .superseded
            .iter()
            .map(|row| (row.start_ms, row.end_ms, row.key, row.records))
            .collect(),
        answer,
    }
}

pub(crate) fn any_windows() -> impl Strategy<Value = Windows> {
    let tumbling = (1_i64..25).prop_map(|size| format!("tumbling:{size}"));
    let sliding = (1_i64..30, 1_i64..15).prop_map(|(size, slide)| format!("sliding:{size}:{slide}"));
    let session = (1_i64..12).prop_map(|gap| format!("session:{gap}"));
    prop_oneof![tumbling, sliding, session].prop_map(|text| text.parse().unwrap())
}

/// Streams that move on, with disorder; now and then a leap, now and then the same time again.
pub(crate) fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let value = prop_oneof![4 => -9_i64..10, 1 => Just(i64::MAX), 1 => Just(i64::MIN)];
    let step = prop_oneof![6 => 0_i64..4, 1 => Just(30_i64)];
    let record = (step, 0_i64..25, 0_u32..4, value);
    (-80_i64..20, prop::collection::vec(record, 0..70)).prop_map(|(start, records)| {
        let mut now = start;
        let place = |(step, back, key, value): (i64, i64, u32, i64)| {
            now += step;
            event(now - back, key, value)
        };
        records.into_iter().map(place).collect()
    })
}
