//! How fast a log takes entries and gives them, in a topic and in a folder, in the same run. Needs a broker:
//! `scripts/engines/kafka.sh start`, then
//!
//! ```text
//! cargo run --release -p kafka --example kafka_log_speed -- 127.0.0.1:19092 [ENTRIES]
//! ```

use std::time::{Duration, Instant};

use datasets::WorkFolder;
use kafka::log::KEEPER;
use store::{
    Durability,
    log::{Batch, Elsewhere, Entry, Kept, Log, LogSettings},
};

/// Entries of an append, as a run with many records makes it, and of one read.
const MANY: usize = 1024;
/// Appends of one entry, as a run with few records makes them, each read at once.
const FEW: usize = 1000;
/// Runs of each, by turns; the best counts, for the machine may be busy.
const RUNS: usize = 3;

/// Holds what was measured of a log: entries a second by many, entries a second read, appends a second one by one.
#[derive(Clone, Copy, Default)]
struct Speed {
    appended: f64,
    read: f64,
    alone: f64,
}

fn main() {
    let mut words = std::env::args().skip(1);
    let Some(address) = words.next() else {
        println!("usage: kafka_log_speed BROKERS [ENTRIES]");
        return;
    };
    let entries: usize = words.next().map_or(1_000_000, |word| word.parse().expect("a whole number"));
    println!(
        "{entries} entries of 30 bytes, best of {RUNS}; what a power cut leaves of the folder: all, and what it may"
    );
    let mut best = [Speed::default(); 3];
    for _ in 0..RUNS {
        for (best, found) in best.iter_mut().zip([
            in_folder(Durability::Power, entries),
            in_folder(Durability::Process, entries),
            in_topic(&address, entries),
        ]) {
            best.appended = best.appended.max(found.appended);
            best.read = best.read.max(found.read);
            best.alone = best.alone.max(found.alone);
        }
    }
    let [power, process, topic] = best;
    let told = |what: &str, of: fn(&Speed) -> f64| {
        let (power, process, topic) = (of(&power), of(&process), of(&topic));
        println!(
            "{what:<34} topic {topic:>10.0}/s   folder {power:>10.0}/s ({:.3}) and {process:>10.0}/s ({:.3})",
            topic / power,
            topic / process
        );
    };
    told("entries, 1024 an append", |speed| speed.appended);
    told("entries read, 1024 at once", |speed| speed.read);
    told("appends of one entry, read at once", |speed| speed.alone);
}

fn in_folder(durability: Durability, entries: usize) -> Speed {
    let folder = WorkFolder::new(&std::env::temp_dir()).expect("a folder");
    let settings = LogSettings { durability, ..LogSettings::default() };
    measured(&mut Log::create(&folder.path().join("log"), settings).expect("a log"), entries)
}

fn in_topic(address: &str, entries: usize) -> Speed {
    let name = (KEEPER.fresh)("speed").expect("a name");
    let place = Elsewhere { address: address.to_owned(), name, settings: [].into() };
    let mut log = (KEEPER.create)(&place).expect("a broker");
    let speed = measured(&mut *log, entries);
    (KEEPER.remove)(&place).expect("removed");
    speed
}

fn measured(log: &mut dyn Kept, entries: usize) -> Speed {
    let payloads: Vec<String> =
        (0..entries).map(|n| format!("{{\"user\":\"u{:05}\",\"n\":{n:>9}}}", n % 1000)).collect();
    let entry = |payload: &'static str| Entry { time_ms: 0, payload: payload.as_bytes() };
    let began = Instant::now();
    for chunk in payloads.chunks(MANY) {
        let chunk: Vec<Entry<'_>> =
            chunk.iter().map(|payload| Entry { time_ms: 0, payload: payload.as_bytes() }).collect();
        log.append(&chunk).expect("stored");
    }
    let appended = began.elapsed();
    let (mut reader, mut batch, began) = (log.read_from(0), Batch::new(), Instant::now());
    while reader.next(MANY, &mut batch).expect("a read") > 0 {}
    let read = began.elapsed();
    assert_eq!(reader.position(), entries as u64);
    let began = Instant::now();
    for _ in 0..FEW {
        log.append(&[entry("{\"user\":\"u00001\",\"n\":        1}")]).expect("stored");
        assert_eq!(reader.next(MANY, &mut batch).expect("a read"), 1);
    }
    let alone = began.elapsed();
    let rate = |count: usize, took: Duration| count as f64 / took.as_secs_f64();
    Speed { appended: rate(entries, appended), read: rate(entries, read), alone: rate(FEW, alone) }
}
