//! Describes what a replay came to, and what it went through.

use stream::Concluded;

use super::{Account, Fault};

/// A fault that struck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Holds what struck.
    pub fault: Fault,
    /// The incarnation that it struck, counted from 1.
    pub incarnation: u64,
    /// Says how many records had been read then.
    pub position: u64,
    /// From which record the next incarnation went on, if it took one.
    pub resumed_at: Option<u64>,
}

/// Describes what a replay came to, and what it went through.
#[derive(Debug, Clone)]
pub struct Survived {
    /// Holds what the job has concluded; its answer and firings are those that were delivered.
    pub concluded: Concluded,
    /// Records that the final state doesn't hold, or holds again.
    pub account: Account,
    /// Says whether rows were delivered from a state that lacked records or held some again: they may carry other
    /// values.
    pub was_disturbed: bool,
    /// The faults that struck, in their order.
    pub witnesses: Vec<Witness>,
    /// Incarnations of the job.
    pub incarnations: u64,
    /// Checkpoints that were completed, those from which it was gone on with among them.
    pub checkpoints: u64,
    /// Bytes of states and changes that were committed.
    pub checkpoint_bytes: u64,
    /// Commits of zombies that were refused.
    pub refused: u64,
    /// Records that the source delivered again and that were known by their position.
    pub known_again: u64,
    /// Stores that were given up for damage, with the reason; the replay then began anew.
    pub given_up: Vec<String>,
    /// Torn rows that were cut from the output.
    pub torn: u64,
    /// Time spent inside the job.
    pub job_ns: u64,
    /// Time spent on checkpoints.
    pub checkpoint_ns: u64,
    /// Time spent on recoveries.
    pub recovery_ns: u64,
}

impl Survived {
    pub(super) fn new() -> Self {
        Self {
            concluded: Concluded::default(),
            account: Account::default(),
            was_disturbed: false,
            witnesses: Vec::new(),
            incarnations: 0,
            checkpoints: 0,
            checkpoint_bytes: 0,
            refused: 0,
            known_again: 0,
            given_up: Vec::new(),
            torn: 0,
            job_ns: 0,
            checkpoint_ns: 0,
            recovery_ns: 0,
        }
    }
}
