//! Describes what can be wrong with a log, and what to do about it.

use std::io;

/// Says why a log can't be created, opened, written or read. Each names the place and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Another process, or another log of this one, writes into the folder.
    #[error(
        "{place}: {} writes into this log; wait until it ends, or use another folder",
        pid.map_or("another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        /// The folder.
        place: String,
        /// The process that holds the lock, if it has left its number.
        pid: Option<u32>,
    },
    /// A log was to be created where there is something already.
    #[error(
        "{place}: it holds '{found}', a log is created in a new or an empty folder; open it, or use another folder"
    )]
    Occupied {
        /// The folder.
        place: String,
        /// One of the files found there.
        found: String,
    },
    /// A log was to be opened where there is none.
    #[error("{place}: {what}, so there is no log to be opened; create one, or name the folder of a log")]
    NotALog {
        /// The folder.
        place: String,
        /// Holds what is missing.
        what: String,
    },
    /// A later version of the program wrote it.
    #[error(
        "{place}: a log of format {found}, this program knows formats up to {known}; use the newer program"
    )]
    NewerFormat {
        /// The file.
        place: String,
        /// The format found.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// Something that was acknowledged isn't what was written.
    #[error(
        "{place}/{file}: damaged at byte {byte}, where entry {offset} should be: {what}; restore the folder from a \
         copy, or write the log again from its dataset"
    )]
    Damaged {
        /// The folder.
        place: String,
        /// The file in it: a segment.
        file: String,
        /// The offset of the entry, or of the first one that is missing.
        offset: u64,
        /// Where in the file it begins.
        byte: u64,
        /// Holds what is wrong.
        what: String,
    },
    /// The file of acknowledgements isn't what was written.
    #[error(
        "{place}/{file}: damaged at byte {byte}: {what}; restore the folder from a copy, or write the log again from \
         its dataset"
    )]
    DamagedHead {
        /// The folder.
        place: String,
        /// The file in it.
        file: String,
        /// Where in the file the part begins.
        byte: u64,
        /// Holds what is wrong.
        what: String,
    },
    /// A setting makes no sense.
    #[error("{setting} is {value}, expected at least {least}; choose a greater one")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// Its value.
        value: u64,
        /// The least that is allowed.
        least: u64,
    },
    /// An entry is too long; nothing of the append was written.
    #[error("{place}: entry {offset} has {length} bytes, an entry has at most {limit}; split it")]
    TooLong {
        /// The folder.
        place: String,
        /// The offset that it would have had.
        offset: u64,
        /// Its length.
        length: usize,
        /// The longest that is allowed.
        limit: usize,
    },
    /// The disk became full; nothing of the append is in the log.
    #[error("{place}: the disk is full and nothing was appended at {end}; free some room and append again")]
    DiskFull {
        /// The folder.
        place: String,
        /// The next offset, as before.
        end: u64,
    },
    /// A log elsewhere can't be reached, or not with these settings.
    #[error("{why}")]
    Unreachable {
        /// Holds what was tried, and where.
        why: String,
        /// The cure.
        hint: &'static str,
    },
    /// Something else than the log is kept elsewhere, or not all of it.
    #[error("{place}: {what}")]
    Spoilt {
        /// Where it is kept.
        place: String,
        /// Holds what was found.
        what: String,
        /// The cure.
        hint: &'static str,
    },
    /// Another process has opened the log since; nothing of the append is in it.
    #[error(
        "{place}: another process has taken this log over; only one appends, so nothing was appended at {end}"
    )]
    TakenOver {
        /// Where it is kept.
        place: String,
        /// The next offset, as this process knows it.
        end: u64,
    },
    /// Whoever keeps the log doesn't answer any more.
    #[error("{place}: can't {to}: {cause}")]
    Away {
        /// Where it is kept.
        place: String,
        /// Holds what was to be done.
        to: String,
        /// Holds what is known of the cause.
        cause: String,
    },
    /// The machine failed, which says nothing of what the log holds.
    #[error("{place}: can't {to}: {cause}; see to the folder's disk and rights, then try again")]
    Failed {
        /// The folder.
        place: String,
        /// Holds what was to be done.
        to: String,
        /// Holds what the operating system said.
        cause: String,
    },
}

impl LogError {
    /// Returns the error of a place where `to` was to be done.
    pub(super) fn failed(place: String, to: impl Into<String>, cause: &io::Error) -> LogError {
        LogError::Failed { place, to: to.into(), cause: cause.to_string() }
    }
}

/// Describes what stops a walk over a segment's entries.
#[derive(Debug)]
pub(super) enum Stop {
    /// The file can't be read.
    Failed(io::Error),
    /// At this byte there isn't the entry that should be there.
    Wrong { byte: u64, offset: u64, what: String },
    /// The segment's header is of a format to come.
    Newer(u32),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Failed(error)
    }
}

impl Stop {
    /// Returns the error of a log: it happened in this file of this folder.
    pub(super) fn at(self, place: String, file: String, known: u32) -> LogError {
        match self {
            Stop::Failed(cause) => LogError::failed(place, format!("read {file}"), &cause),
            Stop::Wrong { byte, offset, what } => LogError::Damaged { place, file, offset, byte, what },
            Stop::Newer(found) => LogError::NewerFormat { place: format!("{place}/{file}"), found, known },
        }
    }
}
