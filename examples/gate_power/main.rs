//! The error rates, the power and the price of the latency gate, measured with real replicates in fresh processes.
//!
//! `cargo build --release && cargo run --release --example gate_power -- [OPTIONS]`
//!
//! Each row runs whole gates of first fit against first fit with a fault in the candidate, and counts how they end. The
//! rows are those of the tables in `docs/gate.md`.
//!
//! - `--gates N`: so many gates of a job against itself, and a share of that in the other rows \[default: 200\]
//! - `--only PART`: only the rows whose names have this part
//! - `--attached python` or `--attached compiled`: first fit attached as a process, `examples/jobs/first_fit.py` or `.rs` (built by
//!   `cargo build --release --example first_fit`), on so many small sizes that a replicate starts each job once or twice
//! - `--budget SECONDS`: a gate's \[default: 30\]
//! - `--loaded`: a busy loop for each processor meanwhile
//! - `--busy`: processes that work, sleep and take memory by turns meanwhile, two for each processor
//! - `--before`: beside each gate one of the design before: replicates of twice the length and an e-process that weighs
//!   all shares alike, metric for metric; at the end, how much processor time the two take

mod before;
mod load;

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use compare::{LatencyGate, Outcome, ReplicateNs};
use nix::sys::resource::{UsageWho, getrusage};

use before::Before;
use load::Load;

/// Describes how a row's gates are set up.
struct Row {
    what: &'static str,
    fault: Option<&'static str>,
    margin: f64,
    pace: &'static str,
    /// Gates to run, as a share of `--gates`.
    share: f64,
}

const fn row(what: &'static str, fault: &'static str, margin: f64) -> Row {
    Row { what, fault: Some(fault), margin, pace: "max", share: 0.1 }
}

const SAME: Row = Row { what: "the same job", fault: None, margin: 0.05, pace: "max", share: 1.0 };

const ROWS: [Row; 6] = [
    SAME,
    row("+5 % work", "slow:0.05", 0.02),
    row("+3 % work", "slow:0.03", 0.02),
    row("+1 % work", "slow:0.01", 0.0),
    row("+10 % work", "slow:0.1", 0.05),
    Row {
        pace: "2000/s",
        share: 0.05,
        ..row("a stall of 1 ms in 2 % of the records, 2000/s", "stall:50:1000000", 0.05)
    },
];

const ATTACHED: [Row; 4] = [
    Row { margin: 0.1, ..SAME },
    Row { share: 0.5, ..row("+10 % work", "slow:0.1", 0.05) },
    Row { share: 0.5, ..row("+25 % work", "slow:0.25", 0.1) },
    Row { share: 0.5, ..row("+50 % work", "slow:0.5", 0.1) },
];

const ERROR_RATE: f64 = 0.01;
/// Says how long a replicate of the design before worked.
const WORK_NS_BEFORE: u64 = 30_000_000;

const USAGE: &str = "usage: gate_power [--gates N] [--only PART] [--attached python | compiled] [--budget SECONDS] \
                     [--loaded | --busy] [--before]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(kind) = args.first().and_then(|arg| load::Kind::of_child(arg)) {
        kind.work();
    }
    match Options::of(&args).map(|options| run(&options)) {
        Err(()) => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
        Ok(Err(error)) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
        Ok(Ok(())) => ExitCode::SUCCESS,
    }
}

struct Options {
    gates: f64,
    only: Option<String>,
    attached: Option<Attached>,
    budget_seconds: f64,
    load: Option<load::Kind>,
    before: bool,
}

impl Options {
    fn of(args: &[String]) -> Result<Self, ()> {
        let mut options = Self {
            gates: 200.0,
            only: None,
            attached: None,
            budget_seconds: 30.0,
            load: None,
            before: false,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--gates" => {
                    options.gates =
                        args.next().and_then(|n| n.parse().ok()).filter(|n| *n >= 1.0).ok_or(())?;
                }
                "--only" => options.only = Some(args.next().ok_or(())?.clone()),
                "--attached" => {
                    options.attached = Some(args.next().and_then(|kind| Attached::of(kind)).ok_or(())?);
                }
                "--budget" => {
                    let seconds = args.next().and_then(|n| n.parse().ok());
                    options.budget_seconds = seconds.filter(|n| *n > 0.0).ok_or(())?;
                }
                "--loaded" => options.load = Some(load::Kind::Spin),
                "--busy" => options.load = Some(load::Kind::Bursts),
                "--before" => options.before = true,
                _ => return Err(()),
            }
        }
        Ok(options)
    }
}

