//! Rows that differ between two tables, as they are listed.

use serde::{Deserialize, Serialize};

use crate::Glance;

/// Describes how a row of a table differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "lowercase")]
pub enum DifferingRow {
    /// In the left table only.
    Missing {
        /// Its key.
        key: Vec<Glance>,
        /// The first of its values.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        values: Vec<DifferingValue>,
    },
    /// In the right table only.
    Extra {
        /// Its key.
        key: Vec<Glance>,
        /// The first of its values.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        values: Vec<DifferingValue>,
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

/// A value of a row that only one table has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferingValue {
    /// The column's name.
    pub column: String,
    /// The value.
    pub value: Glance,
}

impl DifferingRow {
    /// The texts of it that a listing shows.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let (key, values, fields) = match self {
            Self::Missing { key, values } | Self::Extra { key, values } => (key, values.as_slice(), &[][..]),
            Self::Changed { key, fields, .. } => (key, &[][..], fields.as_slice()),
        };
        let values = values.iter().map(|value| &value.value);
        let fields = fields.iter().flat_map(|field| [&field.left, &field.right]);
        key.iter().chain(values).chain(fields).map(|glance| glance.text.as_str())
    }
}

/// Describes how a row of an answer differs, as it stands in `results.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "difference", rename_all = "lowercase", deny_unknown_fields)]
pub enum RowDifference {
    /// In the left table only.
    Missing {
        /// Its key.
        key: Vec<String>,
        /// A few of its values: column, value.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<[String; 2]>,
    },
    /// In the right table only.
    Extra {
        /// Its key.
        key: Vec<String>,
        /// A few of its values: column, value.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<[String; 2]>,
    },
    /// In the right table only, because its session merged into a longer one after the row had been emitted.
    Superseded {
        /// Its key.
        key: Vec<String>,
        /// A few of its values: column, value.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<[String; 2]>,
    },
    /// In both, with another value in this column (the first that differs), and in others.
    Changed {
        /// Its key.
        key: Vec<String>,
        /// The column.
        column: String,
        /// The left value.
        left: String,
        /// The right value.
        right: String,
        /// More columns that differ, a few of them: name, left value, right value.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        others: Vec<[String; 3]>,
    },
}

impl From<DifferingRow> for RowDifference {
    fn from(row: DifferingRow) -> Self {
        let texts = |key: Vec<Glance>| key.into_iter().map(|glance| glance.text).collect();
        let pairs = |values: Vec<DifferingValue>| {
            values.into_iter().map(|DifferingValue { column, value }| [column, value.text]).collect()
        };
        match row {
            DifferingRow::Missing { key, values } => Self::Missing { key: texts(key), values: pairs(values) },
            DifferingRow::Extra { key, values } => Self::Extra { key: texts(key), values: pairs(values) },
            DifferingRow::Changed { key, fields, .. } => {
                let mut fields =
                    fields.into_iter().map(|field| [field.column, field.left.text, field.right.text]);
                let [column, left, right] = fields.next().unwrap_or_default();
                Self::Changed { key: texts(key), column, left, right, others: fields.collect() }
            }
        }
    }
}
