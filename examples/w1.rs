//! W1: tumbling 10 s count and sum by key, watermark 2 s, from a CSV file to a result file, beside other engines.
//!
//! `cargo run --release --example w1 -- [--records N] [--runs N] [--peers]`
//!
//! Writes its input itself, seeded: N rows (5,000,000) `event_time_ms,key,value`, 10,000 keys by Zipf's law, up to 2 s
//! out of order. Each engine runs N times (7) as a process of its own, all of them by turns, so that a noisy machine hits
//! all alike. What counts is CPU time, user and system, from the CSV file to the CSV file of results: ours from the
//! process's start and with the check of the dataset's BLAKE3 hash, the peers' from after Python and its packages have
//! been loaded. Every result is compared, byte by byte, with that of the batch reference. Ours has more columns, the
//! least and the greatest value and the window's end; all of them are compared.
//!
//! The last two of ours go through checkpoints, exactly once: one each 100,000 records, in a sled store in a folder, and
//! the rows of each delivered to a file. `process` survives the death of the process at any instant, `power` a power cut:
//! what that costs is waiting for the disk, so there the wall time counts.
//!
//! `--peers` adds `DuckDB` and Polars on one thread, by `examples/w1_peers.py`, which needs Python with both packages:
//! `pip install duckdb polars`.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    num::NonZeroU64,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use datasets::{Event, Frozen, Keys, Records, Table};
use replay::{
    Control, Edges, RealClock, feed_at_max,
    recovery::{Checkpoints, Deliver, Guarantee, Medium, Output, Recoverable, survive},
};
use rustix::time::{ClockId, clock_gettime};
use store::checkpoints::{Backend, Durability};
use stream::{
    Concluded, Trigger, Version,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Superseding},
};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Of a run: its times in seconds.
#[derive(Clone)]
struct Run {
    wall: f64,
    cpu: f64,
    /// CPU time of its parts, if it has any, by name.
    parts: Vec<(String, f64)>,
}

const WINDOW: &str = "tumbling:10000";
const DELAY_MS: i64 = 2000;
/// Of the results so many are written at once.
const WRITE_BYTES: usize = 1 << 16;
const CHECKPOINT_EVERY: NonZeroU64 = NonZeroU64::new(100_000).expect("it isn't zero");

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, engine, dataset, result] = &args[..]
        && flag == "--run-one"
    {
        let variant = Variant::ALL.into_iter().find(|variant| variant.name() == engine);
        return variant.ok_or("no such engine")?.run(Path::new(dataset), Path::new(result));
    }
    let number = |flag: &str, default| match args.iter().position(|arg| arg == flag) {
        Some(at) => args.get(at + 1).ok_or(format!("{flag} needs a number"))?.parse().map_err(Box::from),
        None => Fallible::Ok(default),
    };
    let (records, runs) = (number("--records", 5_000_000)?, number("--runs", 7)?.max(1));
    let folder = tempfile::tempdir()?;
    let input = Input::make(records, folder.path())?;
    println!("{records} records, {} bytes of CSV, {} rows of results", input.bytes, input.rows());
    let mut engines = Variant::ALL.into_iter().map(Engine::ours).collect::<Fallible<Vec<_>>>()?;
    if args.iter().any(|arg| arg == "--peers") {
        engines.extend(["duckdb", "polars"].into_iter().filter_map(Engine::peer));
    }
    println!("load average before: {}", load());
    let times = measure(&engines, &input, runs, &folder.path().join("result.csv"))?;
    println!("load average after:  {}", load());
    print(&engines, &times, records);
    Ok(())
}

/// The frozen dataset, and what its results must be.
struct Input {
    dataset: PathBuf,
    csv: PathBuf,
    bytes: u64,
    /// The reference's table as CSV, and of it what W1 asks for.
    expected: [String; 2],
}

