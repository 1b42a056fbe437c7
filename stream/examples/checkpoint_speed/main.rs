//! Measures what checkpoints cost: `cargo run --release -p stream --example checkpoint_speed`.
//!
//! First jobs with a state for each of 1 million keys: a whole save, the changes after touching some of the keys, and
//! coming back from the one and twenty of the others; then the same through a sled store in a folder. Then windowed
//! sums, 10,000 keys and 5 million records, with changes each 100,000 records and without. The figures are the fastest
//! of some runs.

mod through_store;
mod windows;

use std::time::{Duration, Instant};

use datasets::{Cells, Event, TableColumn};
use store::checkpoints::Durability;
use stream::{
    Flavour, Regime, Source, State, Trigger, Version, WatermarkPolicy,
    operators::{AtKey, Complete, Function, KeyedProcess, Pipeline},
};

const KEYS: u32 = 1_000_000;
const DELTAS: u32 = 20;
const RUNS: usize = 5;

fn main() -> Result<(), String> {
    state_by_key("keyed state", keyed_state)?;
    state_by_key("running totals", totals)?;
    windows::measure()
}

/// Remembers a key's last value.
struct Last;

impl KeyedProcess<Event> for Last {
    type State = i64;
    type Out = Event;

    fn on_record(
        &self,
        event: Event,
        at: &mut AtKey<'_, i64>,
        _: &mut impl FnMut(Event, &mut stream::Context),
    ) {
        at.put(event.value);
    }
}

fn keyed_state() -> Box<dyn Version<Event>> {
    let job = Pipeline::<Event, _>::start().process(Last, None).aggregate([Function::Count]);
    let sink = Complete::new(key_columns, [("count", Function::Count)]);
    Box::new(job.run(
        source(),
        Regime {
            flavour: Flavour::PerRecord { lateness_ms: 0 },
            trigger: Trigger::Record,
            state_limit: u64::MAX,
        },
        sink,
    ))
}

fn totals() -> Box<dyn Version<Event>> {
    let job = Pipeline::<Event, _>::start().aggregate([Function::Count, Function::Sum]);
    let sink = Complete::new(key_columns, [("count", Function::Count), ("sum", Function::Sum)]);
    Box::new(job.run(
        source(),
        Regime {
            flavour: Flavour::PerRecord { lateness_ms: 0 },
            trigger: Trigger::Record,
            state_limit: u64::MAX,
        },
        sink,
    ))
}

fn source() -> Source<Event> {
    Source {
        time_ms: |event: &Event| event.time_ms,
        partition: |_| 0,
        policy: WatermarkPolicy::Min,
        delay_ms: Some(0),
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
    }
}

fn key_columns(keys: &[u32]) -> Vec<TableColumn> {
    vec![TableColumn::new("key", Cells::Text(keys.to_vec()))]
}

/// Returns what of a job can be saved.
fn state(job: &mut Box<dyn Version<Event>>) -> Result<&mut dyn State, String> {
    job.state().ok_or_else(|| "a table job can be saved".to_owned())
}

fn state_by_key(name: &str, make: fn() -> Box<dyn Version<Event>>) -> Result<(), String> {
    let mut job = make();
    let mut now = 0;
    let mut touch = |job: &mut Box<dyn Version<Event>>, keys: u32| {
        now += 1;
        // Spread over all, as the changed keys of a stream are.
        let key = |i: u32| (u64::from(i) * 7919 % u64::from(KEYS)) as u32;
        let event = |i: u32| Event { time_ms: now, key: key(i + now as u32), partition: 0, value: i.into() };
        let events: Vec<Event> = (0..keys).map(event).collect();
        let start = Instant::now();
        job.push_chunk(&events, &mut Vec::new());
        start.elapsed()
    };
    let plain = touch(&mut job, KEYS);
    // Event time moves, and what waited for that is over.
    touch(&mut job, 1);
    let saved = state(&mut job)?;
    let (base, took) = timed(|| saved.save());
    println!("{name}, {KEYS} keys: a whole save takes {} and {} bytes", shown(took), base.len());
    println!("  a record takes {:.0} ns before the first save", plain.as_nanos() as f64 / f64::from(KEYS));
    let mut deltas = Vec::new();
    for keys in [1_000, 10_000, 100_000] {
        let mut best = (Duration::MAX, Duration::MAX, 0);
        for _ in 0..RUNS {
            let pushed = touch(&mut job, keys);
            let changed = state(&mut job)?;
            let (changes, took) = timed(|| changed.changes());
            best = (best.0.min(took), best.1.min(pushed), changes.len());
            deltas.push(changes);
        }
        let (took, pushed, bytes) = best;
        println!(
            "  changes of {keys:6} keys take {} and {bytes} bytes; {:.0} ns a record to note them",
            shown(took),
            pushed.as_nanos() as f64 / f64::from(keys)
        );
    }
    while deltas.len() < DELTAS as usize {
        touch(&mut job, 10_000);
        deltas.push(state(&mut job)?.changes());
    }
    recover(&mut job, make, &base, &deltas)?;
    let last = state(&mut job)?.save();
    for durability in [Durability::Process, Durability::Power] {
        through_store::measure(make, &base, &deltas, durability, &last)?;
    }
    Ok(())
}

fn recover(
    job: &mut Box<dyn Version<Event>>,
    make: fn() -> Box<dyn Version<Event>>,
    base: &[u8],
    deltas: &[Vec<u8>],
) -> Result<(), String> {
    let last = state(job)?.save();
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        let mut fresh = make();
        let own = state(&mut fresh)?;
        let (restored, whole) = timed(|| own.restore(base));
        restored?;
        let (applied, changes) = timed(|| deltas.iter().try_for_each(|delta| own.apply(delta)));
        applied?;
        if own.save() != last {
            return Err("the job came back in another state".to_owned());
        }
        best = best.min((whole, changes));
    }
    let (whole, changes) = best;
    println!(
        "  recovery takes {}: the whole state {}, {} changes {}",
        shown(whole + changes),
        shown(whole),
        deltas.len(),
        shown(changes)
    );
    Ok(())
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = what();
    (result, start.elapsed())
}

fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
