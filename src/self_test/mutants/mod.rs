//! Mutants of the shipped jobs: each decides, or takes, what it should not.

mod decisions;
mod latency;
mod rules;
mod sizes;
mod state;

use super::Case;

/// Those that answer wrongly, or otherwise than the job that they are mutants of.
pub(super) fn of_accuracy() -> impl Iterator<Item = &'static Case> {
    [decisions::CASES, sizes::CASES, state::CASES, rules::CASES].into_iter().flatten()
}

/// Those that answer as they should, too slowly.
pub(super) fn of_latency() -> impl Iterator<Item = &'static Case> {
    latency::CASES.iter()
}
