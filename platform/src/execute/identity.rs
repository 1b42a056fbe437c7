//! Describes what checkpoints are of: those of anything else are refused when a run goes on.

use compare::{Pair, Role};
use serde::Serialize;
use toml::Table;

use crate::{error::Error, experiment::listed};

/// Sections and keys that change nothing in what one job does with its records. All others count, new ones among them.
const OF_NO_ACCOUNT: [&str; 10] = [
    // The path; dataset_blake3 says which data it leads to.
    "dataset",
    // Limits judge what a job has done.
    "gate",
    "replay.triggers",
    "replay.orders",
    // The store itself knows what has written it.
    "recovery.store",
    // A run with faults begins anew.
    "recovery.faults",
    // The same records in the same order, wherever they are kept.
    "serving.log",
    "serving.log_properties",
    // A view shows what is served, and is never asked.
    "serving.view",
    "serving.view_after",
];

/// Returns the facts that fix how the job in `role` goes on from a checkpoint, a line each.
///
/// `resolved` is an experiment's file with every default written out.
pub fn identity(resolved: &impl Serialize, role: Role) -> String {
    let mut keys = Table::try_from(resolved).expect("plain strings and numbers within 63 bits are TOML");
    let mut jobs = Pair::of(|role| keys.remove(role.name()));
    // Of the two jobs this one alone counts, whichever role it has.
    let job = jobs[role].take().and_then(|job| job.as_table().map(listed)).unwrap_or_default();
    let counts = |key: &str| {
        !OF_NO_ACCOUNT
            .iter()
            .any(|of| key.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    let facts = listed(&keys).into_iter().filter(|(key, _)| counts(key));
    let version = ("counterpoint".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    let lines = [version].into_iter().chain(job).chain(facts).map(|(key, value)| format!("{key} = {value}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Refuses checkpoints that are those of `found`, and says how that differs from this run's identity.
pub fn refuse(found: &str, own: &str) -> Error {
    let changes = changes(found, own);
    Error::input(format!("the checkpoints are those of another run: {}", datasets::shown(&changes)))
        .with_hint("undo the change, or begin anew with another --out; nothing was touched")
}

/// Says in which facts two identities differ; one that only the other has is `none`.
fn changes(found: &str, own: &str) -> String {
    let name = |line: &str| line.split_once(" = ").map_or("", |(name, _)| name).to_owned();
    let differing = |from: &str, other: &str| {
        let changed =
            from.lines().filter(|line| !other.lines().any(|found| found == *line)).map(str::to_owned);
        let names: Vec<String> = from.lines().map(name).collect();
        let absent = other.lines().map(name).filter(|name| !names.contains(name));
        changed.chain(absent.map(|name| format!("{name} = none"))).collect::<Vec<_>>().join(", ")
    };
    format!("they were taken with {}; this run has {}", differing(found, own), differing(own, found))
}
