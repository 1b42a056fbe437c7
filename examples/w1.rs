//! W1: tumbling 10 s count and sum by key, watermark 2 s, from a CSV file to a result file, beside other engines.
//!
//! `cargo build --release && cargo run --release --example w1 -- [--records N] [--peers]`
//!
//! Writes its input itself, seeded: N rows (5,000,000) `event_time_ms,key,value`, 10,000 keys by Zipf's law, up to 1.5 s
//! out of order. Each engine runs five times as processes of its own, one after another; the table shows the median run
//! by CPU time, start-up included. `--peers` also runs `DuckDB` and Polars on one thread, by `examples/w1_peers.py`, which
//! needs Python with the packages `duckdb` and `polars`.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use datasets::{Column, EVENT_TIME, Instance, KEY, Keys, Source, SplitMix64, VALUE};

const RUNS: usize = 5;
const KEYS: usize = 10_000;
/// Event time of the whole input: a hundred windows.
const SPAN_MS: u64 = 1_000_000;
const DISORDER_MS: u64 = 1_500;
/// The kernel's unit of CPU time in `/proc`, on every Linux there is.
const TICKS_PER_SECOND: f64 = 100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let records = match args.iter().position(|arg| arg == "--records") {
        Some(at) => args.get(at + 1).ok_or("--records needs a number")?.parse()?,
        None => 5_000_000,
    };
    let folder = tempfile::tempdir()?;
    let dataset = folder.path().join("w1");
    datasets::freeze(&input(records), &dataset)?;
    let csv = dataset.join(datasets::DATA_FILE);
    println!("{records} records, {} bytes of CSV", fs::metadata(&csv)?.len());
    println!("| engine | wall s | CPU s | M records per CPU-second | rows |");
    println!("|---|---|---|---|---|");
    let program = program()?;
    let out = folder.path().join("run");
    for job in ["per-record", "per-trigger"] {
        let command = || {
            let mut command = Command::new(&program);
            command.args(["replay", "--job", job, "--set", "window=tumbling:10000", "--set", "delay=2000"]);
            command.args(["--trigger", if job == "per-record" { "record" } else { "every 100000 records" }]);
            command.arg("--out").arg(&out).arg(&dataset);
            command
        };
        measure(&format!("counterpoint {job}"), records, &out.join("answers/answer.csv"), &out, command)?;
    }
    if args.contains(&"--peers".to_owned()) {
        for engine in ["duckdb", "polars"] {
            let command = || {
                let mut command = Command::new("python3");
                command.arg("examples/w1_peers.py").arg(engine).arg(&csv).arg(&out);
                command
            };
            measure(&format!("{engine}, batch"), records, &out, &out, command)?;
        }
    }
    Ok(())
}

/// Runs `command` several times, each time after `made` was removed; prints the median and how many `rows` there are.
fn measure(
    name: &str,
    records: u64,
    rows: &Path,
    made: &Path,
    command: impl Fn() -> Command,
) -> Result<(), Box<dyn Error>> {
    let mut runs = Vec::new();
    let mut lines = 0;
    for _ in 0..RUNS {
        if made.is_dir() {
            fs::remove_dir_all(made)?;
        } else if made.exists() {
            fs::remove_file(made)?;
        }
        let (before, start) = (children_seconds()?, Instant::now());
        let status = command().stdout(Stdio::null()).status()?;
        if !status.success() {
            return Err(format!("{name} ended with {status}").into());
        }
        runs.push((children_seconds()? - before, start.elapsed().as_secs_f64()));
        lines = fs::read_to_string(rows)?.lines().count() - 1;
    }
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (cpu, wall) = runs[RUNS / 2];
    println!("| {name} | {wall:.2} | {cpu:.2} | {:.1} | {lines} |", records as f64 / cpu / 1e6);
    Ok(())
}

/// The CPU time, user and system, of all child processes that have ended.
fn children_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The second field is the program's name in parentheses, which may hold blanks.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    // cutime and cstime are fields 16 and 17 of the whole line, counted from 1.
    let (user, system) = ticks(13).zip(ticks(14)).ok_or("/proc/self/stat reads otherwise here")?;
    Ok((user + system) / TICKS_PER_SECOND)
}

/// The rows, in the order in which they arrive.
fn input(records: u64) -> Instance {
    let mut random = SplitMix64::new(1);
    let mut keys = Keys::default();
    let numbers: Vec<u64> =
        (0..KEYS).map(|key| u64::from(keys.intern(format!("k{key:05}").as_bytes()))).collect();
    // Zipf's law: the key of rank r has a share of 1/r.
    let mut shares = Vec::with_capacity(KEYS);
    let mut sum = 0.0;
    for rank in 1..=KEYS {
        sum += 1.0 / rank as f64;
        shares.push(sum);
    }
    let mut rows: Vec<(u64, [u64; 3])> = (0..records)
        .map(|index| {
            let time = index * SPAN_MS / records;
            let place = random.uniform(0, 1 << 40) as f64 / (1_u64 << 40) as f64 * sum;
            let rank = shares.partition_point(|&share| share < place).min(KEYS - 1);
            let arrival = time + random.uniform(0, DISORDER_MS);
            (arrival, [time, numbers[rank], random.uniform(0, 999)])
        })
        .collect();
    rows.sort_by_key(|(arrival, _)| *arrival);
    Instance {
        name: "w1".to_owned(),
        problem: "windowed-aggregation".to_owned(),
        columns: vec![EVENT_TIME, KEY, VALUE] as Vec<Column>,
        values: rows.into_iter().flat_map(|(_, row)| row).collect(),
        keys,
        scale: 1,
        parameters: std::collections::BTreeMap::default(),
        optimum: None,
        best_known: None,
        source: Source::default(),
        rejected: Vec::new(),
    }
}

/// `target/release/examples/w1` stands one folder below the program.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let here = std::env::current_exe()?;
    let program = here.parent().and_then(Path::parent).map(|folder| folder.join("counterpoint"));
    program
        .filter(|path| path.exists())
        .ok_or_else(|| "build the program first: cargo build --release".into())
}
