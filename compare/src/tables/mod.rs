//! Two answers held against each other, tables of one shape and sorted: what is missing, extra, changed, equal.
//!
//! Rows are paired by their keys once; then the columns are compared one after the other, each by its rule. Files are
//! compared in `rows`, by the same rules.

mod blocks;
#[cfg(test)]
mod by_definition;
mod cells;
mod columns;
mod differing;
mod examples;
mod keyed;
mod marks;
mod pairing;
mod places;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use datasets::{Keys, Table};

use self::{
    columns::Shared,
    examples::Differing,
    marks::Marks,
    pairing::{Pairing, Partners},
};
use crate::{Divergence, Rules};

pub use self::differing::{DifferingField, DifferingRow, DifferingValue, RowDifference};
pub use self::places::{DifferingPlaces, differing_places};
pub(crate) use self::{
    blocks::Blocks,
    cells::{How, Sense, Typing, distance},
    keyed::Keyed,
};

/// Says how many differing rows of two answers are kept for display. Counting never stops.
pub(crate) const SHOWN_ROWS: usize = 20;

/// Describes what differs between two answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableComparison {
    /// Counts of rows: *missing* are in the left table only, *extra* in the right only.
    pub rows: Divergence,
    /// For each column that both have and the key doesn't: in how many rows it differs.
    pub changed_by_column: BTreeMap<String, u64>,
    /// The first rows that differ, in the order of their keys.
    pub examples: Vec<DifferingRow>,
}

impl TableComparison {
    /// Returns whether the answers say the same.
    pub fn is_none(&self) -> bool {
        self.rows.rows() == 0
    }
}

/// Compares two answers to one problem: tables of one shape, sorted by the columns that name their rows. Of rows with one
/// key the first are paired, and so on.
///
/// # Panics
///
/// When the tables' columns aren't the same.
pub fn compare_answers(left: &Table, right: &Table, keys: &Keys, rules: &Rules) -> TableComparison {
    fn names(table: &Table) -> Vec<&str> {
        table.columns.iter().map(|column| &*column.name).collect()
    }
    assert_eq!(names(left), names(right), "answers to one problem have one shape");
    let sense = Sense { keys, typing: Typing::of(left, right) };
    let (left, right) = (Keyed::own(left, sense), Keyed::own(right, sense));
    let pairing = Pairing::of_sorted(&left, &right);
    held_against(&left, &right, &pairing, rules)
}

/// Compares the columns of paired rows.
fn held_against(left: &Keyed<'_>, right: &Keyed<'_>, pairing: &Pairing, rules: &Rules) -> TableComparison {
    let shared = Shared::of(left, right, rules);
    let partners = shared.iter().any(Shared::has_gaps);
    let partners = partners.then(|| Partners::new(pairing, left.rows(), right.rows()));
    let mut changed = Marks::new(left.rows());
    let mut count = |column: &Shared<'_>| {
        let mut rows = 0;
        column.differing(pairing, partners.as_ref(), |row| {
            rows += 1;
            changed.mark(row);
        });
        rows
    };
    let counts: Vec<u64> = shared.iter().map(&mut count).collect();
    let columns =
        shared.iter().zip(&counts).filter(|&(_, &rows)| rows > 0).map(|(column, _)| column).collect();
    let differing = Differing {
        left,
        right,
        pairing,
        partners: partners.as_ref(),
        changed: &changed,
        compared: &shared,
        columns,
    };
    TableComparison {
        rows: Divergence {
            missing: pairing.missing.len() as u64,
            extra: pairing.extra.len() as u64,
            changed: changed.count(),
            equal: pairing.pairs() - changed.count(),
        },
        changed_by_column: shared.iter().map(|column| column.name.to_owned()).zip(counts).collect(),
        examples: differing.listed(),
    }
}
