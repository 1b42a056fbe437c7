//! `run` and `gate`: the whole experiment, its folder, its summary, and for a gate its exit code.

use std::sync::Arc;

use compare::{Outcome, Results, Timings};
use replay::Control;
use serde::Serialize;

use super::tables;
use crate::{
    cli::ExperimentArgs,
    erased::Working,
    error::{Error, exit, outcome_code},
    execute::FinishedRun,
    experiment::{DEFAULT_EXPERIMENT, Experiment, ExperimentFile, JobSection},
    output::Output,
    progress::Progress,
    run_folder::{Draft, Target},
};

/// Whether the verdict is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Run,
    Gate,
}

/// With `--json`: the results, and beside them what belongs to this run alone.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    results: &'a Results,
    timings: &'a Timings,
    outcome: Outcome,
    run: String,
}

pub(super) fn run(
    args: ExperimentArgs,
    verb: Verb,
    output: &Output,
    control: &Arc<Control>,
) -> Result<u8, Error> {
    let out = args.out.clone();
    let (frozen, experiment) = file(args)?.resolve()?;
    let toml = experiment.to_toml();
    let target = Target::prepare(out.as_deref(), &toml)?;
    let progress = Progress::new();
    let finished = experiment.problem.run(&frozen, &experiment, &Working { control, progress: &progress });
    progress.finish();
    let finished = finished?;
    let path = target.write(|draft| write(draft, &finished, &experiment, &toml, control))?;
    let FinishedRun { results, timings, .. } = &finished;
    output.json(&Printed { results, timings, outcome: timings.outcome, run: path.display().to_string() });
    tables::summary(results, timings, output);
    output.line(format_args!("\nreport   {}", datasets::shown_path(&path.join("report.html"))));
    Ok(match (verb, timings.outcome) {
        (Verb::Gate, outcome) => outcome_code(outcome),
        // A plain run reports a failed gate, but an untrustworthy measurement is never a success.
        (Verb::Run, Outcome::Invalid) => exit::INVALID,
        (Verb::Run, _) => 0,
    })
}

/// The experiment that the command line describes: a file, flags, or both.
fn file(args: ExperimentArgs) -> Result<ExperimentFile, Error> {
    let base = match &args.experiment {
        Some(path) => ExperimentFile::read(path)?,
        None if args.dataset.is_some() => ExperimentFile::default(),
        None => ExperimentFile::read(DEFAULT_EXPERIMENT.as_ref())?,
    };
    let flags = ExperimentFile {
        problem: args.problem,
        dataset: args.dataset,
        dataset_blake3: None,
        parameters: super::numbers(&args.set)?,
        stable: args.stable.map(|job| JobSection { job }),
        candidate: args.candidate.map(|job| JobSection { job }),
        replay: args.replay,
        gate: args.gate,
    };
    Ok(base.overridden_by(flags))
}

fn write(
    draft: &Draft,
    finished: &FinishedRun,
    experiment: &Experiment,
    toml: &str,
    control: &Control,
) -> Result<(), Error> {
    let FinishedRun { results, timings, answers, latencies } = finished;
    draft.text("experiment.toml", toml)?;
    draft.json("results.json", results)?;
    draft.json("timings.json", timings)?;
    for (name, answer) in ["reference", "stable", "candidate"].iter().zip(answers) {
        draft.answer(&format!("answers/{name}.csv"), answer, control)?;
    }
    for (name, latency) in ["stable", "candidate"].iter().zip(latencies) {
        draft.hlog(&format!("latency/{name}.hlog"), latency, timings.wall_seconds)?;
    }
    let command = experiment.resolved.command("run");
    let page = reports::html(&reports::Run { results, timings, experiment: toml, command: &command });
    draft.text("report.html", &page)
}
