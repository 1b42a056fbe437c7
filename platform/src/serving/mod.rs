//! Describes what architectures share: recorded time, the way into the log, and jobs that read it and serve rows.

pub(crate) mod dress;
pub(crate) mod folder;
pub(crate) mod healing;
pub(crate) mod kept;
pub(crate) mod logged;
#[cfg(test)]
pub(crate) mod outside;
pub(crate) mod readers;
pub(crate) mod rows;
pub(crate) mod runner;
pub(crate) mod store;
pub(crate) mod timeline;
pub(crate) mod view;
pub(crate) mod watching;
pub(crate) mod worker;
mod written;

use ::store::log::LogError;

use crate::error::Error;

/// Log or store can't go on: the disk is full, or the machine has failed. What was served stays as it was.
pub(crate) fn trouble(error: impl std::fmt::Display) -> Error {
    let cause = std::io::Error::other(error.to_string());
    Error::System { action: "keep log and serving store in", path: std::env::temp_dir(), cause }
}

/// The log can't go on. One that is kept elsewhere may be out of reach, or not what it was.
pub(crate) fn log_trouble(error: LogError) -> Error {
    let said = error.to_string();
    let system = |place: String, why: String| Error::System {
        action: "keep the log in",
        path: place.into(),
        cause: std::io::Error::other(why),
    };
    match error {
        LogError::Unreachable { hint, .. } => Error::usage(said).with_hint(hint),
        LogError::Spoilt { hint, .. } => Error::input(said).with_hint(hint),
        LogError::TakenOver { place, end } => {
            system(place, format!("another process has taken it over; nothing was appended at {end}"))
        }
        LogError::Away { place, to, cause } => system(place, format!("can't {to}: {cause}")),
        _ => trouble(said),
    }
}
