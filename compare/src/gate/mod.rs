//! The gate: limits in, checks with outcomes out.

mod costs;
mod decisions;
mod rows;
mod trust;
mod upgrade;

pub use upgrade::{ServedAnswers, upgrade_verdict};

use crate::{
    Amount, DecisionChanges, Objective, Orders, ReferenceResult, Regressions, RowDifferences, Verdict,
    VersionResult,
};

/// Describes what the candidate must keep to. A limit that is `None` isn't checked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// The competitive ratio, at most.
    pub competitive_ratio: Option<f64>,
    /// The candidate's cost over stable's less one, at most: 0.0 is "not worse".
    pub competitive_ratio_increase: Option<f64>,
    /// Rows of the answer that may be wrong; of a packing none unless this says otherwise.
    pub divergence: Option<Amount>,
    /// Rows of a table that may be worse than stable's.
    pub divergence_increase: Option<Amount>,
    /// Records that the candidate may drop for coming late.
    pub late: Option<Amount>,
    /// Records of which the candidate may have emitted nothing when the input ends.
    pub not_emitted: Option<Amount>,
    /// Records that the candidate may refuse.
    pub rejected: Option<Amount>,
    /// Records that may lie in none of the candidate's windows.
    pub no_window: Option<Amount>,
    /// Records that the candidate may leave out for whatever reason: late, not emitted, rejected, in no window and lost together.
    pub left_out: Option<Amount>,
    /// Records on which the candidate may decide otherwise than stable, or rows of a table that it may answer otherwise:
    /// 0 for a change that must change nothing.
    pub decision_changes: Option<Amount>,
    /// The candidate's time a record over stable's less one, at most: for its mean, median and p90.
    pub latency_increase: Option<f64>,
    /// Holds the same for p95 and p99, which need a wide margin.
    pub latency_tail_increase: Option<f64>,
    /// The candidate's p99 from due time, at most.
    pub latency_p99_ns: Option<u64>,
    /// By how much of stable's records a second the candidate's may be lower, below 1.
    pub throughput_decrease: Option<f64>,
    /// The most memory that the candidate's process may hold at once.
    pub peak_memory_bytes: Option<u64>,
    /// The candidate's peak memory over stable's less one, at most.
    pub peak_memory_increase: Option<f64>,
    /// Records by which a batch view that is served may lie behind the log.
    pub view_age: Option<u64>,
}

/// Everything the accuracy checks look at.
#[derive(Debug, Clone, Copy)]
pub struct Accuracy<'a> {
    /// Says what answers are to keep low or high.
    pub objective: &'a Objective,
    /// Holds what the batch side computed.
    pub reference: &'a ReferenceResult,
    /// The version in service.
    pub stable: &'a VersionResult,
    /// The version that is to replace it.
    pub candidate: &'a VersionResult,
    /// The candidate's answer held against stable's.
    pub answers: Compared<'a>,
    /// Tells what shows that the reference can't be trusted, if anything.
    pub reference_problem: Option<&'a str>,
    /// Costs over shuffled orders.
    pub orders: Option<&'a Orders>,
}

/// The candidate's answer held against stable's, and what makes either doubtful.
#[derive(Debug, Clone, Copy)]
pub enum Compared<'a> {
    /// Of decisions.
    Decisions {
        /// Record by record, whether the two decided alike.
        changes: DecisionChanges,
        /// Tells what is wrong with an answer, if anything: stable's and the candidate's.
        problems: [Option<&'a str>; 2],
    },
    /// Of tables.
    Table {
        /// Row by row.
        changes: &'a RowDifferences,
        /// Where the candidate's answer is worse than stable's.
        regressions: &'a Regressions,
    },
}

impl Accuracy<'_> {
    fn is_noisy(&self) -> bool {
        self.stable.noise.is_some() || self.candidate.noise.is_some()
    }

    fn roles(&self) -> [(&'static str, &VersionResult); 2] {
        [("stable", self.stable), ("candidate", self.candidate)]
    }
}

/// Judges the answers. Of deterministic jobs exactly: no statistics, the same every time. Of others by what exceeds
/// the differences between their own runs.
///
/// What is asked of the answers follows from what they are; what is asked of costs, from whether there are any. A limit
/// that nothing can be held against is never passed over.
pub fn accuracy_verdict(limits: &Limits, seen: &Accuracy<'_>) -> Verdict {
    let mut checks = match seen.answers {
        Compared::Decisions { changes, problems } => decisions::checks(limits, seen, changes, problems),
        Compared::Table { changes, regressions } => rows::checks(limits, seen, changes, regressions),
    };
    checks.extend(costs::checks(limits, seen));
    checks.extend(trust::checks(seen));
    if let Compared::Decisions { .. } = seen.answers {
        checks.extend(rows::not_of_decisions(limits));
    }
    if seen.objective == &Objective::None {
        checks.extend(costs::not_without_costs(limits));
    }
    Verdict::of(checks, Vec::new())
}
