//! Where in event time rows differ, and records come late, as it stands in `results.json`.

use serde::{Deserialize, Serialize};

use crate::{Pair, Role};

/// Names the first record that a version's row lacks, for a row that is listed as one that differs from the reference's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowCause {
    /// The version whose row it is.
    pub role: Role,
    /// The key of the row. It may come from a file: escape it wherever it is shown.
    pub key: Vec<String>,
    /// The record's offset in the dataset: before it the version's row was the truth.
    pub record: u64,
    /// When it happened, in milliseconds since the Unix epoch, where it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_time_ms: Option<i64>,
    /// By how much that lies behind the newest event time before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind_ms: Option<i64>,
}

/// Counts rows and late records by when they happened, in steps of one length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsOverTime {
    /// The column of the key that says when a row is.
    pub column: String,
    /// Where the first step begins, in milliseconds since the Unix epoch.
    pub first_ms: i64,
    /// How long a step is.
    pub step_ms: i64,
    /// Rows of the reference, step by step.
    pub rows: Vec<u64>,
    /// Holds what differs of each version's rows.
    pub versions: Pair<SideOverTime>,
}

/// Counts what is wrong of one version, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideOverTime {
    /// Rows with another value than the reference's.
    pub changed: Vec<u64>,
    /// Rows that only the reference has.
    pub missing: Vec<u64>,
    /// Rows that only the version has.
    pub extra: Vec<u64>,
    /// Records that were dropped for coming late, by when they happened.
    pub late: Vec<u64>,
}

impl SideOverTime {
    /// Says how many rows differ in a step.
    pub fn differing(&self, step: usize) -> u64 {
        let kinds = [&self.changed, &self.missing, &self.extra];
        // A file may hold any numbers.
        kinds.iter().filter_map(|rows| rows.get(step)).fold(0, |sum: u64, rows| sum.saturating_add(*rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_counts_are_too_many() {
        let side = |most: u64| SideOverTime {
            changed: vec![1, most],
            missing: vec![2, 1],
            extra: vec![3],
            late: vec![9, 9],
        };
        assert_eq!([0, 1, 2].map(|step| side(5).differing(step)), [6, 6, 0]);
        assert_eq!(side(u64::MAX).differing(1), u64::MAX);
    }
}
