//! Describes what a reference gives whose answer is a table.

use std::fmt::Display;

use datasets::Table;

use crate::BatchError;

/// The most rows of an answer whose size isn't bounded by the dataset's: sliding windows and joins.
///
/// A row takes some 100 bytes until the table is sorted, so this many take 6 GiB; a parameter that asks for more is
/// nearly always a slip of the pen, and an error beats a machine that swaps.
pub const MAX_ROWS: u64 = 1 << 26;

/// The exact answer of a problem, and what was counted on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The rows, sorted by their key columns (texts by their bytes), each key once.
    pub table: Table,
    /// Holds what a report can say about the dataset, always the same names in the same order.
    pub counts: Vec<Count>,
}

/// A number with the name of what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Holds what is counted, in the plural: `conflicting ids`.
    pub name: &'static str,
    /// Says how many there are.
    pub value: u64,
}

impl Answer {
    /// The count with this name.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.counts.iter().find(|count| count.name == name).map(|count| count.value)
    }
}

/// Returns how many there are, as the number that a column holds.
pub(crate) fn counted<T>(slice: &[T]) -> i64 {
    (slice.len() as u64).cast_signed()
}

/// Refuses an answer of more than [`MAX_ROWS`] rows before it is built.
pub(crate) fn check_rows(rows: u128, asked: impl Display, hint: &str) -> Result<(), BatchError> {
    if rows <= u128::from(MAX_ROWS) {
        return Ok(());
    }
    Err(BatchError::whole(format!("{asked} gives {rows} rows, more than {MAX_ROWS}; {hint}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_rows_are_allowed_and_one_more_is_not() {
        assert_eq!(check_rows(MAX_ROWS.into(), "this", "ask for less"), Ok(()));
        let error = check_rows(u128::from(MAX_ROWS) + 1, "this", "ask for less").expect_err("too many");
        assert_eq!(error.to_string(), "this gives 67108865 rows, more than 67108864; ask for less");
    }
}
