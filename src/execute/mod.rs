//! Executes an experiment: read, compute the reference, replay both versions, compare, judge. Writes nothing.

mod comparison;
pub(crate) mod cost;
pub(crate) mod identity;
mod job;
mod judge;
mod noise;
mod parallel;
mod prefixes;
pub(crate) mod recover;
mod replicate;
mod streamed;
mod sweep;
pub(crate) mod table;
mod timing;

use compare::{
    AnyResults, LEAST_SAMPLES, Ledger, PackingCheck, Pair, RecoveryResult, TableReference, Timings,
};
use datasets::{Frozen, Keys, Record, Records, Reference, SplitMix64, Table};
use replay::{
    Arranged, CHUNK, Clock, Edges, FeederReport, Interrupted, Latency, MaxFeed, RealClock, Replayed,
    Schedule, feed_paced,
};
use stream::{Concluded, JobError, Trigger, Version};

use crate::{
    error::Error,
    experiment::Experiment,
    problem::{Entry, Params},
    progress::Working,
};

pub(crate) use judge::{dataset_id, reference_result};
pub(crate) use recover::Spent;
pub(crate) use replicate::replicate;
use timing::Started;
pub(crate) use timing::feeder_result;

/// At pace max, how many chunks are timed at least, and of a dataset that has fewer, how many replays of it.
const LEAST_CHUNKS: usize = 100;
const LEAST_REPLAYS: usize = 5;
/// … unless the jobs are so slow that this long a replay says enough of them. Tests don't look at the times.
const ENOUGH_NS: u64 = if cfg!(test) { 1_000_000 } else { 50_000_000 };

/// Everything a run leaves behind.
pub(crate) struct FinishedRun {
    pub(crate) results: AnyResults,
    pub(crate) timings: Timings,
    pub(crate) answers: Answers,
    pub(crate) latencies: [Latency; 2],
}

/// The answers of a run.
pub(crate) enum Answers {
    /// By offset: the reference's packing, stable's and the candidate's.
    Packings([Vec<u32>; 3]),
    Tables(Box<Tables>),
}

/// The answers of a run over a problem that answers with a table.
pub(crate) struct Tables {
    pub(crate) keys: Keys,
    pub(crate) reference: Table,
    /// Stable's and the candidate's.
    pub(crate) versions: [Concluded; 2],
}

/// The reference alone.
pub(crate) enum FinishedReference {
    Cost {
        name: &'static str,
        cost_unit: &'static str,
        reference: Reference,
        /// What is wrong with it, if anything.
        problem: Option<String>,
    },
    Table {
        described: TableReference,
        table: Table,
        keys: Keys,
    },
}

/// One job alone.
pub(crate) struct FinishedReplay {
    pub(crate) ledger: Ledger,
    pub(crate) conclusion: Conclusion,
    pub(crate) replayed: Replayed,
    pub(crate) feeder: Option<FeederReport>,
    /// What checkpoints have cost, where there were any.
    pub(crate) spent: Option<Spent>,
}

/// What one job alone has concluded.
pub(crate) enum Conclusion {
    Cost {
        cost_unit: &'static str,
        check: PackingCheck,
        proven: stream::Proven,
        /// By offset.
        answer: Vec<u32>,
    },
    Table {
        concluded: Box<Concluded>,
        /// Its checkpoints and the faults that struck, where it ran with any.
        recovered: Option<RecoveryResult>,
        keys: Keys,
    },
}

impl Conclusion {
    /// What is wrong with the answer in itself, or with how it came about.
    pub(crate) fn problem(&self) -> Option<String> {
        match self {
            Self::Cost { check, .. } => check.problem.clone(),
            Self::Table { recovered, .. } => recovered.as_ref().and_then(RecoveryResult::breach),
        }
    }
}

/// Reads the dataset, with its hash checked, and checks every record against the parameters.
pub(crate) fn load<R: Record>(
    entry: &Entry<R>,
    frozen: &Frozen,
    params: &Params,
) -> Result<Records<R>, Error> {
    let records = frozen.load::<R>()?;
    refuse(entry, frozen, params, &records.records, 0)?;
    Ok(records)
}

/// Checks records, the first of which is at the offset `first`, against the parameters.
fn refuse<R>(
    entry: &Entry<R>,
    frozen: &Frozen,
    params: &Params,
    records: &[R],
    first: usize,
) -> Result<(), Error> {
    for (offset, record) in (first..).zip(records) {
        if let Some(message) = (entry.reject)(record, params) {
            let unit = match frozen.manifest.scale {
                1 => String::new(),
                scale => format!(", in units of {}", datasets::from_scale(1, scale)),
            };
            return Err(frozen.reject(offset as u64, message + &unit).into());
        }
    }
    Ok(())
}

fn into_pair<T>(items: impl IntoIterator<Item = T>) -> [T; 2] {
    let mut items = items.into_iter();
    let mut next = || items.next().expect("there are two jobs in an experiment");
    [next(), next()]
}

/// Jobs that have been fed, and how.
struct Fed<R> {
    versions: Vec<Box<dyn Version<R>>>,
    replayed: Vec<Replayed>,
    feeder: Option<FeederReport>,
}

