//! Describes what can go wrong with data on disk: where it happened, whose fault it is, and the cure when one is known.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::is_stopped;
use crate::shown::shown_path;
use crate::toml_problem::TomlProblem;

/// A spot in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the caller named it.
    pub file: PathBuf,
    /// The line, counted from 1; `None` when the file as a whole is meant.
    pub line: Option<u64>,
    /// Names the copy of what stands there, if one is meant: `copy 2 of record 17`.
    pub copy: Option<String>,
}

impl Place {
    /// The file as a whole.
    pub fn file(file: &Path) -> Self {
        Self { file: file.to_owned(), line: None, copy: None }
    }

    /// A line of the file, counted from 1.
    pub fn line(file: &Path, line: u64) -> Self {
        Self { file: file.to_owned(), line: Some(line), copy: None }
    }

    pub(crate) fn rejects(self, message: impl Into<String>) -> Error {
        Error::Input { place: self, message: message.into(), hint: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_path(&self.file))?;
        self.line.map_or(Ok(()), |line| write!(f, " line {line}"))?;
        self.copy.as_ref().map_or(Ok(()), |copy| write!(f, " ({copy})"))
    }
}

/// Whose fault an error is, which decides the program's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A file that was read is missing, unreadable, malformed or changed.
    Input,
    /// The caller asked for something that makes no sense.
    Usage,
    /// The folder to be written exists already.
    TargetExists,
    /// The machine failed: disk full, no permission to write.
    System,
    /// The caller has told it to stop.
    Interrupted,
}

/// Everything that can go wrong in this crate.
///
/// Messages are lowercase fragments that name the file, line and value; whatever comes from a file is escaped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file holds something that it may not.
    #[error("{place}: {message}")]
    Input {
        /// Where.
        place: Place,
        /// Holds what is wrong.
        message: String,
        /// Says how to cure it.
        hint: Option<String>,
    },
    /// A TOML file doesn't read as what it should be.
    #[error(transparent)]
    Toml(Box<TomlProblem>),
    /// A frozen dataset isn't what was frozen.
    #[error("{place}: changed since the freeze: {detail}")]
    Changed {
        /// The data file.
        place: Place,
        /// Says how that shows.
        detail: String,
    },
    /// A file that should be read isn't there, or can't be read.
    #[error("{}: {}", shown_path(path), reason(cause))]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Holds what the system says.
        cause: io::Error,
    },
    /// The machine failed while something was written.
    #[error("cannot {action} {}: {}", shown_path(path), reason(cause))]
    System {
        /// Holds what was tried: `write`, `create`, `rename`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Holds what the system says.
        cause: io::Error,
    },
    /// The caller asked for something that makes no sense.
    #[error("{message}")]
    Usage {
        /// Holds what is wrong.
        message: String,
        /// Says how to cure it.
        hint: Option<String>,
    },
    /// The folder to be written exists already; nothing was touched.
    #[error("{} exists already", shown_path(path))]
    TargetExists {
        /// The folder.
        path: PathBuf,
    },
    /// The caller has told it to stop; nothing was left behind.
    #[error("interrupted; nothing was kept")]
    Interrupted,
}

impl Error {
    /// Whose fault it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { cause, .. } if is_of_machine(cause) => ErrorKind::System,
            Self::Input { .. } | Self::Toml(_) | Self::Changed { .. } | Self::Unreadable { .. } => {
                ErrorKind::Input
            }
            Self::System { .. } => ErrorKind::System,
            Self::Usage { .. } => ErrorKind::Usage,
            Self::TargetExists { .. } => ErrorKind::TargetExists,
            Self::Interrupted => ErrorKind::Interrupted,
        }
    }

    /// The cure, when one is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Input { hint, .. } | Self::Usage { hint, .. } => hint.clone(),
            Self::Toml(problem) => problem.hint.clone(),
            Self::Changed { .. } => {
                Some("freeze the dataset again with 'counterpoint freeze' if the change is meant".into())
            }
            Self::TargetExists { .. } => {
                Some("a frozen dataset is never overwritten: choose another folder or remove this one".into())
            }
            Self::System { action: "create a folder in" | "create", cause, .. } if is_closed(cause) => {
                Some("name a folder that can be written with --to".into())
            }
            Self::Unreadable { .. } | Self::System { .. } | Self::Interrupted => None,
        }
    }

    /// Adds the cure to an error that can carry one.
    #[must_use]
    pub(crate) fn with_hint(mut self, cure: impl Into<Option<String>>) -> Self {
        if let Self::Input { hint, .. } | Self::Usage { hint, .. } = &mut self {
            *hint = cure.into();
        }
        self
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    pub(crate) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| {
            if is_stopped(&cause) {
                return Self::Interrupted;
            }
            Self::Unreadable { path: path.to_owned(), cause }
        }
    }

    pub(crate) fn system(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::System { action, path: path.to_owned(), cause }
    }
}

/// Returns whether a file can't be read for a reason that has nothing to do with it: the device fails, or there is no
/// more memory, or too many files are open.
fn is_of_machine(cause: &io::Error) -> bool {
    // EIO, ENOMEM, ENFILE and EMFILE have these numbers on every Unix.
    cfg!(unix) && matches!(cause.raw_os_error(), Some(5 | 12 | 23 | 24))
}

/// Returns whether nothing may be written there.
fn is_closed(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// The system's reason without its number, in the words of the commonest cases.
fn reason(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::NotFound => "no such file or folder".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::NotADirectory => "not a folder".into(),
        _ => cause.to_string(),
    }
}
