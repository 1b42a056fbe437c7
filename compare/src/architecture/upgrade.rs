//! The upgrade of a job in service: its steps, what it was judged by, and what it left.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Verdict;

/// A change of state, with its cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Records that the log held.
    pub records: u64,
    /// The recorded time of the last of them, in milliseconds since the log began.
    pub time_ms: i64,
    /// The state before.
    pub from: String,
    /// The state from then on.
    pub to: String,
    /// Why.
    pub cause: String,
}

/// How the rows that two versions serve compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowClasses {
    /// Rows that both have answered alike.
    pub pass: u64,
    /// Rows that differ, or that only one of them has though both have read as far.
    pub fail: u64,
    /// Rows that the candidate has taken over with stable's state and not computed itself.
    pub warm_up: u64,
    /// Rows that aren't complete by the event time of both.
    pub skipped: u64,
}

/// Describes what a candidate was judged by before it was to take over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpgradeVerdict {
    /// The hash of job, settings, data and start that the verdict belongs to.
    pub revision: String,
    /// The first record of the range that it belongs to.
    pub from: u64,
    /// The end of that range: the log's end when it was judged.
    pub to: u64,
    /// The rows by class.
    pub classes: RowClasses,
    /// Rows of a candidate that went on from stable's state which one that reads the log from its beginning serves otherwise;
    /// nothing for a candidate that does so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay_differs: Option<u64>,
    /// Says why nothing can be judged, where that is so; it never passes then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cannot_judge: Option<String>,
    /// The checks, of which one that fails drops the candidate.
    pub verdict: Verdict,
}

/// The first record at which two versions that had read equally far served different answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parted {
    /// The record, counted from 0 in the order of arrival.
    pub record: u64,
    /// The key of the row. It comes from a file: escape it wherever it is shown.
    pub key: Vec<String>,
    /// Describes what stable serves, by column; nothing where it has no such row.
    pub stable: Option<BTreeMap<String, String>>,
    /// Describes what the candidate serves.
    pub candidate: Option<BTreeMap<String, String>>,
}

/// Describes what those who had subscribed to the served answer saw at a switch: once, from the old answer to the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changelog {
    /// Rows that came.
    pub added: u64,
    /// Rows whose value changed.
    pub changed: u64,
    /// Rows that went.
    pub removed: u64,
    /// Rows that stayed as they were, of which nothing was sent.
    pub kept: u64,
}

/// A range of records, and who answered for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnsweredBy {
    /// The first record.
    pub from: u64,
    /// The end of the range.
    pub to: u64,
    /// `stable`, `candidate`, or a layer.
    pub by: String,
}

/// Describes what a job had to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Records it processed, those it processed again among them.
    pub records: u64,
    /// Rows it wrote to the serving store; nothing of a job whose rows come when it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Bytes of these rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_bytes: Option<u64>,
    /// Bytes of state it was started from.
    pub state_bytes: u64,
}

impl Default for Work {
    fn default() -> Self {
        Self { records: 0, rows: Some(0), row_bytes: Some(0), state_bytes: 0 }
    }
}

impl Work {
    /// Counts rows that were written.
    pub fn wrote(&mut self, rows: u64, bytes: u64) {
        self.rows = Some(self.rows.unwrap_or(0) + rows);
        self.row_bytes = Some(self.row_bytes.unwrap_or(0) + bytes);
    }

    /// Takes out what differs from run to run where rows come when the job likes.
    pub fn take_rows(&mut self) -> RowsWritten {
        RowsWritten { rows: self.rows.take().unwrap_or(0), row_bytes: self.row_bytes.take().unwrap_or(0) }
    }
}

/// Counts rows that came to be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsWritten {
    /// The rows.
    pub rows: u64,
    /// Their bytes.
    pub row_bytes: u64,
}

/// When the effect of a planted bug was gone from what is served: as it was predicted, and as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Healing {
    /// The first record that the serving job never saw.
    pub from: u64,
    /// The end of those records.
    pub to: u64,
    /// Records that the log was to hold by then, as was told when the bug had struck; nothing: never.
    pub predicted_at: Option<u64>,
    /// Records that it held when what was served was again, and from then on, as it would have been without the bug, to
    /// the next sample; nothing: it never was.
    pub healed_at: Option<u64>,
}
