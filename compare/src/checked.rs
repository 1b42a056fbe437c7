//! The findings of a problem's own check of decisions. A job's own count is not asked.

use crate::Divergence;

/// Holds what came of setting decisions, one number a record, against the records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// Is their cost, recomputed from them; nothing where they have none, because they don't stand or nothing is counted.
    pub cost: Option<u64>,
    /// Records without a decision (missing), decisions without a record (extra), wrong ones (changed), and the rest
    /// (equal).
    pub divergence: Divergence,
    /// Says how often each part of the [`Profile`](crate::Profile)'s range occurred; empty where the problem has none.
    pub profile: Vec<u64>,
    /// The first thing found wrong, as a sentence fragment.
    pub problem: Option<String>,
}
