//! The engine that is asked here.

use datasets::{Frozen, Table};
use sql::{SqlError, answer};

/// Days of a zone, in this engine's words.
pub(crate) const LOCAL_DAYS: &str = include_str!("../../../../sql_tables/queries/local_days.sql");

/// Takes so many lengths of windows.
pub(crate) const ROUNDS: usize = 3;

/// A sum that may be beyond 64 bits: as any other.
pub(crate) const WIDE_SUM: &str = "sum(value)";

/// Returns whether it can be asked: it is within.
pub(crate) fn is_there() -> bool {
    true
}

/// Answers a query that nobody stops.
pub(crate) fn ask(frozen: &Frozen, query: &str) -> Result<Table, SqlError> {
    answer(frozen, query, &|| false).map(|answered| answered.table)
}
