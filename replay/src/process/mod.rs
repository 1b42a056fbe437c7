//! Jobs attached as processes: a program of any language that reads records from stdin, a line each, and writes its
//! decisions to stdout, a line each.
//!
//! One thread serves a process's three pipes by polling. Threads of their own for writer and readers would add a
//! hand-over to each answer, in the very time that is measured.

mod error;
mod group;
mod kept;
mod lines;
mod memory;
mod pipes;
mod running;

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use datasets::Keys;
use stream::{Concluded, Job, JobError};

pub use error::{ProcessError, ProcessFault};
pub use memory::{PeakMemory, peak_in};

use crate::{CHUNK, Control};
use error::quoted;
use running::{Running, Stop};

/// The variable that tells a job its role.
const ROLE: &str = "COUNTERPOINT_JOB";
/// What the name of a parameter follows, in capitals, in the variable that holds its value.
const PARAMETER: &str = "COUNTERPOINT_PARAMETER_";
/// The number that means "no decision", which is not a job's to give.
const NO_DECISION: u32 = u32::MAX;

/// How long a process is waited for, and how much is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessLimits {
    /// Without a byte read or answered for this long, it is given up.
    pub stall: Duration,
    /// How long it may take to end when its input has.
    pub drain: Duration,
    /// How long it may take to end when it is told to, before it is killed.
    pub terminate: Duration,
    /// How long pipes are listened to when it has ended, or how long it may live on without them.
    pub pipe_grace: Duration,
    /// Bytes in a line.
    pub line_bytes: usize,
}

impl Default for ProcessLimits {
    fn default() -> Self {
        Self {
            stall: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            terminate: Duration::from_secs(5),
            pipe_grace: Duration::from_secs(2),
            line_bytes: 8 << 20,
        }
    }
}

/// Appends a record as its line stands in the data file, without the line's end.
pub type WriteLine<R> = fn(&R, &Keys, &mut Vec<u8>);

/// How a job's processes are started and spoken to.
#[derive(Debug, Clone)]
pub struct Launch<R> {
    /// `stable` or `candidate`.
    pub role: &'static str,
    /// The program and its arguments; no shell comes between.
    pub command: Vec<String>,
    /// The problem's parameters by name, passed on in the environment.
    pub parameters: Vec<(String, String)>,
    /// The columns' names, as they stand in the data file: the first line.
    pub header: String,
    /// Writes a record.
    pub line: WriteLine<R>,
    /// The texts that records refer to.
    pub keys: Arc<Keys>,
    /// Deadlines.
    pub limits: ProcessLimits,
    /// The most memory that any of the processes has held.
    pub peak_memory: Arc<PeakMemory>,
}

