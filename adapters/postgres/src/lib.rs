//! Delivers rows to a table of PostgreSQL: written by key, each epoch in one transaction with its number.
//!
//! Beside the table stand two more, for as long as the run lasts: `…_run` says whose it is and who may write, `…_epochs` which
//! epochs it holds. The client library is tokio-postgres; no other crate sees it.

mod connection;
mod patient;
mod queries;
mod session;
mod statements;
mod trouble;
mod view;

pub use view::{check_view, open_view};

use replay::recovery::{Server, ServerTable, Sink, SinkError};

use self::{patient::Patient, session::Session};

/// Finds out whether tables can be made on this server, and that nobody else's have these names. Touches nothing.
pub fn check(server: &Server, tables: &[String]) -> Result<(), SinkError> {
    let table = |name: &String| ServerTable {
        server: server.clone(),
        table: name.clone(),
        run: String::new(),
        keep: false,
        columns: Vec::new(),
    };
    tables.iter().try_for_each(|name| {
        let mut session = Session::new(&table(name))?;
        let example = "postgres.url = \"host=… port=… user=… dbname=…\"";
        session.check().map_err(|trouble| trouble.at_first(example))
    })
}

/// The sink of a version's rows; nothing is connected to before its first call.
pub fn open(table: &ServerTable) -> Box<dyn Sink> {
    Box::new(Patient::new(Session::new(table)))
}
