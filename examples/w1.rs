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
//! `--peers` adds `DuckDB` and Polars on one thread, by `examples/w1_peers.py`, which needs Python with both packages:
//! `pip install duckdb polars`.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use datasets::{Event, Frozen, Keys, Table};
use replay::{Control, Edges, RealClock, feed_at_max};
use rustix::time::{ClockId, clock_gettime};
use stream::{
    Trigger,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::OutputMode,
};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Of a run: its wall time and its CPU times in seconds, the whole first, then the parts if it has any.
type Run = (f64, Vec<f64>);

const WINDOW: &str = "tumbling:10000";
const DELAY_MS: i64 = 2000;

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, engine, dataset, result] = &args[..]
        && flag == "--run-one"
    {
        return run(ours(engine)?, Path::new(dataset), Path::new(result));
    }
    let number = |flag: &str, default| match args.iter().position(|arg| arg == flag) {
        Some(at) => args.get(at + 1).ok_or(format!("{flag} needs a number"))?.parse().map_err(Box::from),
        None => Fallible::Ok(default),
    };
    let (records, runs) = (number("--records", 5_000_000)?, number("--runs", 7)?.max(1));
    let folder = tempfile::tempdir()?;
    let input = Input::make(records, folder.path())?;
    println!("{records} records, {} bytes of CSV, {} rows of results", input.bytes, input.rows());
    let mut engines = vec![Engine::ours("per-record")?, Engine::ours("per-trigger")?];
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
    fn ours(version: &str) -> Fallible<Self> {
        let here = std::env::current_exe()?.display().to_string();
        let command = vec![here, "--run-one".to_owned(), version.to_owned()];
        Ok(Self { name: format!("counterpoint {version}"), command, is_ours: true })
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
        let said = String::from_utf8(output.stdout)?;
        let seconds = said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        Ok((wall, seconds))
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
    println!("\nmedian and best run by CPU time; all results are equal to the reference's\n");
    println!("| engine | wall s | CPU s | best CPU s | M records per CPU-second | best |");
    println!("|---|---|---|---|---|---|");
    let mut parts = Vec::new();
    for (engine, times) in engines.iter().zip(times) {
        let mut times = times.clone();
        times.sort_by(|(_, a), (_, b)| a[0].total_cmp(&b[0]));
        let ((wall, cpu), (_, best)) = (&times[times.len() / 2], &times[0]);
        let rate = |cpu: f64| records as f64 / cpu / 1e6;
        let (name, cpu_s, best_s) = (&engine.name, cpu[0], best[0]);
        println!(
            "| {name} | {wall:.2} | {cpu_s:.3} | {best_s:.3} | {:.1} | {:.1} |",
            rate(cpu_s),
            rate(best_s)
        );
        if let [_, reading, windows, finishing, writing] = cpu[..] {
            let text = format!(
                "{name}: reading and hashing {reading:.3} s, windows {windows:.3} s, sorting the results \
                 {finishing:.3} s, writing them {writing:.3} s"
            );
            parts.push(text);
        }
    }
    println!("\n{}", parts.join("\n"));
}

fn ours(version: &str) -> Fallible<(Kind, Trigger)> {
    match version {
        "per-record" => Ok((Kind::PerRecord, Trigger::Record)),
        "per-trigger" => Ok((Kind::PerTrigger, "every 100000 records".parse()?)),
        _ => Err(format!("no engine '{version}'").into()),
    }
}

/// What is measured: `dataset` to `result`. Prints how much CPU time went by, in all and by part.
fn run((kind, trigger): (Kind, Trigger), dataset: &Path, result: &Path) -> Fallible<()> {
    let mut times = vec![0.0];
    let loaded = Frozen::open(dataset)?.load::<Event>()?;
    times.push(cpu_seconds());
    let settings = Settings {
        windows: WINDOW.parse()?,
        delay_ms: Some(DELAY_MS),
        lateness_ms: 0,
        mode: OutputMode::Append,
        drain: true,
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
        max_state: 10_000_000,
    };
    let mut job = [make(settings, kind, trigger)?];
    let edges = Edges::new(trigger, loaded.records.len(), None, None).map_err(|error| error.to_string())?;
    feed_at_max(&mut job, &loaded.records, &edges, &RealClock::new(), &Control::default())
        .map_err(|_| "interrupted")?;
    times.push(cpu_seconds());
    let concluded = job[0].finish(&loaded.keys).map_err(|error| error.message)?.ok_or("no table")?;
    times.push(cpu_seconds());
    let mut file = BufWriter::new(fs::File::create_new(result)?);
    write(&concluded.table, &loaded.keys, &mut file)?;
    file.flush()?;
    times.push(cpu_seconds());
    let parts: Vec<String> = times.windows(2).map(|pair| (pair[1] - pair[0]).to_string()).collect();
    println!("{} {}", cpu_seconds(), parts.join(" "));
    Ok(())
}

fn write(table: &Table, keys: &Keys, out: &mut impl std::io::Write) -> std::io::Result<()> {
    let mut line = Vec::new();
    table.write_header(&mut line);
    for row in 0..table.rows() {
        table.write_row(row, keys, &mut line);
        out.write_all(&line)?;
        line.clear();
    }
    out.write_all(&line)
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
