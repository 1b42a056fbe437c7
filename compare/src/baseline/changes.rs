//! Value by value, what of a run is not what its baseline says.

use super::{Baseline, BaselineOrders, BaselineReference, BaselineVersion};
use crate::{Change, Check, Divergence, Ledger, Outcome, Unit};

/// What stands for a value that one side does not have.
const ABSENT: &str = "absent";

/// The path of a value, and the value.
type Row = (String, String);

impl Baseline {
    /// Every value of `now` that is not this baseline's, in the order of the file.
    pub fn changes(&self, now: &Self) -> Vec<Change> {
        let (before, after) = (self.rows(), now.rows());
        let value = |rows: &[Row], path: &str| {
            rows.iter().find(|row| row.0 == path).map_or_else(|| ABSENT.to_owned(), |row| row.1.clone())
        };
        let gone = before.iter().filter(|row| after.iter().all(|other| other.0 != row.0));
        let changes = after.iter().chain(gone).map(|(path, _)| Change {
            path: path.clone(),
            was: value(&before, path),
            is: value(&after, path),
        });
        changes.filter(|change| change.was != change.is).collect()
    }

    /// The results, value by value, under the names that they have in the file.
    fn rows(&self) -> Vec<Row> {
        // What is left out here says what the baseline is of: `mismatch` looks at it.
        let Self {
            schema: _,
            problem: _,
            dataset: _,
            parameters: _,
            replay: _,
            reference,
            stable,
            candidate,
        } = self;
        let mut rows = reference_rows(reference);
        rows.extend(version_rows("stable", stable));
        rows.extend(version_rows("candidate", candidate));
        rows
    }
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
        Self { name: "baseline".to_owned(), unit: Unit::Rows, limit: 0.0, value, outcome, note }
    }
}

fn reference_rows(reference: &BaselineReference) -> Vec<Row> {
    let BaselineReference { job, lower_bound, lower_bound_by, upper_bound, upper_bound_by, answer_blake3 } =
        reference;
    named(
        "reference",
        &[
            ("job", job),
            ("lower_bound", lower_bound),
            ("lower_bound_by", lower_bound_by),
            ("upper_bound", upper_bound),
            ("upper_bound_by", upper_bound_by),
            ("answer_blake3", answer_blake3),
        ],
    )
}

fn version_rows(role: &str, version: &BaselineVersion) -> Vec<Row> {
    let BaselineVersion { job, cost, answer_blake3, ledger, divergence, orders } = version;
    let Ledger { records, used, late, duplicate, rejected, unfired, lost } = ledger;
    let Divergence { missing, extra, changed, equal } = divergence;
    let mut rows = named(role, &[("job", job), ("cost", cost), ("answer_blake3", answer_blake3)]);
    rows.extend(named(
        &format!("{role}.ledger"),
        &[
            ("records", records),
            ("used", used),
            ("late", late),
            ("duplicate", duplicate),
            ("rejected", rejected),
            ("unfired", unfired),
            ("lost", lost),
        ],
    ));
    rows.extend(named(
        &format!("{role}.divergence"),
        &[("missing", missing), ("extra", extra), ("changed", changed), ("equal", equal)],
    ));
    if let Some(BaselineOrders { total_cost, mean, worst, worst_seed }) = orders {
        rows.extend(named(
            &format!("{role}.orders"),
            &[("total_cost", total_cost), ("mean", mean), ("worst", worst), ("worst_seed", worst_seed)],
        ));
    }
    rows
}

fn named(prefix: &str, values: &[(&str, &dyn ToString)]) -> Vec<Row> {
    values.iter().map(|(name, value)| (format!("{prefix}.{name}"), value.to_string())).collect()
}
