//! A replicate in a process of its own: what the parent asks, what the child answers.

use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use compare::{METRICS, ReplicateNs};
use datasets::SplitMix64;
use replay::{Control, Measured, Slowdown};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{error::Error, experiment::LatencyPlan};

/// The hidden command that computes one replicate: the resolved experiment on stdin, a line of JSON on stdout.
pub const COMMAND: &str = "replicate";
/// Holds what a child ends with when a job outside has failed: the code of a program whose input is bad.
pub const BAD_INPUT: u8 = 4;
/// Holds what a child may take beyond the time that is left, before it is given up.
const GRACE: Duration = Duration::from_secs(30);
/// Holds what a child may take to end when it is told to; the program itself must end soon after Ctrl-C.
const ENDING: Duration = Duration::from_secs(2);
/// Between two looks at the child and at the stop signal.
const POLL: Duration = Duration::from_millis(1);
/// The environment of each child is padded by up to this much, for its size shifts the stack (Mytkowicz et al. 2009).
const MOST_PADDING: u64 = 4096;

/// Describes what a child is told beside the experiment.
#[derive(Debug, Clone, Copy, PartialEq, clap::Args)]
pub struct ReplicateSpec {
    /// Decides whose turn it is, chunk by chunk
    #[arg(long)]
    pub seed: u64,
    /// Makes the candidate slower, to see whether the comparison notices: slow:0.05, stall:50:1000000
    #[arg(long)]
    pub fault: Option<Slowdown>,
    /// Works for this many nanoseconds, to see what longer and shorter replicates cost
    #[arg(long)]
    pub work_ns: Option<u64>,
    /// Has each job replay so many of the records whole, one job after the other, and tells how long that took
    #[arg(long, conflicts_with = "work_ns")]
    pub whole: Option<u64>,
}

/// A child's answer, in nanoseconds, in the order of [`METRICS`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplicateTimes {
    /// Stable's metrics.
    pub stable: [f64; METRICS.len()],
    /// The candidate's metrics.
    pub candidate: [f64; METRICS.len()],
    /// The metrics of stable, as another instance.
    pub again: [f64; METRICS.len()],
    /// The share of records that the feeder sent late; 0 at pace max.
    pub miss_share: f64,
}

impl ReplicateTimes {
    /// Returns the answer that says what was measured.
    pub fn new(measured: &[Measured; 3], miss_share: f64) -> Self {
        let [stable, candidate, again] = measured.each_ref().map(Measured::metrics_ns);
        Self { stable, candidate, again, miss_share }
    }

    /// Returns the metrics of the three jobs.
    pub fn ns(&self) -> ReplicateNs {
        ReplicateNs { stable: self.stable, candidate: self.candidate, again: self.again }
    }
}

/// A child's answer where each job replayed some records whole: how long that took it, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeTimes {
    /// Stable.
    pub stable_ns: u64,
    /// The candidate.
    pub candidate_ns: u64,
    /// Stable again, as another instance.
    pub again_ns: u64,
}

impl WholeTimes {
    /// Returns how long a record took each of the three, of so many.
    pub(super) fn each_ns(self, records: u64) -> [f64; 3] {
        [self.stable_ns, self.candidate_ns, self.again_ns].map(|ns| ns as f64 / records.max(1) as f64)
    }

    pub(super) fn longest_ns(self) -> u64 {
        self.stable_ns.max(self.candidate_ns).max(self.again_ns)
    }
}

/// Starts replicates one after another, each with a seed of its own.
pub(crate) struct Replicates {
    program: std::path::PathBuf,
    experiment: String,
    random: SplitMix64,
}

impl Replicates {
    pub(crate) fn new(plan: &LatencyPlan) -> Result<Self, Error> {
        let program = std::env::current_exe().map_err(|cause| Error::System {
            action: "find",
            path: "this program".into(),
            cause,
        })?;
        Ok(Self { program, experiment: plan.experiment.clone(), random: SplitMix64::new(plan.seed) })
    }

    /// Runs the next replicate with these arguments beside the seed, within `left_ns` and some grace.
    pub(crate) fn next<T: DeserializeOwned>(
        &mut self,
        arguments: &[String],
        left_ns: u64,
        control: &Control,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + Duration::from_nanos(left_ns) + GRACE;
        let mut child = self.start(arguments).map_err(failed)?;
        if let Err(error) = wait(&mut child, deadline, control) {
            end(&mut child);
            return Err(error);
        }
        let mut answer = String::new();
        child.stdout.take().map_or(Ok(0), |mut stdout| stdout.read_to_string(&mut answer)).map_err(failed)?;
        serde_json::from_str(&answer).map_err(|error| failed(std::io::Error::other(error)))
    }

    /// Returns how long a process takes to start at the least: the quickest of three that do nothing.
    pub(crate) fn start_ns(&self, control: &Control) -> Result<u64, Error> {
        let start = || -> Result<u64, Error> {
            let start = Instant::now();
            let mut command = Command::new(&self.program);
            let mut child = command.arg("--version").stdout(Stdio::null()).spawn().map_err(failed)?;
            wait(&mut child, start + GRACE, control).inspect_err(|_| end(&mut child))?;
            Ok(start.elapsed().as_nanos() as u64)
        };
        Ok(start()?.min(start()?).min(start()?))
    }

    fn start(&mut self, arguments: &[String]) -> std::io::Result<Child> {
        let padding = self.random.uniform(0, MOST_PADDING) as usize;
        let mut child = Command::new(&self.program)
            .args([COMMAND, "--seed", &(self.random.next_u64() >> 1).to_string()])
            .args(arguments)
            .env("COUNTERPOINT_PADDING", "x".repeat(padding))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        // An experiment is smaller than a pipe's buffer, so this can't wait for the child; dropping it ends the input.
        child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(self.experiment.as_bytes()))?;
        Ok(child)
    }
}

fn wait(child: &mut Child, deadline: Instant, control: &Control) -> Result<(), Error> {
    loop {
        control.check()?;
        match child.try_wait().map_err(failed)? {
            Some(status) if status.success() => return Ok(()),
            // It has said itself what is wrong with a job outside.
            Some(status) if status.code() == Some(i32::from(BAD_INPUT)) => {
                return Err(Error::input("a job failed in a replicate of the comparison of times"));
            }
            Some(status) => return Err(failed(std::io::Error::other(format!("it ended with {status}")))),
            None if Instant::now() >= deadline => {
                return Err(failed(std::io::Error::other("it took too long")));
            }
            None => std::thread::sleep(POLL),
        }
    }
}

/// Ends a replicate whose answer nobody waits for. It is asked first, so that it can end the processes of its jobs.
fn end(child: &mut Child) {
    let asked = Instant::now();
    // An error says that it has ended meanwhile.
    let _ = kill_process(Pid::from_child(child), Signal::INT);
    while asked.elapsed() < ENDING && matches!(child.try_wait(), Ok(None)) {
        std::thread::sleep(POLL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn failed(cause: std::io::Error) -> Error {
    Error::System { action: "run", path: "a replicate of the comparison of times".into(), cause }
}
