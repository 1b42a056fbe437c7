//! The three pipes to a process, served by one thread: none of them is ever waited for alone, so neither side can
//! wait for the other for ever.

use std::{
    io::{self, ErrorKind, Read, Write},
    process::{Child, ChildStderr, ChildStdin, ChildStdout},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, ioctl_fionbio, ioctl_fionread},
};

use super::{kept::Kept, lines::Lines};

/// As much as a pipe holds.
const BLOCK: usize = 64 * 1024;

/// Our ends of a process's pipes. One that the process has closed is `None`.
#[derive(Debug)]
pub(super) struct Pipes {
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    block: Box<[u8]>,
    /// Holds what came through stdout.
    pub(super) lines: Lines,
    /// Holds what came through stderr.
    pub(super) kept: Kept,
}

/// Describes what a turn has moved.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moved {
    /// Bytes into stdin.
    pub(super) written: usize,
    /// Says whether something came through stdout, or its end.
    pub(super) heard: bool,
}

impl Moved {
    /// Returns whether the job went on. What it writes to stderr is no progress: that may go on for ever.
    pub(super) fn anything(self) -> bool {
        self.written > 0 || self.heard
    }
}

impl Pipes {
    /// Takes the pipes of `child`.
    pub(super) fn of(child: &mut Child) -> io::Result<Self> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        stdin.as_ref().map_or(Ok(()), |pipe| ioctl_fionbio(pipe, true))?;
        stdout.as_ref().map_or(Ok(()), |pipe| ioctl_fionbio(pipe, true))?;
        stderr.as_ref().map_or(Ok(()), |pipe| ioctl_fionbio(pipe, true))?;
        let block = vec![0; BLOCK].into();
        Ok(Self { stdin, stdout, stderr, block, lines: Lines::default(), kept: Kept::default() })
    }

    pub(super) fn takes_input(&self) -> bool {
        self.stdin.is_some()
    }

    pub(super) fn may_answer(&self) -> bool {
        self.stdout.is_some()
    }

    pub(super) fn may_complain(&self) -> bool {
        self.stderr.is_some()
    }

    /// Tells the process that there is no more input.
    pub(super) fn end_input(&mut self) {
        self.stdin = None;
    }

    /// Bytes that lie in stdin unread, where the system can tell.
    pub(super) fn unread(&self) -> u64 {
        self.stdin.as_ref().and_then(|stdin| ioctl_fionread(stdin).ok()).unwrap_or(0)
    }

    /// Moves what can be moved; waits up to `wait` until something can.
    pub(super) fn turn(&mut self, input: &[u8], wait: Duration) -> io::Result<Moved> {
        let [stdin, stdout, stderr] = self.ready(!input.is_empty(), wait)?;
        let written = if stdin { self.write(input)? } else { 0 };
        let heard = stdout && self.read_stdout()?;
        if stderr {
            self.read_stderr()?;
        }
        Ok(Moved { written, heard })
    }

    /// Writes what the pipe takes without waiting.
    pub(super) fn write(&mut self, input: &[u8]) -> io::Result<usize> {
        let Some(stdin) = &mut self.stdin else { return Ok(0) };
        match stdin.write(input) {
            Ok(written) => Ok(written),
            Err(error) if is_for_later(&error) => Ok(0),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.stdin = None;
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads what is there; whether that was anything, be it the end.
    pub(super) fn read_stdout(&mut self) -> io::Result<bool> {
        let Some(stdout) = &mut self.stdout else { return Ok(false) };
        match stdout.read(&mut self.block) {
            Ok(0) => self.stdout = None,
            Ok(length) => self.lines.push(&self.block[..length]),
            Err(error) if is_for_later(&error) => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    fn read_stderr(&mut self) -> io::Result<()> {
        let Some(stderr) = &mut self.stderr else { return Ok(()) };
        match stderr.read(&mut self.block) {
            Ok(0) => self.stderr = None,
            Ok(length) => self.kept.push(&self.block[..length]),
            Err(error) if is_for_later(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Which of stdin, stdout and stderr can be served.
    fn ready(&self, writes: bool, wait: Duration) -> io::Result<[bool; 3]> {
        let stdin = self.stdin.as_ref().filter(|_| writes);
        let mut polled = Vec::with_capacity(3);
        polled.extend(stdin.map(|pipe| PollFd::new(pipe, PollFlags::OUT)));
        polled.extend(self.stdout.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        polled.extend(self.stderr.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        match poll(&mut polled, Some(&wait)) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok([false; 3]),
            Err(error) => return Err(error.into()),
        }
        let mut ready = polled.iter().map(|pipe| !pipe.revents().is_empty());
        let mut next = |is_polled: bool| is_polled && ready.next().unwrap_or(false);
        Ok([next(stdin.is_some()), next(self.stdout.is_some()), next(self.stderr.is_some())])
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
