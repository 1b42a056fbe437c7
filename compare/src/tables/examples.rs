//! The first rows that differ, in the order of their keys.

use std::{cmp::Ordering, collections::HashMap};

use datasets::FieldKind;

use super::{
    Listed,
    columns::Shared,
    keyed::Keyed,
    marks::Marks,
    pairing::{Pairing, Partners},
};
use crate::{Alike, DifferingField, DifferingRow, Glance};

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
    pub(super) fn listed(&self, listed: Listed) -> Vec<DifferingRow> {
        let examples = self.examples(listed.rows);
        let fields = self.fields(&examples, listed.fields);
        let all = examples.into_iter().zip(fields);
        all.map(|(example, found)| self.row(example, &found, listed.chars)).collect()
    }

    fn examples(&self, most: usize) -> Vec<Example> {
        let changed = self.first_changed(most).into_iter();
        let mut examples: Vec<Example> = changed
            .filter_map(|row| Some(Example::Changed(row, self.pairing.partner(row)?)))
            .chain(self.pairing.missing.iter().take(most).map(|&row| Example::Missing(row as usize)))
            .chain(self.pairing.extra.iter().take(most).map(|&row| Example::Extra(row as usize)))
            .collect();
        examples.sort_by(|a, b| self.order(*a, *b));
        examples.truncate(most);
        examples
    }

    /// The changed rows with the least keys.
    fn first_changed(&self, most: usize) -> Vec<usize> {
        if self.pairing.ascends {
            return self.changed.rows().take(most).collect();
        }
        let mut rows: Vec<usize> = self.changed.rows().collect();
        if rows.len() > most {
            rows.select_nth_unstable_by(most, |a, b| self.left.order(*a, self.left, *b));
            rows.truncate(most);
        }
        rows
    }

    fn order(&self, a: Example, b: Example) -> Ordering {
        let of = |example| match example {
            Example::Changed(row, _) | Example::Missing(row) => (self.left, row),
            Example::Extra(row) => (self.right, row),
        };
        let ((a, a_row), (b, b_row)) = (of(a), of(b));
        a.order(a_row, b, b_row)
    }

    /// The columns in which each example differs; of those, the first `most`.
    fn fields(&self, examples: &[Example], most: usize) -> Vec<Found<'c>> {
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
                if found[at].first.len() < most {
                    found[at].first.push(column);
                }
            };
            if column.has_gaps() {
                let each = |row| by_row.get(&row).into_iter().for_each(|&at| note(at));
                column.differing(self.pairing, self.partners, &|| true, each);
            } else {
                let differs = changed.iter().filter(|&&(_, left, right)| !column.agree(left, right));
                differs.for_each(|&(at, ..)| note(at));
            }
        }
        found
    }

    fn row(&self, example: Example, found: &Found<'_>, most_chars: usize) -> DifferingRow {
        match example {
            Example::Missing(row) => DifferingRow::Missing { key: self.left.key(row, most_chars) },
            Example::Extra(row) => DifferingRow::Extra { key: self.right.key(row, most_chars) },
            Example::Changed(left, right) => {
                let field = |column: &&Shared<'_>| DifferingField {
                    column: Glance::new(FieldKind::Untyped, column.name, most_chars).shown(&Alike::default()),
                    left: self.left.glance(column.at, left, most_chars),
                    right: self.right.glance(column.right_at, right, most_chars),
                };
                let fields = found.first.iter().map(field).collect();
                DifferingRow::Changed { key: self.left.key(left, most_chars), columns: found.columns, fields }
            }
        }
    }
}
