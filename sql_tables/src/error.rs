//! Why there is no answer.

use std::fmt;

use batch::BatchError;

/// Says whose fault it is that there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlErrorKind {
    /// The query makes no sense, or asks for what isn't allowed: exit code 2.
    Query,
    /// The engine can't be reached where the query says that it is: exit code 2.
    Unreachable,
    /// The dataset can't be read, or has changed: exit code 4.
    Data,
    /// The query makes sense and fails on these data: it divides by zero, overflows, gives too much: exit code 4.
    Failed,
    /// The caller has told it to stop.
    Stopped,
}

/// Why SQL gives no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// Says whose fault it is.
    pub kind: SqlErrorKind,
    /// Holds what is wrong, on one line; whatever comes from the query or from data is escaped.
    pub message: String,
    /// Says how to cure it, where that is known.
    pub hint: Option<String>,
}

impl SqlError {
    /// Returns the error of a query that makes no sense.
    pub fn query(message: impl Into<String>) -> Self {
        Self::new(SqlErrorKind::Query, message)
    }

    /// Returns the error of a query that fails on these data.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(SqlErrorKind::Failed, message)
    }

    /// Returns an error without a hint.
    pub fn new(kind: SqlErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// Returns it with a hint, where there is one.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<Option<String>>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for SqlError {}

impl From<datasets::Error> for SqlError {
    fn from(error: datasets::Error) -> Self {
        Self { kind: SqlErrorKind::Data, message: error.to_string(), hint: error.hint() }
    }
}

impl From<SqlError> for BatchError {
    fn from(error: SqlError) -> Self {
        match error.kind {
            SqlErrorKind::Query | SqlErrorKind::Unreachable => Self::usage(error.to_string()),
            SqlErrorKind::Data | SqlErrorKind::Failed | SqlErrorKind::Stopped => {
                Self::whole(error.to_string())
            }
        }
    }
}

/// Returns a text on one line, escaped.
pub fn flat(message: &str) -> String {
    datasets::shown(&message.split_whitespace().collect::<Vec<_>>().join(" ")).to_string()
}
