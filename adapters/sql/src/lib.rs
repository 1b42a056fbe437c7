//! Answers SQL over a frozen dataset, computed by `DataFusion`: a reference that needs no Rust.
//!
//! The dataset is the table `records`. A query is one `SELECT`, which may begin with `WITH`; it sees nothing but that table,
//! writes no file and knows no clock, so it gives the same answer whenever it is asked. Its answer is a table of cells as
//! they are [written](datasets::Written), the one way for each type. docs/sql.md says which types columns have, and where
//! answers differ from `DataFusion`'s own: numbers never wrap, sums and averages have all their digits.

mod engine;
mod epoch;
mod exact;
mod explain;
mod notes;
mod reference;
mod statement;

use std::time::Duration;

use datasets::{Frozen, Table};

pub use reference::{Query, reference};
pub use sql_tables::{SqlError, SqlErrorKind};

/// Says how much a query may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most rows of an answer.
    pub rows: usize,
    /// The most bytes of an answer's cells.
    pub bytes: usize,
    /// The most bytes that the engine may hold beside the data and the answer.
    pub memory: usize,
    /// The longest that a query may take.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 1 << 26, bytes: 2 << 30, memory: 4 << 30, time: Duration::from_hours(1) }
    }
}

/// Holds what a query gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The rows, with the columns that the query names. No column names a row yet.
    pub table: Table,
    /// Says what about the query its author may not expect, a sentence each.
    pub notes: Vec<String>,
}

/// Answers a query over the dataset, within the default [`Limits`]; `stop` is asked now and then.
///
/// # Errors
///
/// If the query makes no sense, the data aren't what was frozen, or the query fails on them.
pub fn answer(frozen: &Frozen, sql: &str, stop: &dyn Fn() -> bool) -> Result<Answered, SqlError> {
    answer_within(frozen, sql, &Limits::default(), stop)
}

/// Like [`answer`], within these limits.
///
/// # Errors
///
/// The same, and if a limit doesn't do.
pub fn answer_within(
    frozen: &Frozen,
    sql: &str,
    limits: &Limits,
    stop: &dyn Fn() -> bool,
) -> Result<Answered, SqlError> {
    engine::run(frozen, sql, limits, stop)
}
