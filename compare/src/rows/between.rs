//! Rows that a table had right on its way, and hasn't at its end.

use datasets::{Field, FieldKind};
use serde::Serialize;

use super::{
    pack::Packed,
    samples::{Samples, glances},
};
use crate::Glance;

/// So many of the rows are named.
const NAMED: usize = 5;

/// Returns whether a table ever had a row, whose fields are those of the key and then the compared columns in the order of
/// [`RowsFound`](super::RowsFound); none where that can't be known.
pub type History<'a> = &'a (dyn Fn(&[Field<'_>]) -> Option<bool> + Sync);

/// Holds what can be asked of the pasts of two tables.
#[derive(Clone, Copy, Default)]
pub struct Histories<'a> {
    /// The left one's.
    pub left: Option<History<'a>>,
    /// The right one's.
    pub right: Option<History<'a>>,
}

/// Counts the rows of the other table that a table once had, all compared columns alike, and hasn't at its end.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RightInBetween {
    /// How many there are.
    pub rows: u64,
    /// Of so many more rows it can't be known.
    pub unknown: u64,
    /// The keys of the first of them.
    pub first: Vec<Vec<Glance>>,
}

/// Says for each table what it had right only in between, where it has a history.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Between {
    /// The left table: rows that the right one has.
    pub left: Option<RightInBetween>,
    /// The right table: rows that the left one has.
    pub right: Option<RightInBetween>,
}

/// One table's history while it is asked.
pub(super) struct Asked<'a> {
    history: History<'a>,
    /// So many columns are compared.
    columns: usize,
    chars: usize,
    rows: u64,
    unknown: u64,
    first: Samples<Vec<Glance>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(history: History<'a>, columns: usize, chars: usize) -> Self {
        Self { history, columns, chars, rows: 0, unknown: 0, first: Samples::new(NAMED) }
    }

    /// Asks for a row of the other table that this one hasn't at its end; more bytes may follow its values.
    pub(super) fn ask(&mut self, key: &[u8], values: &[u8]) {
        let mut fields: Vec<Field<'_>> =
            Packed::new(key).chain(Packed::new(values).take(self.columns)).collect();
        let mut held = (self.history)(&fields);
        if held == Some(false) {
            // Without types an empty field may stand for one that is missing.
            let mut empty = fields.iter_mut().filter(|field| is_empty(field)).peekable();
            if empty.peek().is_some() {
                empty.for_each(|field| *field = Field::MISSING);
                held = (self.history)(&fields);
            }
        }
        match held {
            Some(true) => {
                self.rows += 1;
                self.first.offer(key, || glances(key, self.chars));
            }
            Some(false) => {}
            None => self.unknown += 1,
        }
    }

    pub(super) fn finish(self) -> RightInBetween {
        RightInBetween { rows: self.rows, unknown: self.unknown, first: self.first.into_values().collect() }
    }
}

fn is_empty(field: &Field<'_>) -> bool {
    field.kind == FieldKind::Untyped && field.text.is_empty()
}
