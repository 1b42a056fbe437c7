//! The server that is asked here.

use std::time::Duration;

use batch::{BatchError, Given, Outside as _, Shape};
use datasets::{Answer, Frozen, Table};
use spark::reference;

/// Days of a zone, in this engine's words.
pub(crate) const LOCAL_DAYS: &str = include_str!("../../../../sql_tables/queries/spark/local_days.sql");

/// Takes so many lengths of windows: a server takes its time for each.
pub(crate) const ROUNDS: usize = 1;

/// A sum that may be beyond 64 bits, where this engine's own fails.
pub(crate) const WIDE_SUM: &str = "sum(CAST(value AS DECIMAL(38, 0)))";

/// Where it is.
pub(crate) fn server() -> Option<String> {
    std::env::var("COUNTERPOINT_TEST_SPARK").ok()
}

/// Returns whether there is a server that can be asked.
pub(crate) fn is_there() -> bool {
    let is_there = server().is_some();
    if !is_there {
        println!("skipped: COUNTERPOINT_TEST_SPARK names no server");
    }
    is_there
}

/// Has the server answer a query.
pub(crate) fn ask(frozen: &Frozen, query: &str) -> Result<Table, BatchError> {
    ask_at(&server().expect("a server"), frozen, query, Duration::from_mins(2))
}

/// Has a server answer a query within a time.
pub(crate) fn ask_at(
    server: &str,
    frozen: &Frozen,
    query: &str,
    time: Duration,
) -> Result<Table, BatchError> {
    let query = reference(query, server, time).map_err(BatchError::from)?;
    let Given { answer, .. } = query.compute(frozen, &Shape::Rows, &|| false)?;
    match answer {
        Answer::Table(table) => Ok(table),
        Answer::Decisions(_) => panic!("a table"),
    }
}
