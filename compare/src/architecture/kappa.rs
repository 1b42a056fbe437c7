//! A run under Kappa: one streaming job serves, another reprocesses the log beside it and takes over.

use serde::{Deserialize, Serialize};

use super::{AnsweredBy, Changelog, Healing, Parted, Transition, UpgradeVerdict, Work};
use crate::{
    Check, Outcome, Pair, Unit, Wrongness,
    verdict::{Held, check},
};

/// Describes what came of an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpgradeEnd {
    /// The candidate serves.
    TookOver,
    /// It had taken over, and stable serves again, as was asked for.
    RolledBack,
    /// The candidate was dropped, and stable has served throughout.
    Dropped,
    /// Nothing could be judged before the log ended: stable has served throughout.
    Undecided,
}

/// A run under Kappa.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KappaResult {
    /// Describes what came of the upgrade.
    pub end: UpgradeEnd,
    /// Why the candidate was dropped, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<String>,
    /// Where the candidate began: `beginning`, or `state`.
    pub start: String,
    /// Records that the log held when the candidate was started; nothing if it never was.
    pub started_at: Option<u64>,
    /// Records that it held when the candidate had caught up; nothing if it never did.
    pub arrived_at: Option<u64>,
    /// Records that it held at the switch.
    pub switched_at: Option<u64>,
    /// Records that it held when stable was switched back to.
    pub rolled_back_at: Option<u64>,
    /// All changes of state.
    pub transitions: Vec<Transition>,
    /// How far the candidate was behind.
    pub lag: Vec<LagPoint>,
    /// When it was said to catch up, told before the start and on the way.
    pub estimates: Vec<ArrivalEstimate>,
    /// Describes what it was judged by; nothing if it was dropped before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<UpgradeVerdict>,
    /// Where the two first served different answers, if they ever did before the switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parted: Option<Parted>,
    /// Describes what subscribers saw at the switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<Changelog>,
    /// Describes what they saw when stable came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Changelog>,
    /// Who answered for which records, each exactly once.
    pub ledger: Vec<AnsweredBy>,
    /// Describes what both had to do.
    pub work: Pair<Work>,
    /// When a planted bug was put right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healing: Option<Healing>,
    /// How far what was served was from the truth, all the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Wrongness>,
}

impl KappaResult {
    /// Returns the check that a candidate takes over. One of which nothing was shown is undecided, never a pass.
    pub fn check(&self) -> Check {
        let why = || self.dropped.clone().unwrap_or_default();
        let at = |records: Option<u64>| {
            records.map_or_else(String::new, |records| format!(" at record {records}"))
        };
        let (outcome, note) = match self.end {
            UpgradeEnd::TookOver => {
                (Outcome::Pass, format!("the candidate took over{}", at(self.switched_at)))
            }
            UpgradeEnd::RolledBack => (
                Outcome::Pass,
                format!(
                    "the candidate took over{}, and stable again{}",
                    at(self.switched_at),
                    at(self.rolled_back_at)
                ),
            ),
            UpgradeEnd::Dropped => (Outcome::Fail, format!("the candidate was dropped: {}", why())),
            UpgradeEnd::Undecided => {
                (Outcome::Inconclusive, format!("the candidate was neither passed nor failed: {}", why()))
            }
        };
        let value = u64::from(outcome != Outcome::Pass) as f64;
        check("upgrade", Held { unit: Unit::Rows, limit: 0.0, value }, outcome, note)
    }
}

/// How far the candidate was behind the log's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LagPoint {
    /// Records that the log held.
    pub records: u64,
    /// Recorded time, in milliseconds since the log began.
    pub time_ms: i64,
    /// Records that the candidate had yet to read.
    pub lag: u64,
}

/// When the candidate was said to catch up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrivalEstimate {
    /// Records that the log held when it was said.
    pub records: u64,
    /// Recorded time then, in milliseconds since the log began.
    pub time_ms: i64,
    /// The earliest, in milliseconds since the log began; nothing: never.
    pub from_ms: Option<i64>,
    /// The latest; nothing: perhaps never.
    pub to_ms: Option<i64>,
    /// The share of such intervals that are to hold what they promise.
    pub coverage: f64,
}
