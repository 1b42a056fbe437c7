//! Our side of a guard.

use std::{
    io::{self, Read, Write},
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream, process::CommandExt, process::ExitStatusExt},
    },
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{
    ARGUMENTS,
    message::{KILL, Order, TERMINATE, Told},
};
use crate::{
    link::LinkFault,
    process::{pipes::Inner, program::Program},
};

/// This program, be its file replaced meanwhile.
const OURSELVES: &str = "/proc/self/exe";
/// How long a guard may take to start a job, and to end all of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A job under a guard.
#[derive(Debug)]
pub(in crate::process) struct Guarded {
    guard: Child,
    socket: UnixStream,
    leader: Pid,
    status: Option<ExitStatus>,
    /// The guard is gone, or nobody waits for it any more.
    is_over: bool,
}

impl Guarded {
    /// Starts `program` under a guard, if there are guards. `scratch`: the folder that goes when all is over.
    pub(in crate::process) fn start(
        program: &Program,
        scratch: &Path,
        pipes: &Inner,
    ) -> Result<Option<Self>, LinkFault> {
        let Some(arguments) = ARGUMENTS.get().filter(|_| Path::new(OURSELVES).exists()) else {
            return Ok(None);
        };
        let failed =
            |error: io::Error| LinkFault::Machine(format!("no guard over it could be started: {error}"));
        let (socket, theirs) = UnixStream::pair().map_err(failed)?;
        let mut command = Command::new(OURSELVES);
        command.arg0("counterpoint").args(arguments).env_clear();
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        let mut guard = command.spawn().map_err(failed)?;
        // With it goes our copy of the guard's end.
        drop(command);
        match order(&socket, program, scratch, pipes) {
            Ok(leader) => Ok(Some(Self { guard, socket, leader, status: None, is_over: false })),
            Err(fault) => {
                // It ends when there is nobody to be told.
                drop(socket);
                let _ = guard.wait();
                Err(fault)
            }
        }
    }

    /// Returns whether the job's process has ended, or the guard, which then can't tell any more.
    pub(in crate::process) fn has_ended(&mut self) -> bool {
        if self.status.is_none() && !self.is_over {
            let told = self.socket.set_nonblocking(true).and_then(|()| hear(&self.socket));
            self.note(told);
        }
        self.status.is_some() || self.is_over
    }

    fn note(&mut self, told: io::Result<Told>) {
        match told {
            Ok(Told::Ended(status)) => self.status = Some(ExitStatus::from_raw(status)),
            Ok(Told::Started(_) | Told::NotStarted(_)) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(_) => self.is_over = true,
        }
    }

    /// Asks the job's process group to end.
    pub(in crate::process) fn terminate(&mut self) {
        self.say(TERMINATE);
    }

    fn say(&mut self, word: u8) {
        // A guard that is gone is noticed where it is listened to.
        let _ = self.socket.set_nonblocking(false).and_then(|()| (&self.socket).write_all(&[word]));
    }

    /// Kills all of the job that is left. Returns how its process ended, by this or before.
    pub(in crate::process) fn kill(&mut self) -> io::Result<ExitStatus> {
        if !self.is_over {
            self.say(KILL);
            let _ = self.socket.set_read_timeout(Some(PATIENCE));
            while self.status.is_none() && !self.is_over {
                let told = hear(&self.socket);
                let is_late = told.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
                self.note(told);
                self.is_over |= is_late;
            }
            self.wait_for_guard();
        }
        self.status.ok_or_else(|| io::Error::other("the guard over it has failed"))
    }

    fn wait_for_guard(&mut self) {
        let start = Instant::now();
        while matches!(self.guard.try_wait(), Ok(None)) && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_micros(200));
        }
        if self.status.is_none() {
            // Whatever has become of the guard, this much can be done without it.
            let _ = kill_process_group(self.leader, Signal::KILL);
        }
        self.is_over = true;
    }

    pub(in crate::process) fn id(&self) -> Pid {
        self.leader
    }
}

/// Has a guard start the job, and returns its number.
fn order(socket: &UnixStream, program: &Program, scratch: &Path, pipes: &Inner) -> Result<Pid, LinkFault> {
    let failed = |error: io::Error| LinkFault::Machine(format!("the guard over it has failed: {error}"));
    let order = Order { program: program.clone(), scratch: scratch.to_owned() };
    let told = order
        .send(socket, pipes)
        .and_then(|()| socket.set_read_timeout(Some(PATIENCE)))
        .and_then(|()| hear(socket))
        .map_err(failed)?;
    match told {
        Told::Started(id) => Pid::from_raw(id).ok_or_else(|| failed(io::ErrorKind::InvalidData.into())),
        Told::NotStarted(error) => Err(program.not_started(&io::Error::from_raw_os_error(error))),
        Told::Ended(_) => Err(failed(io::ErrorKind::InvalidData.into())),
    }
}

fn hear(mut socket: &UnixStream) -> io::Result<Told> {
    let mut bytes = [0; Told::BYTES];
    socket.read_exact(&mut bytes)?;
    Told::of(bytes)
}
