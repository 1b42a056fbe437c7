//! The exact answer of a log that grows by a record at a time, for whoever must know it at every prefix.
//!
//! After n records in the order in which they were added, the rows are those of the problem's reference over the same n
//! records in that order. A record costs about as much as the rows that it changes, never the table.

mod enriched;
mod paid;
mod sessions;
mod totals;
mod windows;

use datasets::{Cell, Cells, Event, Table, TableColumn};
use foldhash::fast::RandomState;

use crate::BatchError;
use crate::windowed_aggregation::Window;

pub use enriched::Enriched;
pub use paid::Paid;
pub use sessions::Sessions;
pub use totals::Totals;
pub use windows::Windows;

/// Is the answer of a problem over records of type `R` while its log grows.
///
/// Rows have numbers, counted from 0 in the order in which they first came to be. A number stays its key's for ever: a row
/// that is gone and comes back has its old one.
pub trait Growing<R>: Send {
    /// Adds the next record, and appends to `touched` the number of each row that isn't as it was: the record made it, ended
    /// it or gave it another value.
    ///
    /// # Errors
    ///
    /// Where the reference of the same records fails. No record may follow.
    fn add(&mut self, record: &R, touched: &mut Vec<u32>) -> Result<(), BatchError>;

    /// Returns whether there is this row: it was made, and isn't gone.
    fn has(&self, row: u32) -> bool;

    /// Appends the cells of a row's key, also of one that is gone.
    fn key(&self, row: u32, cells: &mut Vec<Cell>);

    /// Appends the other cells of a row that isn't gone.
    fn value(&self, row: u32, cells: &mut Vec<Cell>);

    /// Returns the greatest event time of the records so far.
    fn newest_ms(&self) -> Option<i64>;

    /// Returns a table of the answer's columns, without a row.
    fn columns(&self) -> Table;
}

/// Rows that are not as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChanges {
    /// The rows that are new or have another value, in the order of their numbers.
    pub rows: Table,
    /// The keys of the rows that are gone, or came and went since.
    pub gone: Table,
}

/// Returns the touched rows as they are now, each once, and empties `touched`.
pub fn changes<R>(growing: &dyn Growing<R>, touched: &mut Vec<u32>) -> RowChanges {
    touched.sort_unstable();
    touched.dedup();
    let rows = growing.columns();
    let gone = Table::new(rows.key_columns, rows.columns[..rows.key_columns].to_vec());
    let mut changes = RowChanges { rows, gone };
    let mut cells = Vec::new();
    for row in touched.drain(..) {
        cells.clear();
        growing.key(row, &mut cells);
        if growing.has(row) {
            growing.value(row, &mut cells);
            changes.rows.push_row(&cells);
        } else {
            changes.gone.push_row(&cells);
        }
    }
    changes
}

/// The answer of `windowed-aggregation` and `sessions` while its log grows.
///
/// # Errors
///
/// If a number of the window is below 1.
pub fn windowed(window: Window) -> Result<Box<dyn Growing<Event>>, BatchError> {
    window.check()?;
    Ok(match window {
        Window::Tumbling { size_ms } => Box::new(Windows::new(window, size_ms, size_ms)),
        Window::Sliding { size_ms, slide_ms } => Box::new(Windows::new(window, size_ms, slide_ms)),
        Window::Session { gap_ms } => Box::new(Sessions::new(gap_ms)),
    })
}

/// A map whose order nobody sees; the hash is seeded at random, so that no file can choose what collides.
type Map<K, V> = std::collections::HashMap<K, V, RandomState>;

/// Count, sum and extremes of some values, at least one.
#[derive(Debug, Clone, Copy)]
struct Aggregate {
    sum: i128,
    count: i64,
    min: i64,
    max: i64,
}

impl Aggregate {
    fn of(value: i64) -> Self {
        Self { count: 1, sum: value.into(), min: value, max: value }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    fn write(&self, cells: &mut Vec<Cell>) {
        let Self { sum, count, min, max } = *self;
        cells.extend([Cell::Int(count), Cell::Wide(sum), Cell::Int(min), Cell::Int(max)]);
    }
}

/// The columns of windows.
fn window_columns() -> Table {
    columns(
        3,
        [
            ("window_start_ms", Cells::Int(Vec::new())),
            ("window_end_ms", Cells::Int(Vec::new())),
            ("key", Cells::Text(Vec::new())),
            ("count", Cells::Int(Vec::new())),
            ("sum", Cells::Wide(Vec::new())),
            ("min", Cells::Int(Vec::new())),
            ("max", Cells::Int(Vec::new())),
        ],
    )
}

fn columns<const N: usize>(key_columns: usize, columns: [(&'static str, Cells); N]) -> Table {
    let column = |(name, cells): (&'static str, Cells)| TableColumn { name: name.into(), cells };
    Table::new(key_columns, columns.into_iter().map(column).collect())
}

/// The number of a row that comes next.
fn next<T>(rows: &[T]) -> u32 {
    u32::try_from(rows.len()).expect("an answer has fewer than 2^32 rows")
}
