//! Measures how long windowed aggregation takes a record: `cargo run --release -p stream --example window_speed
//! [WINDOWS]`.
//!
//! 5 million events, 10,000 keys by Zipf's law, up to 1.5 s of disorder, a delay of 2 s, the watermark moving with each
//! record. Each version is run some times over; the figures are the fastest.

use std::time::Instant;

use datasets::{Event, Keys, SplitMix64};
use stream::{
    Concluded, Trigger,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Superseding},
};

const EVENTS: u64 = 5_000_000;
const KEYS: usize = 10_000;
/// 5 million events are 1,000 s, so 100 windows of 10 s.
const EVENTS_PER_MS: u64 = 5;
const DISORDER_MS: u64 = 1500;
const RUNS: usize = 5;

fn main() -> Result<(), String> {
    let windows = std::env::args().nth(1).unwrap_or_else(|| "tumbling:10000".to_owned()).parse()?;
    let (events, keys) = generate();
    let settings = Settings {
        windows,
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
    for (name, kind) in Kind::NAMES {
        let mut best: Option<(f64, f64)> = None;
        let mut last = Concluded::default();
        for _ in 0..RUNS {
            let mut job = match make(settings, kind, Trigger::Record) {
                Ok(job) => job,
                Err(why) => {
                    println!("{name:20} {why}");
                    break;
                }
            };
            let start = Instant::now();
            for chunk in events.chunks(1024) {
                job.push_chunk(chunk, &mut Vec::new());
            }
            let pushed = start.elapsed();
            last = job.finish(&keys).map_err(|error| error.message)?.unwrap_or_default();
            let ns = |time: std::time::Duration| time.as_nanos() as f64 / EVENTS as f64;
            let taken = (ns(pushed), ns(start.elapsed()));
            best = Some(best.map_or(taken, |best| if taken.1 < best.1 { taken } else { best }));
        }
        if let Some((pushed, all)) = best {
            let (rows, counts) = (last.table.rows(), last.counts);
            let peak = counts.state_peak;
            println!(
                "{name:20} {all:6.1} ns a record, of it push {pushed:6.1}; {rows} rows, at most {peak} entries held, \
                 {} late",
                counts.late
            );
        }
    }
    Ok(())
}

fn generate() -> (Vec<Event>, Keys) {
    let mut keys = Keys::default();
    let mut random = SplitMix64::new(42);
    let weights: Vec<f64> = (1..=KEYS).map(|rank| 1.0 / rank as f64).collect();
    let total: f64 = weights.iter().sum();
    let cumulated: Vec<f64> = weights
        .iter()
        .scan(0.0, |sum, weight| {
            *sum += weight / total;
            Some(*sum)
        })
        .collect();
    let event = |i: u64| {
        let drawn = random.next_u64() as f64 / u64::MAX as f64;
        let rank = cumulated.partition_point(|&sum| sum < drawn).min(KEYS - 1);
        let time_ms = (i / EVENTS_PER_MS).cast_signed() - random.uniform(0, DISORDER_MS).cast_signed();
        let key = keys.intern(format!("key-{}", rank * 7919 % KEYS).as_bytes());
        Event { time_ms, key, partition: 0, value: random.uniform(0, 1000).cast_signed() }
    };
    ((0..EVENTS).map(event).collect(), keys)
}
