//! Measures what the replay costs beside the bare algorithm, in one run, and what an open loop adds to a record.
//!
//! `cargo bench --bench replay`. The bare loop over a slice and the whole embedded replay (chunks of 1,024 behind an
//! erased version, times and decisions recorded) take turns; the ratio is that of the medians. No harness: the
//! figure is the ratio, and a harness would time the two apart from each other.

use std::time::Instant;

use datasets::{Event, Item, SplitMix64, Typed as _};
use replay::{Control, Edges, Pace, Paced, RealClock, Schedule, feed_at_max, feed_paced};
use stream::{
    Deciding, Job, Trigger, Version,
    jobs::{
        bin_packing::{BestFit, FirstFit},
        windowed_aggregation::{Kind, Settings, make},
    },
    windows::{OutputMode, Superseding},
};

const RECORDS: usize = 1_000_000;
const CAPACITY: u64 = 10_000;
const ROUNDS: usize = 15;
/// Of the open loop.
const RATE: f64 = 100_000.0;
const PACED_RECORDS: usize = 200_000;
const PACED_ROUNDS: usize = 5;

fn main() {
    let mut random = SplitMix64::new(1);
    let items: Vec<Item> = (0..RECORDS).map(|_| Item { size: random.uniform(1, CAPACITY) }).collect();
    println!(
        "{RECORDS} records, sizes uniform on [1, {CAPACITY}], capacity {CAPACITY}; medians of {ROUNDS} rounds"
    );
    println!("{:10} {:>12} {:>12} {:>8} {:>14}", "job", "bare ns", "replay ns", "ratio", "records/s");
    compare("best-fit", &items, || BestFit::new(CAPACITY));
    compare("first-fit", &items, || FirstFit::new(CAPACITY));
    open_loop("best-fit", &items[..PACED_RECORDS], || Box::new(Deciding(BestFit::new(CAPACITY))));
    open_loop("windowed-aggregation per-record", &events(), windowed_aggregation);
}

fn compare<J: Job<Item> + Send + 'static>(name: &str, items: &[Item], make: impl Fn() -> J) {
    let (mut bare, mut replayed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(bare_loop(items, make()));
        replayed.push(whole_replay(items, make()));
    }
    let (bare, replayed) = (median(bare), median(replayed));
    println!("{name:10} {bare:>12.1} {replayed:>12.1} {:>8.3} {:>14.0}", replayed / bare, 1e9 / replayed);
}

/// Nanoseconds a record: a loop over a slice, the decisions kept.
fn bare_loop<J: Job<Item>>(items: &[Item], mut job: J) -> f64 {
    let start = Instant::now();
    let mut decisions = Vec::with_capacity(items.len());
    for item in items {
        decisions.push(job.push(item));
    }
    let took = start.elapsed();
    assert_eq!(std::hint::black_box(decisions).len(), items.len());
    took.as_nanos() as f64 / items.len() as f64
}

/// These jobs act on each record.
fn edges(items: &[Item]) -> Edges {
    Edges::new(Trigger::Record, items.len(), None, None).expect("needs no times")
}

/// Nanoseconds a record: the feed from end to end.
fn whole_replay<J: Job<Item> + Send + 'static>(items: &[Item], job: J) -> f64 {
    let mut versions: Vec<Box<dyn Version<Item>>> = vec![Box::new(Deciding(job))];
    let start = Instant::now();
    let replayed = feed_at_max(&mut versions, items, &edges(items), &RealClock::new(), &Control::default());
    let took = start.elapsed();
    let replayed = std::hint::black_box(replayed).expect("nobody stops it");
    assert_eq!(replayed[0].decisions.len(), items.len());
    took.as_nanos() as f64 / items.len() as f64
}

/// Several rounds of `records` at `RATE` each, because other work on the machine shows in all but the best.
fn open_loop<R>(name: &str, records: &[R], make: impl Fn() -> Box<dyn Version<R>>) {
    println!("\nopen loop, {name}, {} records at {RATE}/s, from the due time, in µs", records.len());
    println!("{:>8} {:>8} {:>8} {:>8} {:>16}", "p50", "p99", "p99.9", "p99.99", "feeder misses %");
    let schedule = Schedule::new(Pace::Rate(RATE), false, None).expect("a rate").expect("a schedule");
    let edges = Edges::new(Trigger::Record, records.len(), None, None).expect("needs no times");
    for _ in 0..PACED_ROUNDS {
        let (random, clock, control) = (&mut SplitMix64::new(1), RealClock::new(), Control::default());
        let input = Paced { records, edges: &edges, schedule: &schedule, emissions: &[] };
        let fed = feed_paced(&mut [make()], &input, random, &clock, &control);
        let (replayed, feeder) = fed.expect("nobody stops it");
        let us = |percentile| replayed[0].latency.percentile_ns(percentile) / 1000.0;
        let missed = feeder.misses as f64 * 100.0 / feeder.records as f64;
        println!("{:8.2} {:8.2} {:8.2} {:8.2} {missed:16.3}", us(50.0), us(99.0), us(99.9), us(99.99));
    }
}

/// W1's records, or the first of them: see `examples/w1.rs`.
fn events() -> Vec<Event> {
    let arguments = [("keys", 10_000), ("rate", 5_000)].map(|(name, value)| (name.to_owned(), value.into()));
    let instance =
        datasets::generate("events", PACED_RECORDS as u64, 1, &arguments.into()).expect("valid parameters");
    // The generated rows begin with their arrival times.
    let row = |fields: &[u64]| Event::from_fields(&[&fields[1..], &[0]].concat());
    instance.values.chunks_exact(instance.columns.len()).map(row).collect()
}

/// Count and sum by key over tumbling windows of 10 s: half a second of the schedule.
fn windowed_aggregation() -> Box<dyn Version<Event>> {
    let settings = Settings {
        windows: "tumbling:10000".parse().expect("windows"),
        delay_ms: Some(2000),
        lateness_ms: 0,
        superseding: Superseding::Keep,
        mode: OutputMode::Append,
        drain: true,
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
        max_state: 10_000_000,
    };
    make(settings, Kind::PerRecord, Trigger::Record).expect("valid settings")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
