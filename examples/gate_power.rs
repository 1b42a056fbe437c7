//! The error rates and the power of the latency gate, measured with real replicates in fresh processes.
//!
//! `cargo build --release && cargo run --release --example gate_power -- [--gates N] [--loaded] [--only ROW]`
//!
//! Each row runs whole gates of first fit against first fit with a fault in the candidate, and counts how they end.
//! `--loaded` keeps all processors busy with other processes meanwhile. The table goes into `docs/gate.md`.

use std::{
    io::Write,
    path::PathBuf,
    process::{Child, Command, ExitCode, Stdio},
    time::Instant,
};

use compare::{LatencyGate, Outcome, ReplicateNs};

/// How a row's gates are set up.
struct Row {
    what: &'static str,
    fault: Option<&'static str>,
    margin: f64,
    pace: &'static str,
    /// Gates to run, as a share of `--gates`.
    share: f64,
    budget_seconds: f64,
}

const ROWS: [Row; 6] = [
    Row { what: "the same job", fault: None, margin: 0.05, pace: "max", share: 1.0, budget_seconds: 60.0 },
    Row {
        what: "+5 % work",
        fault: Some("slow:0.05"),
        margin: 0.02,
        pace: "max",
        share: 0.2,
        budget_seconds: 60.0,
    },
    Row {
        what: "+3 % work",
        fault: Some("slow:0.03"),
        margin: 0.02,
        pace: "max",
        share: 0.2,
        budget_seconds: 60.0,
    },
    Row {
        what: "+1 % work",
        fault: Some("slow:0.01"),
        margin: 0.0,
        pace: "max",
        share: 0.1,
        budget_seconds: 60.0,
    },
    Row {
        what: "+10 % work",
        fault: Some("slow:0.1"),
        margin: 0.05,
        pace: "max",
        share: 0.2,
        budget_seconds: 60.0,
    },
    Row {
        what: "a stall of 1 ms in 2 % of the records, 2000/s",
        fault: Some("stall:50:1000000"),
        margin: 0.05,
        pace: "2000/s",
        share: 0.1,
        budget_seconds: 60.0,
    },
];

const ERROR_RATE: f64 = 0.01;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let gates =
        match args.iter().position(|arg| arg == "--gates").map(|at| args.get(at + 1).map(|n| n.parse())) {
            None => 1000.0,
            Some(Some(Ok(gates))) if gates >= 1.0 => gates,
            _ => {
                eprintln!("usage: gate_power [--gates N] [--loaded] [--only PART-OF-A-ROW]");
                return ExitCode::from(2);
            }
        };
    let _load = args.contains(&"--loaded".to_owned()).then(Load::start);
    println!(
        "| candidate | margin | gates | fail | pass | inconclusive | replicates, median | seconds, median |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let only = args.iter().position(|arg| arg == "--only").and_then(|at| args.get(at + 1));
    for row in ROWS.iter().filter(|row| only.is_none_or(|only| row.what.contains(only.as_str()))) {
        let count = (gates * row.share).ceil() as u64;
        match (0..count).map(|seed| gate(row, seed)).collect::<Result<Vec<_>, _>>() {
            Ok(ended) => print(row, &ended),
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// How a gate ended: its outcome, how many replicates it took, how many seconds.
type Ended = (Outcome, usize, f64);

fn gate(row: &Row, seed: u64) -> Result<Ended, String> {
    let mut gate = LatencyGate::new(Some(row.margin), None, ERROR_RATE);
    let start = Instant::now();
    loop {
        let replicate = replicate(row, seed * 100_000 + gate.replicates() as u64)?;
        gate.push(&replicate);
        let seconds = start.elapsed().as_secs_f64();
        let over = seconds * (1.0 + 1.0 / gate.replicates() as f64) > row.budget_seconds;
        let unfit = gate.replicates() >= gate.least_replicates() && !gate.machine_is_fit();
        if gate.outcome() != Outcome::Inconclusive || over || unfit {
            return Ok((gate.outcome(), gate.replicates(), seconds));
        }
    }
}

/// One replicate in a process of its own, by the program that lies beside this one.
fn replicate(row: &Row, seed: u64) -> Result<ReplicateNs, String> {
    let program = program()?;
    let mut command = Command::new(&program);
    command.args(["replicate", "--seed", &seed.to_string()]);
    command.args(row.fault.iter().flat_map(|fault| ["--fault", fault]));
    let failed = |error: std::io::Error| format!("{}: {error}", program.display());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let experiment = format!(
        "dataset = 'datasets/data/uniform-1000'\nstable.job = 'first-fit'\ncandidate.job = 'first-fit'\nreplay.pace = '{}'",
        row.pace
    );
    child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(experiment.as_bytes())).map_err(failed)?;
    let output = child.wait_with_output().map_err(failed)?;
    let answer: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let six = |name: &str| -> Result<[f64; 6], String> {
        serde_json::from_value(answer[name].clone()).map_err(|error| error.to_string())
    };
    Ok(ReplicateNs { stable: six("stable")?, candidate: six("candidate")?, again: six("again")? })
}

/// `target/release/examples/gate_power` stands one folder below the program.
fn program() -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let program =
        here.parent().and_then(|examples| examples.parent()).map(|folder| folder.join("counterpoint"));
    program
        .filter(|path| path.exists())
        .ok_or_else(|| "build the program first: cargo build --release".to_owned())
}

fn print(row: &Row, ended: &[Ended]) {
    let count = |outcome| ended.iter().filter(|(found, ..)| *found == outcome).count();
    let share = |outcome| format!("{:.1} %", count(outcome) as f64 * 100.0 / ended.len() as f64);
    let mut replicates: Vec<usize> = ended.iter().map(|(_, replicates, _)| *replicates).collect();
    let mut seconds: Vec<f64> = ended.iter().map(|(.., seconds)| *seconds).collect();
    replicates.sort_unstable();
    seconds.sort_by(f64::total_cmp);
    println!(
        "| {} | {:.0} % | {} | {} | {} | {} | {} | {:.1} |",
        row.what,
        row.margin * 100.0,
        ended.len(),
        share(Outcome::Fail),
        share(Outcome::Pass),
        share(Outcome::Inconclusive),
        replicates[replicates.len() / 2],
        seconds[seconds.len() / 2]
    );
}

/// Keeps all processors busy with processes of their own until it is dropped.
struct Load(Vec<Child>);

impl Load {
    fn start() -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let spin = || Command::new("sh").args(["-c", "while :; do :; done"]).spawn();
        Self((0..cpus).filter_map(|_| spin().ok()).collect())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // A shell in a loop can always be killed; if it is gone already, so much the better.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
