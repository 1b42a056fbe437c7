//! Shows what runs come to while their server fails: the postmaster, or the backend that writes, is sent SIGKILL in the middle
//! of a run, and started again after a second where it takes that. Each run must end with every row once.
//!
//! ```text
//! cargo run -p postgres_sink --example postgres_faults -- [RUNS] [PORT]
//! ```
//!
//! Starts a server of its own with `scripts/engines/postgres.sh`, on loopback, and removes it.

mod server;

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use datasets::{Event, Keys, SplitMix64};
use replay::{
    Control, Edges,
    recovery::{
        Checkpoints, Deliver, Guarantee, Medium, Output, Recoverable, Server, ServerTable, SinkColumn,
        Survived, columns, survive,
    },
};
use store::checkpoints::Durability;
use stream::{
    Trigger, Version,
    jobs::windowed_aggregation::{self, Kind},
    windows::{OutputMode, Superseding},
};

use server::{Kill, Postgres};

const RECORDS: u64 = 20_000;
const EVERY: u64 = 200;
const KEYS: u64 = 50;
/// The outcome of a run that is as it should be.
const RIGHT: &str = "each row once";

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let runs: u64 = words.next().map_or(Ok(20), |word| word.parse())?;
    let port: u16 = words.next().map_or(Ok(15832), |word| word.parse())?;
    let server = Postgres::new(port);
    server.start()?;
    let tried = try_all(&server, runs);
    server.script(&["clean"])?;
    tried
}

fn try_all(server: &Postgres, runs: u64) -> Result<(), Box<dyn Error>> {
    let job = Job::new();
    let mut file = Medium::in_memory();
    let wanted = job.run(&mut file, Guarantee::ExactlyOnce, &|_| {})?;
    let mut is_wrong = false;
    println!("killed, guarantee: outcomes; slowest run");
    for kill in [Kill::Postmaster, Kill::Backends] {
        for guarantee in [Guarantee::ExactlyOnce, Guarantee::AtLeastOnce] {
            let mut outcomes = BTreeMap::<String, u64>::new();
            let mut slowest = Duration::ZERO;
            for run in 0..runs {
                let began = Instant::now();
                let outcome = tried(server, &job, (kill, guarantee, run), &wanted)?;
                slowest = slowest.max(began.elapsed());
                is_wrong |= outcome != RIGHT;
                *outcomes.entry(outcome).or_default() += 1;
            }
            println!("{kill:?}, {guarantee}: {outcomes:?}; {:.1} s", slowest.as_secs_f64());
        }
    }
    if is_wrong { Err("a run has failed or ended with other rows".into()) } else { Ok(()) }
}

/// One run, and what it came to.
fn tried(
    server: &Postgres,
    job: &Job,
    (kill, guarantee, run): (Kill, Guarantee, u64),
    wanted: &Survived,
) -> Result<String, Box<dyn Error>> {
    let table = ServerTable {
        server: Server { url: server.url(), password: None },
        table: format!("faults_{run}"),
        run: "one".to_owned(),
        keep: false,
        columns: job.columns()?,
    };
    let mut medium = Medium::in_memory().with(Output::into(postgres_sink::open(&table)));
    let position = Arc::new(AtomicU64::new(0));
    let strike = RECORDS / 4 + run * 997 % (RECORDS / 2);
    let seen = Arc::clone(&position);
    let done = thread::scope(|scope| {
        let killer = scope.spawn(move || {
            // A run that fails before ends the wait, too.
            let began = Instant::now();
            while seen.load(Ordering::Relaxed) < strike && began.elapsed() < Duration::from_mins(1) {
                thread::sleep(Duration::from_micros(200));
            }
            server.kill(kill).map_err(|error| error.to_string())
        });
        let done = job.run(&mut medium, guarantee, &|at| position.store(at, Ordering::Relaxed));
        position.store(RECORDS, Ordering::Relaxed);
        let killed = killer.join().unwrap_or_else(|_| Err("the killer panicked".to_owned()));
        (done, killed)
    });
    let removed = medium.output.remove();
    let outcome = match done {
        (Err(error), _) => return Ok(format!("failed: {error}")),
        (Ok(_), Err(error)) => return Err(error.into()),
        (Ok(found), _) if found.concluded.table != wanted.concluded.table => "another answer",
        (Ok(found), _) if found.concluded.counts.firings != wanted.concluded.counts.firings => {
            "other rows delivered"
        }
        (Ok(_), Ok(())) => RIGHT,
    };
    removed?;
    Ok(outcome.to_owned())
}

/// A job, its records, and nothing that goes wrong in it.
struct Job {
    records: Vec<Event>,
    keys: Keys,
}

impl Job {
    fn new() -> Self {
        let mut keys = Keys::default();
        for key in 0..KEYS {
            keys.intern(format!("key {key}").as_bytes());
        }
        let mut random = SplitMix64::new(1);
        let event = |i: u64| Event {
            time_ms: (i * 10 + random.uniform(0, 200)).cast_signed(),
            key: random.uniform(0, KEYS - 1) as u32,
            partition: 0,
            value: random.uniform(0, 100).cast_signed(),
        };
        Self { records: (0..RECORDS).map(event).collect(), keys }
    }

    fn make() -> Box<dyn Version<Event>> {
        let settings = windowed_aggregation::Settings {
            windows: "tumbling:1000".parse().expect("windows"),
            delay_ms: Some(100),
            lateness_ms: 500,
            superseding: Superseding::Keep,
            mode: OutputMode::Append,
            drain: false,
            partitions: 0,
            idle_ms: None,
            max_ahead_ms: None,
            max_state: 100_000,
        };
        windowed_aggregation::make(settings, Kind::PerRecord, Trigger::Record)
            .expect("settings that go together")
    }

    fn columns(&self) -> Result<Vec<SinkColumn>, Box<dyn Error>> {
        let concluded = Self::make().finish(&self.keys).map_err(|error| error.message)?.unwrap_or_default();
        let answer = &concluded.table;
        let key: Vec<&str> =
            answer.columns[..answer.key_columns].iter().map(|column| &*column.name).collect();
        Ok(columns(concluded.firings.as_ref().unwrap_or(answer), &key)?)
    }

    fn run(
        &self,
        medium: &mut Medium,
        guarantee: Guarantee,
        watch: &dyn Fn(u64),
    ) -> Result<Survived, replay::recovery::RecoveryError> {
        let edges = Edges::new(Trigger::Record, self.records.len(), None, None).expect("no times are needed");
        let recoverable = Recoverable {
            make: &Self::make,
            records: &self.records,
            keys: &self.keys,
            edges: &edges,
            checkpoints: Checkpoints {
                every: EVERY.try_into().expect("not 0"),
                guarantee,
                durability: Durability::Process,
                sink: Deliver::ToOutput,
            },
            faults: &[],
            seed: 1,
            watch,
            identity: "faults",
        };
        survive(&recoverable, medium, &Control::default())
    }
}
