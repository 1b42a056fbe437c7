//! The flags of `run` and `gate`.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use platform::{
    architecture_sections::{Architecture, KappaSection, LambdaSection, ServingSection},
    experiment::{GateSection, ReplaySection},
    recovery_section::RecoverySection,
    whole::whole,
};

use crate::suite::{Filter, Shard};

/// An experiment: a file, or flags, or a file with flags that override it.
#[derive(Debug, Args)]
pub(crate) struct ExperimentArgs {
    /// The experiment file [default: experiments/bin-packing.toml, unless --dataset is given]; several files, folders of them
    /// and patterns such as 'experiments/late*.toml' are a suite
    pub(crate) experiment: Vec<PathBuf>,
    /// The frozen dataset's folder
    #[arg(long)]
    pub(crate) dataset: Option<String>,
    /// The problem [default: the one that the dataset was frozen for]
    #[arg(long)]
    pub(crate) problem: Option<String>,
    /// The version in service
    #[arg(long)]
    pub(crate) stable: Option<String>,
    /// The version that may replace it
    #[arg(long)]
    pub(crate) candidate: Option<String>,
    /// A parameter of the problem, instead of the dataset's own
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) replay: ReplaySection,
    #[command(flatten, next_help_heading = "Limits of the gate")]
    pub(crate) gate: GateSection,
    #[command(flatten, next_help_heading = "Checkpoints and faults")]
    pub(crate) recovery: RecoverySection,
    /// Run the versions under an architecture, too: kappa (an upgrade beside the job in service), lambda (batch, speed and
    /// serving layer), or both
    #[arg(long, value_name = "WHICH", help_heading = "Architectures")]
    pub(crate) architecture: Option<Architecture>,
    #[command(flatten, next_help_heading = "Architectures")]
    pub(crate) serving: ServingSection,
    #[command(flatten, next_help_heading = "Architectures")]
    pub(crate) kappa: KappaSection,
    #[command(flatten, next_help_heading = "Architectures")]
    pub(crate) lambda: LambdaSection,
    /// Leave out the limits on time, throughput and memory, so that only what is the same each time is judged
    #[arg(
        long,
        help_heading = "Suites",
        conflicts_with_all = ["latency_increase", "latency_tail_increase", "latency_p99", "throughput_decrease",
                              "peak_memory", "peak_memory_increase", "budget", "error_rate"]
    )]
    pub(crate) accuracy_only: bool,
    #[command(flatten, next_help_heading = "Suites")]
    pub(crate) suite: SuiteArgs,
    /// Resume a run that was stopped, from the .partial folder that it left
    #[arg(
        long,
        value_name = "FOLDER",
        help_heading = "Checkpoints and faults",
        conflicts_with_all = ["experiment", "dataset", "problem", "stable", "candidate", "set", "out",
                              "architecture", "ReplaySection", "GateSection", "RecoverySection",
                              "ServingSection", "KappaSection", "LambdaSection", "SuiteArgs", "accuracy_only"]
    )]
    pub(crate) resume: Option<PathBuf>,
    /// Where to put the run [default: a folder of its own below runs]
    #[arg(long, value_name = "DIR", help_heading = "Options")]
    pub(crate) out: Option<PathBuf>,
    /// Open the report in the browser when it is there
    #[arg(long, help_heading = "Options")]
    pub(crate) open: bool,
}

/// Which experiments of several, and how they are run.
#[derive(Debug, Args)]
pub(crate) struct SuiteArgs {
    /// Take only the experiments that match: name=late*, problem=caching, job=first-fit, name==late-data (exactly) or
    /// job!=*batch* (not); of several filters all must match
    #[arg(long, value_name = "KEY=PATTERN", requires = "experiment")]
    pub(crate) filter: Vec<Filter>,
    /// Take only one of N parts of the experiments, of which each is in exactly one, whatever is filtered
    #[arg(long, value_name = "I/N", requires = "experiment")]
    pub(crate) shard: Option<Shard>,
    /// Begin no further experiment once one has ended with another exit code than 0
    #[arg(long, requires = "experiment")]
    pub(crate) fail_fast: bool,
    /// Run so many experiments side by side; needs --accuracy-only [default: as many as there are cores]
    #[arg(long, value_name = "N", requires_all = ["experiment", "accuracy_only"], value_parser = whole::<NonZeroUsize>, allow_negative_numbers = true)]
    pub(crate) jobs: Option<NonZeroUsize>,
}

/// An experiment, and what only a gate does with its results.
#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    #[command(flatten)]
    pub(crate) experiment: ExperimentArgs,
    /// Compare the results, without the times, with those in this file; any change fails the gate
    #[arg(long, value_name = "FILE", help_heading = "Baseline")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the results, without the times, to this file, replacing an older one
    #[arg(long, value_name = "FILE", help_heading = "Baseline", conflicts_with = "baseline")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Run no experiment; check that the gate fails wrong versions of the shipped jobs, and only those
    #[arg(
        long,
        help_heading = "Options",
        conflicts_with_all = [
            "experiment", "dataset", "problem", "stable", "candidate", "set", "out", "resume",
            "architecture", "ReplaySection", "GateSection", "RecoverySection",
            "ServingSection", "KappaSection", "LambdaSection", "baseline", "write_baseline", "SuiteArgs", "accuracy_only",
        ]
    )]
    pub(crate) self_test: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::Cli;

    #[test]
    fn the_self_test_stands_alone() {
        let parsed = |line: &str| {
            Cli::try_parse_from(format!("counterpoint gate --self-test {line}").split_whitespace())
        };
        for line in ["", "--json", "--color never"] {
            assert!(parsed(line).is_ok(), "{line}");
        }
        for line in [
            "x.toml",
            "--dataset x",
            "--set a=1",
            "--seed 1",
            "--divergence 1",
            "--out x",
            "--baseline x",
            "--accuracy-only",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
