//! The seam of jobs outside of this process: a [`Link`] carries lines to a job and its answers back, and [`Attached`] makes
//! of it the version that the feed sees.
//!
//! A link knows how a job is reached, and nothing of records, decisions or the feed. The first is a child process
//! ([`Process`](crate::process::Process)); others live in crates of their own (`adapters/README.md`).

mod attached;

pub use crate::link_error::{LinkError, LinkFault};
pub use attached::{Attached, Wire, WriteLine};

use crate::{Control, Interrupted};

/// Takes one line of a job's, without its end; the error says why it is no answer.
pub type Answers<'a> = dyn FnMut(&[u8]) -> Result<(), LinkFault> + 'a;

/// Carries lines to a job that runs elsewhere, and its answers back.
///
/// [`Attached`] calls `begin` once, then `exchange` for each chunk, then `end` once. After an error it calls nothing more
/// and drops the link, which must leave nothing behind: no process, no connection, no file.
///
/// All time between a call and its return counts as the job's, but for `begin`. No call may wait for ever: a link has
/// deadlines of its own, and asks [`Control::check`] several times a second whether it is to stop.
pub trait Link: Send {
    /// Sends the header, the first line, and waits until the job is ready for records.
    fn begin(&mut self, header: &[u8], control: &Control) -> Result<(), Stop>;

    /// Sends `lines`, which are `records` whole lines, and hands each line that comes back to `out`, in order and until there
    /// is one for each. An error of `out` ends it, and is returned with the job's last words.
    fn exchange(
        &mut self,
        lines: &[u8],
        records: usize,
        control: &Control,
        out: &mut Answers<'_>,
    ) -> Result<(), Stop>;

    /// Says that there are no more records, and waits until the job has ended in good order.
    fn end(&mut self, control: &Control) -> Result<(), Stop>;
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
    },
}

impl From<Interrupted> for Stop {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<LinkFault> for Stop {
    fn from(fault: LinkFault) -> Self {
        Self::Failed { fault, last_words: String::new() }
    }
}
