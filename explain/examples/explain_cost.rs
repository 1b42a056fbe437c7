//! Prints what one explanation costs beside one run of the batch job, in CPU time of one run of this program.
//!
//! `cargo run --release -p explain --example explain_cost -- [RECORDS]`

use std::error::Error;

use batch::{
    deduplicated_totals,
    windowed_aggregation::{self, Window},
};
use datasets::{Cells, Delivery, Event, Keys, SplitMix64, Table};
use explain::{Asked, Case, Data, Finding, explain};

const START_MS: i64 = 1_700_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let records = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let tumbling = (Asked::Tumbling { size_ms: 10_000 }, Window::Tumbling { size_ms: 10_000 });
    let sessions = (Asked::Sessions { gap_ms: 5_000 }, Window::Session { gap_ms: 5_000 });
    of_windows("tumbling, 1,000 keys", (records, 1_000), tumbling)?;
    of_windows("tumbling, 1 key", (records, 1), tumbling)?;
    of_windows("sessions, 1,000 keys", (records, 1_000), sessions)?;
    of_totals(records);
    Ok(())
}

/// Returns the CPU seconds that this thread has taken.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let from = cpu();
    let made = work();
    (made, cpu() - from)
}

/// Draws events, one of 20 up to a minute late, of so many keys.
fn events(records: i64, keys: &[u32]) -> Vec<Event> {
    let mut random = SplitMix64::new(1);
    let event = |at: i64| {
        let late = if random.uniform(0, 19) == 0 { random.uniform(0, 60_000).cast_signed() } else { 0 };
        let key = keys[random.uniform(0, keys.len() as u64 - 1) as usize];
        let value = random.uniform(0, 100).cast_signed();
        Event { time_ms: START_MS + at * 10 - late, key, value, partition: 0 }
    };
    (0..records).map(event).collect()
}

fn named(keys: &mut Keys, count: usize) -> Vec<u32> {
    (0..count).map(|at| keys.intern(format!("k{at}").as_bytes())).collect()
}

/// An answer whose times are those of another zone, and one in which counts are wrong by no rule.
fn of_windows(
    name: &str,
    (records, count): (i64, usize),
    (asked, window): (Asked, Window),
) -> Result<(), Box<dyn Error>> {
    let mut keys = Keys::default();
    let names = named(&mut keys, count);
    let events = events(records, &names);
    let (answer, batch) = timed(|| windowed_aggregation::reference(&events, window, &keys));
    let reference = answer?.table;
    let moved: Vec<Event> =
        events.iter().map(|event| Event { time_ms: event.time_ms + 3_600_000, ..*event }).collect();
    let shifted = windowed_aggregation::reference(&moved, window, &keys)?.table;
    let case = (asked, Data::Events(&events), &keys, &reference);
    told(&format!("{name}, explained"), batch, case, &shifted);
    told(&format!("{name}, unexplained"), batch, case, &spoilt(&reference, 3));
    Ok(())
}

/// An answer in which deliveries count again, and one in which counts are wrong by no rule.
fn of_totals(records: i64) {
    let mut keys = Keys::default();
    let names = named(&mut keys, 1_000);
    let ids: Vec<u32> = (0..records).map(|at| keys.intern(format!("id{at}").as_bytes())).collect();
    let mut deliveries: Vec<Delivery> = Vec::new();
    for (at, event) in events(records, &names).iter().enumerate() {
        // One of 20 is that of a record before it, once more.
        let before = deliveries.get(at.saturating_sub(at % 500)).filter(|_| at % 20 == 0).copied();
        let Event { time_ms, key, value, .. } = *event;
        deliveries.push(before.unwrap_or(Delivery { time_ms, id: ids[at], key, value }));
    }
    let (answer, batch) = timed(|| deduplicated_totals::reference(&deliveries, &keys));
    let reference = answer.table;
    let apart: Vec<Delivery> =
        deliveries.iter().zip(&ids).map(|(delivery, id)| Delivery { id: *id, ..*delivery }).collect();
    let again = deduplicated_totals::reference(&apart, &keys).table;
    let case = (Asked::Totals, Data::Deliveries(&deliveries), &keys, &reference);
    told("totals, 1,000 keys, explained", batch, case, &again);
    told("totals, 1,000 keys, unexplained", batch, case, &spoilt(&reference, 1));
}

/// Changes some of the numbers in a column.
fn spoilt(reference: &Table, column: usize) -> Table {
    let mut spoilt = reference.clone();
    if let Cells::Int(numbers) = &mut spoilt.columns[column].cells {
        numbers.iter_mut().step_by(37).for_each(|number| *number += 5);
    }
    spoilt
}

fn told(
    name: &str,
    batch: f64,
    (asked, data, keys, reference): (Asked, Data<'_>, &Keys, &Table),
    answer: &Table,
) {
    let delays_ms = Vec::new();
    let case = Case { asked, data, batch_ends: &[], keys, scale: 1, delays_ms, reference, answer };
    let (found, own) = timed(|| explain(&case));
    let found = match found {
        Finding::Explained(found) => format!("{:?}", found.rules),
        other => format!("{other:?}"),
    };
    println!("{name}: batch {batch:.3} s, explanation {own:.3} s, ratio {:.1}; {found}", own / batch);
}
