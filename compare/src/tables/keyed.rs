//! A table with the columns that name its rows.

use std::cmp::Ordering;

use datasets::{Cells, Table};

use super::cells::Sense;
use crate::Glance;

/// Holds a table, whose first columns name a row.
#[derive(Debug)]
pub(crate) struct Keyed<'a> {
    pub(crate) table: &'a Table,
    cells: Vec<&'a Cells>,
    sense: Sense<'a>,
}

impl<'a> Keyed<'a> {
    /// A table whose own first columns name a row.
    pub(crate) fn own(table: &'a Table, sense: Sense<'a>) -> Self {
        let cells = table.columns[..table.key_columns].iter().map(|column| &column.cells).collect();
        Self { table, cells, sense }
    }

    pub(crate) fn rows(&self) -> usize {
        self.table.rows()
    }

    /// Returns whether a column names rows.
    pub(crate) fn names_by(&self, column: usize) -> bool {
        column < self.table.key_columns
    }

    /// The order of the key of a row of this table and that of another's.
    #[inline]
    pub(crate) fn order(&self, row: usize, other: &Self, there: usize) -> Ordering {
        let pairs = self.cells.iter().zip(&other.cells);
        let mut orders = pairs.map(|(a, b)| self.sense.order(a, row, b, there));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Returns whether the tables have so many rows from these on, with the same keys.
    pub(crate) fn agrees(&self, row: usize, other: &Self, there: usize, rows: usize) -> bool {
        row + rows <= self.rows()
            && there + rows <= other.rows()
            && self.cells.iter().zip(&other.cells).all(|(a, b)| a.agree(row, b, there, rows))
    }

    /// A glance at a row's key. Its fields have the kinds by which keys are told apart.
    pub(crate) fn key(&self, row: usize, most_chars: usize) -> Vec<Glance> {
        let glance = |(column, cells): (usize, &&Cells)| {
            let mut glance = self.glance(column, row, most_chars);
            if matches!(cells, Cells::Written(_)) {
                glance.kind = self.sense.typing.kind(glance.kind);
            }
            glance
        };
        self.cells.iter().enumerate().map(glance).collect()
    }

    /// A glance at any cell.
    pub(crate) fn glance(&self, column: usize, row: usize, most_chars: usize) -> Glance {
        Glance::of(self.table, column, row, self.sense.keys, most_chars)
    }
}
