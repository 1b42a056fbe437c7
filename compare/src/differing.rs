//! Rows that differ between two tables with typed fields.

use serde::Serialize;

use crate::Glance;

/// Describes how a row of a table with typed fields differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "lowercase")]
pub enum DifferingRow {
    /// In the left table only.
    Missing {
        /// Its key.
        key: Vec<Glance>,
    },
    /// In the right table only.
    Extra {
        /// Its key.
        key: Vec<Glance>,
    },
    /// In both, with other values.
    Changed {
        /// Its key.
        key: Vec<Glance>,
        /// In how many columns it differs.
        columns: u64,
        /// The first of them.
        fields: Vec<DifferingField>,
    },
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferingField {
    /// The column's name.
    pub column: String,
    /// Holds what stands on the left.
    pub left: Glance,
    /// Holds what stands on the right.
    pub right: Glance,
}

impl DifferingRow {
    /// The texts of it that a listing shows.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let (key, fields) = match self {
            Self::Missing { key } | Self::Extra { key } => (key, &[][..]),
            Self::Changed { key, fields, .. } => (key, fields.as_slice()),
        };
        let values = fields.iter().flat_map(|field| [&field.left, &field.right]);
        key.iter().chain(values).map(|glance| glance.text.as_str())
    }
}