impl Input {
    fn make(records: u64, folder: &Path) -> Fallible<Self> {
        let arguments =
            [("keys", 10_000), ("rate", 5_000)].map(|(name, value)| (name.to_owned(), value.into()));
        let mut instance = datasets::generate("events", records, 1, &BTreeMap::from(arguments))?;
        // W1 has no arrival times: the rows are in the order of arrival.
        instance.columns.remove(0);
        instance.values = instance.values.chunks_exact(4).flat_map(|row| &row[1..]).copied().collect();
        let dataset = folder.join("w1");
        let bytes = datasets::freeze(&instance, &dataset)?.bytes;
        drop(instance);
        let frozen = Frozen::open(&dataset)?;
        let loaded = frozen.load::<Event>()?;
        let answer = batch::windowed_aggregation::reference(&loaded.records, WINDOW.parse()?, &loaded.keys)
            .map_err(|error| error.message)?;
        let mut all = Vec::new();
        write(&answer.table, &loaded.keys, &mut all)?;
        let all = String::from_utf8(all)?;
        let asked = all.lines().map(asked_for).collect::<Option<_>>().ok_or("the reference's columns")?;
        Ok(Self { csv: frozen.data_path(), dataset, bytes, expected: [all, asked] })
    }

    fn rows(&self) -> usize {
        self.expected[0].lines().count() - 1
    }
}

/// `window_start_ms,key,count,sum` of a row `window_start_ms,window_end_ms,key,count,sum,…`.
fn asked_for(row: &str) -> Option<String> {
    let fields: Vec<&str> = row.split(',').collect();
    let [start, _, key, count, sum, ..] = fields[..] else { return None };
    Some(format!("{start},{key},{count},{sum}\n"))
}

/// Something that turns the input into a file of results.
struct Engine {
    name: String,
    command: Vec<String>,
    is_ours: bool,
}

impl Engine {
    fn ours(variant: Variant) -> Fallible<Self> {
        let here = std::env::current_exe()?.display().to_string();
        let name = variant.name();
        let command = vec![here, "--run-one".to_owned(), name.to_owned()];
        Ok(Self { name: format!("counterpoint {name}"), command, is_ours: true })
    }

