//! Caches over a trace of requests, beside libCacheSim's, from a file in its own format.
//!
//! `cargo run --release --example cache_speed -- [--records N] [--keys N] [--runs N] [--peers]`
//!
//! Writes its input itself, seeded: N requests (10,000,000) for N objects (1,000,000) by Zipf's law, as `oracleGeneral`, 24
//! bytes a request, with the next requests that libCacheSim's Belady needs. The cache holds a hundredth of the objects.
//! All run by turns, each N times (3), so that a noisy machine hits all alike; what counts is the wall time of one thread,
//! from the opened file to the number of misses.
//!
//! Of ours, *file* is the import of that file, as `counterpoint freeze` does it with hash and keys, and *job* what the job
//! takes to decide, fed through the same interface as in a run. MIN is the reference, in the form in which insertion is
//! forced. Every number of misses must be that of libCacheSim, but for S3-FIFO and W-TinyLFU, which are another thing
//! there.
//!
//! `--peers` adds libCacheSim by `examples/cache_peers.py`, which needs Python with the package: `pip install
//! libcachesim==0.3.5`. The environment variable `PYTHON` names another Python than `python3`.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::{BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use datasets::{Format, ImportOptions, Insertion, Request, Typed};
use replay::{Control, Edges, RealClock, feed_at_max};
use stream::{
    Deciding, Trigger, Version,
    jobs::caching::{Arc, Cache, Clock, Fifo, Lfu, Lru, S3Fifo, Sieve, WTinyLfu},
};

type Fallible<T> = Result<T, Box<dyn Error>>;

const POLICIES: [&str; 9] = ["lru", "fifo", "clock", "lfu", "sieve", "s3-fifo", "arc", "w-tiny-lfu", "min"];
/// In libCacheSim these differ from their papers.
const OTHERWISE: [&str; 2] = ["s3-fifo", "w-tiny-lfu"];

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |flag: &str, default: u64| match args.iter().position(|arg| arg == flag) {
        Some(at) => args.get(at + 1).ok_or(format!("{flag} needs a number"))?.parse().map_err(Box::from),
        None => Fallible::Ok(default),
    };
    let (records, keys) = (number("--records", 10_000_000)?, number("--keys", 1_000_000)?);
    let (runs, cache_size) = (number("--runs", 3)?.max(1), (keys / 100).max(1));
    let folder = tempfile::tempdir()?;
    let trace = folder.path().join("zipf.oracleGeneral");
    write_trace(records, keys, &trace)?;
    println!("{records} requests for {keys} objects, a cache of {cache_size}\n");
    let mut rows: Vec<Row> = POLICIES.iter().map(|policy| Row { policy, ..Row::default() }).collect();
    for _ in 0..runs {
        let (requests, file) = timed(|| read(&trace))?;
        for row in &mut rows {
            let (misses, job) = timed(|| misses(row.policy, &requests, cache_size))?;
            row.ours = misses;
            row.file.push(file);
            row.job.push(job);
        }
        drop(requests);
        for row in rows.iter_mut().filter(|_| args.iter().any(|arg| arg == "--peers")) {
            let (misses, seconds) = peer(row.policy, &trace, cache_size)?;
            row.theirs = Some(misses);
            row.peer.push(seconds);
        }
    }
    print(&rows, records);
    println!("\npeak memory of ours: {}", peak_memory().unwrap_or_else(|| "unknown".to_owned()));
    let differs =
        |row: &&Row| !OTHERWISE.contains(&row.policy) && row.theirs.is_some_and(|theirs| theirs != row.ours);
    match rows.iter().find(differs) {
        Some(row) => {
            Err(format!("{}: {} misses, {:?} in libCacheSim", row.policy, row.ours, row.theirs).into())
        }
        None => Ok(()),
    }
}

/// A policy, and the seconds of its runs.
#[derive(Default)]
struct Row {
    policy: &'static str,
    ours: u64,
    theirs: Option<u64>,
    file: Vec<f64>,
    job: Vec<f64>,
    peer: Vec<f64>,
}

