//! Executes an experiment: read, compute the reference, replay both versions, compare, judge. Writes nothing.

mod comparison;
mod judge;
mod parallel;
mod prefixes;
mod replicate;
mod timing;

use compare::{CurvePoint, Ledger, Orders, PackingCheck, Placement, Results, Timings};
use datasets::{Frozen, Record, Records, Reference, SplitMix64};
use replay::{
    Arranged, CHUNK, Clock, Control, FeederReport, Interrupted, Latency, RealClock, Replayed, Schedule,
    arrange, feed_at_max, feed_paced,
};
use stream::Version;

use crate::{
    catalog::{Chosen, Params, Problem, Work},
    erased::Working,
    error::Error,
    experiment::Experiment,
};

pub(crate) use judge::{dataset_id, reference_result};
pub(crate) use replicate::replicate;
use timing::Started;
pub(crate) use timing::{feeder_result, latency_ns};

/// At pace max, how many chunks are timed at least.
const LEAST_CHUNKS: usize = 100;
/// … unless the jobs are so slow that this long a replay says enough of them.
const ENOUGH_NS: u64 = 50_000_000;

/// Everything a run leaves behind.
pub(crate) struct FinishedRun {
    pub(crate) results: Results,
    pub(crate) timings: Timings,
    /// By offset: the reference's packing, stable's and the candidate's.
    pub(crate) answers: [Vec<u32>; 3],
    pub(crate) latencies: [Latency; 2],
}

/// The reference alone.
pub(crate) struct FinishedReference {
    pub(crate) name: &'static str,
    pub(crate) cost_unit: &'static str,
    pub(crate) reference: Reference,
    /// What is wrong with it, if anything.
    pub(crate) problem: Option<String>,
}

/// One job alone.
pub(crate) struct FinishedReplay {
    pub(crate) cost_unit: &'static str,
    pub(crate) check: PackingCheck,
    pub(crate) ledger: Ledger,
    pub(crate) proven: stream::Proven,
    /// By offset.
    pub(crate) answer: Vec<u32>,
    pub(crate) replayed: Replayed,
    pub(crate) feeder: Option<FeederReport>,
}

/// Reads the dataset, with its hash checked, and checks every record against the parameters.
pub(crate) fn load<R: Record>(
    problem: &Problem<R>,
    frozen: &Frozen,
    params: &Params,
) -> Result<Records<R>, Error> {
    let records = frozen.load::<R>()?;
    for (offset, record) in records.records.iter().enumerate() {
        if let Some(message) = (problem.reject)(record, params) {
            return Err(frozen.reject(offset as u64, message).into());
        }
    }
    Ok(records)
}

