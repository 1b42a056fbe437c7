//! A child process with a process group of its own, so that its children end with it.

use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ExitStatus},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{guard::Guarded, pipes::Inner, program::Program};
use crate::link::LinkFault;

/// A job's process and all that it starts. Dropped, it kills whatever is left of that.
#[derive(Debug)]
pub(super) enum Group {
    /// Its processes are those of its process group: one that leaves the group on purpose gets away.
    Led(Led),
    /// A guard watches over them, and ends them even when we are gone.
    Guarded(Guarded),
}

impl Group {
    /// Starts `program` with its ends of the pipes, under a guard where there is one. `scratch`: the folder of its own.
    pub(super) fn start(program: &Program, scratch: &Path, pipes: Inner) -> Result<Self, LinkFault> {
        match Guarded::start(program, scratch, &pipes)? {
            Some(guarded) => Ok(Self::Guarded(guarded)),
            None => Led::start(program, pipes).map(Self::Led),
        }
    }

    /// Returns whether the leader has ended.
    pub(super) fn has_ended(&mut self) -> bool {
        match self {
            Self::Led(led) => led.has_ended(),
            Self::Guarded(guarded) => guarded.has_ended(),
        }
    }

    /// Asks the whole group to end.
    pub(super) fn terminate(&mut self) {
        match self {
            Self::Led(led) => led.signal(Signal::TERM),
            Self::Guarded(guarded) => guarded.terminate(),
        }
    }

    /// Kills what is left of the group. Returns how the leader ended, by this or before.
    pub(super) fn kill(&mut self) -> io::Result<ExitStatus> {
        match self {
            Self::Led(led) => led.kill(),
            Self::Guarded(guarded) => guarded.kill(),
        }
    }

    /// The leader's number, which is the group's.
    pub(super) fn id(&self) -> Pid {
        match self {
            Self::Led(led) => led.id(),
            Self::Guarded(guarded) => guarded.id(),
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Nothing can be done about a process that can't be waited for.
        let _ = self.kill();
    }
}

/// The leader of a process group, which is our child.
///
/// It is reaped last of all: while it is a zombie its number, and so the group's, can't become another's.
#[derive(Debug)]
pub(super) struct Led {
    leader: Child,
    reaped: Option<ExitStatus>,
}

impl Led {
    fn start(program: &Program, pipes: Inner) -> Result<Self, LinkFault> {
        let mut command = program.command();
        command.stdin(pipes.stdin).stdout(pipes.stdout).stderr(pipes.stderr);
        let leader = command.process_group(0).spawn().map_err(|cause| program.not_started(&cause))?;
        Ok(Self { leader, reaped: None })
    }

    /// Returns whether it has ended. It isn't reaped by that.
    fn has_ended(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.reaped.is_some() || matches!(waitid(WaitId::Pid(self.id()), look), Ok(Some(_)))
    }

    fn kill(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.reaped {
            return Ok(status);
        }
        self.signal(Signal::KILL);
        let status = self.leader.wait()?;
        self.reaped = Some(status);
        Ok(status)
    }

    fn signal(&self, signal: Signal) {
        // An error says that there is nobody left to hear it.
        let _ = kill_process_group(self.id(), signal);
    }

    fn id(&self) -> Pid {
        Pid::from_child(&self.leader)
    }
}
