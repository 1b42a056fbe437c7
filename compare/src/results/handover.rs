//! How a version took over from an earlier job: the shape of it in `results.json`.

use serde::{Deserialize, Serialize};

use crate::Divergence;

/// Describes how a version took over from an earlier job, which was sent the first records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverResult {
    /// Records that the earlier job was sent.
    pub at: u64,
    /// Says whether the version found the earlier one's state.
    pub state: HandedState,
    /// Rows that the earlier job gave out.
    pub rows_before: u64,
    /// Rows that the version gave out.
    pub rows_after: u64,
    /// Keys of which both gave out a row: the later one stays.
    pub again: u64,
    /// The answer against the reference, by the windows of its rows, where rows have windows and records times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<WindowSides>,
    /// Rows whose windows the reference can't have: those of the old size first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strange: Vec<StrangeWindows>,
}

/// Says what became of the earlier job's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HandedState {
    /// The version found it.
    Carried,
    /// The version began with none.
    Lost,
}

/// An answer against the reference, row by row: by where the records of a row's window stand, whatever their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSides {
    /// The earlier job was sent all of them.
    pub before: Divergence,
    /// The earlier job was sent some and the version others.
    pub across: Divergence,
    /// The version was sent all of them.
    pub after: Divergence,
}

/// Rows whose windows the reference can't have: its own all have one length, and begin at multiples of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrangeWindows {
    /// How they are strange.
    pub kind: Strangeness,
    /// How long they are, in ms.
    pub length_ms: i64,
    /// How long the reference's are, in ms.
    pub reference_ms: i64,
    /// Rows that the earlier job gave out.
    pub before: u64,
    /// Rows that the version gave out.
    pub after: u64,
    /// The key of the first that the version gave out, else of the first. It comes from a file: escape it wherever it is shown.
    pub example: Vec<String>,
}

/// Says how a window is strange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strangeness {
    /// It is as long as those that the earlier job gave out.
    OldSize,
    /// It is as long as the reference's, and begins elsewhere.
    Shifted,
    /// It has another length.
    OtherSize,
}
