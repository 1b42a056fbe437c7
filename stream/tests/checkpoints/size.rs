//! Shows what changes cost: bytes in proportion to the entries that changed, whatever the state holds.

use datasets::{Cells, Delivery, Event, Side, Sided, TableColumn};
use stream::operators::{AtKey, Complete, Either, Function, JoinKind, Keyed, KeyedProcess, Pipeline, Row};
use stream::{
    Context, Flavour, Regime, Source, Trigger, Version, WatermarkPolicy,
    jobs::{deduplicated_totals as totals, windowed_aggregation as windowed},
    windows::{OutputMode, Superseding},
};

const KEYS: u32 = 100_000;
const TOUCHED: [u32; 3] = [0, 10, 1_000];

/// Bytes of the whole state of `KEYS` keys, and of the changes after touching each of `TOUCHED` many. `record`: the
/// n-th record of a key.
fn sizes<R: Copy>(mut job: Box<dyn Version<R>>, record: impl Fn(u32, u32) -> R) -> (usize, [usize; 3]) {
    let push = |job: &mut Box<dyn Version<R>>, keys: u32, n: u32| {
        let records: Vec<R> = (0..keys).map(|key| record(key * (KEYS / keys), n)).collect();
        job.push_chunk(&records, &mut vec![]);
    };
    push(&mut job, KEYS, 0);
    // Event time moves, and whatever waited for that is over.
    push(&mut job, 1, 1);
    let whole = job.state().unwrap().save().len();
    let mut n = 1;
    let changes = TOUCHED.map(|keys| {
        n += 1;
        if keys > 0 {
            push(&mut job, keys, n);
        }
        job.state().unwrap().changes().len()
    });
    (whole, changes)
}

/// `each`: the most bytes that a changed key may take.
fn check(what: &str, (whole, changes): (usize, [usize; 3]), each: usize) {
    assert!(whole > KEYS as usize, "{what}: {whole} bytes in all");
    for (touched, bytes) in TOUCHED.into_iter().zip(changes) {
        let most = 400 + touched as usize * each;
        assert!(bytes <= most, "{what}: {bytes} bytes for {touched} keys of {KEYS}, {whole} in all");
    }
}

fn source<R: Keyed>() -> Source<R> {
    Source {
        time_ms: R::time_ms,
        partition: |_| 0,
        policy: WatermarkPolicy::Min,
        delay_ms: Some(1_000),
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
    }
}

const FLAVOUR: Flavour = Flavour::PerRecord { lateness_ms: 0 };

#[test]
fn windows_write_the_keys_that_came() {
    for (windows, kind) in [
        ("tumbling:1000", windowed::Kind::PerRecord),
        ("tumbling:1000", windowed::Kind::PerTrigger),
        ("sliding:1000:500", windowed::Kind::PerRecord),
        ("sliding:1000:500", windowed::Kind::PreAggregated),
        ("session:1000", windowed::Kind::PerRecord),
        ("tumbling:1000", windowed::Kind::AtEnd),
    ] {
        let settings = windowed::Settings {
            windows: windows.parse().unwrap(),
            delay_ms: Some(2_000),
            lateness_ms: 0,
            superseding: Superseding::Keep,
            mode: OutputMode::Append,
            drain: true,
            partitions: 0,
            idle_ms: None,
            max_ahead_ms: None,
            max_state: u64::MAX,
        };
        let trigger = Trigger::Record;
        let job = windowed::make(settings, kind, trigger).unwrap();
        let sizes = sizes(job, |key, n| Event { time_ms: i64::from(n), key, partition: 0, value: 1_000 });
        check(windows, sizes, 60);
    }
}

#[test]
fn deduplication_writes_the_ids_that_came() {
    let settings = totals::Settings { delay_ms: 1_000, max_ahead_ms: None, max_state: 1_000_000 };
    for memory in [totals::Memory::KeepIds, totals::Memory::WithinWatermark, totals::Memory::Approximate] {
        let job = totals::make(memory, &settings, Trigger::Record).unwrap();
        let record = |key, n| Delivery { time_ms: i64::from(n), id: n * KEYS + key, key, value: 1_000 };
        check(&format!("{memory:?}"), sizes(job, record), 40);
    }
}

/// Remembers the last value, and sets a timer.
struct Last;

impl KeyedProcess<Event> for Last {
    type State = i64;
    type Out = Event;

    fn on_record(&self, event: Event, at: &mut AtKey<'_, i64>, _: &mut impl FnMut(Event, &mut Context)) {
        at.put(event.value);
        at.set_timer(event.time_ms);
    }
}

fn key_columns(keys: &[u32]) -> Vec<TableColumn> {
    vec![TableColumn::new("key", Cells::Text(keys.to_vec()))]
}

#[test]
fn keyed_state_writes_the_keys_that_were_put() {
    let job = Pipeline::<Event, _>::start().process(Last, Some(5_000)).aggregate([Function::Count]);
    let sink = Complete::new(key_columns, [("count", Function::Count)]);
    let job = Box::new(job.run(
        source(),
        Regime { flavour: FLAVOUR, trigger: Trigger::Record, state_limit: u64::MAX },
        sink,
    ));
    let record = |key, n| Event { time_ms: i64::from(n), key, partition: 0, value: i64::from(n) };
    check("process", sizes(job, record), 30);
}

#[test]
fn joins_write_the_records_that_came() {
    let sides = || Pipeline::<Sided, _>::start().map(Either::<Row, Row>::from);
    let sink = || Complete::new(key_columns, [("count", Function::Count)]);
    let record = |key: u32, n: u32| {
        let side = if key.is_multiple_of(20) { Side::Left } else { Side::Right };
        Sided { time_ms: i64::from(n), side, key, value: 1 }
    };
    let join = stream::operators::IntervalJoin::new(JoinKind::LeftOuter, 0, 1_000).unwrap();
    let job = sides().interval_join(join).aggregate([Function::Count]);
    let job = Box::new(job.run(
        source(),
        Regime { flavour: FLAVOUR, trigger: Trigger::Record, state_limit: u64::MAX },
        sink(),
    ));
    check("interval join", sizes(job, record), 60);
    let job = sides().as_of_join(JoinKind::LeftOuter).aggregate([Function::Count]);
    let job = Box::new(job.run(
        source(),
        Regime { flavour: FLAVOUR, trigger: Trigger::Record, state_limit: u64::MAX },
        sink(),
    ));
    check("as-of join", sizes(job, record), 60);
}

#[test]
fn side_outputs_write_their_new_rows() {
    let settings = windowed::Settings {
        windows: "tumbling:10".parse().unwrap(),
        delay_ms: Some(0),
        lateness_ms: 0,
        superseding: Superseding::Keep,
        mode: OutputMode::Append,
        drain: true,
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
        max_state: u64::MAX,
    };
    let job = windowed::make(settings, windowed::Kind::PerRecord, Trigger::Record).unwrap();
    // The first of each round makes the others late, and a time that no window has is refused.
    let record = |key: u32, n: u32| {
        let time_ms = match key {
            0 => 1_000 * (1 + i64::from(n)),
            key if key.is_multiple_of(7) => i64::MIN,
            _ => 5,
        };
        Event { time_ms, key, partition: 0, value: 1 }
    };
    check("side outputs", sizes(job, record), 60);
}
