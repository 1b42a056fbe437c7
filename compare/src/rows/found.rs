//! Describes what is found of two tables.

use std::collections::BTreeMap;

use serde::Serialize;

use super::column::ColumnFound;
use crate::{DifferingRow, Glance, KeyShift};

/// Counts rows by what was found of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RowCounts {
    /// In the left table only.
    pub missing: u64,
    /// In the right table only.
    pub extra: u64,
    /// In both, with another value.
    pub changed: u64,
    /// In both, the same as far as can be known.
    pub unknown: u64,
    /// In both, the same.
    pub equal: u64,
}

impl RowCounts {
    /// Returns how many rows differ.
    pub fn differing(self) -> u64 {
        self.missing + self.extra + self.changed
    }

    /// Returns how many rows the left table has.
    pub fn left(self) -> u64 {
        self.missing + self.changed + self.unknown + self.equal
    }

    /// Returns how many rows the right table has.
    pub fn right(self) -> u64 {
        self.extra + self.changed + self.unknown + self.equal
    }
}

/// Describes what differs between two tables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowsFound {
    /// Counts of rows.
    pub rows: RowCounts,
    /// The columns that both have, but for the key's.
    pub columns: Vec<ColumnFound>,
    /// Columns of the left table only.
    pub columns_missing: Vec<String>,
    /// Columns of the right table only.
    pub columns_extra: Vec<String>,
    /// How many cells can't be known, by the reason.
    pub unknown: BTreeMap<String, u64>,
    /// The columns of the key.
    pub key: Vec<String>,
    /// The first rows that differ.
    pub differing: DifferingRows,
    /// The constant by which keys lie apart, where that was looked for and found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<KeyShift>,
}

/// The first rows that differ, of each kind, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DifferingRows {
    /// In the left table only.
    pub missing: Vec<DifferingRow>,
    /// In the right table only.
    pub extra: Vec<DifferingRow>,
    /// In both, with other values.
    pub changed: Vec<DifferingRow>,
}

impl RowsFound {
    /// Returns whether the tables say the same, whatever the order of rows and columns.
    pub fn is_none(&self) -> bool {
        self.rows.differing() == 0 && self.columns_missing.is_empty() && self.columns_extra.is_empty()
    }
}

/// Says which of two tables is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

/// A row whose key an earlier row of the same table has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The fields of the key.
    pub key: Vec<Glance>,
    /// The row, counted from 1.
    pub row: u64,
    /// The earlier one, where it is known.
    pub first: Option<u64>,
}

/// Why two tables can't be compared row by row.
#[derive(Debug)]
pub enum RowsError {
    /// A table can't be read.
    Source(datasets::Error),
    /// A column that a table lacks, or both do.
    NoColumn {
        /// The table; none where either might have it.
        which: Option<Which>,
        /// The column.
        column: String,
        /// Names that are like it.
        nearest: Vec<String>,
    },
    /// A column that is renamed to one that is there, or twice.
    RenamedTwice {
        /// The column.
        old: String,
        /// Its new name.
        new: String,
    },
    /// A row without a value in a column of the key.
    NoKeyField {
        /// The table.
        which: Which,
        /// The column.
        column: String,
        /// Where the row stands.
        place: datasets::Place,
    },
    /// Rows of one table that have the same key: a join on it would multiply rows.
    Duplicates {
        /// The table.
        which: Which,
        /// How many rows have the key of an earlier one.
        rows: u64,
        /// The first of them.
        examples: Vec<Duplicate>,
    },
    /// A tolerance for a column of texts.
    ToleranceOnText {
        /// The column.
        column: String,
        /// Two values of it.
        values: (Glance, Glance),
    },
}

impl From<datasets::Error> for RowsError {
    fn from(error: datasets::Error) -> Self {
        Self::Source(error)
    }
}
