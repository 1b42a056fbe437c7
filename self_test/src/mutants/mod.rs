//! Mutants of the jobs that pack: each decides, or takes, what it should not.

mod checks;
mod decisions;
mod latency;
mod rules;
mod sizes;
mod state;

use datasets::Item;

use super::case::{Group, Kind, Part};

/// All of them.
pub(super) fn groups() -> Vec<Group<Item>> {
    let of_accuracy = [decisions::CASES, sizes::CASES, state::CASES, rules::CASES, checks::CASES].concat();
    vec![(Kind::Mutant, Part::Accuracy, of_accuracy), (Kind::Mutant, Part::Latency, latency::CASES.to_vec())]
}

/// Those of the reference.
pub(super) fn of_the_reference() -> Vec<Group<Item>> {
    vec![(Kind::Mutant, Part::Accuracy, checks::OF_THE_REFERENCE.to_vec())]
}
