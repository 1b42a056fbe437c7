//! Measures what it costs to freeze a CSV file whose columns are described by all of their values, beside a peer that looks at
//! all of them, too.
//!
//! `cargo run --release --example freeze_speed -- [--records N] [--runs N] [--peer PYTHON]`
//!
//! Writes its input itself, seeded: N rows (2,000,000) with a time, a key, a whole number, a decimal, a float, a truth value, a
//! date and a text, one in fifty of the decimals missing. Ours reads the file, hashes it, finds the types, writes the data file,
//! hashes that and has it on the disk. `--peer` adds `DuckDB` on one thread by `examples/freeze_speed_peer.py`, with
//! `read_csv(..., sample_size=-1)`: it finds the types, and then reads all values, counting those that aren't missing in each
//! column. They take turns. What counts is CPU time, user and system; the peer's begins when Python has loaded it.

use std::{
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::Command,
    time::Instant,
};

use datasets::{GenericOptions, SplitMix64, freeze_generic};
use rustix::time::{ClockId, clock_gettime};

type Fallible<T> = Result<T, Box<dyn Error>>;

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let flag = |flag: &str| args.iter().position(|arg| arg == flag).and_then(|at| args.get(at + 1));
    let records: u64 = flag("--records").map_or(Ok(2_000_000), |text| text.parse())?;
    let runs: usize = flag("--runs").map_or(Ok(5), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let input = folder.path().join("input.csv");
    write_input(&input, records)?;
    let bytes = fs::metadata(&input)?.len();
    println!("{records} records, {bytes} bytes; load average before: {}", load());
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for run in 0..runs {
        ours.push(freeze(&input, &folder.path().join(format!("frozen-{run}")))?);
        if let Some(python) = flag("--peer") {
            peers.push(peer(python, &input)?);
        }
    }
    report("ours", &mut ours, bytes);
    if !peers.is_empty() {
        report("DuckDB", &mut peers, bytes);
        println!("ours over the peer's, median of CPU time: {:.2}", median(&mut ours) / median(&mut peers));
    }
    println!("load average after: {}", load());
    Ok(())
}

fn write_input(path: &Path, records: u64) -> Fallible<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut random = SplitMix64::new(7);
    writeln!(out, "at,user,count,amount,ratio,new,day,note")?;
    for i in 0..records {
        let second = i / 20;
        let (hour, minute, second) = (second / 3600 % 24, second / 60 % 60, second % 60);
        let mut draw = |below: u64| random.next_u64() % below;
        let amount = if draw(50) == 0 { String::new() } else { format!("{}.{:02}", draw(1000), draw(100)) };
        writeln!(
            out,
            "2024-05-17T{hour:02}:{minute:02}:{second:02}.{:03}Z,user{},{},{amount},{:e},{},2024-{:02}-{:02},{}",
            draw(1000),
            draw(10_000),
            draw(1_000_000),
            draw(1_000_000) as f64 / 1e9,
            draw(2) == 0,
            1 + draw(12),
            1 + draw(28),
            ["plain words of some length", "short", "another note, which stands in quotes"]
                .map(|note| if note.contains(',') { format!("\"{note}\"") } else { note.to_owned() })
                [draw(3) as usize]
        )?;
    }
    out.flush()?;
    Ok(())
}

/// Seconds of CPU time, and of the clock.
type Cost = (f64, f64);

fn freeze(input: &Path, target: &Path) -> Fallible<Cost> {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    freeze_generic(input, &GenericOptions::default(), target, &|| true)?;
    Ok((cpu_seconds() - cpu, wall.elapsed().as_secs_f64()))
}

fn peer(python: &str, input: &Path) -> Fallible<Cost> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/freeze_speed_peer.py");
    let ran = Command::new(python).arg(script).arg(input).output()?;
    if !ran.status.success() {
        return Err(String::from_utf8_lossy(&ran.stderr).into_owned().into());
    }
    let text = String::from_utf8(ran.stdout)?;
    let (cpu, wall) = text.trim().split_once(' ').ok_or("two numbers")?;
    Ok((cpu.parse()?, wall.parse()?))
}

fn report(who: &str, costs: &mut [Cost], bytes: u64) {
    let all: Vec<String> = costs.iter().map(|(cpu, wall)| format!("{cpu:.2} ({wall:.2})")).collect();
    let cpu = median(costs);
    println!(
        "{who}: CPU seconds (and wall) {}; median {cpu:.2}, {:.0} MB per CPU second",
        all.join(", "),
        bytes as f64 / cpu / 1e6
    );
}

fn median(costs: &mut [Cost]) -> f64 {
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    costs[costs.len() / 2].0
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
