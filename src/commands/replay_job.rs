//! `replay`: one job alone.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use compare::{DatasetId, Divergence, Feeder, LatencyNs, Ledger, ReplayId};
use datasets::Value;
use replay::Control;
use serde::Serialize;

use super::tables::aligned;
use crate::{
    cli::ReplayArgs,
    erased::Working,
    error::{Error, exit},
    execute::{FinishedReplay, dataset_id, feeder_result, latency_ns},
    experiment::{Experiment, ExperimentFile, JobSection, ReplaySection},
    output::Output,
    progress::Progress,
    run_folder::Target,
};

/// What is the same when the job is replayed again.
#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    problem: &'static str,
    parameters: BTreeMap<String, Value>,
    dataset: DatasetId,
    replay: ReplayId,
    job: String,
    cost: u64,
    proven: Option<f64>,
    proven_absolute: Option<f64>,
    source: &'static str,
    ledger: Ledger,
    divergence: Divergence,
}

/// What differs from one replay to the next.
#[derive(Serialize)]
struct PrintedTimings {
    schema: &'static str,
    pace: String,
    records_per_second: f64,
    latency_ns: LatencyNs,
    saturated: bool,
    feeder: Option<Feeder>,
}

#[derive(Serialize)]
struct Both<'a> {
    #[serde(flatten)]
    results: &'a Printed,
    timings: &'a PrintedTimings,
    run: String,
}

pub(super) fn replay_job(args: ReplayArgs, output: &Output, control: &Arc<Control>) -> Result<u8, Error> {
    let job = || Some(JobSection { job: args.job.clone() });
    let file = ExperimentFile {
        problem: args.problem.clone(),
        dataset: Some(args.dataset.clone()),
        parameters: super::settings(&args.set)?,
        stable: job(),
        candidate: job(),
        replay: ReplaySection {
            order: args.order,
            pace: args.pace,
            trigger: args.trigger,
            triggers: None,
            seed: args.seed,
            orders: None,
        },
        ..ExperimentFile::default()
    };
    let (frozen, experiment) = file.resolve()?;
    let mut target = Target::prepare(args.out.as_deref(), &experiment.to_toml())?;
    let progress = Progress::new();
    let finished = experiment.problem.replay(&frozen, &experiment, &Working { control, progress: &progress });
    progress.finish();
    let finished = finished?;
    let results = results(&experiment, dataset_id(&frozen), &finished);
    let timings = timings(&experiment, &finished);
    let path = target.write(|draft| {
        draft.json("results.json", &results)?;
        draft.json("timings.json", &timings)?;
        draft.answer("answers/answer.csv", &finished.answer, control)?;
        draft.hlog(
            "latency/latency.hlog",
            &finished.replayed.latency,
            finished.replayed.service_ns as f64 / 1e9,
        )
    })?;
    output.json(&Both { results: &results, timings: &timings, run: path.display().to_string() });
    print(&results, &timings, &finished, path, output);
    let trusted = timings.feeder.is_none_or(|feeder| feeder.kept_schedule());
    Ok(if trusted && finished.check.problem.is_none() { 0 } else { exit::INVALID })
}

fn results(experiment: &Experiment, dataset: DatasetId, finished: &FinishedReplay) -> Printed {
    Printed {
        schema: "counterpoint.replay/1",
        problem: experiment.problem.name(),
        parameters: experiment.params.0.clone(),
        dataset,
        replay: experiment.replay_id(),
        job: experiment.stable.clone(),
        cost: finished.check.cost,
        proven: finished.proven.asymptotic,
        proven_absolute: finished.proven.absolute,
        source: finished.proven.source,
        ledger: finished.ledger,
        divergence: finished.check.divergence,
    }
}

fn timings(experiment: &Experiment, finished: &FinishedReplay) -> PrintedTimings {
    PrintedTimings {
        schema: "counterpoint.replay-timings/1",
        pace: experiment.pace.to_string(),
        records_per_second: finished.replayed.records_per_second(),
        latency_ns: latency_ns(&finished.replayed.latency),
        saturated: finished.replayed.saturated,
        feeder: finished.feeder.map(feeder_result),
    }
}

fn print(
    results: &Printed,
    timings: &PrintedTimings,
    finished: &FinishedReplay,
    path: &Path,
    output: &Output,
) {
    let Ledger { records, used, late, duplicate, rejected, unfired: _, lost } = results.ledger;
    output.line(format_args!("{} on {}\n", results.job, datasets::shown(&results.dataset.name)));
    let latency = &timings.latency_ns;
    let rows = [
        (finished.cost_unit, results.cost.to_string()),
        ("records", records.to_string()),
        ("used", used.to_string()),
        ("late, duplicate, rejected, lost", format!("{late} {duplicate} {rejected} {lost}")),
        ("records a second of work", format!("{:.0}", timings.records_per_second)),
        ("p50, p99, p99.9 ns", format!("{:.1} {:.1} {:.1}", latency.p50, latency.p99, latency.p99_9)),
    ];
    output.line(aligned(&rows.map(|(name, value)| vec![name.to_owned(), value])));
    if timings.saturated {
        output.line("saturated: the job could not keep up, so its latency says how long the run was");
    }
    if let Some(feeder) = timings.feeder {
        output.line(format_args!(
            "the feeder itself was late for {} of {} records, at worst {} µs",
            feeder.misses,
            feeder.records,
            feeder.worst_ns / 1000
        ));
        if !feeder.kept_schedule() {
            output.line("invalid: the feeder could not keep the schedule");
        }
    }
    if let Some(problem) = &finished.check.problem {
        output.line(format_args!("invalid: {problem}"));
    }
    output.line(format_args!("\nanswer   {}", datasets::shown_path(&path.join("answers/answer.csv"))));
}