    /// `None`, and says so, where it isn't installed.
    fn peer(package: &str) -> Option<Self> {
        let version = format!("import {package}; print({package}.__version__)");
        let asked = Command::new("python3").args(["-c", &version]).output().ok();
        let Some(found) = asked.filter(|output| output.status.success()) else {
            println!("no {package} here: python3 -m pip install {package}");
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/w1_peers.py");
        let command = vec!["python3".to_owned(), script.display().to_string(), package.to_owned()];
        let name = format!("{package} {}, batch", String::from_utf8_lossy(&found.stdout).trim());
        Some(Self { name, command, is_ours: false })
    }

    /// Runs it and compares its result; it says its CPU times itself.
    fn run(&self, input: &Input, result: &Path) -> Fallible<Run> {
        let source = if self.is_ours { &input.dataset } else { &input.csv };
        let start = Instant::now();
        let output =
            Command::new(&self.command[0]).args(&self.command[1..]).args([source, result]).output()?;
        let wall = start.elapsed().as_secs_f64();
        if !output.status.success() {
            return Err(format!("{}: {}", self.name, String::from_utf8_lossy(&output.stderr)).into());
        }
        if fs::read_to_string(result)? != input.expected[usize::from(!self.is_ours)] {
            return Err(format!("{}: its result differs from the reference's", self.name).into());
        }
        fs::remove_file(result)?;
        let checkpoints = checkpoints(result);
        if checkpoints.exists() {
            fs::remove_dir_all(checkpoints)?;
        }
        let said = String::from_utf8(output.stdout)?;
        let (cpu, parts) = said.split_once('\n').ok_or("an engine that says nothing")?;
        let part = |line: &str| {
            let (seconds, name) = line.split_once(' ')?;
            Some((name.to_owned(), seconds.parse().ok()?))
        };
        let parts = parts.lines().map(part).collect::<Option<_>>().ok_or("an engine with nameless parts")?;
        Ok(Run { wall, cpu: cpu.parse()?, parts })
    }
}

/// All runs of each engine.
fn measure(engines: &[Engine], input: &Input, runs: u64, result: &Path) -> Fallible<Vec<Vec<Run>>> {
    let mut times = vec![Vec::new(); engines.len()];
    for _ in 0..runs {
        for (engine, times) in engines.iter().zip(&mut times) {
            times.push(engine.run(input, result)?);
        }
    }
    Ok(times)
}

fn print(engines: &[Engine], times: &[Vec<Run>], records: u64) {
    println!("\nmedians, and the best run by CPU time; all results are equal to the reference's\n");
    println!("| engine | wall s | CPU s | best CPU s | M records per CPU-second | best |");
    println!("|---|---|---|---|---|---|");
    for (engine, times) in engines.iter().zip(times) {
        let rate = |cpu: f64| records as f64 / cpu / 1e6;
        let (wall, (cpu, best)) = (spread(times, |run| run.wall).0, spread(times, |run| run.cpu));
        let (name, rate, best_rate) = (&engine.name, rate(cpu), rate(best));
        println!("| {name} | {wall:.2} | {cpu:.3} | {best:.3} | {rate:.1} | {best_rate:.1} |");
    }
    println!();
    for (engine, times) in engines.iter().zip(times) {
        let part = |(i, (name, _)): (usize, &(String, f64))| {
            format!("{name} {:.3} s", spread(times, |run| run.parts[i].1).0)
        };
        let parts: Vec<String> = times[0].parts.iter().enumerate().map(part).collect();
        if !parts.is_empty() {
            println!("{}: {}", engine.name, parts.join(", "));
        }
    }
}

/// Where checkpoints are kept on the way to this result.
fn checkpoints(result: &Path) -> PathBuf {
    result.with_extension("checkpoints")
}

/// The median and the least of a time of all runs.
fn spread(runs: &[Run], time: impl Fn(&Run) -> f64) -> (f64, f64) {
    let mut times: Vec<f64> = runs.iter().map(time).collect();
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[0])
}

/// A way in which we do it.
#[derive(Clone, Copy)]
enum Variant {
    PerRecord,
    PerTrigger,
    ExactlyOnce(Durability),
}

