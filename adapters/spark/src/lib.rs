//! Answers SQL over a frozen dataset, computed by a Spark cluster through Spark Connect: a reference for data and for queries
//! that one machine is too small for, in the text that `DataFusion` answers, too.
//!
//! The records are read and hashed here and sent to the server, as the table `records` of a session that is one query's own and
//! is gone with it. docs/sql.md says what a text means there, and where it differs from `DataFusion`.

mod address;
mod answer;
mod engine;
mod explain;
mod functions;
mod messages;
mod session;
mod statement;
mod types;
mod upload;

use std::time::Duration;

use batch::{BatchError, Given, Outside, Shape};
use datasets::{Answer, Frozen, Keys};

pub use sql_tables::{SqlError, SqlErrorKind};

use crate::address::Address;
use crate::statement::Statement;

/// A reference that a Spark cluster computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    statement: Statement,
    address: Address,
    time: Duration,
}

/// Makes a reference of a query over the table `records`, of the server's address and of the time that it may take: from the
/// connection to the last row.
///
/// # Errors
///
/// If the text is no query, or one that does more than ask, or the address is none. No server is asked yet.
pub fn reference(sql: &str, address: &str, time: Duration) -> Result<Query, SqlError> {
    Ok(Query { statement: Statement::parse(sql)?, address: Address::parse(address)?, time })
}

impl Outside for Query {
    fn name(&self) -> &'static str {
        "spark"
    }

    fn notes(&self, _: &Frozen) -> Vec<String> {
        let note = "`/` gives a fraction in Spark, where DataFusion divides whole numbers; `div` gives a whole number";
        if self.statement.divides() { vec![note.to_owned()] } else { Vec::new() }
    }

    fn compute(&self, frozen: &Frozen, shape: &Shape, stop: &dyn Fn() -> bool) -> Result<Given, BatchError> {
        match shape {
            Shape::Rows => {}
            Shape::Decisions | Shape::Table(_) => {
                let message = "SQL gives a table of its own columns, which is no answer of this problem";
                return Err(BatchError::usage(message.to_owned()));
            }
        }
        let table = engine::run(self, frozen, stop)?;
        Ok(Given { answer: Answer::Table(table), keys: Keys::default() })
    }
}
