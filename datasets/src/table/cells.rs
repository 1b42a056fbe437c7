//! The cells of a column, each kind in a list of its own.

use super::{ranks::Ranks, written::Written};

/// The cells of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cells {
    /// Whole numbers of 64 bits.
    Int(Vec<i64>),
    /// Whole numbers of 128 bits: sums, which must not overflow.
    Wide(Vec<i128>),
    /// Whole numbers that may be missing; an empty field.
    Maybe(Vec<Option<i64>>),
    /// Numbers of texts in the dataset's [`Keys`](crate::Keys).
    Text(Vec<u32>),
    /// Fields as they were written, of a table that came from a file.
    Written(Written),
}

impl Cells {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Int(cells) => cells.len(),
            Self::Wide(cells) => cells.len(),
            Self::Maybe(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
            Self::Written(fields) => fields.rows(),
        }
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether `rows` cells from row `at` on are those of `other` from `there` on. Cells of another kind never
    /// are.
    pub fn agree(&self, at: usize, other: &Self, there: usize, rows: usize) -> bool {
        if let (Self::Written(a), Self::Written(b)) = (self, other) {
            return a.agree(at, b, there, rows);
        }
        let (here, there) = (at..at + rows, there..there + rows);
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a[here] == b[there],
            (Self::Wide(a), Self::Wide(b)) => a[here] == b[there],
            (Self::Maybe(a), Self::Maybe(b)) => a[here] == b[there],
            (Self::Text(a), Self::Text(b)) => a[here] == b[there],
            (Self::Int(_) | Self::Wide(_) | Self::Maybe(_) | Self::Text(_) | Self::Written(_), _) => false,
        }
    }

    /// The order of their values; `of_texts`: that of the texts.
    pub(super) fn ranks(&self, of_texts: &[u32]) -> Ranks {
        match self {
            Self::Int(cells) => Ranks::new(cells),
            Self::Wide(cells) => Ranks::new(cells),
            Self::Maybe(cells) => Ranks::new(cells),
            Self::Text(cells) => Ranks {
                by_row: cells.iter().map(|&text| of_texts[text as usize]).collect(),
                different: of_texts.len(),
            },
            Self::Written(fields) => {
                Ranks::new(&(0..fields.rows()).map(|row| fields.field(row)).collect::<Vec<_>>())
            }
        }
    }

    pub(super) fn pick(&self, rows: &[u32]) -> Self {
        fn picked<T: Copy>(cells: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|&row| cells[row as usize]).collect()
        }
        match self {
            Self::Int(cells) => Self::Int(picked(cells, rows)),
            Self::Wide(cells) => Self::Wide(picked(cells, rows)),
            Self::Maybe(cells) => Self::Maybe(picked(cells, rows)),
            Self::Text(cells) => Self::Text(picked(cells, rows)),
            Self::Written(fields) => Self::Written(fields.picked(rows)),
        }
    }
}
