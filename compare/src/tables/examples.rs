//! Some of the rows that differ, of each kind, from the first key to the last, in the order of their keys.

use std::{cmp::Ordering, collections::HashMap};

use datasets::FieldKind;

use super::{
    SHOWN_ROWS,
    columns::Shared,
    keyed::Keyed,
    marks::Marks,
    pairing::{Pairing, Partners},
};
use crate::{Alike, DifferingField, DifferingRow, DifferingValue, Glance};

/// So many differing fields of a row are listed, and as many values of one that only one table has.
pub(super) const SHOWN_FIELDS: usize = 4;

/// A row that differs, by its number in the left table, in the right one, or in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Example {
    Changed(usize, usize),
    Missing(usize),
    Extra(usize),
}

/// Says how many rows of each kind are listed: all where they are few, else as many of one as of another.
pub(super) fn shares(rows: [usize; 3]) -> [usize; 3] {
    let mut shares = [0; 3];
    // One a turn to each kind that has more: twenty turns at most.
    while shares.iter().sum::<usize>() < SHOWN_ROWS.min(rows.iter().sum()) {
        for (share, rows) in shares.iter_mut().zip(rows) {
            *share += usize::from(*share < rows);
        }
    }
    while shares.iter().sum::<usize>() > SHOWN_ROWS {
        let largest = (0..3).max_by_key(|&kind| shares[kind]).unwrap_or(0);
        shares[largest] -= 1;
    }
    shares
}

/// So many numbers below `rows`, from the first to the last, at even distances.
pub(super) fn spread(rows: usize, listed: usize) -> Vec<usize> {
    match listed.min(rows) {
        0 => Vec::new(),
        1 => vec![0],
        listed => (0..listed).map(|at| at * (rows - 1) / (listed - 1)).collect(),
    }
}

/// Holds the columns in which a row differs.
#[derive(Default)]
struct Found<'c> {
    columns: u64,
    /// The first of them.
    first: Vec<&'c Shared<'c>>,
}

/// Holds two tables and what of them differs.
pub(super) struct Differing<'c> {
    pub(super) left: &'c Keyed<'c>,
    pub(super) right: &'c Keyed<'c>,
    pub(super) pairing: &'c Pairing,
    pub(super) partners: Option<&'c Partners>,
    /// Rows of the left table that differ from their partners.
    pub(super) changed: &'c Marks,
    /// The columns that are compared.
    pub(super) compared: &'c [Shared<'c>],
    /// The columns in which any do.
    pub(super) columns: Vec<&'c Shared<'c>>,
}

impl<'c> Differing<'c> {
    /// Lists some of the rows that differ.
    pub(super) fn listed(&self) -> Vec<DifferingRow> {
        let examples = self.examples();
        let fields = self.fields(&examples);
        let all = examples.into_iter().zip(fields);
        all.map(|(example, found)| self.row(example, &found)).collect()
    }

    fn examples(&self) -> Vec<Example> {
        let Pairing { missing, extra, .. } = self.pairing;
        let rows = [self.changed.count() as usize, missing.len(), extra.len()];
        let [changed, of_missing, of_extra] = shares(rows);
        let changed = spread(rows[0], changed);
        let changed = self.changed.rows().enumerate().filter(|(at, _)| changed.binary_search(at).is_ok());
        let mut examples: Vec<Example> = changed
            .filter_map(|(_, row)| Some(Example::Changed(row, self.pairing.partner(row)?)))
            .chain(
                spread(missing.len(), of_missing)
                    .into_iter()
                    .map(|at| Example::Missing(missing[at] as usize)),
            )
            .chain(spread(extra.len(), of_extra).into_iter().map(|at| Example::Extra(extra[at] as usize)))
            .collect();
        examples.sort_by(|a, b| self.order(*a, *b));
        examples
    }

    fn order(&self, a: Example, b: Example) -> Ordering {
        let of = |example| match example {
            Example::Changed(row, _) | Example::Missing(row) => (self.left, row),
            Example::Extra(row) => (self.right, row),
        };
        let ((a, a_row), (b, b_row)) = (of(a), of(b));
        a.order(a_row, b, b_row)
    }

    /// The columns in which each example differs; of those, the first few.
    fn fields(&self, examples: &[Example]) -> Vec<Found<'c>> {
        let mut found: Vec<Found<'c>> = examples.iter().map(|_| Found::default()).collect();
        let changed = examples.iter().enumerate().filter_map(|(at, example)| match *example {
            Example::Changed(left, right) => Some((at, left, right)),
            Example::Missing(_) | Example::Extra(_) => None,
        });
        let changed: Vec<(usize, usize, usize)> = changed.collect();
        let by_row: HashMap<usize, usize> = changed.iter().map(|&(at, left, _)| (left, at)).collect();
        for &column in &self.columns {
            let mut note = |at: usize| {
                found[at].columns += 1;
                if found[at].first.len() < SHOWN_FIELDS {
                    found[at].first.push(column);
                }
            };
            if column.has_gaps() {
                let each = |row| by_row.get(&row).into_iter().for_each(|&at| note(at));
                column.differing(self.pairing, self.partners, each);
            } else {
                let differs = changed.iter().filter(|&&(_, left, right)| !column.agree(left, right));
                differs.for_each(|&(at, ..)| note(at));
            }
        }
        found
    }

    /// The key of a row that the other table lacks, and its first values.
    fn alone(&self, table: &Keyed<'_>, row: usize) -> (Vec<Glance>, Vec<DifferingValue>) {
        let value = |column: &Shared<'_>| DifferingValue {
            column: shown(column),
            value: table.glance(column.at, row, usize::MAX),
        };
        let values = self.compared.iter().take(SHOWN_FIELDS).map(value).collect();
        (table.key(row, usize::MAX), values)
    }

    fn row(&self, example: Example, found: &Found<'_>) -> DifferingRow {
        match example {
            Example::Missing(row) => {
                let (key, values) = self.alone(self.left, row);
                DifferingRow::Missing { key, values }
            }
            Example::Extra(row) => {
                let (key, values) = self.alone(self.right, row);
                DifferingRow::Extra { key, values }
            }
            Example::Changed(left, right) => {
                let field = |column: &&Shared<'_>| DifferingField {
                    column: shown(column),
                    left: self.left.glance(column.at, left, usize::MAX),
                    right: self.right.glance(column.at, right, usize::MAX),
                };
                let fields = found.first.iter().map(field).collect();
                DifferingRow::Changed { key: self.left.key(left, usize::MAX), columns: found.columns, fields }
            }
        }
    }
}

/// Returns a column's name as it is listed.
fn shown(column: &Shared<'_>) -> String {
    Glance::new(FieldKind::Untyped, column.name, usize::MAX).shown(&Alike::default())
}
