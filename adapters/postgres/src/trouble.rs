//! Troubles with a server, told apart by what is to be done.

use replay::recovery::SinkError;
use tokio_postgres::{Error, error::SqlState};

/// Why a transaction did not come to its end, as far as anybody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server is gone, or didn't answer: nobody knows what became of it. It may be tried again.
    Lost(String),
    /// Trying again would not help.
    Final(SinkError),
}

impl Trouble {
    /// Of what the library says of the server at `address`.
    pub(crate) fn of(error: &Error, address: &str) -> Self {
        let Some(told) = error.as_db_error() else {
            let what = format!("{address}: {}", chain(error));
            let is_lost = error.is_closed() || is_of_the_system(error);
            return if is_lost { Self::Lost(what) } else { Self::Final(SinkError::Failed(what)) };
        };
        let detail = told.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        let what = format!("{address}: {}{detail}", told.message());
        let refused =
            |hint: &str| Self::Final(SinkError::Refused { what: what.clone(), hint: hint.to_owned() });
        match told.code() {
            code if is_passing(code) => Self::Lost(what),
            &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                refused("name another user, or give the password in PGPASSWORD")
            }
            &SqlState::INVALID_CATALOG_NAME => refused("create it, or name another: dbname=…"),
            &SqlState::INSUFFICIENT_PRIVILEGE => {
                refused("let the user create tables there, or name another user")
            }
            &SqlState::DISK_FULL => {
                Self::Final(SinkError::Failed(format!("{what}: the server's disk is full")))
            }
            _ => Self::Final(SinkError::Failed(what)),
        }
    }

    /// Returns the error where nothing is there yet that could come back.
    pub(crate) fn at_first(self, example: &str) -> SinkError {
        match self {
            Self::Lost(what) => {
                SinkError::Refused { what, hint: format!("start it, or name another: {example}") }
            }
            Self::Final(error) => error,
        }
    }
}

impl From<SinkError> for Trouble {
    fn from(error: SinkError) -> Self {
        Self::Final(error)
    }
}

/// A server that ends or begins, and transactions that stood in each other's way.
fn is_passing(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
    ]
    .contains(code)
        || code.code().starts_with("08")
}

fn is_of_the_system(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.is::<std::io::Error>() {
            return true;
        }
        source = error.source();
    }
    // "timeout waiting for server" has none.
    error.to_string().contains("timeout") || error.to_string().contains("connecting to server")
}

/// An error and what caused it.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        source = error.source();
    }
    text
}
