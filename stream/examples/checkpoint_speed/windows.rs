//! Windowed sums with checkpoints and without.

use std::time::{Duration, Instant};

use datasets::{Event, Keys, SplitMix64};
use stream::{
    Trigger,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Superseding},
};

use super::RUNS;

const EVENTS: u64 = 5_000_000;
const WINDOW_KEYS: u64 = 10_000;
/// 5 million events are 1,000 s, so 100 windows of 10 s.
const EVENTS_PER_MS: u64 = 5;
const DISORDER_MS: u64 = 1500;
const EPOCH: usize = 100_000;

pub(super) fn measure() -> Result<(), String> {
    let events = events();
    for kind in [Kind::PerRecord, Kind::PreAggregated] {
        let mut best = [Duration::MAX; 3];
        let mut bytes = 0;
        for _ in 0..RUNS {
            // Side by side, so that a noisy moment strikes all of them.
            for (best, cost) in best.iter_mut().zip([Cost::None, Cost::Changes, Cost::Output]) {
                let (took, saved) = run(kind, &events, cost)?;
                *best = took.min(*best);
                bytes = bytes.max(saved);
            }
        }
        let ns = |took: Duration| took.as_nanos() as f64 / EVENTS as f64;
        let [plain, changes, output] = best.map(ns);
        println!(
            "windowed sums, {kind:?}: {plain:.1} ns a record; with changes each {EPOCH} records {changes:.1} ns, ratio \
             {:.2}; with output taken as well {output:.1} ns, ratio {:.2}; {bytes} bytes of changes in all",
            changes / plain,
            output / plain
        );
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cost {
    None,
    Changes,
    Output,
}

/// Returns how long it takes, and how many bytes were saved.
fn run(kind: Kind, events: &[Event], cost: Cost) -> Result<(Duration, usize), String> {
    let settings = Settings {
        windows: "tumbling:10000".parse()?,
        delay_ms: Some(2000),
        lateness_ms: 0,
        superseding: Superseding::Keep,
        mode: OutputMode::Append,
        drain: true,
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
        max_state: 100_000_000,
    };
    let mut job = make(settings, kind, Trigger::Record)?;
    let (mut bytes, mut rows) = (0, 0);
    let start = Instant::now();
    for epoch in events.chunks(EPOCH) {
        for chunk in epoch.chunks(1024) {
            job.push_chunk(chunk, &mut Vec::new());
        }
        if cost == Cost::Output {
            rows += job.take_output().map_or(0, |table| table.rows());
        }
        if cost != Cost::None {
            bytes += job.state().map_or(0, |state| state.changes().len());
        }
    }
    let took = start.elapsed();
    if cost == Cost::Output && rows == 0 {
        return Err("no window has fired".to_owned());
    }
    Ok((took, bytes))
}

/// Keys by Zipf's law, up to 1.5 s of disorder.
fn events() -> Vec<Event> {
    let mut keys = Keys::default();
    let mut random = SplitMix64::new(42);
    let total: f64 = (1..=WINDOW_KEYS).map(|rank| 1.0 / rank as f64).sum();
    let cumulated: Vec<f64> = (1..=WINDOW_KEYS)
        .scan(0.0, |sum, rank| {
            *sum += 1.0 / rank as f64 / total;
            Some(*sum)
        })
        .collect();
    let event = |i: u64| {
        let drawn = random.next_u64() as f64 / u64::MAX as f64;
        let rank = cumulated.partition_point(|&sum| sum < drawn).min(cumulated.len() - 1);
        let time_ms = (i / EVENTS_PER_MS).cast_signed() - random.uniform(0, DISORDER_MS).cast_signed();
        let key = keys.intern(format!("key-{}", rank as u64 * 7919 % WINDOW_KEYS).as_bytes());
        Event { time_ms, key, partition: 0, value: random.uniform(0, 1000).cast_signed() }
    };
    (0..EVENTS).map(event).collect()
}
