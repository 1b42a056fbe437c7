//! Describes how the values of each column are compared.

use std::collections::BTreeMap;

/// Describes how the values of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Rule {
    /// They are the same, digit by digit.
    #[default]
    Exact,
    /// They are numbers that lie no further apart than this, in the unit in which they are written; all else is exact.
    Tolerance(f64),
    /// They are not compared.
    Ignore,
}

/// A rule for each column; exact where nothing else is said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules(BTreeMap<String, Rule>);

impl Rules {
    /// Every column is exact.
    pub const EXACT: &'static Self = &Self(BTreeMap::new());

    /// Sets the rule of a column.
    #[must_use]
    pub fn with(mut self, column: impl Into<String>, rule: Rule) -> Self {
        self.0.insert(column.into(), rule);
        self
    }

    /// Returns the rule of a column.
    pub fn of(&self, column: &str) -> Rule {
        self.0.get(column).copied().unwrap_or_default()
    }
}

impl Rule {
    /// Tells whether two numbers that differ count as the same. `distance` is how far they are apart in units of which
    /// `scale` make one of those that are written.
    pub(crate) fn allows(self, distance: u128, scale: u64) -> bool {
        match self {
            Self::Exact => distance == 0,
            Self::Tolerance(most) => distance as f64 <= most * scale as f64,
            Self::Ignore => true,
        }
    }

    /// Tells the same of two numbers that are written out.
    pub(crate) fn allows_texts(self, left: &str, right: &str) -> bool {
        let Self::Tolerance(most) = self else { return self == Self::Ignore };
        let numbers = left.parse::<f64>().ok().zip(right.parse::<f64>().ok());
        numbers.is_some_and(|(left, right)| (left - right).abs() <= most)
    }
}
