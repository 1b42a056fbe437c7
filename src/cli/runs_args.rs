//! The flags of `runs`.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, Subcommand};
use platform::whole::whole;

pub(crate) const EXAMPLES: &str = "Examples:\n  counterpoint runs\n  counterpoint runs compare latest~1 latest --html changes.html\n  \
                                   counterpoint runs trend --experiment late-data --value wrong_rows\n  \
                                   counterpoint runs open latest\n  counterpoint runs clean --keep 20";

/// Lists runs, or does more with them.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) action: Option<RunsAction>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

/// Where runs stand, and which of them are meant.
#[derive(Debug, Args)]
pub(crate) struct FolderArgs {
    /// The folder of runs
    #[arg(long = "in", value_name = "FOLDER", default_value = crate::run_folder::RUNS)]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) place: FolderArgs,
    /// List runs of this experiment alone
    #[arg(long, value_name = "NAME")]
    pub(crate) experiment: Option<String>,
    /// List so many, the newest
    #[arg(long, value_name = "COUNT", value_parser = whole::<NonZeroUsize>, allow_negative_numbers = true)]
    pub(crate) last: Option<NonZeroUsize>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsAction {
    /// Compare runs: what changed in answers, figures, checks and times
    ///
    /// A run is a folder, latest, latest~1 (the one before), or how a folder's name begins or ends.
    #[command(after_help = "Example:\n  counterpoint runs compare latest~1 latest --html changes.html")]
    Compare(CompareRunsArgs),
    /// Draw a value over the runs of an experiment
    #[command(
        after_help = "Example:\n  counterpoint runs trend --experiment late-data --value wrong_rows --html trend.html"
    )]
    Trend(TrendArgs),
    /// Open a run's report in the browser
    #[command(after_help = "Example:\n  counterpoint runs open latest~1")]
    Open {
        #[command(flatten)]
        place: FolderArgs,
        /// The run
        #[arg(default_value = "latest")]
        run: String,
    },
    /// Remove all runs but the newest
    ///
    /// A folder that holds anything but what a run writes is kept and named.
    #[command(after_help = "Example:\n  counterpoint runs clean --keep 20 --dry-run")]
    Clean(CleanArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CompareRunsArgs {
    #[command(flatten)]
    pub(crate) place: FolderArgs,
    /// The runs, the first of which the others are compared to
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub(crate) runs: Vec<String>,
    /// Write it as a page into this file, too
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TrendArgs {
    #[command(flatten)]
    pub(crate) place: FolderArgs,
    /// The experiment; needed where the folder has runs of several
    #[arg(long, value_name = "NAME")]
    pub(crate) experiment: Option<String>,
    /// The value: ratio, `wrong_rows`, `time_ratio`, ...
    #[arg(long, value_name = "NAME")]
    pub(crate) value: Option<String>,
    /// Take so many runs, the newest
    #[arg(long, value_name = "COUNT", value_parser = whole::<NonZeroUsize>, allow_negative_numbers = true)]
    pub(crate) last: Option<NonZeroUsize>,
    /// Write it as a page with a picture into this file, too
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CleanArgs {
    #[command(flatten)]
    pub(crate) place: FolderArgs,
    /// Keep so many runs, the newest
    #[arg(long, value_name = "COUNT", value_parser = whole::<usize>, allow_negative_numbers = true)]
    pub(crate) keep: usize,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
