//! The seam of jobs outside of this process: a [`Link`] carries lines to a job and back. [`Attached`] makes a version that
//! decides of a job that replies to each record, [`Emitting`] one that concludes with a table of a job that emits rows.
//!
//! A link knows how a job is reached, and nothing of records, answers or the feed. The first is a child process
//! ([`Process`](crate::process::Process)); others live in crates of their own (`adapters/README.md`).

mod attached;
mod connection;
mod emissions;
mod emit;
mod emitting;
mod json_lines;
mod rows;
mod topics;
mod wire;

use std::time::Instant;

pub use crate::link_error::{LinkError, LinkFault, TwoRows};
pub use attached::Attached;
pub use emissions::Emissions;
pub use emit::{Emit, Emitted, Format, HandedOver, Mode, Output};
pub use emitting::Emitting;
pub use json_lines::{JsonColumn, JsonLines, JsonValue};
pub use topics::{
    Encoding, HandOver, JobTopics, MessageFormat, MessageValue, Phase, ReplayTopics, RowMessages,
    ThroughTopics,
};
pub use wire::{Input, WholeLines, Wire, WriteLine};

use crate::{Control, Interrupted};

/// Takes one line of a job's, without its end; the error says why it is no answer.
pub type Answers<'a> = dyn FnMut(&[u8]) -> Result<(), LinkFault> + 'a;

/// Takes one line of a job's, without its end, and when it came; the error says why it is no row.
pub type Rows<'a> = dyn FnMut(&[u8], Instant) -> Result<(), LinkFault> + 'a;

/// Carries lines to a job that runs elsewhere, and its own back.
///
/// `begin` is called once; then, again and again, `exchange` by [`Attached`], whose job answers each record, or `send` by
/// [`Emitting`], whose job writes when it likes; then `end`, once. After an error nothing more is called and the link is
/// dropped, which must leave nothing behind: no process, no connection, no file.
///
/// All time between a call and its return counts as the job's, but for `begin`. No call may wait for ever: a link has
/// deadlines of its own, and asks [`Control::check`] several times a second whether it is to stop. An error of `out` ends a
/// call, and is returned with the job's last words.
pub trait Link: Send {
    /// Sends `first`, the line that names the columns, and waits until the job is ready: `out` gets the first line that
    /// comes back.
    fn begin(&mut self, first: &[u8], control: &Control, out: &mut Answers<'_>) -> Result<(), Stop>;

    /// Sends `lines`, which are `records` whole lines, and hands each line that comes back to `out`, in order and until there
    /// is one for each.
    fn exchange(
        &mut self,
        lines: &[u8],
        records: usize,
        control: &Control,
        out: &mut Answers<'_>,
    ) -> Result<(), Stop>;

    /// Sends `lines`, whole lines, and hands on the lines that have come until then; it waits for none. It never waits for
    /// the job to read while the job waits to be read. Where one job hands over to another, the call with the last record of
    /// the first returns when that has ended and its rows are handed on.
    fn send(&mut self, lines: &[u8], control: &Control, out: &mut Rows<'_>) -> Result<(), Stop>;

    /// Says that there are no more records, hands on the lines that still come, and waits until the job has ended in good
    /// order. A last line without an end is a fault.
    fn end(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop>;
}

impl<L: Link + ?Sized> Link for Box<L> {
    fn begin(&mut self, first: &[u8], control: &Control, out: &mut Answers<'_>) -> Result<(), Stop> {
        (**self).begin(first, control, out)
    }

    fn exchange(
        &mut self,
        lines: &[u8],
        records: usize,
        control: &Control,
        out: &mut Answers<'_>,
    ) -> Result<(), Stop> {
        (**self).exchange(lines, records, control, out)
    }

    fn send(&mut self, lines: &[u8], control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        (**self).send(lines, control, out)
    }

    fn end(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        (**self).end(control, out)
    }
}

/// Says why a link is of no more use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The replay was told to stop.
    Interrupted,
    /// The job, or the way to it, failed.
    Failed {
        /// Holds what happened.
        fault: LinkFault,
        /// The last that the job complained of, in words of the link's own that an error's message ends with: `its stderr
        /// ends with: no room`. Made harmless for a terminal; empty when nothing is known.
        last_words: String,
        /// Of the lines that were to be sent, so many were not read, as far as the link knows.
        unread: u64,
    },
}

impl From<Interrupted> for Stop {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<LinkFault> for Stop {
    fn from(fault: LinkFault) -> Self {
        Self::Failed { fault, last_words: String::new(), unread: 0 }
    }
}
