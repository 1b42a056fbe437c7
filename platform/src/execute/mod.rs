//! Executes an experiment: read, compute the reference, replay both versions, compare, judge. Writes nothing.
//!
//! Each activity is a [`Visit`](crate::erased::Visit) of a problem: [`Verify`], [`Reference`], [`Run`], [`Replay`],
//! [`Survive`], and for the latency [`Replicate`](crate::latency::Replicate). All but the first two work with a trial.

mod aligned;
#[cfg(test)]
mod amplified;
mod costs;
mod handover;
pub mod identity;
mod judge;
mod noise;
mod outside;
mod over_time;
mod parallel;
mod parting;
mod prefixes;
pub mod recover;
mod reference;
mod replay_one;
mod run;
pub(crate) mod sinks;
mod streamed;
mod sweep;
mod timing;

use compare::{Checked, Ledger, Pair, RecoveryResult, ReferenceResult, Results, Timings};
use datasets::Keys;
use replay::{FeederReport, Latency, Replayed};
use stream::Proven;

use crate::problem::{Computed, Decided};

pub use judge::dataset_id;
pub use recover::Spent;
pub use reference::{Reference, Verify};
pub use replay_one::{Replay, Survive};
pub use run::Run;
pub use sinks::remove_sinks;
pub use timing::feeder_result;

pub use crate::kappa::{MeasureUpgrade, ServedAtEnd, UpgradeInFolder, UpgradeSpeed};
pub use crate::trial::Given;

/// Everything a run leaves behind.
pub struct FinishedRun {
    /// The part that is the same each time.
    pub results: Results,
    /// The times, and the verdict on them.
    pub timings: Timings,
    /// The answers, as they are written.
    pub answers: Answers,
    /// Stable's latencies and the candidate's.
    pub latencies: Pair<Latency>,
    /// Describes what subscribers saw when the candidate took over, row by row, as CSV; nothing if it didn't.
    pub changelog: Option<String>,
}

/// The answers of a run.
pub struct Answers {
    /// The batch answer.
    pub reference: datasets::Answer,
    /// The answers of both versions.
    pub versions: Pair<Given>,
    /// Holds what decisions are called.
    pub column: &'static str,
    /// The texts of tables.
    pub keys: Keys,
}

/// The reference alone.
pub struct FinishedReference {
    /// The reference as the results have it.
    pub described: ReferenceResult,
    /// The reference's answer and bounds.
    pub computed: Computed,
    /// Holds what a cost counts, in the plural; nothing where there is none.
    pub unit: Option<&'static str>,
    /// Holds what decisions are called.
    pub column: &'static str,
    /// Holds what is wrong with it, if anything.
    pub problem: Option<String>,
    /// The texts of tables.
    pub keys: Keys,
}

/// One job alone.
pub struct FinishedReplay {
    /// The account of all records.
    pub ledger: Ledger,
    /// The answer.
    pub given: Given,
    /// Decisions held against the records, where the answer is one.
    pub judged: Option<JudgedDecisions>,
    /// Its checkpoints and the faults that struck, where it ran with any.
    pub recovered: Option<RecoveryResult>,
    /// The texts of tables.
    pub keys: Keys,
    /// The times of the replay.
    pub replayed: Replayed,
    /// The punctuality of a paced replay's feeder.
    pub feeder: Option<FeederReport>,
    /// Holds what checkpoints have cost, where there were any.
    pub spent: Option<Spent>,
}

/// The decisions of one job alone, held against the records.
pub struct JudgedDecisions {
    /// Holds what they are called.
    pub column: &'static str,
    /// Holds what a cost counts, in the plural; nothing where there is none.
    pub unit: Option<&'static str>,
    /// The decisions held against the records.
    pub checked: Checked,
    /// The proven ratios of the job.
    pub proven: Proven,
}

impl FinishedReplay {
    /// Returns what is wrong with the answer in itself, or with how it came about.
    pub fn problem(&self) -> Option<String> {
        let of_decisions = self.judged.as_ref().and_then(|judged| judged.checked.problem.clone());
        of_decisions.or_else(|| self.recovered.as_ref().and_then(RecoveryResult::breach))
    }
}

/// Returns what decisions are called; nothing where there are none.
fn column<R>(decided: Option<&Decided<R>>) -> &'static str {
    decided.map_or("", |decided| decided.column)
}
