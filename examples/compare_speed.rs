//! Measures what it costs to hold two tables against each other, beside peers that do the same.
//!
//! `cargo build --release && cargo run --release --example compare_speed -- [--rows N] [--columns N] [--runs N] [--peer PYTHON]`
//!
//! Writes two CSV files, seeded: N rows (2,000,000) in two orders, with a key of two columns, a whole number and a decimal; 20
//! rows are on either side only, 20 differ. `--columns N` writes tables of N columns with a key of one instead. Each tool is a
//! whole command from its start to its end: `counterpoint compare`, and with `--peer` `DuckDB` (a full join) and Polars by
//! `examples/compare_speed_peer.py`. They take turns. All have to find the same counts. What counts is CPU time, user and
//! system; a Python that imports the peer and does nothing is measured, too, and taken off the peer's.

use std::{
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use datasets::SplitMix64;
use nix::sys::resource::{UsageWho, getrusage};

type Fallible<T> = Result<T, Box<dyn Error>>;

const DIFFERING: u64 = 20;
const PEER: &str = "examples/compare_speed_peer.py";

fn main() -> Fallible<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let flag = |flag: &str| args.iter().position(|arg| arg == flag).and_then(|at| args.get(at + 1));
    let rows: u64 = flag("--rows").map_or(Ok(2_000_000), |text| text.parse())?;
    let columns: u64 = flag("--columns").map_or(Ok(0), |text| text.parse())?;
    let runs: usize = flag("--runs").map_or(Ok(3), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let (left, right) = (folder.path().join("left.csv"), folder.path().join("right.csv"));
    write_table(&left, rows, columns, 1)?;
    write_table(&right, rows, columns, 2)?;
    let bytes = fs::metadata(&left)?.len() + fs::metadata(&right)?.len();
    let key = if columns > 0 { "hour" } else { "hour,user" };
    println!("{rows} rows a side, {bytes} bytes together; load average before: {}", load());
    let mut tools = vec![Tool::ours(&left, &right, key)?];
    if let Some(python) = flag("--peer") {
        for name in ["duckdb", "polars"] {
            tools.push(Tool::peer(python, name, [&left, &right], key));
        }
    }
    for _ in 0..runs {
        for tool in &mut tools {
            tool.run()?;
        }
    }
    let ours = tools[0].cpu();
    for tool in &mut tools {
        let (cpu, wall) = (tool.cpu(), median(&mut tool.wall.clone()));
        let peak = tool.peak_kib.map_or(String::new(), |kib| format!(", {} MiB at most", kib / 1024));
        println!("{:8} {cpu:.2} CPU-s, {wall:.2} s{peak}; ours over it {:.2}", tool.name, ours / cpu);
    }
    println!("load average after: {}", load());
    Ok(())
}

/// A command that compares the two files.
struct Tool {
    name: String,
    command: Vec<String>,
    /// Starts the peer without files, whose time is taken off.
    idle: Option<Vec<String>>,
    cpu: Vec<f64>,
    wall: Vec<f64>,
    /// Of ours alone: the system keeps the largest of all children, and ours is the first.
    peak_kib: Option<i64>,
}

impl Tool {
    fn ours(left: &Path, right: &Path, key: &str) -> Fallible<Self> {
        let here = std::env::current_exe()?;
        let program = here.parent().and_then(Path::parent).map(|folder| folder.join("counterpoint"));
        let program =
            program.filter(|path| path.exists()).ok_or("build the program first: cargo build --release")?;
        let mut command = vec![text(&program), "compare".to_owned(), text(left), text(right)];
        command.extend(["--key", key, "--exit-zero", "--json"].map(str::to_owned));
        Ok(Self::new("ours", command, None))
    }

    fn peer(python: &str, name: &str, files: [&PathBuf; 2], key: &str) -> Self {
        let idle = vec![python.to_owned(), PEER.to_owned(), name.to_owned()];
        let mut command = idle.clone();
        command.extend(files.map(|path| text(path)));
        command.push(key.to_owned());
        Self::new(name, command, Some(idle))
    }

    fn new(name: &str, command: Vec<String>, idle: Option<Vec<String>>) -> Self {
        Self { name: name.to_owned(), command, idle, cpu: Vec::new(), wall: Vec::new(), peak_kib: None }
    }

    fn run(&mut self) -> Fallible<()> {
        let idle = self.idle.as_ref().map_or(Ok((0.0, 0.0, String::new())), |idle| run(idle))?;
        let (cpu, wall, output) = run(&self.command)?;
        self.cpu.push(cpu - idle.0);
        self.wall.push(wall - idle.1);
        if self.idle.is_none() && self.peak_kib.is_none() {
            self.peak_kib = Some(getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss());
        }
        check(&self.name, &output)
    }

    fn cpu(&self) -> f64 {
        median(&mut self.cpu.clone())
    }
}

/// Runs a command and returns its seconds of CPU time and of the clock, and what it printed.
fn run(command: &[String]) -> Fallible<(f64, f64, String)> {
    let (before, start) = (cpu_seconds()?, Instant::now());
    let output = Command::new(&command[0]).args(&command[1..]).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", command.join(" "), output.status).into());
    }
    Ok((cpu_seconds()? - before, start.elapsed().as_secs_f64(), String::from_utf8(output.stdout)?))
}

/// Every tool has to find what was written.
fn check(name: &str, output: &str) -> Fallible<()> {
    let found: serde_json::Value = serde_json::from_str(output)?;
    let found = ["missing", "extra", "changed"].map(|kind| found["rows"][kind].as_u64());
    if found == [Some(DIFFERING); 3] { Ok(()) } else { Err(format!("{name} finds {found:?}").into()) }
}

/// The table of one side (1 or 2), its rows shuffled.
fn write_table(path: &Path, rows: u64, columns: u64, side: u64) -> Fallible<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let order: Vec<u64> = (0..rows + DIFFERING).collect();
    // The first rows are the left one's only, the last the right one's.
    let first = if side == 1 { 0 } else { DIFFERING as usize };
    let mut order = order[first..first + rows as usize].to_vec();
    let mut random = SplitMix64::new(side);
    for at in (1..order.len()).rev() {
        order.swap(at, (random.next_u64() % (at as u64 + 1)) as usize);
    }
    let is_changed = |row: u64| side == 2 && (DIFFERING..2 * DIFFERING).contains(&row);
    if columns > 0 {
        let names: Vec<String> = (1..columns).map(|column| format!("c{column}")).collect();
        writeln!(out, "hour,{}", names.join(","))?;
        for row in order {
            write!(out, "{row},{}", u64::from(is_changed(row)))?;
            (2..columns).try_for_each(|column| write!(out, ",{}", (row * 31 + column * 17) % 1000))?;
            writeln!(out)?;
        }
    } else {
        writeln!(out, "hour,user,n,amount")?;
        for row in order {
            let (user, n) = (row % 4 * 100_000 + row * 7919 % 100_000, row * 48_271 % 1000);
            let amount = row * 16_807 % 10_000;
            writeln!(
                out,
                "{},u{user},{},{amount}.{:02}",
                row / 4,
                n + u64::from(is_changed(row)),
                row % 100
            )?;
        }
    }
    Ok(out.flush()?)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn cpu_seconds() -> Fallible<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn load() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".into()).trim_end().to_owned()
}
