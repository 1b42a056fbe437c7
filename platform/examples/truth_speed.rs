//! Measures what the truth at every prefix costs, as a multiple of one batch run over the same records.
//!
//! `cargo run --release -p platform --example truth_speed [RECORDS]`
//!
//! At each of 200 prefixes a server serves what changed since the one before, or each window once, when it is complete. Its
//! own work is done before the clock starts.

use std::{
    collections::BTreeMap,
    error::Error,
    time::{Duration, Instant},
};

use datasets::{Delivery, Event, Keys, Side, Sided, SplitMix64, Value};
use platform::{
    catalog::{DEDUPLICATED_TOTALS, ENRICHMENT_JOIN, ORDER_PAYMENT_JOIN, SESSIONS, WINDOWED_AGGREGATION},
    problem::{Params, Problem, Work},
    truth::Truth,
};

const ROUNDS: usize = 3;
const PREFIXES: usize = 200;
const KEYS: u64 = 10_000;
/// A million records take 200 seconds.
const RECORDS_PER_MS: u64 = 5;
const DISORDER_MS: u64 = 2000;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let records = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    println!(
        "{records} records, {PREFIXES} prefixes, {KEYS} keys, {RECORDS_PER_MS} records a ms, disorder up to \
        {DISORDER_MS} ms, the best of {ROUNDS} rounds\n"
    );
    println!(
        "{:<50} {:>9} {:>9} {:>10} {:>10} {:>6}",
        "problem", "rows", "served", "batch ms", "truth ms", "ratio"
    );
    let events: Vec<Event> = drawn(records, 1, |at, random| Event {
        time_ms: time(at, random),
        key: random.uniform(0, KEYS - 1) as u32,
        partition: 0,
        value: random.uniform(0, 1000).cast_signed() - 500,
    });
    let keys = keys(KEYS);
    for window in ["tumbling:10000", "tumbling:1000", "sliding:60000:10000"] {
        for serving in [Serving::Complete, Serving::Changes] {
            show(&WINDOWED_AGGREGATION, Some(("window", window)), serving, (&events, &keys))?;
        }
    }
    for serving in [Serving::Complete, Serving::Changes] {
        show(&SESSIONS, Some(("gap", "500")), serving, (&events, &keys))?;
    }
    joins(records, &keys)?;
    totals(records)
}

fn joins(records: u64, devices: &Keys) -> Outcome<()> {
    // Every hundredth record changes what is known of a device.
    let readings: Vec<Sided> = drawn(records, 2, |at, random| {
        let side = if at.is_multiple_of(100) { Side::Right } else { Side::Left };
        sided(at, side, random.uniform(0, KEYS - 1), random)
    });
    show(&ENRICHMENT_JOIN, None, Serving::Changes, (&readings, devices))?;
    // Half of the records are orders, each with a key of its own; most of the rest pay one of the last thousand.
    let paid: Vec<Sided> = drawn(records, 3, |at, random| {
        if at.is_multiple_of(2) {
            return sided(at, Side::Left, at, random);
        }
        let order = at.saturating_sub(random.uniform(0, 1000));
        sided(at, Side::Right, order, random)
    });
    show(&ORDER_PAYMENT_JOIN, Some(("within", "5000")), Serving::Changes, (&paid, &keys(records)))
}

/// Every tenth delivery repeats one of the thousand before it.
fn totals(records: u64) -> Outcome<()> {
    let mut keys = keys(KEYS);
    let mut before: Vec<Delivery> = Vec::new();
    for delivery in drawn(records, 4, |at, random| {
        let id = if at % 10 == 9 { at.saturating_sub(random.uniform(1, 1000)) } else { at };
        let key = random.uniform(0, KEYS - 1) as u32;
        Delivery { time_ms: time(at, random), id: id as u32, key, value: 1 }
    }) {
        let id = keys.intern(format!("event-{}", delivery.id).as_bytes());
        before.push(Delivery { id, ..delivery });
    }
    show(&DEDUPLICATED_TOTALS, None, Serving::Changes, (&before, &keys))
}

fn drawn<R>(records: u64, seed: u64, mut record: impl FnMut(u64, &mut SplitMix64) -> R) -> Vec<R> {
    let mut random = SplitMix64::new(seed);
    (0..records).map(|at| record(at, &mut random)).collect()
}

fn keys(count: u64) -> Keys {
    let mut keys = Keys::default();
    (0..count).for_each(|number| _ = keys.intern(format!("key-{number}").as_bytes()));
    keys
}

fn time(at: u64, random: &mut SplitMix64) -> i64 {
    (at / RECORDS_PER_MS).cast_signed() - random.uniform(0, DISORDER_MS).cast_signed()
}

fn sided(at: u64, side: Side, key: u64, random: &mut SplitMix64) -> Sided {
    let value = random.uniform(0, 1000).cast_signed();
    Sided { time_ms: time(at, random), side, key: key as u32, value }
}

