//! Describes what a verdict belongs to: a hash of job, settings, data and start, and one of the verdict itself.

use compare::{Role, architecture::UpgradeVerdict};

use crate::{architecture_sections::KappaChoice, execute::identity::identity, experiment::ExperimentFile};

/// Returns the hash of all that makes a candidate: its job, the settings, the data, and where it began.
pub(super) fn revision(file: &ExperimentFile, choice: &KappaChoice) -> String {
    let facts = format!("{}\nstart = {}", identity(file, Role::Candidate), choice.start.name());
    blake3::hash(facts.as_bytes()).to_hex().to_string()
}

/// Returns the hash of a verdict, by which a switch names what it rests on.
pub(super) fn verdict_hash(verdict: &UpgradeVerdict) -> String {
    let text = serde_json::to_vec(verdict).expect("plain texts and numbers are JSON");
    blake3::hash(&text).to_hex().to_string()
}
