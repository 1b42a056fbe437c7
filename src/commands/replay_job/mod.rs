//! `replay`: one job alone.

mod facts;
mod terminal;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use compare::{Basis, DatasetId, Divergence, Feeder, Ledger, RecoveryResult, ReplayId, is_carried};
use datasets::Value;
use platform::{
    Error,
    catalog::Catalog,
    events::Working,
    execute::{FinishedReplay, Given, JudgedDecisions, Replay, Spent, Survive, dataset_id, feeder_result},
    experiment::{ExperimentFile, ReplaySection, Resolved},
    job_section::JobSection,
    latency::machine,
    own::ProblemChoice,
};
use replay::{Control, Pace, Replayed};
use reports::{ReplayFact, ReplayPage};
use serde::Serialize;

use self::terminal::print;
use crate::{
    cli::ReplayArgs,
    ended, exit,
    kill::{Kills, kill},
    output::Output,
    partial::{Kind, Partial, Prepared, Resumed},
    progress::Progress,
    run_folder::Target,
    terminal::Telling,
};

const DEFAULT_SEED: u64 = 42;

/// Describes what is the same when the job is replayed again.
#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    problem: &'static str,
    parameters: BTreeMap<String, Value>,
    dataset: DatasetId,
    replay: ReplayId,
    job: String,
    #[serde(flatten)]
    answer: Option<PrintedAnswer>,
    ledger: Ledger,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery: Option<RecoveryResult>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PrintedAnswer {
    Cost {
        cost: Option<u64>,
        proven: Option<f64>,
        proven_absolute: Option<f64>,
        source: &'static str,
        divergence: Divergence,
    },
    Table {
        rows: u64,
        late_pairs: u64,
        firings: u64,
        batches: u64,
        state_peak: u64,
    },
}

impl PrintedAnswer {
    fn of(finished: &FinishedReplay) -> Option<Self> {
        match (&finished.given, &finished.judged) {
            (Given::Table(concluded), _) => {
                let counts = concluded.counts;
                Some(Self::Table {
                    rows: concluded.table.rows() as u64,
                    late_pairs: counts.late_pairs,
                    firings: counts.firings,
                    batches: counts.batches,
                    state_peak: counts.state_peak,
                })
            }
            (Given::Decisions(_), Some(JudgedDecisions { checked, proven, .. })) => Some(Self::Cost {
                cost: checked.cost,
                proven: proven.asymptotic,
                proven_absolute: proven.absolute,
                source: proven.source,
                divergence: checked.divergence,
            }),
            (Given::Decisions(_), None) => None,
        }
    }
}

/// Describes what differs from one replay to the next.
#[derive(Serialize)]
struct PrintedTimings {
    schema: &'static str,
    pace: String,
    /// One replay, so no figure has an interval.
    basis: Basis,
    /// Says how many independent samples were timed: chunks at pace `max`, otherwise records or micro-batches.
    samples: u64,
    /// The mean time a record takes inside the job, and as a rate; `null` where nothing was timed.
    time_per_record_ns: Option<f64>,
    records_per_second: Option<f64>,
    latency_ns: LatencyNs,
    saturated: bool,
    feeder: Option<Feeder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery: Option<Spent>,
    /// Real kills that struck; which record each hit is the machine's business.
    #[serde(skip_serializing_if = "Option::is_none")]
    kills: Option<u32>,
    /// Those that came too late: the replay had ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    kills_too_late: Option<u32>,
    /// The most memory that was held at once, until the answer was written; not where the system doesn't tell it.
    peak_rss_bytes: Option<u64>,
}

/// The time a record takes, or its latency from the due time: the upper edge of the histogram's bucket, three
/// significant digits. `null` for percentiles that the samples don't carry.
#[derive(Serialize)]
struct LatencyNs {
    p50: Option<f64>,
    p90: Option<f64>,
    p99: Option<f64>,
    p99_9: Option<f64>,
    max: Option<f64>,
    /// Records that were timed.
    count: u64,
}

impl LatencyNs {
    fn of(replayed: &Replayed) -> Self {
        let samples = replayed.samples();
        let at =
            |percentile| is_carried(percentile, samples).then(|| replayed.latency.percentile_ns(percentile));
        Self {
            p50: at(50.0),
            p90: at(90.0),
            p99: at(99.0),
            p99_9: at(99.9),
            max: at(100.0),
            count: replayed.latency.count(),
        }
    }
}

