//! Describes how two tables differ, as it stands in `results.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Divergence, RowDifference, TableComparison, ledger::is_zero};

/// Describes how two tables differ.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowDifferences {
    /// Rows that should be there and are not.
    pub missing: u64,
    /// Rows that should not be there.
    pub extra: u64,
    /// Those of them that are of sessions which merged later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub superseded: u64,
    /// Rows that are there and differ.
    pub changed: u64,
    /// Rows that are the same.
    pub equal: u64,
    /// For each column that doesn't name the row: in how many rows it differs.
    pub changed_by_column: BTreeMap<String, u64>,
    /// Some of the rows that differ, of each kind, from the first key to the last, in the order of their keys. Cells come from a
    /// file: escape them wherever they are shown.
    pub worst: Vec<RowDifference>,
}

impl RowDifferences {
    /// Returns how many rows differ in any way.
    pub fn differing(&self) -> u64 {
        self.missing.saturating_add(self.extra).saturating_add(self.changed)
    }

    /// Returns how many rows the left table has: the reference, or stable's answer.
    pub fn of_left(&self) -> u64 {
        self.missing.saturating_add(self.changed).saturating_add(self.equal)
    }

    /// Returns the counts alone.
    pub fn counts(&self) -> Divergence {
        let Self { missing, extra, changed, equal, .. } = *self;
        Divergence { missing, extra, changed, equal }
    }

    /// Gives the extra rows with these keys their cause: their sessions merged later. All of them are extra, for the
    /// batch side has the longer session alone.
    #[must_use]
    pub fn with_superseded(mut self, keys: &BTreeSet<Vec<String>>) -> Self {
        self.superseded = self.extra.min(keys.len() as u64);
        for row in &mut self.worst {
            if let RowDifference::Extra { key, values } = row
                && keys.contains(key)
            {
                let (key, values) = (std::mem::take(key), std::mem::take(values));
                *row = RowDifference::Superseded { key, values };
            }
        }
        self
    }
}

impl From<TableComparison> for RowDifferences {
    fn from(found: TableComparison) -> Self {
        let Divergence { missing, extra, changed, equal } = found.rows;
        Self {
            missing,
            extra,
            superseded: 0,
            changed,
            equal,
            changed_by_column: found.changed_by_column,
            worst: found.examples.into_iter().map(RowDifference::from).collect(),
        }
    }
}
