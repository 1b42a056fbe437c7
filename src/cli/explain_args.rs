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
    /// Write the smallest dataset that is found on which the run still differs in the same way, and an experiment, into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) shrink: Option<PathBuf>,
    /// The most replays that shrinking may take
    #[arg(long, default_value_t = 60, requires = "shrink")]
    pub(crate) replays: u32,
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