#[derive(Serialize)]
struct Both<'a> {
    #[serde(flatten)]
    results: &'a Printed,
    timings: &'a PrintedTimings,
    run: String,
}

pub(super) fn replay_job(
    args: ReplayArgs,
    catalog: &Catalog,
    output: &Output,
    control: &Arc<Control>,
) -> Result<u8, Error> {
    let (times, seed) = (args.kill, args.seed.unwrap_or(DEFAULT_SEED));
    let prepared = if let Some(folder) = &args.resume {
        match Prepared::again(Kind::Job, folder, catalog, output)? {
            Resumed::GoesOn(prepared) => *prepared,
            Resumed::Ended(run) => return ended::replay(&run, output),
        }
    } else {
        let out = args.out.clone();
        Prepared::anew(Kind::Job, out.as_deref(), file(args)?, catalog)?
    };
    let Prepared { resolved, mut target, partial } = prepared;
    let mut work = || {
        let kills =
            times.map(|times| kill_first(times, seed, &resolved, partial.as_ref(), control)).transpose()?;
        finish(&resolved, kills, partial.as_ref(), &mut target, (output, control))
    };
    let result = work();
    Partial::settle(partial, result, output)
}

/// Has processes of their own replay and be killed, up to `times` times.
fn kill_first(
    times: u32,
    seed: u64,
    resolved: &Resolved,
    partial: Option<&Partial>,
    control: &Control,
) -> Result<Kills, Error> {
    let (Some(partial), Some(choice)) = (partial, &resolved.plan.recovery) else {
        return Err(Error::usage("--kill takes checkpoints in a folder")
            .with_hint("add --checkpoint-every 100, and leave --store memory out"));
    };
    if !choice.faults.is_empty() {
        return Err(Error::usage(
            "use either --kill or --fault: with both, the report could not say which of them lost a record",
        ));
    }
    let length = (resolved.frozen.records(), choice.checkpoints.every.get());
    let kills = kill(partial.path(), times, length, seed, control)?;
    if kills.struck == 0 {
        // Nobody may take the answer for one that has survived a kill.
        return Err(Error::Invalid("the replay had ended before it could be killed".to_owned()));
    }
    Ok(kills)
}

/// The hidden command: the replay in the folder of a stopped run, and a line for its beginning and each checkpoint.
pub(super) fn survive(folder: &Path, catalog: &Catalog, control: &Arc<Control>) -> Result<u8, Error> {
    let (mut partial, file) = Partial::lent(folder)?;
    let mut resolved = file.resolve(catalog)?;
    partial.resume(&mut resolved)?;
    let choice = resolved.plan.recovery.as_ref().expect("a run without checkpoints can't be resumed");
    let progress = Progress::new(control, Telling::Nothing);
    let tell = |position: u64| {
        // Whoever has started this is gone, so nobody waits for it.
        if writeln!(io::stdout(), "{position}").is_err() {
            control.stop();
        }
    };
    let work = Working { control, listener: &progress };
    let replay = Replay { resolved: &resolved, work: &work };
    Survive { replay, choice, watch: &tell }.of(resolved.problem)?;
    Ok(0)
}

/// The experiment of one job that the flags describe.
fn file(args: ReplayArgs) -> Result<ExperimentFile, Error> {
    let job = || args.job.clone().map(JobSection::of_job);
    Ok(ExperimentFile {
        problem: args.problem.clone().map(ProblemChoice::Named),
        dataset: args.dataset.clone(),
        parameters: super::settings(&args.set)?,
        stable: job(),
        candidate: job(),
        recovery: args.recovery,
        replay: ReplaySection {
            order: args.order,
            pace: args.pace,
            trigger: args.trigger,
            triggers: None,
            max_batch: args.max_batch,
            seed: args.seed,
            amplify: args.amplify,
            orders: None,
            kafka: None,
        },
        ..ExperimentFile::default()
    })
}

