//! References in SQL: the engines are adapters, which the program hands over when it has them.

use std::{sync::OnceLock, time::Duration};

use batch::Outside;

/// A reference that something computes outside of the problem's own code.
pub type AnyOutside = Box<dyn Outside + Send + Sync>;

/// Makes the reference of a query; the error says what is wrong with the query.
pub type MakeSql = fn(&str) -> Result<AnyOutside, String>;

/// Makes the reference of a query that a server answers; the error says what is wrong with the query or the address.
pub type MakeServed = fn(&Served<'_>) -> Result<AnyOutside, String>;

/// A query for a server.
#[derive(Debug, Clone, Copy)]
pub struct Served<'a> {
    /// The text.
    pub query: &'a str,
    /// Where the server is.
    pub address: &'a str,
    /// How long all of it may take.
    pub time: Duration,
}

static MAKE: OnceLock<MakeSql> = OnceLock::new();
static MAKE_SPARK: OnceLock<MakeServed> = OnceLock::new();

/// Hands over an engine for queries, once; a second is ignored.
pub fn provide(make: MakeSql) {
    let _ = MAKE.set(make);
}

/// Hands over the way to Spark, once; a second is ignored.
pub fn provide_spark(make: MakeServed) {
    let _ = MAKE_SPARK.set(make);
}

/// Returns the engine, if this program has one.
pub(super) fn engine() -> Option<MakeSql> {
    MAKE.get().copied()
}

/// Returns the way to Spark, if this program has one.
pub(super) fn spark() -> Option<MakeServed> {
    MAKE_SPARK.get().copied()
}
