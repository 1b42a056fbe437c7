//! What can end a command, and the exit code of each: the one table that scripts rely on.

use std::{io, path::PathBuf};

use compare::Outcome;
use datasets::{ErrorKind, TomlProblem};

/// Exit codes. They are an interface: see the README.
pub(crate) mod exit {
    /// A bug of ours or a failure of the machine.
    pub(crate) const SYSTEM: u8 = 1;
    /// Wrong use of the command line or of the experiment file.
    pub(crate) const USAGE: u8 = 2;
    /// The gate failed: the candidate is worse than allowed.
    pub(crate) const FAIL: u8 = 3;
    /// Bad or changed input.
    pub(crate) const INPUT: u8 = 4;
    /// The gate could not tell.
    pub(crate) const INCONCLUSIVE: u8 = 5;
    /// The reference, the self-test or the load generator can't be trusted.
    pub(crate) const INVALID: u8 = 6;
    /// Stopped by Ctrl-C.
    pub(crate) const INTERRUPTED: u8 = 130;
    /// Told to end by SIGTERM.
    pub(crate) const TERMINATED: u8 = 143;
}

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Wrong use of the command line or of the experiment file.
    #[error("{message}")]
    Usage { message: String, hint: Option<String> },
    /// Something that was read is not what it must be.
    #[error("{message}")]
    Input { message: String, hint: Option<String> },
    /// A dataset is missing, bad or changed, or could not be written.
    #[error(transparent)]
    Dataset(#[from] datasets::Error),
    /// The experiment file doesn't read as one.
    #[error(transparent)]
    Experiment(Box<TomlProblem>),
    /// The machine failed while something was written.
    #[error("cannot {action} {}: {cause}", datasets::shown_path(path))]
    System { action: &'static str, path: PathBuf, cause: io::Error },
    /// The folder to be written exists already; nothing was touched.
    #[error("{} exists already", datasets::shown_path(.0))]
    TargetExists(PathBuf),
    /// What was measured says nothing.
    #[error("{0}")]
    Invalid(String),
    /// The program has panicked, and has said where.
    #[error("this is a bug of counterpoint's; what it was stands above")]
    Bug,
    /// Stopped by Ctrl-C; what was done so far stays.
    #[error("interrupted; what was done so far is kept in {}", datasets::shown_path(.0))]
    Stopped(PathBuf),
    /// Stopped by Ctrl-C; nothing was left behind.
    #[error("interrupted; nothing was kept")]
    Interrupted,
}

impl Error {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::Input { message: message.into(), hint: None }
    }

    pub(crate) fn with_hint(self, cure: impl Into<String>) -> Self {
        let hint = Some(cure.into());
        match self {
            Self::Usage { message, .. } => Self::Usage { message, hint },
            Self::Input { message, .. } => Self::Input { message, hint },
            other => other,
        }
    }

    /// The failure of a job outside, if that is what stopped the work; else this.
    pub(crate) fn or_failure(self, control: &replay::Control) -> Self {
        let Some(failure) = control.failure() else { return self };
        let (message, hint) = (failure.to_string(), failure.hint().map(str::to_owned));
        if failure.is_usage() { Self::Usage { message, hint } } else { Self::Input { message, hint } }
    }

    /// The cure, when one is known.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } | Self::Input { hint, .. } => hint.clone(),
            Self::Dataset(error) => error.hint(),
            Self::Experiment(problem) => problem.hint.clone(),
            Self::TargetExists(_) => {
                Some("a run is never overwritten: choose another folder or remove this one".into())
            }
            Self::Stopped(folder) => Some(format!("go on with --resume {}", datasets::shown_path(folder))),
            Self::System { .. } | Self::Invalid(_) | Self::Bug | Self::Interrupted => None,
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::Experiment(_) | Self::TargetExists(_) => exit::USAGE,
            Self::Input { .. } => exit::INPUT,
            Self::Dataset(error) => match error.kind() {
                ErrorKind::Input => exit::INPUT,
                ErrorKind::Usage | ErrorKind::TargetExists => exit::USAGE,
                ErrorKind::System => exit::SYSTEM,
                ErrorKind::Interrupted => exit::INTERRUPTED,
            },
            Self::System { .. } | Self::Bug => exit::SYSTEM,
            Self::Invalid(_) => exit::INVALID,
            Self::Stopped(_) | Self::Interrupted => exit::INTERRUPTED,
        }
    }
}

impl From<replay::Interrupted> for Error {
    fn from(_: replay::Interrupted) -> Self {
        Self::Interrupted
    }
}

/// The exit code that says what a gate concluded.
pub(crate) fn outcome_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Pass => 0,
        Outcome::Inconclusive => exit::INCONCLUSIVE,
        Outcome::Fail => exit::FAIL,
        Outcome::Invalid => exit::INVALID,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_pinned() {
        let system = || io::Error::other("disk full");
        assert_eq!(Error::System { action: "write", path: "x".into(), cause: system() }.exit_code(), 1);
        assert_eq!(Error::Bug.exit_code(), 1);
        assert_eq!(Error::usage("x").exit_code(), 2);
        assert_eq!(Error::TargetExists("x".into()).exit_code(), 2);
        assert_eq!(Error::input("x").exit_code(), 4);
        assert_eq!(Error::Interrupted.exit_code(), 130);
        let codes = [Outcome::Pass, Outcome::Fail, Outcome::Inconclusive, Outcome::Invalid].map(outcome_code);
        assert_eq!(codes, [0, 3, 5, 6]);
    }
}
