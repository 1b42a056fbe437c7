//! Describes what architectures share: recorded time, the way into the log, and jobs that read it and serve rows.

pub(crate) mod folder;
pub(crate) mod healing;
pub(crate) mod logged;
pub(crate) mod readers;
pub(crate) mod rows;
pub(crate) mod runner;
pub(crate) mod store;
pub(crate) mod timeline;
pub(crate) mod watching;
pub(crate) mod worker;
mod written;

use crate::error::Error;

/// Log or store can't go on: the disk is full, or the machine has failed. What was served stays as it was.
pub(crate) fn trouble(error: impl std::fmt::Display) -> Error {
    let cause = std::io::Error::other(error.to_string());
    Error::System { action: "keep log and serving store in", path: std::env::temp_dir(), cause }
}
