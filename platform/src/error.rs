//! Describes what can end a piece of work. What a program makes of it, such as an exit code, is the program's business.

use std::{io, path::PathBuf};

use datasets::TomlProblem;

use crate::experiment::Resolved;

/// Why a piece of work ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong use of the command line or of the experiment file.
    #[error("{message}")]
    Usage {
        /// Holds what was wrong.
        message: String,
        /// The cure, where one is known.
        hint: Option<String>,
    },
    /// Something that was read is not what it must be.
    #[error("{message}")]
    Input {
        /// Holds what was wrong.
        message: String,
        /// The cure, where one is known.
        hint: Option<String>,
    },
    /// A dataset is missing, bad or changed, or could not be written.
    #[error(transparent)]
    Dataset(#[from] datasets::Error),
    /// The experiment file doesn't read as one.
    #[error(transparent)]
    Experiment(Box<TomlProblem>),
    /// The machine failed while something was written.
    #[error("cannot {action} {}: {cause}", datasets::shown_path(path))]
    System {
        /// Holds what could not be done: `write`.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// Holds what the system said.
        cause: io::Error,
    },
    /// The folder to be written exists already; nothing was touched.
    #[error("{} exists already", datasets::shown_path(.0))]
    TargetExists(PathBuf),
    /// Stands for a measurement that says nothing.
    #[error("{0}")]
    Invalid(String),
    /// A job that is compiled into the program has panicked, and has said where.
    #[error("{0}")]
    Crashed(String),
    /// The program has panicked, and has said where.
    #[error("this is a bug of counterpoint's; what it was stands above")]
    Bug,
    /// Stopped by Ctrl-C; what was done so far stays.
    #[error("interrupted; what was done so far is kept in {}", datasets::shown_path(.0))]
    Stopped(PathBuf),
    /// Several experiments stopped by Ctrl-C; those that had ended stay.
    #[error("interrupted; what ran until then is kept in {}", datasets::shown_path(.0))]
    Unfinished(PathBuf),
    /// Stopped by Ctrl-C; nothing was left behind.
    #[error("interrupted; nothing was kept")]
    Interrupted,
}

impl Error {
    /// Returns the error of a wrong use.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    /// Returns the error of a bad input.
    pub fn input(message: impl Into<String>) -> Self {
        Self::Input { message: message.into(), hint: None }
    }

    /// Returns whether the command line or the experiment file was used wrongly.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Usage { .. } | Self::Experiment(_) | Self::TargetExists(_))
    }

    /// Adds the cure.
    #[must_use]
    pub fn with_hint(self, cure: impl Into<String>) -> Self {
        let hint = Some(cure.into());
        match self {
            Self::Usage { message, .. } => Self::Usage { message, hint },
            Self::Input { message, .. } => Self::Input { message, hint },
            other => other,
        }
    }

    /// The failure of a job outside, if that is what stopped the work; else this. The records were those of `resolved`.
    #[must_use]
    pub fn or_failure(self, control: &replay::Control, resolved: &Resolved) -> Self {
        let Some(failure) = control.failure() else { return self };
        let at = failure.record.filter(|_| !failure.emits);
        let copy =
            at.and_then(|record| Some(format!("; record {record} is {}", resolved.copy_name(record)?)));
        let message = format!("{failure}{}", copy.unwrap_or_default());
        let hint = failure.hint().map(str::to_owned);
        if failure.is_usage() { Self::Usage { message, hint } } else { Self::Input { message, hint } }
    }

    /// The cure, when one is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } | Self::Input { hint, .. } => hint.clone(),
            Self::Dataset(error) => error.hint(),
            Self::Experiment(problem) => problem.hint.clone(),
            Self::TargetExists(_) => {
                Some("a run is never overwritten: choose another folder or remove this one".into())
            }
            Self::Crashed(_) => {
                Some("it is compiled into this program; where it panicked stands above".into())
            }
            Self::Stopped(folder) => Some(format!("go on with --resume {}", datasets::shown_path(folder))),
            Self::Unfinished(folder) => {
                let folder = datasets::shown_path(folder);
                Some(format!("go on with --resume {folder}; {folder}/suite.json says what has not run"))
            }
            Self::System { action: "create" | "write in", cause, .. } if is_closed(cause) => {
                Some("name a folder that can be written with --out".into())
            }
            Self::System { .. } | Self::Invalid(_) | Self::Bug | Self::Interrupted => None,
        }
    }
}

/// Returns whether nothing may be written there.
fn is_closed(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

impl From<replay::Interrupted> for Error {
    fn from(_: replay::Interrupted) -> Self {
        Self::Interrupted
    }
}
