//! The latency comparison: replicates in fresh processes, one after another, until the gate can tell or the budget
//! is used up.
//!
//! Samples within a process are not independent: hash seeds and memory layout stay as they are for its life. So the
//! unit is a process, and each gives one ratio a metric.

use compare::{Comparison, LatencyGate};
use replay::Schedule;

use super::{
    child,
    processes::{ReplicateTimes, Replicates},
    run::{Concluded, Run},
};
use crate::{
    error::Error,
    events::{Event, Step, Working},
    experiment::LatencyPlan,
};

/// A paced replicate in which the feeder is late more often than this says nothing of the jobs.
const ALLOWED_MISSES: f64 = 0.01;

/// Compares the two versions; `None` when no limit asks for it.
pub(crate) fn comparison(
    plan: &LatencyPlan,
    records: u64,
    schedule: Option<&Schedule<'_>>,
    work: &Working<'_>,
) -> Result<Option<Comparison>, Error> {
    if plan.increase.is_none() && plan.tail_increase.is_none() {
        return Ok(None);
    }
    work.begin(Step::Latency);
    let gate = LatencyGate::new(plan.increase, plan.tail_increase, plan.error_rate);
    let mut run = Run::new(gate, plan);
    let least = child::least_samples(plan);
    if schedule.is_some() && records < least {
        let note = format!("a paced comparison needs at least {least} records, there are {records}");
        return Ok(Some(concluded(run.conclude(note))));
    }
    let mut replicates = Replicates::new(plan)?;
    let shortest_ns = child::shortest_ns(schedule, records as usize, plan)
        .saturating_add(replicates.start_ns(work.control)?);
    if let Some(note) = run.out_of_reach_at(shortest_ns) {
        return Ok(Some(concluded(run.conclude(note))));
    }
    loop {
        run.show(work);
        let replicate: ReplicateTimes = replicates.next(&[], run.left_ns(), work.control)?;
        run.done += 1;
        // It is the feeder that was late, not a job, so that leaving it out favours neither.
        if replicate.miss_share > ALLOWED_MISSES {
            run.late += 1;
        } else {
            run.gate.push(&replicate.ns());
        }
        if let Some(note) = run.end() {
            work.listener.hear(Event::ComparisonEnded);
            return Ok(Some(concluded(run.conclude(note))));
        }
    }
}

fn concluded(run: Concluded<LatencyGate>) -> Comparison {
    Comparison {
        replicates: run.replicates,
        least_replicates: run.least_replicates,
        spent_seconds: run.spent_seconds,
        budget_seconds: run.budget_seconds,
        error_rate: run.error_rate,
        outcome: run.outcome,
        note: run.note,
        needed_seconds: run.needed_seconds,
        metrics: run.gate.metrics(),
        control: run.gate.control(),
        health: run.health,
    }
}