/// When a server serves a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Serving {
    /// At the first prefix after it changed.
    Changes,
    /// At the first prefix after the watermark has passed the end of its window.
    Complete,
}

/// A row as bytes: a key, and the value unless the row is gone.
type Served = (Vec<u8>, Option<Vec<u8>>);

/// The watermark after so many records.
fn watermark_ms(at: u64) -> i64 {
    (at / RECORDS_PER_MS).cast_signed() - DISORDER_MS.cast_signed()
}

/// Returns what is served at each prefix.
fn served<R>(
    problem: &Problem<R>,
    params: &Params,
    serving: Serving,
    (records, keys): (&[R], &Keys),
) -> Outcome<Vec<Vec<Served>>> {
    let mut growing = (problem.growing.ok_or("the answer doesn't grow")?)(params)?;
    let (mut touched, mut all, mut at) = (Vec::new(), Vec::new(), 0);
    // By the end of the window, the second column, and the key.
    let mut open: BTreeMap<(Vec<u8>, Vec<u8>), Vec<u8>> = BTreeMap::new();
    for chunk in records.chunks(records.len().div_ceil(PREFIXES)) {
        chunk.iter().try_for_each(|record| growing.add(record, &mut touched))?;
        at += chunk.len() as u64;
        let changes = changed(&*growing, &mut touched, keys);
        if serving == Serving::Changes {
            all.push(changes);
            continue;
        }
        for (key, value) in changes {
            let name = (key[8..16].to_vec(), key);
            match value {
                Some(value) => open.insert(name, value),
                None => open.remove(&name),
            };
        }
        let mut end = Vec::new();
        datasets::Cell::Int(watermark_ms(at) + 1).write(keys, &mut end);
        let later = open.split_off(&(end, Vec::new()));
        let complete = std::mem::replace(&mut open, later);
        all.push(complete.into_iter().map(|((_, key), value)| (key, Some(value))).collect());
    }
    Ok(all)
}

fn changed<R>(growing: &dyn batch::Growing<R>, touched: &mut Vec<u32>, keys: &Keys) -> Vec<Served> {
    let changes = batch::growing::changes(growing, touched);
    let bytes = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        out
    };
    let put = (0..changes.rows.rows()).map(|row| {
        let key = bytes(&|out| changes.rows.write_key(row, keys, out));
        (key, Some(bytes(&|out| changes.rows.write_value(row, keys, out))))
    });
    let gone =
        (0..changes.gone.rows()).map(|row| (bytes(&|out| changes.gone.write_key(row, keys, out)), None));
    gone.chain(put).collect()
}

fn best(mut run: impl FnMut() -> Outcome<u64>) -> Outcome<(Duration, u64)> {
    let (mut best, mut rows) = (Duration::MAX, 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        rows = run()?;
        best = best.min(start.elapsed());
    }
    Ok((best, rows))
}

fn show<R>(
    problem: &Problem<R>,
    param: Option<(&str, &str)>,
    serving: Serving,
    (records, keys): (&[R], &Keys),
) -> Outcome<()> {
    let params = Params(param.iter().map(|(name, value)| ((*name).to_owned(), Value::of(value))).collect());
    let served = served(problem, &params, serving, (records, keys))?;
    let (batch, rows) = best(|| {
        let computed = (problem.reference)(records, keys, &params, Work::Full)?;
        Ok(computed.answer.rows() as u64)
    })?;
    let (truth, wrong) = best(|| {
        let mut truth = Truth::of(problem, &params, keys)?.ok_or("the answer doesn't grow")?;
        let mut at = 0;
        for (chunk, served) in records.chunks(records.len().div_ceil(PREFIXES)).zip(&served) {
            for record in chunk {
                truth.arrive(record, (at / RECORDS_PER_MS).cast_signed())?;
                at += 1;
            }
            for (key, value) in served {
                match value {
                    Some(value) => truth.put(key, value),
                    None => truth.delete(key),
                }
            }
            truth.sample(Some(watermark_ms(at)));
        }
        Ok(truth.end().points.last().map_or(0, |point| point.for_good))
    })?;
    assert_eq!(wrong, 0, "all that is wrong at the end is still open");
    let name = param.map_or(String::new(), |(_, value)| format!(" {value}"));
    let serving = if serving == Serving::Changes { "changes" } else { "complete" };
    println!(
        "{:<50} {rows:>9} {:>9} {:>10.0} {:>10.0} {:>6.2}",
        format!("{}{name}, {serving}", problem.entry.name),
        served.iter().map(Vec::len).sum::<usize>(),
        batch.as_secs_f64() * 1e3,
        truth.as_secs_f64() * 1e3,
        truth.as_secs_f64() / batch.as_secs_f64(),
    );
    Ok(())
}
