//! Describes what a run with checkpoints and faults went through: the shape of it in `results.json`, and its check.

use datasets::Guarantee;
use serde::{Deserialize, Serialize};

use crate::{
    Check, Outcome, Unit,
    verdict::{Held, check, pass_if},
};

/// One version's checkpoints, faults and what they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoveryResult {
    /// Holds what was promised of each record.
    pub guarantee: Guarantee,
    /// A checkpoint is taken after so many records each.
    pub checkpoint_every: u64,
    /// Holds what a checkpoint survives: `process` or `power`.
    pub durability: String,
    /// Where checkpoints are kept.
    pub store: String,
    /// Where rows are delivered: `file`, `store`, `parquet` or `postgres`.
    pub sink: String,
    /// Checkpoints that were completed.
    pub checkpoints: u64,
    /// Incarnations of the job: one more than it was restored.
    pub incarnations: u64,
    /// The faults that struck, in their order.
    pub faults: Vec<FaultResult>,
    /// Records that the final state doesn't hold.
    pub lost: u64,
    /// Says how often the final state took a record in that it had already.
    pub repeated: u64,
    /// Rows that a run without faults delivers and this one never did.
    pub rows_missing: u64,
    /// Rows that were delivered beyond those of a run without faults: again, or others.
    pub rows_extra: u64,
    /// Rows with values that no run without faults delivers, and that no lost or repeated record explains.
    #[serde(default)]
    pub rows_unexplained: u64,
    /// Says whether the answer is that of a run without faults.
    pub same_answer: bool,
    /// Commits of zombies that were refused.
    pub zombies_refused: u64,
    /// Records that the source delivered again and that were known by their position.
    pub known_again: u64,
    /// Torn rows that were cut from the output.
    pub torn_rows: u64,
    /// Stores that were given up for damage, with the reason; all was done again then.
    pub given_up: Vec<String>,
}

/// A fault that struck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultResult {
    /// Holds what it was.
    pub fault: String,
    /// The incarnation that it struck, counted from 1.
    pub incarnation: u64,
    /// Says how many records had been read.
    pub position: u64,
    /// From which record the next incarnation went on, if it took one.
    pub resumed_at: Option<u64>,
}

impl RecoveryResult {
    /// Returns what is broken of the guarantee, if anything is.
    pub fn breach(&self) -> Option<String> {
        let Self { lost, repeated, rows_missing, rows_extra, rows_unexplained, .. } = self;
        let is_disturbed = [lost, repeated, rows_missing, rows_extra].into_iter().any(|count| *count > 0);
        match self.guarantee {
            Guarantee::AtMostOnce if *repeated > 0 => Some(format!("{repeated} records are repeated")),
            Guarantee::AtLeastOnce if *lost > 0 => Some(format!("{lost} records are lost")),
            // Where records are repeated, rows carry other values.
            Guarantee::AtLeastOnce if *repeated == 0 && *rows_missing > 0 => {
                Some(format!("{rows_missing} rows were never delivered"))
            }
            Guarantee::ExactlyOnce if is_disturbed || !self.same_answer => Some(format!(
                "{lost} records are lost, {repeated} are repeated, {rows_missing} rows were never delivered, {rows_extra} \
                 too many"
            )),
            _ if *rows_unexplained > 0 => {
                Some(format!("{rows_unexplained} rows carry values that no lost or repeated record explains"))
            }
            _ => None,
        }
    }
}

/// Holds the guarantee of `role` against what happened: a runtime that breaks its word makes the run invalid.
pub(crate) fn guarantee_check(role: &str, recovery: &RecoveryResult) -> Check {
    let breach = recovery.breach();
    let outcome = if breach.is_some() { Outcome::Invalid } else { pass_if(true) };
    let struck = recovery.faults.len();
    let kept = || match struck {
        0 => format!("{}: no fault struck {role}", recovery.guarantee),
        _ => format!(
            "{}: {struck} faults struck {role}; {} records are lost, {} are repeated",
            recovery.guarantee, recovery.lost, recovery.repeated
        ),
    };
    let value = u64::from(breach.is_some()) as f64;
    let note =
        breach.map_or_else(kept, |breach| format!("{} is broken for {role}: {breach}", recovery.guarantee));
    check("guarantee", Held { unit: Unit::Rows, limit: 0.0, value }, outcome, note)
}
