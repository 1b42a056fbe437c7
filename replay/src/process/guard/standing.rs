//! The guard's own side.

use std::{
    io::{self, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::{net::UnixStream, process::CommandExt},
    },
    path::Path,
    process::Stdio,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{
        Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, kill_process_group, pidfd_open,
        set_child_subreaper, setsid, wait,
    },
};

use crate::process::SCRATCH;

use super::{
    descendants::descendants,
    message::{KILL, Order, TERMINATE, Told},
};

/// Between two looks at orphans that have ended.
const NAP: Duration = Duration::from_secs(1);
/// Between two looks at a job whose end the system doesn't tell.
const BLINK: Duration = Duration::from_millis(5);
/// The first and the longest pause between two looks at what is being killed.
const PAUSES: [Duration; 2] = [Duration::from_micros(200), Duration::from_millis(20)];

/// Stands guard over a job, which comes with its pipes through stdin, a socket. Returns when the job and all that descends
/// from it are gone.
///
/// # Errors
///
/// If stdin is no such socket: a guard is started by [`Process::start`](crate::process::Process::start) alone.
pub fn stand_guard() -> io::Result<()> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (order, pipes) = Order::receive(&socket)?;
    // A signal that a terminal sends to us is none for the job; and no job gets into anybody's process group.
    setsid()?;
    set_child_subreaper(Some(getpid()))?;
    match start(&order, pipes) {
        Ok(leader) => Guard { socket, leader, status: None }.stand(),
        Err(error) => tell(&socket, Told::NotStarted(error.raw_os_error().unwrap_or(0))),
    }
    remove(&order.scratch);
    Ok(())
}

/// Removes the folder of a job's own, which is named as such folders are.
fn remove(scratch: &Path) {
    if scratch.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(SCRATCH.as_bytes())) {
        // It may be gone already.
        let _ = std::fs::remove_dir_all(scratch);
    }
}

fn start(order: &Order, [stdin, stdout, stderr]: [OwnedFd; 3]) -> io::Result<Pid> {
    let mut command = order.program.command();
    command.stdin(Stdio::from(stdin)).stdout(Stdio::from(stdout)).stderr(Stdio::from(stderr));
    let child = command.process_group(0).spawn()?;
    // Dropped with the command, no end of a pipe is ours any more. The child is reaped with all others.
    Ok(Pid::from_child(&child))
}

/// Nobody may be left to hear it.
fn tell(mut socket: &UnixStream, told: Told) {
    let _ = socket.write_all(&told.bytes());
}

struct Guard {
    socket: UnixStream,
    leader: Pid,
    /// The leader's, when it was reaped.
    status: Option<i32>,
}

impl Guard {
    fn stand(mut self) {
        tell(&self.socket, Told::Started(self.leader.as_raw_pid()));
        let ends = pidfd_open(self.leader, PidfdFlags::empty()).ok();
        loop {
            let ends = ends.as_ref().filter(|_| self.status.is_none());
            let is_told = self.is_told(ends);
            self.reap();
            match is_told.then(|| self.hear()) {
                Some(TERMINATE) if self.status.is_none() => {
                    // An error says that there is nobody left to hear it.
                    let _ = kill_process_group(self.leader, Signal::TERM);
                }
                Some(KILL) => return self.kill_all(),
                Some(_) | None => {}
            }
        }
    }

    /// Waits until there is something on the socket, or a child has ended; whether it is the socket.
    fn is_told(&self, ends: Option<&OwnedFd>) -> bool {
        let wait = if ends.is_none() && self.status.is_none() { BLINK } else { NAP };
        let mut polled = vec![PollFd::new(&self.socket, PollFlags::IN)];
        polled.extend(ends.map(|ends| PollFd::new(ends, PollFlags::IN)));
        let wait = Timespec::try_from(wait).ok();
        // Interrupted by a signal, it looks and comes again.
        poll(&mut polled, wait.as_ref()).is_ok() && !polled[0].revents().is_empty()
    }

    /// The next byte; the end of the socket says that we are gone.
    fn hear(&self) -> u8 {
        let mut byte = [0];
        match (&self.socket).read(&mut byte) {
            Ok(1..) => byte[0],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Ok(0) | Err(_) => KILL,
        }
    }

    /// Takes note of children that have ended; whether there are any left.
    fn reap(&mut self) -> bool {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((id, status))) if id == self.leader => {
                    self.status = Some(status.as_raw());
                    tell(&self.socket, Told::Ended(status.as_raw()));
                }
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    /// Kills until there is nothing left. What loses its parent by that becomes our own child.
    fn kill_all(&mut self) {
        let own = getpid().as_raw_pid();
        let [mut pause, longest] = PAUSES;
        if self.status.is_none() {
            let _ = kill_process_group(self.leader, Signal::KILL);
        }
        while self.reap() {
            // A number isn't another's within so short a time.
            for kin in descendants(own) {
                if let Some(id) = Pid::from_raw(kin.id) {
                    let _ = kill_process(id, Signal::KILL);
                }
                // A whole group at once, for it may have grown meanwhile. All of it is in a session that we or ours began.
                if let Some(group) = Pid::from_raw(kin.group).filter(|group| group.as_raw_pid() != own) {
                    let _ = kill_process_group(group, Signal::KILL);
                }
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(longest);
        }
    }
}