/// Replays, writes the run's folder and tells of it.
fn finish(
    resolved: &Resolved,
    kills: Option<Kills>,
    partial: Option<&Partial>,
    target: &mut Target,
    (output, control): (&Output, &Arc<Control>),
) -> Result<u8, Error> {
    let progress = Progress::new(control, output.telling());
    let work = Working { control, listener: &progress };
    let finished = Replay { resolved, work: &work }.of(resolved.problem);
    progress.finish();
    let finished = finished?;
    let results = results(resolved, &finished);
    let mut timings = timings(resolved.plan.replay.pace, &finished, kills);
    let path = target.write(|draft| {
        draft.json("results.json", &results)?;
        let column = finished.judged.as_ref().map_or("", |judged| judged.column);
        draft.given("answers/answer", &finished.given, (column, &finished.keys), control)?;
        draft.hlog(
            "latency/latency.hlog",
            &finished.replayed.latency,
            finished.replayed.service_ns as f64 / 1e9,
        )?;
        timings.peak_rss_bytes = machine::peak_rss_bytes();
        draft.json("timings.json", &timings)?;
        draft.text("report.html", &reports::replay_html(&shown(&results, &timings, &finished)))?;
        Partial::announce(partial, draft)
    })?;
    output.json(&Both { results: &results, timings: &timings, run: path.display().to_string() });
    print(&shown(&results, &timings, &finished), path, output);
    super::run::tell_given_up(results.recovery.as_ref(), output);
    let trusted = timings.feeder.is_none_or(|feeder| feeder.kept_schedule());
    Ok(if trusted && finished.problem().is_none() { 0 } else { exit::INVALID })
}

/// Returns what people are shown of it.
fn shown(results: &Printed, timings: &PrintedTimings, finished: &FinishedReplay) -> ReplayPage {
    let Printed { job, dataset, replay, parameters, problem, .. } = results;
    let amplified = super::tables::amplified(replay, dataset);
    let fact = |name: &str, value: String| ReplayFact { name: name.to_owned(), value };
    let mut setting = vec![
        fact("problem", (*problem).to_owned()),
        fact("dataset, BLAKE3", dataset.blake3.clone()),
        fact("order", replay.order.clone()),
        fact("trigger", replay.trigger.clone()),
        fact("pace", timings.pace.clone()),
        fact("seed", replay.seed.to_string()),
    ];
    setting.extend(parameters.iter().map(|(name, value)| fact(name, value.to_string())));
    let trusted = timings.feeder.is_none_or(|feeder| feeder.kept_schedule());
    ReplayPage {
        title: format!("{job} on {}{amplified}", dataset.name),
        doubts: facts::doubts(timings, finished),
        is_invalid: !trusted || finished.problem().is_some(),
        setting,
        parts: facts::facts(results, timings, finished),
        files: vec!["answers/answer.csv", "results.json", "timings.json", "latency/latency.hlog"],
    }
}

fn results(resolved: &Resolved, finished: &FinishedReplay) -> Printed {
    Printed {
        schema: ended::REPLAY_SCHEMA,
        problem: resolved.problem.info().name,
        parameters: resolved.file.parameters.clone(),
        dataset: dataset_id(&resolved.frozen),
        replay: resolved.plan.replay.id(),
        job: resolved.plan.jobs.stable.name.clone(),
        answer: PrintedAnswer::of(finished),
        ledger: finished.ledger,
        recovery: finished.recovered.clone(),
    }
}

fn timings(pace: Pace, finished: &FinishedReplay, kills: Option<Kills>) -> PrintedTimings {
    let replayed = &finished.replayed;
    let mean_ns = Some(replayed.mean_ns()).filter(|mean| *mean > 0.0);
    PrintedTimings {
        schema: "counterpoint.replay-timings/2",
        pace: pace.to_string(),
        basis: Basis::Indicative,
        samples: replayed.samples(),
        time_per_record_ns: mean_ns,
        records_per_second: mean_ns.map(|mean| 1e9 / mean),
        latency_ns: LatencyNs::of(replayed),
        saturated: finished.replayed.saturated,
        feeder: finished.feeder.map(feeder_result),
        recovery: finished.spent,
        kills: kills.map(|kills| kills.struck),
        kills_too_late: kills.map(|kills| kills.too_late),
        peak_rss_bytes: None,
    }
}
