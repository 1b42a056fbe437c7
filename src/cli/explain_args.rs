//! The flags of `explain`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compare::Role;

pub(super) const EXAMPLES: &str = "\
Examples:\n  counterpoint explain runs/20261121T093000Z-1a2b3c4d\n  \
counterpoint explain runs/20261121T093000Z-1a2b3c4d --version stable --json";

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The run's folder
    pub(crate) run: PathBuf,
    /// Whose answer is explained
    #[arg(long, value_enum, default_value_t = Version::Candidate)]
    pub(crate) version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Version {
    Stable,
    Candidate,
}

impl From<Version> for Role {
    fn from(version: Version) -> Self {
        match version {
            Version::Stable => Self::Stable,
            Version::Candidate => Self::Candidate,
        }
    }
}
