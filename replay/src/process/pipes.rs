//! The three pipes to a process, served by one thread: none of them is ever waited for alone, so neither side can
//! wait for the other for ever.

use std::{
    fs::File,
    io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write},
    os::fd::AsRawFd,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, ioctl_fionbio, ioctl_fionread},
};

use super::{
    kept::Kept,
    lines::{Lines, count},
    listener::{Block, Listener},
};

/// As much as is read at once.
pub(super) const BLOCK: usize = 64 * 1024;

/// So many bytes our pipes hold where the system allows it, which is what Linux allows everybody.
#[cfg(target_os = "linux")]
const WIDE: usize = 1 << 20;

/// Our ends of a process's pipes. One that the process has closed is `None`.
#[derive(Debug)]
pub(super) struct Pipes {
    stdin: Option<PipeWriter>,
    stdout: Option<PipeReader>,
    stderr: Option<PipeReader>,
    block: Box<[u8]>,
    /// Holds what came through stdout.
    pub(super) lines: Lines,
    /// Holds what came through stderr.
    kept: Kept,
    /// Hears stdout and stderr, once somebody has asked for that.
    listener: Option<Listener>,
    /// Lines that lay in stdin when the process had closed it.
    unread: Option<u64>,
}

/// The process's ends of its pipes.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) stdin: PipeReader,
    pub(super) stdout: PipeWriter,
    pub(super) stderr: PipeWriter,
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
    /// Makes the pipes, and returns the process's ends of them beside ours.
    pub(super) fn new() -> io::Result<(Self, Inner)> {
        let (stdin, stdout, stderr) = (io::pipe()?, io::pipe()?, io::pipe()?);
        let inner = Inner { stdin: stdin.0, stdout: stdout.1, stderr: stderr.1 };
        let (stdin, stdout, stderr) = (stdin.1, stdout.0, stderr.0);
        ioctl_fionbio(&stdin, true)?;
        ioctl_fionbio(&stdout, true)?;
        ioctl_fionbio(&stderr, true)?;
        widen(&stdin);
        widen(&stdout);
        let pipes = Self {
            stdin: Some(stdin),
            stdout: Some(stdout),
            stderr: Some(stderr),
            block: vec![0; BLOCK].into(),
            lines: Lines::default(),
            kept: Kept::default(),
            listener: None,
            unread: None,
        };
        Ok((pipes, inner))
    }

    /// Has a thread hear stdout and stderr from now on.
    pub(super) fn listen(&mut self) -> io::Result<()> {
        if self.listener.is_none() {
            let kept = std::mem::take(&mut self.kept);
            self.listener = Some(Listener::start(self.stdout.take(), self.stderr.take(), kept)?);
        }
        Ok(())
    }

    /// Returns whether a thread hears them.
    pub(super) fn listens(&self) -> bool {
        self.listener.is_some()
    }

    /// Takes what the thread has heard.
    pub(super) fn heard(&self) -> io::Result<Vec<Block>> {
        self.listener.as_ref().map_or(Ok(Vec::new()), Listener::take)
    }

    pub(super) fn takes_input(&self) -> bool {
        self.stdin.is_some()
    }

    pub(super) fn may_answer(&self) -> bool {
        self.stdout.is_some() || self.listener.as_ref().is_some_and(Listener::may_answer)
    }

    pub(super) fn may_complain(&self) -> bool {
        self.stderr.is_some() || self.listener.as_ref().is_some_and(Listener::may_complain)
    }

    /// The end of what came through stderr.
    pub(super) fn last_words(&self) -> String {
        self.listener.as_ref().map_or_else(|| self.kept.last_words(), Listener::last_words)
    }

    /// Waits up to `wait` until something can be heard, and hears it if no thread does.
    pub(super) fn wait_to_hear(&mut self, wait: Duration) -> io::Result<()> {
        match &self.listener {
            Some(listener) => listener.wait(wait),
            None => drop(self.turn(&[], wait)?),
        }
        Ok(())
    }

    /// Waits up to `wait` until stdin takes more.
    pub(super) fn wait_to_write(&self, wait: Duration) -> io::Result<()> {
        let Some(stdin) = &self.stdin else { return Ok(()) };
        polled(&mut [PollFd::new(stdin, PollFlags::OUT)], wait).map(drop)
    }

    /// Tells the process that there is no more input.
    pub(super) fn end_input(&mut self) {
        self.stdin = None;
    }

    /// Opens the reading end of stdin, so that it can be told later how much the process has left there. The process
    /// sees the end of its input nevertheless.
    #[cfg(target_os = "linux")]
    pub(super) fn other_end(&self) -> Option<File> {
        let end = File::open(format!("/proc/self/fd/{}", self.stdin.as_ref()?.as_raw_fd())).ok()?;
        ioctl_fionbio(&end, true).ok()?;
        Some(end)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn other_end(&self) -> Option<File> {
        None
    }

    /// Lines that lie in stdin, or lay there when the process closed it, where the system can tell. They are lost to it.
    pub(super) fn unread_lines(&self) -> u64 {
        self.unread.unwrap_or_else(|| self.other_end().map_or(0, |mut end| lines_left(&mut end)))
    }

    /// Bytes that lie in stdin unread, where the system can tell.
    pub(super) fn unread(&self) -> u64 {
        self.stdin.as_ref().and_then(|stdin| ioctl_fionread(stdin).ok()).unwrap_or(0)
    }

    /// Returns whether something lies in stdin that nobody can read any more.
    pub(super) fn is_left_unread(&self) -> io::Result<bool> {
        let Some(stdin) = &self.stdin else { return Ok(false) };
        let mut pipe = [PollFd::new(stdin, PollFlags::OUT)];
        let is_closed = polled(&mut pipe, Duration::ZERO)? && pipe[0].revents().contains(PollFlags::ERR);
        Ok(is_closed && self.unread() > 0)
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
                self.unread = Some(self.unread_lines());
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
        if !self::polled(&mut polled, wait)? {
            return Ok([false; 3]);
        }
        let mut ready = polled.iter().map(|pipe| !pipe.revents().is_empty());
        let mut next = |is_polled: bool| is_polled && ready.next().unwrap_or(false);
        Ok([next(stdin.is_some()), next(self.stdout.is_some()), next(self.stderr.is_some())])
    }
}