/// The whole experiment.
pub(crate) fn run<R: Record>(
    problem: &Problem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<FinishedRun, Error> {
    let started = Started::now();
    let jobs = [problem.version(&experiment.stable)?, problem.version(&experiment.candidate)?];
    work.progress.step("reading");
    let loaded = load(problem, frozen, &experiment.params)?;
    work.control.check()?;
    work.progress.step("reference");
    let reference = (problem.reference)(&loaded.records, &experiment.params, Work::Full);
    work.control.check()?;
    let arranged = arrange(&loaded.records, experiment.order, experiment.seed);
    let make = |which: usize| make(&jobs[which], &experiment.params);
    let (mut replayed, feeder) = feed(&|| vec![make(0), make(1)], &arranged, &loaded, experiment, work)?;
    work.progress.step("prefixes");
    let arrivals = [0, 1].map(|which| std::mem::take(&mut replayed[which].decisions));
    let curve = prefixes::curve(problem, &arranged.records, &experiment.params, &arrivals, &reference, work)?;
    let answers = arrivals.map(|decisions| arranged.by_offset(decisions, Placement::NO_BIN));
    let orders = orders(problem, &loaded.records, &jobs, experiment, reference.lower.value, work)?;
    let results = judge::results(
        problem,
        frozen,
        experiment,
        &judge::Seen {
            records: &loaded.records,
            jobs: &jobs,
            reference: &reference,
            answers: &answers,
            curve,
            orders,
        },
    );
    let comparison = comparison::comparison(experiment, frozen.manifest.records, work)?;
    let timings =
        timing::timings(started, experiment, &replayed, feeder, comparison, results.verdict.outcome);
    let [stable, candidate] = answers;
    let answers = [reference.packing.bins, stable, candidate];
    let latencies = into_pair(replayed.into_iter().map(|job| job.latency));
    Ok(FinishedRun { results, timings, answers, latencies })
}

fn into_pair<T>(items: impl IntoIterator<Item = T>) -> [T; 2] {
    let mut items = items.into_iter();
    let mut next = || items.next().expect("there are two jobs in an experiment");
    [next(), next()]
}

fn make<R>(chosen: &Chosen<R>, params: &Params) -> Box<dyn Version<R>> {
    (chosen.entry.make)(params, chosen.argument)
}

/// Feeds fresh versions at the experiment's pace.
fn feed<R: Record>(
    make: &dyn Fn() -> Vec<Box<dyn Version<R>>>,
    arranged: &Arranged<'_, R>,
    loaded: &Records<R>,
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<(Vec<Replayed>, Option<FeederReport>), Error> {
    let schedule = Schedule::new(experiment.pace, arranged.offsets.is_some(), loaded.arrivals_ms.as_deref())
        .map_err(|error| Error::usage(error.to_string()))?;
    let mut versions = make();
    let records = &arranged.records;
    work.progress.replaying((records.len() * versions.len()) as u64, work.control);
    let clock = RealClock::new();
    let fed = match &schedule {
        None => feed_at_max(&mut versions, records, &clock, work.control)
            .and_then(|replayed| time_again(make, records, replayed, &clock, work.control))
            .map(|replayed| (replayed, None)),
        Some(schedule) => feed_paced(
            &mut versions,
            records,
            schedule,
            &mut SplitMix64::new(experiment.seed),
            &clock,
            work.control,
        )
        .map(|(replayed, feeder)| (replayed, Some(feeder))),
    };
    work.progress.replayed();
    Ok(fed?)
}

/// A chunk or two say little of a job's speed: a small dataset is fed again to fresh jobs, for the times alone,
/// until [`LEAST_CHUNKS`] have been timed.
fn time_again<R>(
    make: &dyn Fn() -> Vec<Box<dyn Version<R>>>,
    records: &[R],
    mut replayed: Vec<Replayed>,
    clock: &RealClock,
    control: &Control,
) -> Result<Vec<Replayed>, Interrupted> {
    for _ in 1..LEAST_CHUNKS / records.len().div_ceil(CHUNK).max(1) {
        if clock.now_ns() > ENOUGH_NS {
            break;
        }
        let again = feed_at_max(&mut make(), records, clock, control)?;
        for (job, again) in replayed.iter_mut().zip(&again) {
            job.add_times_of(again);
        }
    }
    Ok(replayed)
}

/// Both jobs over the experiment's shuffled orders; untimed, so side by side on all processors.
fn orders<R: Record>(
    problem: &Problem<R>,
    records: &[R],
    jobs: &[Chosen<R>; 2],
    experiment: &Experiment,
    lower: u64,
    work: &Working<'_>,
) -> Result<Option<Orders>, Error> {
    work.progress.step("orders");
    let seeds: Vec<u64> = (0..experiment.orders).map(|index| experiment.seed + index).collect();
    let cost = |job: &Chosen<R>, arranged: &Arranged<'_, R>| {
        let mut decisions = Vec::with_capacity(records.len());
        make(job, &experiment.params).push_chunk(&arranged.records, &mut decisions);
        (problem.check)(&arranged.records, &experiment.params, &decisions).cost
    };
    let costs = parallel::map(&seeds, records.len(), work.control, |&seed| {
        let arranged = arrange(records, replay::Order::Shuffled, seed);
        compare::OrderCost { seed, stable: cost(&jobs[0], &arranged), candidate: cost(&jobs[1], &arranged) }
    })?;
    Ok(compare::summarise_orders(&costs, lower))
}

/// The reference alone.
pub(crate) fn reference<R: Record>(
    problem: &Problem<R>,
    frozen: &Frozen,
    params: &Params,
    work: &Working<'_>,
) -> Result<FinishedReference, Error> {
    work.progress.step("reading");
    let loaded = load(problem, frozen, params)?;
    work.control.check()?;
    work.progress.step("reference");
    let reference = (problem.reference)(&loaded.records, params, Work::Full);
    let wrong = judge::reference_problem(problem, frozen, &loaded.records, params, &reference);
    Ok(FinishedReference {
        name: problem.reference_name,
        cost_unit: problem.cost_unit,
        reference,
        problem: wrong,
    })
}

/// One job alone: the experiment's stable one.
pub(crate) fn replay_one<R: Record>(
    problem: &Problem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<FinishedReplay, Error> {
    let job = problem.version(&experiment.stable)?;
    work.progress.step("reading");
    let loaded = load(problem, frozen, &experiment.params)?;
    let arranged = arrange(&loaded.records, experiment.order, experiment.seed);
    let (mut replayed, feeder) =
        feed(&|| vec![make(&job, &experiment.params)], &arranged, &loaded, experiment, work)?;
    let mut replayed = replayed.remove(0);
    let answer = arranged.by_offset(std::mem::take(&mut replayed.decisions), Placement::NO_BIN);
    let check = (problem.check)(&loaded.records, &experiment.params, &answer);
    let ledger = judge::ledger(&check, loaded.records.len());
    let proven = (job.entry.proven)(job.argument);
    Ok(FinishedReplay { cost_unit: problem.cost_unit, check, ledger, proven, answer, replayed, feeder })
}

/// A curve's points, as they stand in the results.
type Curve = Vec<CurvePoint>;