/// A job that is attached as a process.
#[derive(Debug, Clone, Copy)]
enum Attached {
    Python,
    Compiled,
}

impl Attached {
    fn of(kind: &str) -> Option<Self> {
        match kind {
            "python" => Some(Self::Python),
            "compiled" => Some(Self::Compiled),
            _ => None,
        }
    }

    /// Returns how many records it gets: about what its turns in a replicate take, for all of the data is fed.
    fn records(self) -> &'static str {
        match self {
            Self::Python => "6000",
            Self::Compiled => "50000",
        }
    }

    fn command(self) -> Result<String, String> {
        match self {
            Self::Python => Ok("['python3', 'examples/jobs/first_fit.py']".to_owned()),
            Self::Compiled => {
                let program = beside("examples/first_fit", "cargo build --release --example first_fit")?;
                Ok(format!("['{}']", program.display()))
            }
        }
    }
}

/// Holds what is compared, and on what.
struct Subject {
    /// The lines of an experiment that name dataset and jobs.
    lines: String,
    /// The dataset's folder, where it is made for this.
    _data: Option<tempfile::TempDir>,
}

impl Subject {
    fn of(attached: Option<Attached>) -> Result<Self, String> {
        let Some(attached) = attached else {
            let job = "job = 'first-fit'";
            let lines = format!("dataset = 'datasets/data/uniform-1000'\nstable.{job}\ncandidate.{job}");
            return Ok(Self { lines, _data: None });
        };
        let data = tempfile::tempdir().map_err(|error| error.to_string())?;
        let to = data.path().join("uniform");
        let mut command = Command::new(program()?);
        command.args(["generate", "uniform", "--seed", "1", "--set", "min=1", "--set", "max=3"]);
        command.args(["--records", attached.records(), "--to"]).arg(&to);
        let made = command.stdout(Stdio::null()).status().map_err(|error| error.to_string())?;
        if !made.success() {
            return Err(format!("no dataset in {}: {made}", to.display()));
        }
        let job = format!("command = {}", attached.command()?);
        let lines = format!("dataset = '{}'\nstable.{job}\ncandidate.{job}", to.display());
        Ok(Self { lines, _data: Some(data) })
    }
}

