//! Executes an experiment on a problem whose answer has a cost.

use compare::{AnyResults, Orders, Placement, SweepOutcome, ratio_interval};
use datasets::{Frozen, Record};
use replay::{Arranged, Edges, arrange, feed_untimed};

use super::{
    Answers, Conclusion, Fed, FinishedReference, FinishedReplay, FinishedRun, Started, comparison, conclude,
    feed, into_pair,
    job::{Job, jobs},
    judge, load, noise, parallel, prefixes, schedule, sweep, timing,
};
use crate::{
    error::Error,
    experiment::Experiment,
    problem::{Params, Problem, Work},
    progress::Working,
    recovery_section::RecoveryChoice,
};

/// The whole experiment.
pub(crate) fn run<R: Record>(
    problem: &Problem<R>,
    frozen: &Frozen,
    experiment: &Experiment,
    work: &Working<'_>,
) -> Result<FinishedRun, Error> {
    let started = Started::now();
    work.progress.step("reading");
    let loaded = load(&problem.entry, frozen, &experiment.params)?;
    let jobs = jobs(&problem.entry, experiment, &loaded.keys, work)?;
    work.control.check()?;
    work.progress.step("reference");
    let reference = (problem.reference)(&loaded.records, &experiment.params, Work::Full);
    work.control.check()?;
    let arranged = arrange(&loaded.records, experiment.order, experiment.seed);
    let make = |which: usize| jobs[which].make(&experiment.params, experiment.trigger);
    let Fed { mut versions, mut replayed, feeder } =
        feed(&|| vec![make(0), make(1)], &arranged, &loaded, experiment, work)?;
    for (version, name) in versions.iter_mut().zip([&experiment.stable, &experiment.candidate]) {
        conclude(&mut **version, name, &loaded.keys, arranged.offsets.as_deref(), frozen)?;
    }
    work.progress.step("prefixes");
    let arrivals = [0, 1].map(|which| std::mem::take(&mut replayed[which].decisions));
    let curve = prefixes::curve(problem, &arranged.records, &experiment.params, &arrivals, &reference, work)?;
    let noise = noise::noise(problem, &jobs, &arranged.records, &arrivals, experiment, work)?;
    let answers = arrivals.map(|decisions| arranged.by_offset(decisions, Placement::NO_BIN));
    let orders = orders(problem, &loaded.records, &jobs, experiment, reference.lower.value, work)?;
    let cost = |decisions: &[u32]| {
        let cost = (problem.check)(&arranged.records, &experiment.params, decisions).cost;
        let (low, high) = ratio_interval(cost, reference.lower.value, reference.upper.value);
        SweepOutcome::Cost { cost, low, high }
    };
    let sweep =
        sweep::sweep(&jobs[1], &arranged, &loaded, frozen, experiment, work, |decisions, _| cost(decisions))?;
    let results = judge::results(
        problem,
        frozen,
        experiment,
        &judge::Seen {
            records: &loaded.records,
            jobs: &jobs,
            reference: &reference,
            answers: &answers,
            noise,
            curve,
            orders,
            sweep,
        },
    );
    let schedule = schedule(&arranged, &loaded, experiment)?;
    let comparison = comparison::comparison(experiment, frozen.manifest.records, schedule.as_ref(), work)?;
    let measured = timing::Measured {
        replayed: &replayed,
        feeder,
        peaks_rss_bytes: [0, 1].map(|which: usize| jobs[which].peak_rss_bytes()),
    };
    let timings = timing::timings(started, experiment, &measured, comparison, &results.verdict);
    let [stable, candidate] = answers;
    let answers = Answers::Packings([reference.packing.bins, stable, candidate]);
    let latencies = into_pair(replayed.into_iter().map(|job| job.latency));
    Ok(FinishedRun { results: AnyResults::Cost(Box::new(results)), timings, answers, latencies })
}

/// Both jobs over the experiment's shuffled orders; untimed, so side by side on all processors.
fn orders<R: Record>(
    problem: &Problem<R>,
    records: &[R],
    jobs: &[Job<R>; 2],
    experiment: &Experiment,
    lower: u64,
    work: &Working<'_>,
) -> Result<Option<Orders>, Error> {
    work.progress.step("orders");
    if experiment.orders == 0 {
        return Ok(None);
    }
    // A shuffled order has no arrivals to go by.
    let edges =
        Edges::new(experiment.trigger, records.len(), experiment.max_batch, None).map_err(|error| {
            Error::usage(format!("trigger = \"{}\" with orders: {error}", experiment.trigger))
        })?;
    let cost = |job: &Job<R>, arranged: &Arranged<'_, R>| {
        let mut decisions = Vec::with_capacity(records.len());
        let mut job = job.make(&experiment.params, experiment.trigger);
        feed_untimed(&mut *job, &arranged.records, &edges, &mut decisions);
        (problem.check)(&arranged.records, &experiment.params, &decisions).cost
    };
    let count = experiment.orders as usize;
    let costs = parallel::map_indices(count, records.len(), work.control, |index| {
        let seed = experiment.seed + index as u64;
        let arranged = arrange(records, replay::Order::Shuffled, seed);
        compare::OrderCost { seed, stable: cost(&jobs[0], &arranged), candidate: cost(&jobs[1], &arranged) }
    })?;
    work.control.check()?;
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
    let loaded = load(&problem.entry, frozen, params)?;
    work.control.check()?;
    work.progress.step("reference");
    let reference = (problem.reference)(&loaded.records, params, Work::Full);
    let wrong = judge::reference_problem(problem, frozen, &loaded.records, params, &reference);
    Ok(FinishedReference::Cost {
        name: problem.entry.reference_name,
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
    work.progress.step("reading");
    let loaded = load(&problem.entry, frozen, &experiment.params)?;
    let [job, _] = jobs(&problem.entry, experiment, &loaded.keys, work)?;
    let arranged = arrange(&loaded.records, experiment.order, experiment.seed);
    let make = || vec![job.make(&experiment.params, experiment.trigger)];
    let Fed { mut versions, mut replayed, feeder } = feed(&make, &arranged, &loaded, experiment, work)?;
    conclude(&mut *versions[0], &experiment.stable, &loaded.keys, arranged.offsets.as_deref(), frozen)?;
    let mut replayed = replayed.remove(0);
    let answer = arranged.by_offset(std::mem::take(&mut replayed.decisions), Placement::NO_BIN);
    let check = (problem.check)(&loaded.records, &experiment.params, &answer);
    let ledger = judge::ledger(&check, loaded.records.len());
    let proven = job.proven();
    let conclusion = Conclusion::Cost { cost_unit: problem.cost_unit, check, proven, answer };
    Ok(FinishedReplay { ledger, conclusion, replayed, feeder, spent: None })
}

/// No job of a problem with a cost can be saved.
pub(crate) fn survive_one<R: Record>(
    problem: &Problem<R>,
    _: &Frozen,
    _: &Experiment,
    _: &RecoveryChoice,
    _: &Working<'_>,
    _: &dyn Fn(u64),
) -> Result<(), Error> {
    Err(Error::usage(format!("no checkpoint can be taken of a job of {}", problem.entry.name)))
}
