//! Value by value, what of a run is not what its baseline says.

use std::collections::BTreeMap;

use super::Baseline;
use crate::{Change, Check, Outcome, Unit};

/// Holds what stands for a value that one side does not have.
pub(super) const ABSENT: &str = "absent";

/// The path of a value, and the value.
type Row = (String, String);

impl Baseline {
    /// Every value of `now` that is not this baseline's, in the order of the file; then, where both keep the rows of
    /// their answers, the rows that changed, at most 20 of each answer by name.
    pub fn changes(&self, now: &Self) -> Vec<Change> {
        let mut changes = value_changes(&self.rows(), &now.rows());
        changes.extend(self.answers.changes(&now.answers));
        changes
    }

    /// The results, value by value, under the names that they have in the file.
    fn rows(&self) -> Vec<Row> {
        self.sections().flat_map(|(section, kept)| kept.named(section)).collect()
    }
}

fn value_changes(before: &[Row], after: &[Row]) -> Vec<Change> {
    fn by_path(rows: &[Row]) -> BTreeMap<&str, &str> {
        rows.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect()
    }
    let (was, is) = (by_path(before), by_path(after));
    let gone = before.iter().filter(|row| !is.contains_key(row.0.as_str()));
    let value = |of: &BTreeMap<&str, &str>, path: &str| of.get(path).copied().unwrap_or(ABSENT).to_owned();
    let changes = after.iter().chain(gone).map(|(path, _)| Change {
        path: path.clone(),
        was: value(&was, path),
        is: value(&is, path),
    });
    changes.filter(|change| change.was != change.is).collect()
}

impl Check {
    /// The check named `baseline`: it fails when anything changed.
    pub fn of_baseline(changes: &[Change]) -> Self {
        let note = match changes {
            [] => "all results are those of the baseline".to_owned(),
            [only] => format!("{} was {}, is {}", only.path, only.was, only.is),
            [first, ..] => format!(
                "{} values are not those of the baseline, the first: {} was {}, is {}",
                changes.len(),
                first.path,
                first.was,
                first.is
            ),
        };
        let outcome = if changes.is_empty() { Outcome::Pass } else { Outcome::Fail };
        let value = changes.len() as f64;
        Self { name: "baseline".to_owned(), unit: Unit::Values, limit: 0.0, value, outcome, note }
    }
}
