//! The state that attached jobs have in common, however they answer: their link, and what becomes of it.

use std::sync::Arc;

use stream::JobError;

use super::{Answers, Link, LinkError, LinkFault, Stop, Wire, wire::Lines};
use crate::Control;

/// A job behind a link. Its first failure stops the replay through [`Control::fail`].
#[derive(Debug)]
pub(super) struct Connection<R, L> {
    pub(super) wire: Arc<Wire<R>>,
    pub(super) control: Arc<Control>,
    /// `None` where there never was one, and after any failure.
    pub(super) link: Option<L>,
    pub(super) lines: Lines,
    is_ready: bool,
}

impl<R, L: Link> Connection<R, L> {
    pub(super) fn new(wire: &Arc<Wire<R>>, control: &Arc<Control>) -> Self {
        let (wire, control) = (Arc::clone(wire), Arc::clone(control));
        Self { wire, control, link: None, lines: Lines::default(), is_ready: false }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.is_ready || self.link.is_none()
    }

    /// Sends the first line once, and waits until the job is ready. The error is why it will never be.
    pub(super) fn begin(&mut self, hear: &mut Answers<'_>) -> Result<(), Stop> {
        let Some(link) = &mut self.link else { return Ok(()) };
        if self.is_ready {
            return Ok(());
        }
        link.begin(&self.wire.first_line(), &self.control, hear)?;
        self.is_ready = true;
        Ok(())
    }

    /// Is of no more use; `error` makes of the job's fault what is told.
    pub(super) fn fail(&mut self, stop: Stop, place: impl FnOnce(u64) -> Place) {
        self.link = None;
        let Stop::Failed { fault, last_words, unread } = stop else { return };
        let place = if self.is_ready { place(unread) } else { Place { record: None, emits: false } };
        self.control.fail(LinkError {
            role: self.wire.role,
            name: self.wire.name.clone(),
            record: place.record,
            emits: place.emits,
            fault,
            last_words,
        });
    }

    /// Why there are no more answers, if that is so.
    pub(super) fn failed(&self) -> Option<JobError> {
        self.control.failure().map(|error| JobError {
            record: error.record.unwrap_or(0),
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
        })
    }
}

/// Where a job was when it failed.
pub(super) struct Place {
    /// The record that has no answer, or that wasn't read.
    pub(super) record: Option<u64>,
    pub(super) emits: bool,
}

/// The fault of a job that wrote another first line than the one that it was to send back.
pub(super) fn is_echo(line: &[u8], expected: &[u8]) -> Result<(), LinkFault> {
    let quoted = crate::link_error::quoted;
    let fault = || LinkFault::Header { expected: quoted(expected), found: quoted(line) };
    if line == expected { Ok(()) } else { Err(fault()) }
}