impl<R> Launch<R> {
    fn command(&self) -> Command {
        let (program, arguments) = self.command.split_first().map_or(("", &[][..]), |(p, a)| (p.as_str(), a));
        let mut command = Command::new(program);
        command.args(arguments).env(ROLE, self.role);
        command.envs(self.parameters.iter().map(|(name, value)| (variable(name), value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn shown_command(&self) -> String {
        quoted(self.command.join(" ").as_bytes())
    }
}

/// `allowed-lateness` is in `COUNTERPOINT_PARAMETER_ALLOWED_LATENESS`.
fn variable(parameter: &str) -> String {
    let capital = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    PARAMETER.chars().chain(parameter.chars().map(capital)).collect()
}

/// A process as a version of a streaming job. Its first failure stops the replay through [`Control::fail`].
#[derive(Debug)]
pub struct Process<R> {
    launch: Arc<Launch<R>>,
    control: Arc<Control>,
    /// `None` before a start that failed, and after any failure.
    running: Option<Running>,
    is_ready: bool,
    answered: u64,
    input: Vec<u8>,
}

impl<R> Process<R> {
    /// Starts a process. It may still be loading when this returns: [`Process::wait_until_ready`].
    pub fn start(launch: &Arc<Launch<R>>, control: &Arc<Control>) -> Self {
        let started = Running::start(&mut launch.command(), launch.limits);
        let (launch, control) = (Arc::clone(launch), Arc::clone(control));
        let mut process =
            Self { launch, control, running: None, is_ready: false, answered: 0, input: Vec::new() };
        match started {
            Ok(running) => process.running = Some(running),
            Err(fault) => process.fail(Stop::Fault(fault)),
        }
        process
    }

    /// Sends the header and waits until it comes back, so that the time a process takes to start isn't that of its
    /// first record.
    pub fn wait_until_ready(&mut self) {
        let Some(running) = &mut self.running else { return };
        if std::mem::replace(&mut self.is_ready, true) {
            return;
        }
        let header = self.launch.header.as_bytes();
        let hear = |line: &[u8]| {
            let expected = || quoted(header);
            let header_fault = || ProcessFault::Header { expected: expected(), found: quoted(line) };
            if line == header { Ok(()) } else { Err(header_fault()) }
        };
        let heard = running.exchange(&[header, b"\n"].concat(), 1, &self.control, hear);
        if let Err(stop) = heard {
            self.is_ready = false;
            self.fail(stop);
        }
    }

    /// A chunk's records, which are at most as many as it can be expected to read before its answers are read.
    fn exchange(&mut self, records: &[R], decisions: &mut Vec<u32>) -> Result<(), Stop> {
        let Some(running) = &mut self.running else { return Ok(()) };
        running.refuse_early()?;
        self.input.clear();
        for record in records {
            (self.launch.line)(record, &self.launch.keys, &mut self.input);
            self.input.push(b'\n');
        }
        let answered = &mut self.answered;
        running.exchange(&self.input, records.len(), &self.control, |line| {
            decisions.push(decision(line)?);
            *answered += 1;
            Ok(())
        })
    }

    fn fail(&mut self, stop: Stop) {
        let running = self.running.take();
        let Stop::Fault(fault) = stop else { return };
        self.control.fail(ProcessError {
            role: self.launch.role,
            command: self.launch.shown_command(),
            record: self.is_ready.then_some(self.answered),
            fault,
            last_words: running.map(Running::last_words).unwrap_or_default(),
        });
    }
}

impl<R> Job<R> for Process<R> {
    fn push(&mut self, record: &R) -> u32 {
        let mut decision = Vec::with_capacity(1);
        self.push_all(std::slice::from_ref(record), &mut decision);
        decision.pop().unwrap_or(NO_DECISION)
    }

    /// After a failure there are no more decisions.
    fn push_all(&mut self, records: &[R], decisions: &mut Vec<u32>) {
        self.wait_until_ready();
        for chunk in records.chunks(CHUNK) {
            if let Err(stop) = self.exchange(chunk, decisions) {
                return self.fail(stop);
            }
        }
    }

    /// Ends the input and waits for the process to end, which it must do in good order.
    fn finish(&mut self, _: &Keys) -> Result<Option<Concluded>, JobError> {
        self.wait_until_ready();
        if let Some(running) = &mut self.running {
            // While it is there to be asked.
            self.launch.peak_memory.note(running.id());
            let finished = running.finish(&self.control);
            if let Err(stop) = finished {
                self.fail(stop);
            }
            self.running = None;
        }
        match self.control.failure() {
            None => Ok(None),
            Some(error) => Err(JobError {
                record: error.record.unwrap_or(0),
                message: error.to_string(),
                hint: error.hint().map(str::to_owned),
            }),
        }
    }
}

/// The decision that a line holds.
fn decision(line: &[u8]) -> Result<u32, ProcessFault> {
    let no = |why| Err(ProcessFault::Answer { line: quoted(line), why });
    if let [number @ .., b'\r'] = line
        && decision(number).is_ok()
    {
        return no("ends with CR LF, where a line ends with LF");
    }
    let digits = Some(line).filter(|line| !line.is_empty() && line.iter().all(u8::is_ascii_digit));
    let number = digits.and_then(|digits| str::from_utf8(digits).ok()?.parse::<u32>().ok());
    match number {
        Some(NO_DECISION) | None => no("is not a whole number from 0 to 4294967294"),
        Some(number) => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_digits_and_nothing_else() {
        for (line, number) in [("0", 0), ("17", 17), ("007", 7), ("4294967294", 4_294_967_294)] {
            assert_eq!(decision(line.as_bytes()), Ok(number));
        }
        for line in [
            "",
            " ",
            "-1",
            "+1",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "x",
            "4294967295",
            "4294967296",
            "1\0",
            "1\t",
            "\r",
        ] {
            assert!(decision(line.as_bytes()).is_err(), "{line:?}");
        }
        assert!(decision(b"\xff").is_err() && decision("\u{feff}1".as_bytes()).is_err());
        let Err(ProcessFault::Answer { why, .. }) = decision(b"5\r") else { panic!("it has a CR") };
        assert!(why.contains("CR LF"), "{why}");
    }

    #[test]
    fn a_parameter_has_a_variable() {
        assert_eq!(variable("capacity"), "COUNTERPOINT_PARAMETER_CAPACITY");
        assert_eq!(variable("allowed-lateness"), "COUNTERPOINT_PARAMETER_ALLOWED_LATENESS");
    }
}
