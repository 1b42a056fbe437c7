//! The command line.

mod compare_args;
mod experiment_args;
mod explain_args;
mod freeze_args;
mod replay_args;
mod runs_args;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use platform::whole::whole;

use crate::terminal::Volume;

pub(crate) use compare_args::{COMPARE_LIMIT, CompareArgs, UnknownCells};
pub(crate) use experiment_args::{ExperimentArgs, GateArgs, SuiteArgs};
pub(crate) use explain_args::ExplainArgs;
pub(crate) use freeze_args::{FreezeArgs, KafkaArgs};
pub(crate) use replay_args::ReplayArgs;
pub(crate) use runs_args::{CleanArgs, CompareRunsArgs, ListArgs, RunsAction, RunsArgs, TrendArgs};

/// Is the new version of a streaming job still right, how far are both versions from the batch answer, and is it slower?
#[derive(Debug, Parser)]
#[command(name = "counterpoint", version, long_version = crate::adapters::VERSION.as_str())]
#[command(propagate_version = true, max_term_width = 110)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Print machine-readable output to stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to use colour; `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM=dumb` are honoured
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Print nothing but errors, and with --json the result; the exit code says the rest
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Tell each step on stderr as it begins
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Returns how much is to be printed.
    pub(crate) fn volume(&self) -> Volume {
        match (self.quiet, self.verbose) {
            (true, _) => Volume::Quiet,
            (false, true) => Volume::Verbose,
            (false, false) => Volume::Usual,
        }
    }
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
                            counterpoint run --dataset datasets/data/triplets-501 --stable next-fit --candidate harmonic:7\n  \
                            counterpoint run experiments --accuracy-only --filter problem=windowed"
    )]
    Run(ExperimentArgs),
    /// Run an experiment and return its verdict as the exit code
    #[command(
        after_help = "Examples:\n  counterpoint gate --dataset datasets/data/uniform-1000 --stable first-fit \
                            --candidate best-fit \\\n    --competitive-ratio 1.1 --latency-increase 20%\n  \
                            counterpoint gate --write-baseline baseline.toml\n  \
                            counterpoint gate --baseline baseline.toml\n  \
                            counterpoint gate experiments --shard 1/3 --fail-fast"
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
    /// List earlier runs, compare, draw, open or remove them
    #[command(after_help = runs_args::EXAMPLES)]
    Runs(RunsArgs),
    /// Render a run's report again
    #[command(after_help = "Example:\n  counterpoint report runs/20261121T093000Z-1a2b3c4d")]
    Report {
        /// The run's folder
        run: PathBuf,
    },
    /// Say which rule makes a run's version differ from the reference
    #[command(disable_version_flag = true, after_help = explain_args::EXAMPLES)]
    Explain(ExplainArgs),
    /// Try it anywhere: write a small dataset and experiments into a folder, and run one of them
    #[command(after_help = "Example:\n  counterpoint demo")]
    Demo {
        /// The folder, which must not be there yet
        #[arg(default_value = "counterpoint-demo")]
        folder: PathBuf,
    },
    /// Print the completions of a shell
    #[command(
        after_help = "Example:\n  counterpoint completions bash > ~/.local/share/bash-completion/completions/counterpoint"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the page of each command into a folder
    #[command(
        after_help = "Examples:\n  counterpoint man | man -l -\n  counterpoint man ~/.local/share/man/man1"
    )]
    Man {
        /// The folder, in which none of the pages may be there yet
        folder: Option<PathBuf>,
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

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The dataset's folder
    pub(crate) dataset: PathBuf,
    /// How many rows to show
    #[arg(long, default_value_t = 10, value_parser = whole::<usize>, allow_negative_numbers = true)]
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
    #[arg(long, value_parser = whole::<u64>, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// The number of records
    #[arg(long, value_parser = whole::<u64>, allow_negative_numbers = true)]
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
