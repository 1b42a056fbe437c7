//! SQL as a reference from outside.

use batch::{BatchError, Given, Outside, Shape};
use datasets::{Answer, Frozen, Keys};

use crate::{SqlError, answer, engine};

/// A reference that is computed by SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    sql: String,
}

/// Makes a reference of a query over the table `records`.
///
/// # Errors
///
/// If the text is no query, or one that does more than ask. Its names are held against the dataset when it is answered.
pub fn reference(sql: impl Into<String>) -> Result<Query, SqlError> {
    let sql = sql.into();
    engine::check(&sql)?;
    Ok(Query { sql })
}

impl Outside for Query {
    fn name(&self) -> &'static str {
        "sql"
    }

    fn notes(&self, frozen: &Frozen) -> Vec<String> {
        engine::notes(frozen, &self.sql).unwrap_or_default()
    }

    fn compute(&self, frozen: &Frozen, shape: &Shape, stop: &dyn Fn() -> bool) -> Result<Given, BatchError> {
        match shape {
            Shape::Rows => {}
            Shape::Decisions | Shape::Table(_) => {
                let message = "SQL gives a table of its own columns, which is no answer of this problem";
                return Err(BatchError::usage(message.to_owned()));
            }
        }
        let answered = answer(frozen, &self.sql, stop)?;
        Ok(Given { answer: Answer::Table(answered.table), keys: Keys::default() })
    }
}
