//! The first rows that differ, in the order of their keys.

use std::{cmp::Ordering, collections::HashMap};

use datasets::FieldKind;

use super::{
    SHOWN_ROWS,
    columns::Shared,
    keyed::Keyed,
    marks::Marks,
    pairing::{Pairing, Partners},
};
use crate::{Alike, DifferingField, DifferingRow, Glance};

/// So many differing fields of a row are listed.
const SHOWN_FIELDS: usize = 1;

/// A row that differs, by its number in the left table, in the right one, or in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Example {
    Changed(usize, usize),
    Missing(usize),
    Extra(usize),
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
    /// The columns in which any do.
    pub(super) columns: Vec<&'c Shared<'c>>,
}

impl<'c> Differing<'c> {
    /// Lists the first rows that differ.
    pub(super) fn listed(&self) -> Vec<DifferingRow> {
        let examples = self.examples();
        let fields = self.fields(&examples);
        let all = examples.into_iter().zip(fields);
        all.map(|(example, found)| self.row(example, &found)).collect()
    }

    fn examples(&self) -> Vec<Example> {
        let changed = self.changed.rows().take(SHOWN_ROWS);
        let mut examples: Vec<Example> = changed
            .filter_map(|row| Some(Example::Changed(row, self.pairing.partner(row)?)))
            .chain(self.pairing.missing.iter().take(SHOWN_ROWS).map(|&row| Example::Missing(row as usize)))
            .chain(self.pairing.extra.iter().take(SHOWN_ROWS).map(|&row| Example::Extra(row as usize)))
            .collect();
        examples.sort_by(|a, b| self.order(*a, *b));
        examples.truncate(SHOWN_ROWS);
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

    fn row(&self, example: Example, found: &Found<'_>) -> DifferingRow {
        match example {
            Example::Missing(row) => DifferingRow::Missing { key: self.left.key(row, usize::MAX) },
            Example::Extra(row) => DifferingRow::Extra { key: self.right.key(row, usize::MAX) },
            Example::Changed(left, right) => {
                let field = |column: &&Shared<'_>| DifferingField {
                    column: Glance::new(FieldKind::Untyped, column.name, usize::MAX).shown(&Alike::default()),
                    left: self.left.glance(column.at, left, usize::MAX),
                    right: self.right.glance(column.at, right, usize::MAX),
                };
                let fields = found.first.iter().map(field).collect();
                DifferingRow::Changed { key: self.left.key(left, usize::MAX), columns: found.columns, fields }
            }
        }
    }
}
