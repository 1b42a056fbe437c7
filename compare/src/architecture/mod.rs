//! Describes what a run under an architecture has found: who served, how wrong, what an upgrade did, what it cost.
//!
//! All of it is the same each time: it goes by the records and by recorded time, never by the machine's. What the machine
//! gives stands in `timings.json`.

mod advice;
mod kappa;
mod lambda;
mod observed;
mod upgrade;

use serde::{Deserialize, Serialize};

pub use advice::advise;
pub use kappa::{ArrivalEstimate, KappaResult, LagPoint, UpgradeEnd};
pub use lambda::{LambdaResult, Recomputation, SweptBoundary};
pub use observed::{ObservedLayers, ObservedUpgrade};
pub use upgrade::{
    AnsweredBy, Changelog, Healing, Parted, RowClasses, RowsWritten, Transition, UpgradeVerdict, Work,
};

/// Everything that architectures have to show in a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architectures {
    /// Says what recorded time goes by: `arrival times`, `rate`, or `one record a millisecond`.
    pub clock: String,
    /// The recorded time that the log spans, in milliseconds.
    pub length_ms: i64,
    /// The log that all jobs read.
    pub log: LogResult,
    /// The stream alone, with the upgrade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kappa: Option<KappaResult>,
    /// Batch layer, speed layer and serving layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<LambdaResult>,
    /// Which of them is needed, each sentence with what it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Advice>,
}

/// The log that all jobs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogResult {
    /// Records that were appended.
    pub records: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// One sentence of the advice, and the figure it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// The sentence.
    pub text: String,
    /// The place of the figure in `results.json`, items of a list by their numbers from 0: `architectures.lambda.sweep.0.every`.
    pub rests_on: String,
    /// The figure as it is shown.
    pub figure: String,
}
