//! References in SQL: the engine is an adapter, which the program hands over when it has one.

use std::sync::OnceLock;

use batch::Outside;

/// A reference that something computes outside of the problem's own code.
pub type AnyOutside = Box<dyn Outside + Send + Sync>;

/// Makes the reference of a query; the error says what is wrong with the query.
pub type MakeSql = fn(&str) -> Result<AnyOutside, String>;

static MAKE: OnceLock<MakeSql> = OnceLock::new();

/// Hands over an engine for queries, once; a second is ignored.
pub fn provide(make: MakeSql) {
    let _ = MAKE.set(make);
}

/// Returns the engine, if this program has one.
pub(super) fn engine() -> Option<MakeSql> {
    MAKE.get().copied()
}