fn print(rows: &[Row], records: u64) {
    println!(
        "| policy | misses | job s | file + job s | libCacheSim s | times as fast, job | with file | M requests/s |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for row in rows {
        let (job, file) = (median(&row.job), median(&row.file));
        let rate = records as f64 / job / 1e6;
        let (peer, faster) = if row.peer.is_empty() {
            (String::new(), [String::new(), String::new()])
        } else {
            let peer = median(&row.peer);
            (format!("{peer:.2}"), [peer / job, peer / (file + job)].map(|times| format!("{times:.1}")))
        };
        let both = file + job;
        let [alone, with_file] = faster;
        println!(
            "| {} | {} | {job:.2} | {both:.2} | {peer} | {alone} | {with_file} | {rate:.1} |",
            row.policy, row.ours
        );
    }
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn timed<T>(work: impl FnOnce() -> Fallible<T>) -> Fallible<(T, f64)> {
    let start = Instant::now();
    let done = work()?;
    Ok((done, start.elapsed().as_secs_f64()))
}

/// Times go up by a second each thousand requests; objects are numbered from 1.
fn write_trace(records: u64, keys: u64, path: &Path) -> Fallible<()> {
    let arguments = [("keys", keys), ("once", 0)].map(|(name, value)| (name.to_owned(), value.into()));
    let objects = datasets::generate("requests", records, 1, &BTreeMap::from(arguments))?.values;
    let mut upcoming = vec![-1_i64; objects.iter().max().map_or(0, |&most| most as usize + 1)];
    let mut next = vec![-1_i64; objects.len()];
    for (at, &object) in objects.iter().enumerate().rev() {
        next[at] = std::mem::replace(&mut upcoming[object as usize], (at as u64).cast_signed() + 1);
    }
    let mut file = BufWriter::new(fs::File::create(path)?);
    for (at, (&object, next)) in (0..).zip(objects.iter().zip(next)) {
        let time = u32::try_from(at / 1000)?;
        file.write_all(&time.to_le_bytes())?;
        file.write_all(&(object + 1).to_le_bytes())?;
        file.write_all(&1_u32.to_le_bytes())?;
        file.write_all(&i64::to_le_bytes(next))?;
    }
    Ok(file.flush()?)
}

fn read(path: &Path) -> Fallible<Vec<Request>> {
    let options =
        ImportOptions { columns: Request::COLUMNS, optional: Request::OPTIONAL, ..ImportOptions::default() };
    let imported = datasets::import(path, Format::OracleGeneral, &options)?;
    let instance = imported.instances.first().ok_or("no requests")?;
    let width = instance.columns.len();
    let request = |row: &[u64]| Request::from_fields(&[row[0], row.get(1).copied().unwrap_or(0)]);
    Ok(instance.values.chunks_exact(width).map(request).collect())
}

fn misses(policy: &str, requests: &[Request], size: u64) -> Fallible<u64> {
    let job: Box<dyn Version<Request>> = match policy {
        "lru" => Box::new(Deciding(Cache::new(size, Lru::new))),
        "fifo" => Box::new(Deciding(Cache::new(size, Fifo::new))),
        "clock" => Box::new(Deciding(Cache::new(size, Clock::new))),
        "lfu" => Box::new(Deciding(Cache::new(size, Lfu::new))),
        "sieve" => Box::new(Deciding(Cache::new(size, Sieve::new))),
        "s3-fifo" => Box::new(Deciding(Cache::new(size, S3Fifo::new))),
        "arc" => Box::new(Deciding(Cache::new(size, Arc::new))),
        "w-tiny-lfu" => Box::new(Deciding(Cache::new(size, WTinyLfu::new))),
        _ => {
            let reference = batch::caching::reference(requests, size, Insertion::Forced);
            return Ok(reference.upper.value);
        }
    };
    let edges = Edges::new(Trigger::Record, requests.len(), None, None).map_err(|error| error.to_string())?;
    let replayed = feed_at_max(&mut [job], requests, &edges, &RealClock::new(), &Control::default())
        .map_err(|_| "interrupted")?;
    let decisions = &replayed[0].decisions;
    Ok(decisions.iter().filter(|&&decision| decision != Request::HIT).count() as u64)
}

fn peer(policy: &str, trace: &Path, size: u64) -> Fallible<(u64, f64)> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cache_peers.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    writeln!(child.stdin.take().ok_or("no standard input")?, "{} {size} {policy}", trace.display())?;
    let output = child.wait_with_output()?;
    let said = String::from_utf8(output.stdout)?;
    let (misses, seconds) = said.trim().split_once(' ').ok_or("libCacheSim said nothing")?;
    Ok((misses.parse()?, seconds.parse()?))
}

/// As Linux tells it.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|text| text.trim().to_owned())
}
