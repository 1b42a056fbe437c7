//! Shows what a run through a broker says when something fails on the way: the broker is killed and started again, the job is
//! killed and started again, its transactions are aborted. Each run must end with every row once, or with no verdict.
//!
//! ```text
//! cargo run --release -p kafka --example kafka_faults -- [RUNS] [PORT]
//! ```
//!
//! Starts a broker of its own with `scripts/engines/kafka.sh`, on loopback, and removes it.

mod copying;
mod server;
mod through;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use copying::{Fate, PARTITIONS, copy};
use replay::{
    Control,
    link::{Link, Stop, ThroughTopics},
};
use server::Server;
use through::through;

const RECORDS: usize = 4000;

/// Says what fails, once in the middle of a run; the last of them again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Broker,
    Job,
    Transactions,
}

fn main() {
    let mut words = std::env::args().skip(1);
    let runs: u32 = words.next().map_or(20, |word| word.parse().expect("how many runs"));
    let port: u16 = words.next().map_or(19392, |word| word.parse().expect("a port"));
    let server = Server::new("faults", port);
    for fault in [Fault::Broker, Fault::Job, Fault::Transactions] {
        let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
        for run in 0..runs {
            *outcomes.entry(tried(&server, fault, run)).or_default() += 1;
        }
        println!("{fault:?}: {outcomes:?}");
    }
    server.clean();
}

/// One run; returns what it came to.
fn tried(server: &Server, fault: Fault, run: u32) -> String {
    let told = std::env::temp_dir().join(format!("counterpoint-faults-{}-{run}", std::process::id()));
    let (stop, crash) = (AtomicBool::new(false), AtomicBool::new(false));
    let outcome = std::thread::scope(|scope| {
        // A panic stops the job, too, or nobody would hear of it.
        let _stops = Stops(&stop);
        scope.spawn(|| job(server, fault, &told, [&stop, &crash]));
        let mut link = kafka::link(&asked(server, &told)).expect("a client");
        let strike = RECORDS / 4 + run as usize * 97 % (RECORDS / 2);
        let rows = replayed(&mut *link, strike, || match fault {
            Fault::Broker => {
                server.kill();
                server.start();
            }
            Fault::Job => crash.store(true, Ordering::Relaxed),
            Fault::Transactions => {}
        });
        stop.store(true, Ordering::Relaxed);
        match rows {
            Ok(rows) => account(&rows),
            Err(Stop::Failed { fault, .. }) => format!("no verdict: {}", shortened(&fault.to_string())),
            Err(Stop::Interrupted) => "interrupted".to_owned(),
        }
    });
    let _ = std::fs::remove_file(&told);
    outcome
}

/// Stops a job when it is dropped.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).take(70).collect()
}

/// Says whether every row is there once.
fn account(rows: &[String]) -> String {
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    for row in rows {
        *times.entry(row).or_default() += 1;
    }
    let twice = times.values().filter(|&&times| times > 1).count();
    match (RECORDS - times.len().min(RECORDS), twice) {
        (0, 0) => "every row once".to_owned(),
        (missing, twice) => format!("WRONG: {missing} missing, {twice} twice"),
    }
}

fn asked(server: &Server, told: &std::path::Path) -> ThroughTopics {
    let told = told.display();
    let script = format!(
        "echo \"$COUNTERPOINT_KAFKA_INPUT $COUNTERPOINT_KAFKA_OUTPUT $COUNTERPOINT_KAFKA_ID\" > {told}.new && \
         mv {told}.new {told} && sleep 600"
    );
    let command = ["sh".to_owned(), "-c".to_owned(), script].into();
    let mut through = through(&server.bootstrap(), "faults", &["n"], command);
    (through.replay.partitions, through.job.partitions) = (PARTITIONS, PARTITIONS);
    through
}

/// Replays all records; at `strike` something happens.
fn replayed(link: &mut dyn Link, strike: usize, happens: impl Fn()) -> Result<Vec<String>, Stop> {
    let (control, mut rows) = (Control::default(), Vec::new());
    link.begin(b"", &control, &mut |_| Ok(()))?;
    let mut hear = |line: &[u8], _: Instant| {
        rows.push(String::from_utf8_lossy(line).into_owned());
        Ok(())
    };
    for n in 0..RECORDS {
        if n == strike {
            happens();
        }
        link.send(format!("{{\"offset\":{n},\"record\":{{\"n\":{n}}}}}\n").as_bytes(), &control, &mut hear)?;
        if n % 50 == 0 {
            // Slow enough for the job to be in the middle of it.
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    link.end(&control, &mut hear)?;
    Ok(rows)
}

/// A job that copies its input in transactions, of which its offsets are a part; it lives as often as it must.
fn job(server: &Server, fault: Fault, told: &std::path::Path, [stop, crash]: [&AtomicBool; 2]) {
    let names = loop {
        match std::fs::read_to_string(told) {
            Ok(names) => break names,
            Err(_) if stop.load(Ordering::Relaxed) => return,
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let words: Vec<&str> = names.split_whitespace().collect();
    let [input, output, id] = words[..] else { panic!("three names: {names}") };
    copy(&server.bootstrap(), [input, output, id], stop, &mut |transactions| {
        Fate::of(crash.swap(false, Ordering::Relaxed), fault == Fault::Transactions && transactions % 3 == 0)
    });
}