impl Variant {
    const ALL: [Self; 4] = [
        Self::PerRecord,
        Self::PerTrigger,
        Self::ExactlyOnce(Durability::Process),
        Self::ExactlyOnce(Durability::Power),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::PerRecord => "per-record",
            Self::PerTrigger => "per-trigger",
            Self::ExactlyOnce(Durability::Process) => "per-record, exactly-once, durability process",
            Self::ExactlyOnce(Durability::Power) => "per-record, exactly-once, durability power",
        }
    }

    fn trigger(self) -> Fallible<Trigger> {
        match self {
            Self::PerRecord | Self::ExactlyOnce(_) => Ok(Trigger::Record),
            Self::PerTrigger => Ok("every 100000 records".parse()?),
        }
    }

    fn make(self) -> Fallible<Box<dyn Version<Event>>> {
        let settings = Settings {
            windows: WINDOW.parse()?,
            delay_ms: Some(DELAY_MS),
            lateness_ms: 0,
            superseding: Superseding::Keep,
            mode: OutputMode::Append,
            drain: true,
            partitions: 0,
            idle_ms: None,
            max_ahead_ms: None,
            max_state: 10_000_000,
        };
        let kind = match self {
            Self::PerRecord | Self::ExactlyOnce(_) => Kind::PerRecord,
            Self::PerTrigger => Kind::PerTrigger,
        };
        Ok(make(settings, kind, self.trigger()?)?)
    }

    /// Returns what is measured: `dataset` to `result`. Prints how much CPU time went by, in all and by part.
    fn run(self, dataset: &Path, result: &Path) -> Fallible<()> {
        let mut parts = Parts::new();
        let loaded = Frozen::open(dataset)?.load::<Event>()?;
        parts.end("reading and hashing");
        let edges = Edges::new(self.trigger()?, loaded.records.len(), None, None)
            .map_err(|error| error.to_string())?;
        let concluded = match self {
            Self::PerRecord | Self::PerTrigger => self.feed(&loaded, &edges, &mut parts)?,
            Self::ExactlyOnce(durability) => {
                let kept = Kept { folder: &checkpoints(result), durability };
                self.guard(&loaded, &edges, &kept, &mut parts)?
            }
        };
        write(&concluded.table, &loaded.keys, &mut fs::File::create_new(result)?)?;
        parts.end("writing them");
        parts.print();
        Ok(())
    }

    fn feed(self, loaded: &Records<Event>, edges: &Edges, parts: &mut Parts) -> Fallible<Concluded> {
        let mut job = [self.make()?];
        feed_at_max(&mut job, &loaded.records, edges, &RealClock::new(), &Control::default())
            .map_err(|_| "interrupted")?;
        parts.end("windows");
        let concluded = job[0].finish(&loaded.keys).map_err(|error| error.message)?.ok_or("no table")?;
        parts.end("sorting the results");
        Ok(concluded)
    }

    /// With checkpoints.
    fn guard(
        self,
        loaded: &Records<Event>,
        edges: &Edges,
        kept: &Kept<'_>,
        parts: &mut Parts,
    ) -> Fallible<Concluded> {
        let &Kept { folder, durability } = kept;
        // One that can't be made is refused before it has to be.
        drop(self.make()?);
        fs::create_dir(folder)?;
        let output = Output::open(&folder.join("output"))?;
        let mut medium = Medium::in_folder(&folder.join("store"), Backend::Sled, output);
        let guarantee = Guarantee::ExactlyOnce;
        let recoverable = Recoverable {
            make: &|| self.make().expect("it was made just now"),
            records: &loaded.records,
            keys: &loaded.keys,
            edges,
            checkpoints: Checkpoints {
                every: CHECKPOINT_EVERY,
                guarantee,
                durability,
                sink: Deliver::ToOutput,
            },
            faults: &[],
            seed: 1,
            watch: &|_| {},
            identity: "w1",
        };
        let survived = survive(&recoverable, &mut medium, &Control::default())?;
        parts.end("windows, checkpoints and results");
        Ok(survived.concluded)
    }
}

/// Describes where checkpoints are kept, and how safely.
struct Kept<'a> {
    /// It must not be there yet.
    folder: &'a Path,
    durability: Durability,
}

/// CPU time by part.
struct Parts {
    last: f64,
    parts: Vec<(&'static str, f64)>,
}

impl Parts {
    fn new() -> Self {
        Self { last: 0.0, parts: Vec::new() }
    }

    /// Takes for this part what went by since the last one was this.
    fn end(&mut self, part: &'static str) {
        let now = cpu_seconds();
        self.parts.push((part, now - self.last));
        self.last = now;
    }

    /// The whole, then the parts.
    fn print(&self) {
        println!("{}", cpu_seconds());
        self.parts.iter().for_each(|(name, seconds)| println!("{seconds} {name}"));
    }
}

fn write(table: &Table, keys: &Keys, out: &mut impl std::io::Write) -> std::io::Result<()> {
    let mut lines = Vec::new();
    table.write_header(&mut lines);
    for row in 0..table.rows() {
        table.write_row(row, keys, &mut lines);
        if lines.len() > WRITE_BYTES {
            out.write_all(&lines)?;
            lines.clear();
        }
    }
    out.write_all(&lines)
}

/// CPU time of this process since it started, user and system, all threads.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".to_owned());
    load.split_whitespace().next().unwrap_or_default().to_owned()
}
