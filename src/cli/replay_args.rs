//! The flags of `replay`.

use std::{num::NonZeroU32, path::PathBuf};

use clap::Args;
use platform::{recovery_section::RecoverySection, whole::whole};

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The frozen dataset's folder
    #[arg(required_unless_present = "resume")]
    pub(crate) dataset: Option<String>,
    /// The job, such as first-fit or harmonic:7
    #[arg(long, required_unless_present = "resume")]
    pub(crate) job: Option<String>,
    /// The problem [default: the one that the dataset was frozen for]
    #[arg(long)]
    pub(crate) problem: Option<String>,
    /// A parameter of the problem, instead of the dataset's own
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Order of the records: recorded, shuffled, ascending, descending; every order but recorded holds all records in
    /// memory [default: recorded]
    #[arg(long)]
    pub(crate) order: Option<String>,
    /// Pace: max, a rate such as 100000/s, recorded, or 'recorded x60'; every pace but max holds all records in
    /// memory [default: max]
    #[arg(long)]
    pub(crate) pace: Option<String>,
    /// When a job acts: record, 'every 1000 records', 'every 100ms' (holds all records in memory), eager, once
    /// [default: record]
    #[arg(long)]
    pub(crate) trigger: Option<String>,
    /// A micro-batch has at most this many records: the rate limit of the source
    #[arg(long, value_parser = whole::<NonZeroU32>, allow_negative_numbers = true)]
    pub(crate) max_batch: Option<NonZeroU32>,
    /// Seed of the shuffled order and of random crashes [default: 42]
    #[arg(long, value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Feed each record this many times: once as it stands, and else as a copy with a key of its own [default: 1]
    #[arg(long, value_name = "TIMES", value_parser = whole::<u32>, allow_negative_numbers = true)]
    pub(crate) amplify: Option<u32>,
    #[command(flatten, next_help_heading = "Checkpoints and faults")]
    pub(crate) recovery: RecoverySection,
    /// Send the replay this many real SIGKILLs; after each, a new process resumes where the last one was. Needs a store
    /// in a folder
    #[arg(long, value_name = "TIMES", help_heading = "Checkpoints and faults",
          value_parser = kills, allow_negative_numbers = true)]
    pub(crate) kill: Option<u32>,
    /// Resume a replay that was stopped, from the .partial folder that it left
    #[arg(
        long,
        value_name = "FOLDER",
        help_heading = "Checkpoints and faults",
        conflicts_with_all = ["dataset", "job", "problem", "set", "order", "pace", "trigger", "max_batch", "seed", "amplify",
                              "RecoverySection", "kill", "out"]
    )]
    pub(crate) resume: Option<PathBuf>,
    /// Where to put the answer and the timings [default: a folder of its own below runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

fn kills(text: &str) -> Result<u32, String> {
    let kills = whole(text).ok().filter(|kills| (1..=10_000).contains(kills));
    kills.ok_or_else(|| "a whole number from 1 to 10000 is expected".to_owned())
}
