//! Measures the references whose answer is a table, on records drawn from a seed.
//!
//! `cargo run --release -p batch --example events_speed [RECORDS]`

use std::error::Error;
use std::time::{Duration, Instant};

use batch::windowed_aggregation::Window;
use batch::{Answer, deduplicated_totals, enrichment_join, order_payment_join, windowed_aggregation};
use datasets::{Delivery, Event, Keys, Side, Sided, SplitMix64};

const ROUNDS: usize = 3;
const KEYS: usize = 10_000;
/// 5 million records take 1,000 seconds of event time.
const RECORDS_PER_MS: u64 = 5;
const DISORDER_MS: u64 = 2000;

fn main() -> Result<(), Box<dyn Error>> {
    let records = std::env::args().nth(1).map_or(Ok(5_000_000), |text| text.parse())?;
    println!(
        "{records} records, {KEYS} keys, {RECORDS_PER_MS} records a ms, disorder up to {DISORDER_MS} ms, \
        the best of {ROUNDS} rounds\n"
    );
    println!("{:<36} {:>11} {:>12} {:>10} {:>9}", "reference", "records", "rows", "ns/record", "ns/row");
    windows(records)?;
    totals(records);
    joins(records)
}

fn windows(records: u64) -> Result<(), Box<dyn Error>> {
    let (keys, mut random) = (keys(KEYS), SplitMix64::new(1));
    let events: Vec<Event> = (0..records)
        .map(|at| Event {
            time_ms: time(at, &mut random),
            key: key(&mut random),
            partition: 0,
            value: value(&mut random),
        })
        .collect();
    for text in
        ["tumbling:10000", "tumbling:1000", "sliding:60000:60000", "sliding:60000:1000", "session:500"]
    {
        let window: Window = text.parse()?;
        let name = format!("windowed-aggregation {text}");
        show(&name, events.len(), || Ok(windowed_aggregation::reference(&events, window, &keys)?))?;
    }
    Ok(())
}

/// Every tenth delivery repeats one of the thousand before it.
fn totals(records: u64) {
    let mut random = SplitMix64::new(2);
    let mut keys = keys(KEYS);
    let mut deliveries: Vec<Delivery> = Vec::new();
    for at in 0..records {
        let again = deliveries.len().checked_sub(random.uniform(1, 1000) as usize);
        let delivery = match again {
            Some(again) if at % 10 == 9 => deliveries[again],
            _ => Delivery {
                time_ms: time(at, &mut random),
                id: keys.intern(format!("event-{at}").as_bytes()),
                key: key(&mut random),
                value: value(&mut random),
            },
        };
        deliveries.push(delivery);
    }
    let answer = || Ok(deduplicated_totals::reference(&deliveries, &keys));
    show("deduplicated-totals", deliveries.len(), answer).expect("totals never fail");
}

fn joins(records: u64) -> Result<(), Box<dyn Error>> {
    let mut random = SplitMix64::new(3);
    // Half of the records are orders, each with a key of its own; most of the rest pay one of the last thousand.
    let orders = keys(records as usize);
    let paid: Vec<Sided> = (0..records)
        .map(|at| {
            let (side, key) = match at % 2 {
                0 => (Side::Left, at),
                _ => (Side::Right, at.saturating_sub(random.uniform(0, 1000))),
            };
            sided(at, side, key as u32, &mut random)
        })
        .collect();
    let answer = || Ok(order_payment_join::reference(&paid, 5000, &orders)?);
    show("order-payment-join within 5000", paid.len(), answer)?;

    // Every hundredth record changes what is known of a device.
    let devices = keys(KEYS);
    let readings: Vec<Sided> = (0..records)
        .map(|at| {
            let side = if at % 100 == 0 { Side::Right } else { Side::Left };
            let device = key(&mut random);
            sided(at, side, device, &mut random)
        })
        .collect();
    show("enrichment-join", readings.len(), || Ok(enrichment_join::reference(&readings, &devices)))
}

fn keys(count: usize) -> Keys {
    let mut keys = Keys::default();
    (0..count).for_each(|number| _ = keys.intern(format!("key-{number}").as_bytes()));
    keys
}

fn key(random: &mut SplitMix64) -> u32 {
    random.uniform(0, KEYS as u64 - 1) as u32
}

fn value(random: &mut SplitMix64) -> i64 {
    random.uniform(0, 1000).cast_signed() - 500
}

fn time(at: u64, random: &mut SplitMix64) -> i64 {
    (at / RECORDS_PER_MS).cast_signed() - random.uniform(0, DISORDER_MS).cast_signed()
}

fn sided(at: u64, side: Side, key: u32, random: &mut SplitMix64) -> Sided {
    Sided { time_ms: time(at, random), side, key, value: value(random) }
}

fn show(
    name: &str,
    records: usize,
    answer: impl Fn() -> Result<Answer, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let (mut best, mut rows) = (Duration::MAX, 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let answer = answer()?;
        best = best.min(start.elapsed());
        rows = answer.table.rows();
    }
    let ns_per = |count: usize| best.as_nanos() as f64 / count as f64;
    println!("{name:<36} {records:>11} {rows:>12} {:>10.1} {:>9.1}", ns_per(records), ns_per(rows));
    Ok(())
}
