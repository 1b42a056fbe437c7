//! The command line.

mod freeze_args;

use std::{num::NonZeroU32, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use platform::{
    architecture_sections::{Architecture, KappaSection, LambdaSection, ServingSection},
    experiment::{GateSection, ReplaySection},
    recovery_section::RecoverySection,
};

pub(crate) use freeze_args::{FreezeArgs, KafkaArgs};

/// Is the new version of a streaming job still right, how far are both versions from the batch answer, and is it slower?
#[derive(Debug, Parser)]
#[command(name = "counterpoint", version, long_version = crate::adapters::VERSION.as_str())]
#[command(propagate_version = true, max_term_width = 110)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Print machine-readable output to stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, or the gate passed; 1 a bug or a failure of the machine; 2 wrong use; 3 the gate failed;
4 bad or changed input; 5 the gate is inconclusive; 6 invalid: the measurement can't be trusted.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run an experiment and print its verdict and the report's path
    #[command(
        after_help = "Examples:\n  counterpoint run\n  counterpoint run experiments/bin-packing.toml --orders 100\n  \
                            counterpoint run --dataset datasets/data/triplets-501 --stable next-fit --candidate harmonic:7"
    )]
    Run(ExperimentArgs),
    /// Run an experiment and return its verdict as the exit code
    #[command(
        after_help = "Examples:\n  counterpoint gate --dataset datasets/data/uniform-1000 --stable first-fit \
                            --candidate best-fit \\\n    --competitive-ratio 1.1 --latency-increase 20%\n  \
                            counterpoint gate --write-baseline baseline.toml\n  \
                            counterpoint gate --baseline baseline.toml"
    )]
    Gate(GateArgs),
    /// Make a frozen dataset from a file
    #[command(after_help = freeze_args::EXAMPLES)]
    Freeze(Box<FreezeArgs>),
    /// Make an experiment of a file of your own, with a job to begin with
    #[command(
        after_help = "Examples:\n  counterpoint init clicks.csv\n  counterpoint init clicks.csv --language go --to clicks\n  \
                      counterpoint init clicks.txt -- --delimiter ';' --event-time at"
    )]
    Init(InitArgs),
    /// Show a frozen dataset: its first rows, and what its columns hold
    #[command(
        after_help = "Examples:\n  counterpoint show data/clicks\n  counterpoint show data/clicks --rows 100 --json"
    )]
    Show(ShowArgs),
    /// Check a frozen dataset: hash, schema, counts, records
    #[command(after_help = "Example:\n  counterpoint verify datasets/data/uniform-1000")]
    Verify {
        /// The dataset's folder
        dataset: PathBuf,
    },
    /// Make a seeded dataset
    #[command(after_help = generators_help())]
    Generate(GenerateArgs),
    /// Compute the reference alone
    #[command(after_help = "Example:\n  counterpoint batch datasets/data/triplets-501")]
    Batch(BatchArgs),
    /// Replay one job alone, with its ledger, answer and timings
    #[command(
        after_help = "Examples:\n  counterpoint replay datasets/data/uniform-1000 --job best-fit --order shuffled --seed 1\n  \
                            counterpoint replay datasets/data/clicks --job per-record --checkpoint-every 100 \\\n    \
                            --guarantee at-least-once --fault 'crash at checkpoint 3 state'\n  \
                            counterpoint replay datasets/data/clicks --job per-record --checkpoint-every 10 --kill 20"
    )]
    Replay(Box<ReplayArgs>),
    /// Compare two tables, answers of earlier runs among them
    #[command(
        after_help = "Rows are paired by the key. Numbers are equal by value: 1.50 and 1.5, at any length, never by way of a float. \
                      Types count where both sides have them: 1 and \"1\", null and \"null\" differ, and a missing field, null and \
                      an empty text are three things. A field of CSV has no type and is equal to whatever is written so. \
                      docs/compare.md has every rule.\n\n\
                      Exit codes: 0 no difference, with --noise none beyond it; 3 a difference, be it of a column; 2 wrong use; \
                      4 bad input.\n\n\
                      Examples:\n  counterpoint compare runs/a/answers/stable.csv runs/b/answers/stable.csv\n  \
                      counterpoint compare old.csv new.jsonl --key user,day --tolerance total=0.01 --html page.html"
    )]
    Compare(CompareArgs),
    /// Render a run's report again
    #[command(after_help = "Example:\n  counterpoint report runs/20261121T093000Z-1a2b3c4d")]
    Report {
        /// The run's folder
        run: PathBuf,
    },
    /// Compute one replicate of a comparison of times: the experiment on stdin, times as JSON on stdout
    #[command(name = platform::latency::COMMAND, hide = true)]
    Replicate(platform::latency::ReplicateSpec),
    /// Replay in the folder of a stopped run to its end; a line on stdout for each checkpoint
    #[command(name = crate::kill::COMMAND, hide = true)]
    Survive {
        /// The folder
        folder: PathBuf,
    },
    /// Run the upgrade of the experiment in a folder, whose log and served rows stay there; a line on stdout when it
    /// begins, and the served answer as JSON at the end
    #[command(name = crate::commands::UPGRADE, hide = true)]
    Upgrade {
        /// The folder, with `experiment.toml` in it
        folder: PathBuf,
    },
    /// List the problems, their versions and what is proved of them
    #[command(after_help = "Example:\n  counterpoint jobs")]
    Jobs,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The file to freeze
    pub(crate) file: PathBuf,
    /// The folder in which everything is written
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) to: PathBuf,
    /// The language of the job to begin with: python, javascript, go, java, shell, rust
    #[arg(long, default_value = "python")]
    pub(crate) language: String,
    /// Flags of `counterpoint freeze`, behind --
    #[arg(last = true, value_name = "FREEZE FLAGS")]
    pub(crate) freeze: Vec<std::ffi::OsString>,
}

