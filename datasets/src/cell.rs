//! Single cells of a table, for whoever makes or reads one row.

use crate::{Cells, Table};

/// One cell of a table, of the kind of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cell {
    /// A whole number of 64 bits.
    Int(i64),
    /// A whole number of 128 bits.
    Wide(i128),
    /// A whole number that may be missing.
    Maybe(Option<i64>),
    /// The number of a text in the dataset's [`Keys`](crate::Keys).
    Text(u32),
}

impl Cells {
    /// The cell in this row.
    ///
    /// # Panics
    ///
    /// If there is no such row, or the column's fields are as a file has them: cells are those of answers.
    #[inline]
    pub fn cell(&self, row: usize) -> Cell {
        match self {
            Self::Int(cells) => Cell::Int(cells[row]),
            Self::Wide(cells) => Cell::Wide(cells[row]),
            Self::Maybe(cells) => Cell::Maybe(cells[row]),
            Self::Text(cells) => Cell::Text(cells[row]),
            Self::Written(_) => panic!("a field as it was written is no cell of an answer"),
        }
    }

    /// Appends a cell.
    ///
    /// # Panics
    ///
    /// If the cell is of another kind: whoever makes rows knows the columns.
    pub fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Int(cells), Cell::Int(number)) => cells.push(number),
            (Self::Wide(cells), Cell::Wide(number)) => cells.push(number),
            (Self::Maybe(cells), Cell::Maybe(number)) => cells.push(number),
            (Self::Text(cells), Cell::Text(text)) => cells.push(text),
            (cells, cell) => panic!("{cell:?} doesn't belong into a column such as {cells:?}"),
        }
    }
}

impl Table {
    /// Appends a row.
    ///
    /// # Panics
    ///
    /// If there isn't one cell for each column, of the column's kind.
    pub fn push_row(&mut self, cells: &[Cell]) {
        assert_eq!(cells.len(), self.columns.len(), "a row has one cell for each column");
        for (column, &cell) in self.columns.iter_mut().zip(cells) {
            column.cells.push(cell);
        }
    }
}
