//! A conversation with a process: lines out, as many lines back, each wait with an end.

use std::{
    io,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::Pid;

use super::{
    PeakMemory, ProcessLimits,
    group::Group,
    lines::{TooLong, count},
    pipes::{Pipes, lines_left},
    program::Program,
};
use crate::{
    Control, Interrupted,
    link::{Answers, LinkFault, Rows},
    link_error::quoted,
};

/// Between two looks at the stop signal and at whether the process is still there.
const NAP: Duration = Duration::from_millis(50);
/// Between two looks at a process that is about to end.
const BLINK: Duration = Duration::from_millis(1);
/// Says how long the last words of a killed process are collected.
const LISTEN: Duration = Duration::from_millis(200);
/// At each of the first so many exchanges, and then at one of so many, early answers are looked for.
const LOOKS: u32 = 16;
/// Between two looks at what a process has written that takes no more input.
const GLANCE: Duration = Duration::from_millis(5);

/// Why a conversation is over.
#[derive(Debug)]
pub(super) enum Halt {
    Interrupted,
    Fault(LinkFault),
}

impl From<Interrupted> for Halt {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<LinkFault> for Halt {
    fn from(fault: LinkFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Fault(LinkFault::Machine(error.to_string()))
    }
}

/// A process and our end of its pipes. Dropped, it is killed with all its children.
#[derive(Debug)]
pub(super) struct Running {
    group: Group,
    pipes: Pipes,
    limits: ProcessLimits,
    /// It has said so; whatever it writes behind that is looked at with the first records.
    is_ready: bool,
    exchanges: u32,
    /// Lines that came with its first have been handed on.
    listened: bool,
    /// Lines of the input at hand that have not been written, when that failed.
    unwritten: u64,
}

impl Running {
    /// Starts `program`; `scratch` is the folder of its own.
    pub(super) fn start(program: &Program, scratch: &Path, limits: ProcessLimits) -> Result<Self, LinkFault> {
        let (pipes, inner) = Pipes::new().map_err(|error| LinkFault::Machine(error.to_string()))?;
        let group = Group::start(program, scratch, inner)?;
        Ok(Self { group, pipes, limits, is_ready: false, exchanges: 0, listened: false, unwritten: 0 })
    }

    /// Its number.
    pub(super) fn id(&self) -> Pid {
        self.group.id()
    }

    /// Returns whether it writes when it likes.
    pub(super) fn listens(&self) -> bool {
        self.pipes.listens()
    }

    /// Sends the first line and hears one.
    pub(super) fn begin(
        &mut self,
        first: &[u8],
        control: &Control,
        out: &mut Answers<'_>,
    ) -> Result<(), Halt> {
        self.exchange(first, 1, control, out)?;
        self.is_ready = true;
        Ok(())
    }

    /// Makes sure that nothing has come that wasn't asked for. A line too many is found whenever it comes; this is for a job
    /// that answers records before it gets them, again and again, so now and then will do: a look costs as much as a write.
    pub(super) fn refuse_early(&mut self) -> Result<(), Halt> {
        self.exchanges = self.exchanges.wrapping_add(1);
        if self.exchanges <= LOOKS || self.exchanges.is_multiple_of(LOOKS) {
            self.pipes.read_stdout()?;
        }
        Ok(self.refuse_unasked()?)
    }

    /// Sends `input`, whole lines, and hears as many lines back.
    pub(super) fn exchange(
        &mut self,
        input: &[u8],
        wanted: usize,
        control: &Control,
        mut hear: impl FnMut(&[u8]) -> Result<(), LinkFault>,
    ) -> Result<(), Halt> {
        let mut written = self.pipes.write(input)?;
        let (mut heard, mut moved_at) = (0, Instant::now());
        loop {
            let sent = if written == input.len() { wanted } else { count(&input[..written]) };
            while heard < sent
                && let Some(line) = next_line(&mut self.pipes, &self.limits)?
            {
                hear(line)?;
                heard += 1;
            }
            if heard == sent && self.is_ready {
                self.refuse_unasked()?;
            }
            if heard == wanted {
                return Ok(());
            }
            if !self.pipes.may_answer() {
                return Err(self.silent(control)?.into());
            }
            control.check()?;
            let moved = self.pipes.turn(&input[written..], NAP)?;
            written += moved.written;
            if moved.anything() {
                moved_at = Instant::now();
            } else {
                self.check_alive(moved_at.elapsed(), written < input.len(), control)?;
            }
        }
    }

    /// Sends `input`, whole lines, and hears the lines that have come until then.
    pub(super) fn send(&mut self, input: &[u8], control: &Control, out: &mut Rows<'_>) -> Result<(), Halt> {
        self.pipes.listen()?;
        let mut written = 0;
        let sent = self.send_from(&mut written, input, control, out);
        if sent.is_err() {
            self.unwritten = count(&input[written..]) as u64;
        }
        sent
    }

    fn send_from(
        &mut self,
        written: &mut usize,
        input: &[u8],
        control: &Control,
        out: &mut Rows<'_>,
    ) -> Result<(), Halt> {
        let mut idle_since = None;
        loop {
            let wrote = self.pipes.write(&input[*written..])?;
            *written += wrote;
            let heard = self.hear(out)?;
            if *written == input.len() {
                return Ok(());
            }
            control.check()?;
            if wrote > 0 || heard {
                idle_since = None;
            } else {
                let idle = idle_since.get_or_insert_with(Instant::now).elapsed();
                self.check_alive(idle, true, control)?;
            }
            if !self.pipes.takes_input() {
                std::thread::sleep(BLINK);
            }
            self.pipes.wait_to_write(GLANCE)?;
        }
    }

    /// Hands on the lines that have come; whether anything has.
    fn hear(&mut self, out: &mut Rows<'_>) -> Result<bool, Halt> {
        let blocks = self.pipes.heard()?;
        if !self.listened {
            // Behind its first line there may have been others.
            self.listened = true;
            while let Some(line) = next_line(&mut self.pipes, &self.limits)? {
                out(line, Instant::now())?;
            }
        }
        for block in &blocks {
            self.pipes.lines.push(&block.bytes);
            while let Some(line) = next_line(&mut self.pipes, &self.limits)? {
                out(line, block.at)?;
            }
        }
        Ok(!blocks.is_empty())
    }

    /// Ends the input, hears what still comes, and waits for the process to end in good order. It may take its time for as
    /// long as it goes on writing.
    pub(super) fn end(
        &mut self,
        control: &Control,
        peak_memory: &PeakMemory,
        out: &mut Rows<'_>,
    ) -> Result<(), Halt> {
        self.pipes.listen()?;
        let left = self.pipes.other_end();
        self.pipes.end_input();
        let mut moved_at = Instant::now();
        let mut ended_at = None;
        while self.pipes.may_answer() || self.pipes.may_complain() || ended_at.is_none() {
            control.check()?;
            if ended_at.is_none() {
                peak_memory.note(self.group.id());
            }
            let wait = if self.pipes.may_answer() || self.pipes.may_complain() { NAP } else { BLINK };
            self.pipes.wait_to_hear(wait)?;
            if self.hear(out)? {
                moved_at = Instant::now();
            }
            if ended_at.is_none() && self.group.has_ended() {
                ended_at = Some(Instant::now());
            }
            if ended_at.is_some_and(|at| at.elapsed() >= self.limits.pipe_grace) {
                break;
            }
            if ended_at.is_none() && moved_at.elapsed() >= self.limits.stall {
                return Err(self.terminate(moved_at.elapsed(), control)?.into());
            }
        }
        self.hear(out)?;
        let status = self.group.kill()?;
        self.unwritten += left.map_or(0, |mut left| lines_left(&mut left));
        if self.unwritten > 0 {
            return Err(LinkFault::EndedEarly { status: status.to_string() }.into());
        }
        if !status.success() {
            return Err(LinkFault::Failed { status: status.to_string() }.into());
        }
        match self.pipes.lines.rest() {
            [] => Ok(()),
            rest => Err(LinkFault::PartialLine(quoted(rest)).into()),
        }
    }

    /// Lines that were to be sent and were not read, as far as that is known.
    pub(super) fn unread(&self) -> u64 {
        self.unwritten + self.pipes.unread_lines()
    }

    /// Ends the input of a process that writes only what it is asked for, and waits for it to end in good order.
    pub(super) fn finish(&mut self, control: &Control) -> Result<(), Halt> {
        self.pipes.read_stdout()?;
        self.refuse_unasked()?;
        self.pipes.end_input();
        let start = Instant::now();
        let mut ended_at = None;
        while self.pipes.may_answer() || self.pipes.may_complain() || ended_at.is_none() {
            control.check()?;
            let wait = if self.pipes.may_answer() || self.pipes.may_complain() { NAP } else { BLINK };
            self.pipes.turn(&[], wait)?;
            self.refuse_unasked()?;
            if ended_at.is_none() && self.group.has_ended() {
                ended_at = Some(Instant::now());
            }
            // Children that it left behind may hold its pipes open; nobody waits for them.
            if ended_at.is_some_and(|at| at.elapsed() >= self.limits.pipe_grace) {
                break;
            }
            if ended_at.is_none() && start.elapsed() >= self.limits.drain {
                return Err(self.terminate(self.limits.drain, control)?.into());
            }
        }
        let status = self.group.kill()?;
        if status.success() { Ok(()) } else { Err(LinkFault::Failed { status: status.to_string() }.into()) }
    }

    /// Kills it, and returns the end of what it wrote to stderr.
    pub(super) fn last_words(mut self) -> String {
        // Whatever keeps it from ending, there is nothing more to be had from it.
        let _ = self.group.kill();
        let start = Instant::now();
        while self.pipes.may_complain() && start.elapsed() < LISTEN {
            if self.pipes.wait_to_hear(BLINK).is_err() {
                break;
            }
        }
        self.pipes.last_words()
    }

    /// Whatever lies in stdout now was not asked for.
    fn refuse_unasked(&self) -> Result<(), LinkFault> {
        match self.pipes.lines.rest() {
            [] => Ok(()),
            rest => Err(LinkFault::Unasked(quoted(first_line(rest)))),
        }
    }

    /// Nothing has moved for `idle`: whether that may go on.
    fn check_alive(&mut self, idle: Duration, unwritten: bool, control: &Control) -> Result<(), Halt> {
        // What was written may all lie in a pipe that is wide enough, and then nothing fails that tells of its end.
        let is_deaf = unwritten && !self.pipes.takes_input() || self.pipes.is_left_unread()?;
        if (is_deaf || self.group.has_ended()) && idle >= self.limits.pipe_grace {
            return Err(self.silent(control)?.into());
        }
        if idle >= self.limits.stall {
            return Err(self.stalled(idle, unwritten, control)?.into());
        }
        Ok(())
    }

    /// It won't answer any more: whether because it has ended, or how else.
    fn silent(&mut self, control: &Control) -> Result<LinkFault, Halt> {
        self.wait_for_end(self.limits.pipe_grace, control)?;
        if !self.group.has_ended() {
            let is_open = self.pipes.may_answer();
            return Ok(if is_open { LinkFault::ClosedInput } else { LinkFault::ClosedOutput });
        }
        let status = self.group.kill()?;
        Ok(match self.pipes.lines.rest() {
            rest @ [_, ..] if status.success() => LinkFault::PartialLine(quoted(rest)),
            _ => LinkFault::EndedEarly { status: status.to_string() },
        })
    }

    /// It does nothing: whether because it doesn't read, doesn't answer, or keeps its answers back.
    fn stalled(&mut self, idle: Duration, unwritten: bool, control: &Control) -> Result<LinkFault, Halt> {
        let ms = idle.as_millis();
        if unwritten || self.pipes.unread() > 0 {
            return Ok(LinkFault::Unread(ms));
        }
        self.pipes.end_input();
        let end = Instant::now() + self.limits.pipe_grace;
        while self.pipes.may_answer() && Instant::now() < end {
            control.check()?;
            self.pipes.turn(&[], NAP)?;
            if next_line(&mut self.pipes, &self.limits)?.is_some() {
                return Ok(LinkFault::Buffers);
            }
        }
        Ok(LinkFault::Unanswered(ms))
    }

    /// It didn't end when its input did: it is asked to, before it is killed.
    fn terminate(&mut self, idle: Duration, control: &Control) -> Result<LinkFault, Halt> {
        self.group.terminate();
        self.wait_for_end(self.limits.terminate, control)?;
        Ok(LinkFault::Hung(idle.as_millis()))
    }

    fn wait_for_end(&mut self, patience: Duration, control: &Control) -> Result<(), Halt> {
        let start = Instant::now();
        while !self.group.has_ended() && start.elapsed() < patience {
            control.check()?;
            std::thread::sleep(BLINK);
        }
        Ok(())
    }
}

fn next_line<'a>(pipes: &'a mut Pipes, limits: &ProcessLimits) -> Result<Option<&'a [u8]>, LinkFault> {
    pipes.lines.next(limits.line_bytes).map_err(|TooLong| LinkFault::LongLine(limits.line_bytes))
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == b'\n').next().unwrap_or_default()
}