/// An experiment: a file, or flags, or a file with flags that override it.
#[derive(Debug, Args)]
pub(crate) struct ExperimentArgs {
    /// The experiment file [default: experiments/bin-packing.toml, unless --dataset is given]
    pub(crate) experiment: Option<PathBuf>,
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
    /// Resume a run that was stopped, from the .partial folder that it left
    #[arg(
        long,
        value_name = "FOLDER",
        help_heading = "Checkpoints and faults",
        conflicts_with_all = ["experiment", "dataset", "problem", "stable", "candidate", "set", "out",
                              "architecture", "ReplaySection", "GateSection", "RecoverySection",
                              "ServingSection", "KappaSection", "LambdaSection"]
    )]
    pub(crate) resume: Option<PathBuf>,
    /// Where to put the run [default: a folder of its own below runs]
    #[arg(long, value_name = "DIR", help_heading = "Options")]
    pub(crate) out: Option<PathBuf>,
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
                              "ServingSection", "KappaSection", "LambdaSection", "baseline", "write_baseline",
        ]
    )]
    pub(crate) self_test: bool,
}

/// So many rows of each kind are listed, unless told otherwise.
pub(crate) const COMPARE_LIMIT: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The table to start from
    pub(crate) left: PathBuf,
    /// The table to compare with it
    pub(crate) right: PathBuf,
    /// The columns that name a row, separated by commas [default: record, if both have it]
    #[arg(long, value_delimiter = ',')]
    pub(crate) key: Vec<String>,
    /// A second run of the program that wrote LEFT: only differences beyond those between the two count
    #[arg(long, value_name = "AGAIN")]
    pub(crate) noise: Option<PathBuf>,
    /// A column whose name differs; LEFT is what the left table calls it
    #[arg(long, value_name = "LEFT=RIGHT")]
    pub(crate) rename: Vec<String>,
    /// How far numbers may lie apart: 0.005, 1% (of the left), 1%right, 1%larger or 4ulps; of one column or of all
    #[arg(long, value_name = "[COLUMN=]AMOUNT")]
    pub(crate) tolerance: Vec<String>,
    /// Columns that aren't compared
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Columns in which capitals don't count; all, if none is named
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) ignore_case: Vec<String>,
    /// Columns in which blanks around texts don't count, nor how many stand within; all, if none is named
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) ignore_spaces: Vec<String>,
    /// Columns whose values must be written alike, so that 1.50 isn't 1.5; all, if none is named
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) written: Vec<String>,
    /// What LEFT is: table, or the changes of one: debezium, flink, upsert or op:COLUMN
    #[arg(long, value_name = "FORM", default_value = "table")]
    pub(crate) left_as: String,
    /// What RIGHT is, as above
    #[arg(long, value_name = "FORM", default_value = "table")]
    pub(crate) right_as: String,
    /// Who wrote the text of both tables: spark, flink, postgres, duckdb, polars, pandas or pyarrow (docs/interchange.md)
    #[arg(long, value_name = "WRITER", conflicts_with_all = ["left_written_by", "right_written_by"])]
    pub(crate) written_by: Option<String>,
    /// Who wrote LEFT
    #[arg(long, value_name = "WRITER")]
    pub(crate) left_written_by: Option<String>,
    /// Who wrote RIGHT
    #[arg(long, value_name = "WRITER")]
    pub(crate) right_written_by: Option<String>,
    /// The table whose changes are read, of those that a file has; several become one
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) table: Vec<String>,
    /// The type of a column, where the file can't say it, such as amount=decimal:2 or placed=timestamp:us
    #[arg(long = "type", value_name = "COLUMN=TYPE")]
    pub(crate) types: Vec<String>,
    /// The names of the columns of changes that have none, and of Flink's CSV
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// The names of LEFT's columns: of CSV that begins with rows, and of changes without names
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', conflicts_with = "columns")]
    pub(crate) left_columns: Vec<String>,
    /// The names of RIGHT's columns
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', conflicts_with = "columns")]
    pub(crate) right_columns: Vec<String>,
    /// How CSV spells a missing value, outside of quotes [default: as its writer does; without one, it has none]
    #[arg(long, value_name = "TEXT")]
    pub(crate) null: Option<String>,
    /// What cells that can't be known count as
    #[arg(long, value_enum, default_value_t = UnknownCells::Ignore)]
    pub(crate) unknown: UnknownCells,
    /// The most changes a row that RIGHT may have made, or by how much more than LEFT's: 1.5, 10%
    #[arg(long, value_name = "CHANGES")]
    pub(crate) max_churn: Option<String>,
    /// The most rows of RIGHT that may have come and gone: so many, or a share of all: 0, 1%
    #[arg(long, value_name = "ROWS")]
    pub(crate) max_transient: Option<String>,
    /// How many rows of each kind are listed
    #[arg(long, default_value_t = COMPARE_LIMIT)]
    pub(crate) limit: usize,
    /// Also write an HTML page into this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Also write Markdown, short enough for a comment, into this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Exit with 0 though the tables differ
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

