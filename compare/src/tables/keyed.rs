//! A table with the columns that name its rows.

use std::cmp::Ordering;

use datasets::{Cells, Table};

use super::{cells::Sense, order::Order};
use crate::Glance;

/// Holds a table, and which of its columns name a row.
#[derive(Debug)]
pub(crate) struct Keyed<'a> {
    pub(crate) table: &'a Table,
    at: Vec<usize>,
    cells: Vec<&'a Cells>,
    sense: Sense<'a>,
}

/// Why the rows of a table can't be told apart by a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// A row, counted from 0, has no field in this column.
    NoField { column: usize, row: usize },
    /// The first of two rows, and the second, have one key.
    Twice(usize, usize),
}

impl<'a> Keyed<'a> {
    /// A table whose own first columns name a row.
    pub(crate) fn own(table: &'a Table, sense: Sense<'a>) -> Self {
        Self::by(table, (0..table.key_columns).collect(), sense)
    }

    /// A table whose columns with these names do. It may lack one, which is returned.
    pub(crate) fn named<'n>(
        table: &'a Table,
        names: &'n [String],
        sense: Sense<'a>,
    ) -> Result<Self, &'n String> {
        let place =
            |name: &'n String| table.columns.iter().position(|column| column.name == **name).ok_or(name);
        Ok(Self::by(table, names.iter().map(place).collect::<Result<_, _>>()?, sense))
    }

    fn by(table: &'a Table, at: Vec<usize>, sense: Sense<'a>) -> Self {
        let cells = at.iter().map(|&column| &table.columns[column].cells).collect();
        Self { table, at, cells, sense }
    }

    pub(crate) fn rows(&self) -> usize {
        self.table.rows()
    }

    /// Returns whether a column names rows.
    pub(crate) fn names_by(&self, column: usize) -> bool {
        self.at.contains(&column)
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

    /// The order in which the rows' keys ascend, each another one.
    pub(crate) fn ascending(&self) -> Result<Order, NoKey> {
        let gap = |(key, cells): (usize, &&Cells)| match cells {
            Cells::Written(fields) => Some((fields.first_gap()?, key)),
            Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) => None,
        };
        let first_gap = self.cells.iter().enumerate().filter_map(gap).min();
        let rows = first_gap.map_or(self.rows(), |(row, _)| row);
        let order = Order::of(&self.cells, rows, self.sense)
            .map_err(|(first, second)| NoKey::Twice(first, second))?;
        match first_gap {
            Some((row, key)) => Err(NoKey::NoField { column: self.at[key], row }),
            None => Ok(order),
        }
    }

    /// A glance at a row's key. Its fields have the kinds by which keys are told apart.
    pub(crate) fn key(&self, row: usize, most_chars: usize) -> Vec<Glance> {
        let mut key = self.key_as_written(row, most_chars);
        for (glance, cells) in key.iter_mut().zip(&self.cells) {
            if matches!(cells, Cells::Written(_)) {
                glance.kind = self.sense.typing.kind(glance.kind);
            }
        }
        key
    }

    /// A glance at a row's key as it stands there.
    pub(crate) fn key_as_written(&self, row: usize, most_chars: usize) -> Vec<Glance> {
        self.at.iter().map(|&column| self.glance(column, row, most_chars)).collect()
    }

    /// A glance at any cell.
    pub(crate) fn glance(&self, column: usize, row: usize, most_chars: usize) -> Glance {
        Glance::of(self.table, column, row, self.sense.keys, most_chars)
    }
}
