//! A table of a server, as the sink that fills it is told of it.

use std::fmt;

use super::SinkColumn;

/// How a server is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// A connection string as libpq reads it, without a password.
    pub url: String,
    /// The password, which is shown nowhere.
    pub password: Option<String>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.url).finish()
    }
}

/// A table of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerTable {
    /// Where it is to be.
    pub server: Server,
    /// Its name, unquoted.
    pub table: String,
    /// By this name its maker is known: another run's table is refused.
    pub run: String,
    /// It stays when the run is over.
    pub keep: bool,
    /// Its columns.
    pub columns: Vec<SinkColumn>,
}
