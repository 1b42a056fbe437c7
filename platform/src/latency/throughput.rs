//! The comparison of throughputs: whole replays of the same records, in fresh processes, until the gate can tell or the
//! budget is used up.

use compare::{Pair, ThroughputComparison, ThroughputGate};

use super::{
    processes::{Replicates, WholeTimes},
    run::{Concluded, Run},
};
use crate::{
    error::Error,
    events::{Event, Step, Working},
    experiment::LatencyPlan,
};

/// Says how long one replay of the slower version takes, about: what a process does at its start and at its end is then
/// a small part of it, unless there are too few records.
const REPLAY_NS: u64 = 250_000_000;
/// The three replays of as many replicates as a verdict needs may take this part of the budget: noise needs more of them.
const PART_OF_BUDGET: u64 = 4;
/// Replays whose length shows how many records to feed. One version may be slow at first.
const MOST_TRIALS: usize = 3;
/// So many times as many records follow a trial at most.
const MOST_GROWTH: f64 = 16.0;

/// Compares the records a second of the two versions; `None` when no limit asks for it. `each_ns` is how long a record took
/// each of them when they were replayed.
pub(crate) fn throughput(
    plan: &LatencyPlan,
    records: u64,
    each_ns: Pair<f64>,
    work: &Working<'_>,
) -> Result<Option<ThroughputComparison>, Error> {
    let Some(limit) = plan.throughput_decrease else { return Ok(None) };
    work.begin(Step::Throughput);
    let mut run = Run::new(ThroughputGate::new(limit, plan.error_rate), plan);
    if records == 0 {
        return Ok(Some(concluded(run.conclude("there are no records to take in".to_owned()), 0)));
    }
    let mut replicates = Replicates::new(plan)?;
    let start_ns = replicates.start_ns(work.control)?;
    if let Some(note) = run.out_of_reach_at(start_ns) {
        return Ok(Some(concluded(run.conclude(note), records)));
    }
    let least = run.gate.least_replicates() as u64;
    let replay_ns = REPLAY_NS.min(plan.budget_ns / (3 * least * PART_OF_BUDGET)).max(1);
    let mut some = within(replay_ns as f64 / each_ns.stable.max(each_ns.candidate), records);
    for _ in 0..MOST_TRIALS {
        if some == records || run.left_ns() == 0 {
            break;
        }
        let tried: WholeTimes = replicates.next(&whole(some), run.left_ns(), work.control)?;
        let growth = replay_ns as f64 / tried.longest_ns().max(1) as f64;
        if growth < 2.0 {
            break;
        }
        some = within(some as f64 * growth.min(MOST_GROWTH), records);
    }
    run.begins();
    loop {
        run.show(work);
        let replicate: WholeTimes = replicates.next(&whole(some), run.left_ns(), work.control)?;
        run.done += 1;
        run.gate.push(replicate.each_ns(some));
        if let Some(note) = run.end() {
            work.listener.hear(Event::ComparisonEnded);
            return Ok(Some(concluded(run.conclude(note), some)));
        }
    }
}

/// So many of the records, at least one.
fn within(some: f64, records: u64) -> u64 {
    // What is no number, where a clock saw nothing, is the most.
    if some.is_finite() { (some as u64).clamp(1, records) } else { records }
}

fn whole(records: u64) -> [String; 2] {
    ["--whole".to_owned(), records.to_string()]
}

fn concluded(run: Concluded<ThroughputGate>, records: u64) -> ThroughputComparison {
    ThroughputComparison {
        records,
        replicates: run.replicates,
        least_replicates: run.least_replicates,
        spent_seconds: run.spent_seconds,
        budget_seconds: run.budget_seconds,
        error_rate: run.error_rate,
        outcome: run.outcome,
        note: run.note,
        needed_seconds: run.needed_seconds,
        limit: run.gate.limit(),
        stable_per_second: run.gate.stable_per_second(),
        ratio: run.gate.ratio(),
        smallest_effect: run.gate.smallest_effect(),
        control: run.gate.control(),
        health: run.health,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_records_are_at_least_one_and_at_most_all() {
        for (some, records, fed) in
            [(0.0, 5, 1), (2.9, 5, 2), (7.0, 5, 5), (f64::INFINITY, 5, 5), (f64::NAN, 5, 5)]
        {
            assert_eq!(within(some, records), fed, "{some}");
        }
    }
}
