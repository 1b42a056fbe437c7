//! The first [`Link`], to a process: a program of any language that reads records from stdin, a line each, and writes its
//! decisions to stdout, a line each.
//!
//! One thread serves a process's three pipes by polling. Threads of their own for writer and readers would add a
//! hand-over to each answer, in the very time that is measured.

mod capture;
mod companion;
mod environment;
mod group;
mod guard;
mod kept;
mod lines;
mod listener;
mod memory;
mod null_job;
mod pipes;
mod program;
mod running;
mod state_folders;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;

pub use capture::{CaptureError, CaptureLimits, Stdin};
pub use companion::Companion;
pub use environment::{Environment, looks_secret};
pub use guard::{guard_with, stand_guard};
pub use memory::{PeakMemory, peak_in};
pub use null_job::{NullJob, null_jobs_with};
pub use state_folders::StateFolders;

use crate::{
    Control,
    link::{Answers, Link, LinkFault, Rows, Stop},
    link_error::quoted,
};
use program::Program;
use running::{Halt, Running};

/// Tells a job which version of the protocol is spoken with it, that of docs/processes.md.
const PROTOCOL: (&str, &str) = ("COUNTERPOINT_PROTOCOL", "1");
/// The variable that tells a job its role.
const ROLE: &str = "COUNTERPOINT_JOB";
/// Begins the name of a folder of a job's own.
const SCRATCH: &str = "counterpoint-job-";
/// Holds what the name of a parameter follows, in capitals, in the variable that holds its value.
const PARAMETER: &str = "COUNTERPOINT_PARAMETER_";

/// Describes how long a process is waited for, and how much is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessLimits {
    /// Without a byte read or answered for this long, it is given up.
    pub stall: Duration,
    /// Says how long it may take to end when its input has.
    pub drain: Duration,
    /// Says how long it may take to end when it is told to, before it is killed.
    pub terminate: Duration,
    /// Says how long pipes are listened to when it has ended, or how long it may live on without them.
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

/// Says how a job's processes are started and waited for.
#[derive(Debug, Clone)]
pub struct Launch {
    /// `stable` or `candidate`.
    pub role: &'static str,
    /// The program and its arguments; no shell comes between. A program with a `/` is a path from `cwd`.
    pub command: Vec<String>,
    /// The folder in which it works; `None` for our own.
    pub cwd: Option<PathBuf>,
    /// Says how much it sees of the environment.
    pub env: Environment,
    /// The problem's parameters by name, passed on in the environment.
    pub parameters: Vec<(String, String)>,
    /// Deadlines.
    pub limits: ProcessLimits,
    /// The most memory that any of the processes has held.
    pub peak_memory: Arc<PeakMemory>,
}

impl Launch {
    /// Returns the beginning of its command, made harmless: the name that errors call it by.
    pub fn shown_command(&self) -> String {
        quoted(self.command.join(" ").as_bytes())
    }

    /// The program, with `home` as the folder of its own.
    fn program(&self, home: &Path) -> Program {
        let mut variables = self.env.variables(std::env::vars_os(), home);
        variables.extend([PROTOCOL, (ROLE, self.role)].map(|(name, value)| (name.into(), value.into())));
        variables.extend(self.parameters.iter().map(|(name, value)| (variable(name).into(), value.into())));
        let mut words = self.command.iter().map(Into::into);
        Program {
            name: words.next().unwrap_or_default(),
            arguments: words.collect(),
            variables,
            cwd: self.cwd.clone(),
        }
    }
}

/// Makes a folder of a process's own, which is gone when it is dropped.
fn home() -> Result<TempDir, LinkFault> {
    scratch("its HOME")
}

/// Makes a folder for something, which is gone when it is dropped.
fn scratch(what: &str) -> Result<TempDir, LinkFault> {
    let failed = |cause: io::Error| {
        let folder = std::env::temp_dir();
        LinkFault::Machine(format!("no folder for {what} in {}: {cause}", datasets::shown_path(&folder)))
    };
    tempfile::Builder::new().prefix(SCRATCH).tempdir().map_err(failed)
}

/// `allowed-lateness` is in `COUNTERPOINT_PARAMETER_ALLOWED_LATENESS`.
fn variable(parameter: &str) -> String {
    let capital = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    PARAMETER.chars().chain(parameter.chars().map(capital)).collect()
}

/// Links to a process, with lines through its stdin and stdout.
#[derive(Debug)]
pub struct Process {
    /// `None` after a failure, and when it has ended.
    running: Option<Running>,
    peak_memory: Arc<PeakMemory>,
    /// Its `HOME`, which goes after it.
    _home: TempDir,
}

impl Process {
    /// Starts a process. It may still be loading when this returns.
    pub fn start(launch: &Launch) -> Result<Self, LinkFault> {
        let home = home()?;
        let running = Running::start(&launch.program(home.path()), home.path(), launch.limits)?;
        Ok(Self { running: Some(running), peak_memory: Arc::clone(&launch.peak_memory), _home: home })
    }

    /// Talks to the process while there is one; after a failure it is killed, and its last words are heard.
    fn talk(&mut self, about: impl FnOnce(&mut Running) -> Result<(), Halt>) -> Result<(), Stop> {
        let Some(running) = &mut self.running else { return Ok(()) };
        let Err(halt) = about(running) else { return Ok(()) };
        let running = self.running.take();
        Err(match halt {
            Halt::Interrupted => Stop::Interrupted,
            Halt::Fault(fault) => {
                let unread = running.as_ref().map_or(0, Running::unread);
                Stop::Failed {
                    fault,
                    last_words: running.map(Running::last_words).unwrap_or_default(),
                    unread,
                }
            }
        })
    }
}

impl Link for Process {
    /// Sends the header and waits for a line, so that the time a process takes to start isn't that of its first record.
    fn begin(&mut self, first: &[u8], control: &Control, out: &mut Answers<'_>) -> Result<(), Stop> {
        self.talk(|running| running.begin(&[first, b"\n"].concat(), control, out))
    }

    fn exchange(
        &mut self,
        lines: &[u8],
        records: usize,
        control: &Control,
        out: &mut Answers<'_>,
    ) -> Result<(), Stop> {
        self.talk(|running| {
            running.refuse_early()?;
            running.exchange(lines, records, control, out)
        })
    }

    fn send(&mut self, lines: &[u8], control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        self.talk(|running| running.send(lines, control, out))
    }

    /// Ends the input and waits for the process to end, which it must do in good order.
    fn end(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        let peak_memory = Arc::clone(&self.peak_memory);
        self.talk(|running| {
            // While it is there to be asked.
            peak_memory.note(running.id());
            if running.listens() { running.end(control, &peak_memory, out) } else { running.finish(control) }
        })?;
        self.running = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_a_variable() {
        assert_eq!(variable("capacity"), "COUNTERPOINT_PARAMETER_CAPACITY");
        assert_eq!(variable("allowed-lateness"), "COUNTERPOINT_PARAMETER_ALLOWED_LATENESS");
    }
}