/// Says what becomes of cells that can't be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UnknownCells {
    /// They are counted, and are neither equal nor different
    Ignore,
    /// They are different
    Fail,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The dataset's folder
    pub(crate) dataset: PathBuf,
    /// How many rows to show
    #[arg(long, default_value_t = 10)]
    pub(crate) rows: usize,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// The generator, one of those below
    pub(crate) generator: String,
    /// The new dataset's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// The seed that decides every record
    #[arg(long)]
    pub(crate) seed: u64,
    /// The number of records
    #[arg(long)]
    pub(crate) records: u64,
    /// A parameter of the generator
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// The dataset's name [default: the generator and the number of records]
    #[arg(long)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BatchArgs {
    /// The frozen dataset's folder
    pub(crate) dataset: PathBuf,
    /// The problem [default: the one that the dataset was frozen for]
    #[arg(long)]
    pub(crate) problem: Option<String>,
    /// A parameter of the problem, instead of the dataset's own
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Where to put the reference and its answer [default: only print them]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

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
    #[arg(long)]
    pub(crate) max_batch: Option<NonZeroU32>,
    /// Seed of the shuffled order and of random crashes [default: 42]
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Feed each record this many times: once as it stands, and else as a copy with a key of its own [default: 1]
    #[arg(long, value_name = "TIMES")]
    pub(crate) amplify: Option<u32>,
    #[command(flatten, next_help_heading = "Checkpoints and faults")]
    pub(crate) recovery: RecoverySection,
    /// Send the replay this many real SIGKILLs; after each, a new process resumes where the last one was. Needs a store
    /// in a folder
    #[arg(long, value_name = "TIMES", help_heading = "Checkpoints and faults",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
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

/// The generators and their parameters, from their catalogue.
fn generators_help() -> String {
    let mut help = String::from("Generators:\n");
    for generator in datasets::GENERATORS {
        help = format!("{help}  {:10} {}\n", generator.name, generator.about);
        for parameter in generator.parameters {
            let datasets::GeneratorParameter { name, default, about } = parameter;
            help = format!("{help}    --set {name}={default}  {about}\n");
        }
    }
    help + "\nExample:\n  counterpoint generate triplets --records 501 --seed 1 --to data/triplets-501"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_self_test_stands_alone() {
        let parsed = |line: &str| {
            Cli::try_parse_from(format!("counterpoint gate --self-test {line}").split_whitespace())
        };
        for line in ["", "--json", "--color never"] {
            assert!(parsed(line).is_ok(), "{line}");
        }
        for line in
            ["x.toml", "--dataset x", "--set a=1", "--seed 1", "--divergence 1", "--out x", "--baseline x"]
        {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
