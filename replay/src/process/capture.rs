//! A program that is run once, from its input to its end: a reference, a checker. What it writes is its answer.

use std::{
    fs::File,
    io::{self, PipeReader, PipeWriter, Read, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use super::{Launch, group::Group, home, kept::Kept, pipes::Inner};
use crate::{Control, Interrupted, link::LinkFault};

/// Between two looks at the stop signal.
const NAP: Duration = Duration::from_millis(50);
/// So many naps without a word, and one that has ended says nothing more.
const SILENT_NAPS: u32 = 20;
/// So many pieces wait to be taken: a program is read no faster than it is heard.
const WAITING: usize = 16;
/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;

/// Says what a program finds on its stdin.
pub enum Stdin<'a> {
    /// A file, from its beginning.
    File(File),
    /// These bytes.
    Bytes(&'a [u8]),
    /// Whatever this writes.
    Written(&'a (dyn Fn(&mut dyn Write) -> io::Result<()> + Sync)),
}

/// Says how much a program may write, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureLimits {
    /// Bytes of its stdout.
    pub output_bytes: usize,
    /// From its start to its end.
    pub time: Duration,
}

/// Says why a program gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaptureError {
    /// The work was told to stop.
    Interrupted,
    /// It could not be started.
    NotStarted {
        /// The program's path, and why.
        why: String,
        /// Holds what may help.
        hint: &'static str,
    },
    /// It was started and failed.
    Failed {
        /// Holds what happened, as a sentence goes on after its name.
        what: String,
        /// The last lines of its stderr, made harmless; empty when there are none.
        last_words: String,
    },
}

impl From<Interrupted> for CaptureError {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<LinkFault> for CaptureError {
    fn from(fault: LinkFault) -> Self {
        match fault {
            LinkFault::NotStarted { why, hint } => Self::NotStarted { why, hint },
            other => Self::Failed { what: other.to_string(), last_words: String::new() },
        }
    }
}

/// Describes what came out of a program.
enum Heard {
    Out(Vec<u8>),
    Complaint(Vec<u8>),
    /// A pipe has ended; of stdout and stderr each does once.
    End,
    /// A pipe could not be read or written.
    Broken(io::Error),
}

impl Launch {
    /// Runs the program to its end and returns what it has written to stdout, if it ended with 0. Whatever it has started
    /// ends with it.
    pub fn capture(
        &self,
        input: Stdin<'_>,
        limits: CaptureLimits,
        control: &Control,
    ) -> Result<Vec<u8>, CaptureError> {
        let home = home()?;
        let broken = |error: io::Error| LinkFault::Machine(error.to_string());
        let (stdin, to_it) = io::pipe().map_err(broken)?;
        let ((out, stdout), (complaints, stderr)) =
            (io::pipe().map_err(broken)?, io::pipe().map_err(broken)?);
        let group = Group::start(&self.program(home.path()), home.path(), Inner { stdin, stdout, stderr })?;
        thread::scope(|scope| {
            let mut running = Running { group, heard: Vec::new(), kept: Kept::default(), limits };
            let (send, receive) = sync_channel(WAITING);
            let to_hear = send.clone();
            scope.spawn(move || write(to_it, input, &to_hear));
            // Whoever escaped from the group may hold these open for ever, so nobody waits for their readers.
            detach(out, complaints, send);
            let answer = running.hear(&receive, control);
            // Before the writer is waited for: it may be writing to somebody who doesn't read.
            drop(running.group);
            answer
        })
    }
}

/// Without a reader it ends; that is the program's business.
fn write(mut to_it: PipeWriter, input: Stdin<'_>, send: &SyncSender<Heard>) {
    let written = match input {
        Stdin::File(mut file) => io::copy(&mut file, &mut to_it).map(drop),
        Stdin::Bytes(bytes) => to_it.write_all(bytes),
        Stdin::Written(write) => write(&mut to_it),
    };
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        let _ = send.send(Heard::Broken(error));
    }
}

fn detach(out: PipeReader, complaints: PipeReader, send: SyncSender<Heard>) {
    let to_out = send.clone();
    thread::spawn(move || read(out, &to_out, Heard::Out));
    thread::spawn(move || read(complaints, &send, Heard::Complaint));
}

fn read(mut pipe: PipeReader, send: &SyncSender<Heard>, heard: fn(Vec<u8>) -> Heard) {
    let mut piece = vec![0; PIECE];
    loop {
        let said = match pipe.read(&mut piece) {
            Ok(0) => Heard::End,
            Ok(bytes) => heard(piece[..bytes].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Heard::Broken(error),
        };
        let is_over = matches!(said, Heard::End | Heard::Broken(_));
        // Nobody hears it when the program has been given up.
        if send.send(said).is_err() || is_over {
            return;
        }
    }
}

struct Running {
    group: Group,
    heard: Vec<u8>,
    kept: Kept,
    limits: CaptureLimits,
}

impl Running {
    fn hear(&mut self, receive: &Receiver<Heard>, control: &Control) -> Result<Vec<u8>, CaptureError> {
        let start = Instant::now();
        // Naps without a word since it has ended.
        let (mut open, mut silent) = (2, 0);
        while open > 0 || !self.group.has_ended() {
            control.check()?;
            let heard = receive.recv_timeout(NAP);
            silent = if heard.is_err() && self.group.has_ended() { silent + 1 } else { 0 };
            match heard {
                Ok(Heard::Out(piece)) => self.take(&piece)?,
                Ok(Heard::Complaint(piece)) => self.kept.push(&piece),
                Ok(Heard::End) => open -= 1,
                Ok(Heard::Broken(error)) => return Err(self.failed(format!("its pipes failed: {error}"))),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(NAP),
            }
            // Children that it left behind may hold its pipes open; nobody waits for them. But whatever it wrote is heard.
            if silent >= SILENT_NAPS {
                break;
            }
            if start.elapsed() >= self.limits.time {
                let time = self.limits.time;
                return Err(self.failed(format!("it has not ended within {time:?}")));
            }
        }
        let status = self.group.kill().map_err(|error| self.failed(error.to_string()))?;
        if status.success() {
            return Ok(std::mem::take(&mut self.heard));
        }
        Err(self.failed(format!("it ended with {status}")))
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), CaptureError> {
        if piece.len() > self.limits.output_bytes - self.heard.len() {
            let most = self.limits.output_bytes;
            return Err(self.failed(format!("it wrote more than {most} bytes to stdout")));
        }
        self.heard.extend_from_slice(piece);
        Ok(())
    }

    fn failed(&self, what: String) -> CaptureError {
        CaptureError::Failed { what, last_words: self.kept.last_words() }
    }
}