/// Feeds fresh versions at the experiment's pace.
fn feed<R: Record>(
    make: &dyn Fn() -> Vec<Box<dyn Version<R>>>,
    arranged: &Arranged<'_, R>,
    loaded: &Records<R>,
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<Fed<R>, Error> {
    let schedule = schedule(arranged, loaded, experiment)?;
    let edges = edges(experiment.trigger, arranged, loaded, experiment)?;
    let records = &arranged.records;
    let clock = RealClock::new();
    if schedule.is_some() && experiment.commands == Pair::default() {
        // Whoever is first would pay for cold code. A process that is attached has a start of its own each time.
        let first = &records[..records.len().min(CHUNK)];
        MaxFeed::new(&mut make(), 0, &edges, &clock, work.control).push(first)?;
    }
    let mut versions = make();
    work.progress.replaying((records.len() * versions.len()) as u64, work.control);
    let pass = |versions: &mut Vec<Box<dyn Version<R>>>, before: usize| -> Result<_, Interrupted> {
        let mut feed = MaxFeed::new(versions, records.len(), &edges, &clock, work.control).after(before);
        feed.push_all(records)?;
        Ok(feed.end())
    };
    let fed = match &schedule {
        None => pass(&mut versions, 0)
            .and_then(|replayed| {
                time_again(replayed, records.len(), &clock, |before| pass(&mut make(), before))
            })
            .map(|replayed| (replayed, None)),
        Some(schedule) => feed_paced(
            &mut versions,
            records,
            &edges,
            schedule,
            &mut SplitMix64::new(experiment.seed),
            &clock,
            work.control,
        )
        .map(|(replayed, feeder)| (replayed, Some(feeder))),
    };
    work.progress.replayed();
    let (replayed, feeder) = fed?;
    // A job outside may have failed at the very last record.
    work.control.check()?;
    Ok(Fed { versions, replayed, feeder })
}

/// When records are due; `None` at pace max.
fn schedule<'a, R: Record>(
    arranged: &Arranged<'_, R>,
    loaded: &'a Records<R>,
    experiment: &Experiment,
) -> Result<Option<Schedule<'a>>, Error> {
    Schedule::new(experiment.pace, arranged.offsets.is_some(), loaded.arrivals_ms.as_deref())
        .map_err(|error| Error::usage(error.to_string()))
}

/// What a trigger in time goes by: the schedule, or at pace max the arrivals, where the order is theirs.
fn due_times<'a, R: Record>(
    arranged: &Arranged<'_, R>,
    loaded: &'a Records<R>,
    experiment: &Experiment,
) -> Result<Option<Schedule<'a>>, Error> {
    let arrivals = || {
        let recorded = replay::Pace::Recorded(1.0);
        Schedule::new(recorded, arranged.offsets.is_some(), loaded.arrivals_ms.as_deref()).ok().flatten()
    };
    Ok(schedule(arranged, loaded, experiment)?.or_else(arrivals))
}

/// Where the micro-batches of `trigger` end.
fn edges<R: Record>(
    trigger: Trigger,
    arranged: &Arranged<'_, R>,
    loaded: &Records<R>,
    experiment: &Experiment,
) -> Result<Edges, Error> {
    let due = due_times(arranged, loaded, experiment)?;
    Edges::new(trigger, arranged.records.len(), experiment.max_batch, due.as_ref())
        .map_err(|error| Error::usage(format!("trigger = \"{trigger}\": {error}")))
}

/// A chunk or two say little of a job's speed: a small dataset is fed again to fresh jobs, for the times alone, until
/// [`LEAST_CHUNKS`] have been timed, and as many of them as say something have enough work in them. The first replay warmed up and isn't counted then.
fn time_again<E>(
    mut replayed: Vec<Replayed>,
    records: usize,
    clock: &RealClock,
    mut again: impl FnMut(usize) -> Result<Vec<Replayed>, E>,
) -> Result<Vec<Replayed>, E> {
    let chunks = records.div_ceil(CHUNK).max(1);
    let replays = if chunks < LEAST_CHUNKS { (LEAST_CHUNKS / chunks).max(LEAST_REPLAYS) } else { 0 };
    let says_little = |replayed: &[Replayed]| replayed.iter().any(|job| job.samples() < LEAST_SAMPLES);
    let wants = |replay: usize, replayed: &[Replayed]| replay <= replays || says_little(replayed);
    let mut replay = 0;
    while replays > 0 && wants(replay + 1, &replayed) && clock.now_ns() <= ENOUGH_NS {
        replay += 1;
        for (job, again) in replayed.iter_mut().zip(again(replay * chunks)?) {
            if replay == 1 {
                job.take_times_of(again);
            } else {
                job.add_times_of(&again);
            }
        }
    }
    Ok(replayed)
}

/// What the job that answers with a table has concluded; `record` in its side outputs is made an offset in the dataset,
/// by the offsets of the arrivals unless the two are the same.
fn conclude<R: Record>(
    version: &mut dyn Version<R>,
    name: &str,
    keys: &Keys,
    offsets: Option<&[u32]>,
    frozen: &Frozen,
) -> Result<Option<Concluded>, Error> {
    let concluded = version.finish(keys).map_err(|failure| job_failure(failure, name, offsets, frozen))?;
    Ok(concluded.map(|mut concluded| {
        concluded.number_records_by(&|arrival| offset(offsets, arrival));
        concluded
    }))
}

/// Where in the dataset the record stands that arrived as the `arrival`-th.
fn offset(offsets: Option<&[u32]>, arrival: u64) -> u64 {
    match offsets {
        Some(offsets) => offsets.get(arrival as usize).map_or(arrival, |&offset| u64::from(offset)),
        None => arrival,
    }
}

/// Why a job gave up, with the place of the record.
fn job_failure(failure: JobError, name: &str, offsets: Option<&[u32]>, frozen: &Frozen) -> Error {
    let place = frozen.place(offset(offsets, failure.record));
    let message = format!("{place}: job {}: {}", datasets::shown(name), datasets::shown(&failure.message));
    match failure.hint {
        Some(hint) => Error::input(message).with_hint(hint),
        None => Error::input(message),
    }
}