fn run(options: &Options) -> Result<(), String> {
    let subject = Subject::of(options.attached)?;
    let _load = options.load.map(Load::start).transpose().map_err(|error| error.to_string())?;
    println!(
        "| candidate | limit | gates | fail | pass | inconclusive | replicates, median | seconds, median | CPU seconds, mean |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let rows: &[Row] = if options.attached.is_some() { &ATTACHED } else { &ROWS };
    let wanted = |row: &&Row| options.only.as_ref().is_none_or(|only| row.what.contains(only.as_str()));
    for row in rows.iter().filter(wanted) {
        let gates = (options.gates * row.share).ceil() as u64;
        let (mut now, mut before) = (Vec::new(), Vec::new());
        for seed in 0..gates {
            now.push(gate(row, &subject, options.budget_seconds, Design::now(row), seed)?);
            if options.before {
                before.push(gate(row, &subject, options.budget_seconds, Design::before(row), seed)?);
            }
        }
        print(row, "", &now);
        if options.before {
            print(row, ", the design before", &before);
            let ratio = mean(&now, |gate| gate.cpu_seconds) / mean(&before, |gate| gate.cpu_seconds);
            println!("\n{}: {ratio:.2} of the processor time of the design before\n", row.what);
        }
    }
    Ok(())
}

/// Describes how a gate ended.
struct Ended {
    outcome: Outcome,
    replicates: usize,
    seconds: f64,
    cpu_seconds: f64,
}

/// The gate as it is, or as it was.
enum Design {
    Now(LatencyGate),
    Before(Before),
}

impl Design {
    fn now(row: &Row) -> Self {
        Self::Now(LatencyGate::new(Some(row.margin), None, ERROR_RATE))
    }

    fn before(row: &Row) -> Self {
        Self::Before(Before::new(row.margin, ERROR_RATE))
    }

    fn work_ns(&self) -> Option<u64> {
        match self {
            Self::Now(_) => None,
            Self::Before(_) => Some(WORK_NS_BEFORE),
        }
    }

    fn push(&mut self, replicate: &ReplicateNs) {
        match self {
            Self::Now(gate) => gate.push(replicate),
            Self::Before(gate) => gate.push(replicate),
        }
    }

    /// Returns what is shown, and whether the machine is found unfit.
    fn state(&self) -> (Outcome, bool) {
        match self {
            Self::Now(gate) => {
                let enough = gate.replicates() >= gate.least_replicates();
                (gate.outcome(), enough && !gate.unfit().is_empty())
            }
            Self::Before(gate) => gate.state(),
        }
    }
}

fn gate(
    row: &Row,
    subject: &Subject,
    budget_seconds: f64,
    mut design: Design,
    seed: u64,
) -> Result<Ended, String> {
    let (start, worked) = (Instant::now(), cpu_seconds()?);
    let mut replicates = 0;
    loop {
        design.push(&replicate(row, subject, design.work_ns(), seed * 100_000 + replicates as u64)?);
        replicates += 1;
        let seconds = start.elapsed().as_secs_f64();
        let over = seconds * (1.0 + 1.0 / replicates as f64) > budget_seconds;
        let (outcome, unfit) = design.state();
        if outcome != Outcome::Inconclusive || over || unfit {
            return Ok(Ended { outcome, replicates, seconds, cpu_seconds: cpu_seconds()? - worked });
        }
    }
}

/// Returns what all processes that have ended have worked, with those that they started.
fn cpu_seconds() -> Result<f64, String> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// One replicate in a process of its own, by the program that lies beside this one.
fn replicate(row: &Row, subject: &Subject, work_ns: Option<u64>, seed: u64) -> Result<ReplicateNs, String> {
    let program = program()?;
    let mut command = Command::new(&program);
    command.args(["replicate", "--seed", &seed.to_string()]);
    command.args(row.fault.iter().flat_map(|fault| ["--fault", fault]));
    command.args(work_ns.iter().flat_map(|ns| ["--work-ns".to_owned(), ns.to_string()]));
    let failed = |error: std::io::Error| format!("{}: {error}", program.display());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let experiment = format!("{}\nreplay.pace = '{}'", subject.lines, row.pace);
    child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(experiment.as_bytes())).map_err(failed)?;
    let output = child.wait_with_output().map_err(failed)?;
    let answer: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let six = |name: &str| -> Result<[f64; 6], String> {
        serde_json::from_value(answer[name].clone()).map_err(|error| error.to_string())
    };
    Ok(ReplicateNs { stable: six("stable")?, candidate: six("candidate")?, again: six("again")? })
}

fn program() -> Result<PathBuf, String> {
    beside("counterpoint", "cargo build --release")
}

/// `target/release/examples/gate_power` stands one folder below the program, and beside the other examples.
fn beside(name: &str, build: &str) -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = here.parent().and_then(|examples| examples.parent()).map(|folder| folder.join(name));
    program.filter(|path| path.exists()).ok_or_else(|| format!("{name} isn't built: {build}"))
}

fn print(row: &Row, design: &str, ended: &[Ended]) {
    let count = |outcome| ended.iter().filter(|gate| gate.outcome == outcome).count();
    let share = |outcome| format!("{:.1} %", count(outcome) as f64 * 100.0 / ended.len() as f64);
    let median = |of: fn(&Ended) -> f64| {
        let mut values: Vec<f64> = ended.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "| {}{design} | {:.0} % | {} | {} | {} | {} | {} | {:.1} | {:.2} |",
        row.what,
        row.margin * 100.0,
        ended.len(),
        share(Outcome::Fail),
        share(Outcome::Pass),
        share(Outcome::Inconclusive),
        median(|gate| gate.replicates as f64),
        median(|gate| gate.seconds),
        mean(ended, |gate| gate.cpu_seconds),
    );
}

fn mean(ended: &[Ended], of: fn(&Ended) -> f64) -> f64 {
    ended.iter().map(of).sum::<f64>() / ended.len() as f64
}
