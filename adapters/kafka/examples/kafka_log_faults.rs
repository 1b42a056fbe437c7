//! Shows what a log in a topic holds when its broker is killed on the way and started again, and when its process is: each append that
//! has returned is there once and whole, one that failed is not there.
//!
//! ```text
//! cargo run --release -p kafka --example kafka_log_faults -- [RUNS] [PORT]
//! ```
//!
//! Starts a broker of its own with `scripts/engines/kafka.sh`, on loopback, and removes it.

mod server;

use std::{collections::BTreeMap, time::Duration};

use datasets::SplitMix64;
use kafka::log::KEEPER;
use server::Server;
use store::log::{Batch, Elsewhere, Entry, Kept, LogError};

const APPENDS: u64 = 600;
/// Calls that may fail one after the other while the broker starts.
const TRIES: u32 = 6;

/// Says what is killed, once in the middle of a run.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Broker,
    Process,
}

fn main() {
    let mut words = std::env::args().skip(1);
    let runs: u64 = words.next().map_or(20, |word| word.parse().expect("how many runs"));
    let port: u16 = words.next().map_or(19392, |word| word.parse().expect("a port"));
    let server = Server::new("log-faults", port);
    for fault in [Fault::Broker, Fault::Process] {
        let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
        for run in 0..runs {
            let outcome = tried(&server, fault, run).unwrap_or_else(|error| error.to_string());
            *outcomes.entry(outcome).or_default() += 1;
        }
        println!("{fault:?}: {outcomes:?}");
    }
    server.clean();
}

/// One run; returns what it came to.
fn tried(server: &Server, fault: Fault, run: u64) -> Result<String, LogError> {
    let mut random = SplitMix64::new(run);
    let place =
        Elsewhere { address: server.bootstrap(), name: (KEEPER.fresh)("log-faults")?, settings: [].into() };
    let strike = random.uniform(APPENDS / 4, APPENDS * 3 / 4);
    let (mut log, mut all, mut failed) = ((KEEPER.create)(&place)?, Vec::new(), 0);
    let mut reader = log.read_from(0);
    let mut found = Vec::new();
    std::thread::scope(|scope| {
        for append in 0..APPENDS {
            if append == strike {
                match fault {
                    Fault::Broker => {
                        // It dies while appends are under way.
                        let pause = Duration::from_millis(random.uniform(0, 30));
                        scope.spawn(move || {
                            std::thread::sleep(pause);
                            server.kill();
                            server.start();
                        });
                    }
                    Fault::Process => {
                        // The one before lives on, and writes what counts for nothing.
                        let mut before = std::mem::replace(&mut log, (KEEPER.open)(&place)?);
                        let refused = before.append(&[Entry { time_ms: 0, payload: b"late" }]);
                        assert!(matches!(refused, Err(LogError::TakenOver { .. })), "{refused:?}");
                        reader = log.read_from(found.len() as u64);
                    }
                }
            }
            let count = random.uniform(1, 5);
            let payloads: Vec<String> = (0..count).map(|n| format!("{append} {n}")).collect();
            failed += appended(&mut *log, &payloads)?;
            all.extend(payloads);
            if random.uniform(0, 3) == 0 {
                read_on(&mut *reader, all.len(), &mut found)?;
            }
        }
        read_on(&mut *reader, all.len(), &mut found)
    })?;
    drop(log);
    let log = (KEEPER.open)(&place)?;
    let mut again = Vec::new();
    read_on(&mut *log.read_from(0), all.len(), &mut again)?;
    let is_whole = found == all && again == all && log.end() == all.len() as u64;
    drop(log);
    (KEEPER.remove)(&place).expect("removed");
    let some = if failed > 0 { ", some appends tried again" } else { "" };
    Ok(format!("{}{some}", if is_whole { "each entry once" } else { "NOT each entry once" }))
}

/// Appends, and tries again what fails; returns how often that was.
fn appended(log: &mut dyn Kept, payloads: &[String]) -> Result<u32, LogError> {
    let entries: Vec<Entry<'_>> =
        payloads.iter().map(|payload| Entry { time_ms: 0, payload: payload.as_bytes() }).collect();
    let mut failed = 0;
    loop {
        match log.append(&entries) {
            Ok(_) => return Ok(failed),
            Err(LogError::Away { .. }) if failed < TRIES => failed += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Reads until so many entries are there.
fn read_on(reader: &mut dyn store::log::Read, to: usize, found: &mut Vec<String>) -> Result<(), LogError> {
    let (mut batch, mut failed) = (Batch::new(), 0);
    while found.len() < to {
        match reader.next(to - found.len(), &mut batch) {
            Ok(_) => {
                let text = |payload: &[u8]| String::from_utf8_lossy(payload).into_owned();
                found.extend(batch.iter().map(|(.., payload)| text(payload)));
            }
            Err(LogError::Away { .. }) if failed < TRIES => failed += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