/// Has a pipe hold more, so that whoever is quicker waits less often.
#[cfg(target_os = "linux")]
fn widen(pipe: impl std::os::fd::AsFd) {
    // A system that allows no more leaves it as it is.
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, WIDE);
}

#[cfg(not(target_os = "linux"))]
fn widen<T>(_: T) {}

/// Waits up to `wait` until one of them is ready; not when a signal came between.
fn polled(pipes: &mut [PollFd<'_>], wait: Duration) -> io::Result<bool> {
    let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
    match poll(pipes, Some(&wait)) {
        Ok(_) => Ok(true),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Waits up to `wait` until there is something to read; in which of the two.
pub(super) fn readable(
    stdout: Option<&PipeReader>,
    stderr: Option<&PipeReader>,
    wait: Duration,
) -> io::Result<[bool; 2]> {
    let mut pipes = Vec::with_capacity(2);
    pipes.extend(stdout.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
    pipes.extend(stderr.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
    if !polled(&mut pipes, wait)? {
        return Ok([false; 2]);
    }
    let mut ready = pipes.iter().map(|pipe| !pipe.revents().is_empty());
    let mut next = |is_polled: bool| is_polled && ready.next().unwrap_or(false);
    Ok([next(stdout.is_some()), next(stderr.is_some())])
}

/// Counts the lines that can be read without waiting.
pub(super) fn lines_left(end: &mut File) -> u64 {
    let mut block = vec![0; BLOCK];
    let mut lines = 0;
    while let Ok(length @ 1..) = end.read(&mut block) {
        lines += count(&block[..length]) as u64;
    }
    lines
}

pub(super) fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
