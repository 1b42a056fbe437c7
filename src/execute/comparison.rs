//! The latency comparison: replicates in fresh processes, one after another, until the gate can tell or the budget
//! is used up.
//!
//! Samples within a process are not independent: hash seeds and memory layout stay as they are for its life. So the
//! unit is a process, and each gives one ratio a metric.

use std::time::Instant;

use compare::{Comparison, LatencyGate, Outcome};
use replay::Schedule;

use super::replicate;
use crate::{error::Error, experiment::Experiment, machine::Watch, progress::Working, replicate::Replicates};

/// A paced replicate in which the feeder is late more often than this says nothing of the jobs.
const ALLOWED_MISSES: f64 = 0.01;
/// p90 of fewer records than this is the maximum.
const LEAST_PACED_RECORDS: u64 = 100;

/// Compares the two versions; `None` when no limit asks for it.
pub(super) fn comparison(
    experiment: &Experiment,
    records: u64,
    schedule: Option<&Schedule<'_>>,
    work: &Working<'_>,
) -> Result<Option<Comparison>, Error> {
    let limits = &experiment.limits;
    if limits.latency_increase.is_none() && limits.latency_tail_increase.is_none() {
        return Ok(None);
    }
    work.progress.step("latency");
    let paced = schedule.is_some();
    let mut run = Run::new(experiment);
    if paced && records < LEAST_PACED_RECORDS {
        let note =
            format!("a paced comparison needs at least {LEAST_PACED_RECORDS} records, there are {records}");
        return Ok(Some(run.conclude(Outcome::Inconclusive, note)));
    }
    let mut replicates = Replicates::new(experiment)?;
    let shortest_ns =
        replicate::shortest_ns(schedule, records as usize).saturating_add(replicates.start_ns(work.control)?);
    if let Some(note) = run.out_of_reach_at(shortest_ns) {
        return Ok(Some(run.conclude(Outcome::Inconclusive, note)));
    }
    loop {
        let replicate = replicates.next(run.left_ns(), work.control)?;
        run.gate.push(&replicate.ns());
        run.misses.push(replicate.miss_share);
        if let Some((outcome, note)) = run.end() {
            return Ok(Some(run.conclude(outcome, note)));
        }
    }
}

/// A comparison under way.
struct Run {
    gate: LatencyGate,
    started: Instant,
    budget_ns: u64,
    error_rate: f64,
    /// By replicate, the share of records that the feeder sent late.
    misses: Vec<f64>,
    watch: Watch,
}

impl Run {
    fn new(experiment: &Experiment) -> Self {
        let limits = &experiment.limits;
        Self {
            gate: LatencyGate::new(
                limits.latency_increase,
                limits.latency_tail_increase,
                experiment.error_rate,
            ),
            started: Instant::now(),
            budget_ns: experiment.budget_ns,
            error_rate: experiment.error_rate,
            misses: Vec::new(),
            watch: Watch::start(),
        }
    }

    fn spent_ns(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }

    fn left_ns(&self) -> u64 {
        self.budget_ns.saturating_sub(self.spent_ns())
    }

    /// Whether the comparison is over, and why.
    fn end(&self) -> Option<(Outcome, String)> {
        let done = self.gate.replicates();
        let each_ns = self.spent_ns() / done as u64;
        let least = self.gate.least_replicates();
        match self.gate.outcome() {
            Outcome::Pass => {
                return Some((Outcome::Pass, "every gated metric is shown to be within its limit".into()));
            }
            Outcome::Fail => {
                return Some((Outcome::Fail, "a gated metric is shown to be beyond its limit".into()));
            }
            Outcome::Inconclusive | Outcome::Invalid => {}
        }
        if done >= least && !self.gate.machine_is_fit() {
            return Some((
                Outcome::Inconclusive,
                "the machine is unfit: stable differs from itself by more than the limit".into(),
            ));
        }
        let late = self.misses.iter().filter(|share| **share > ALLOWED_MISSES).count();
        if done >= least && late * 2 > done {
            let note = format!("the feeder could not hold the schedule in {late} of {done} replicates");
            return Some((Outcome::Inconclusive, note));
        }
        if self.left_ns() >= each_ns {
            // Before it goes on in vain.
            return self.out_of_reach_at(each_ns).map(|note| (Outcome::Inconclusive, note));
        }
        let note = if done < least {
            self.out_of_reach(least, each_ns)
        } else {
            format!("the time allowed ran out after {done} replicates")
        };
        Some((Outcome::Inconclusive, note))
    }

    /// Says so when replicates of this length can't reach a fail within the budget, however clear it would be.
    fn out_of_reach_at(&self, each_ns: u64) -> Option<String> {
        let least = self.gate.least_replicates();
        let reachable = self.budget_ns / each_ns.max(1) >= least as u64;
        (!reachable).then(|| self.out_of_reach(least, each_ns))
    }

    fn out_of_reach(&self, least: usize, each_ns: u64) -> String {
        format!(
            "no verdict can be reached: it needs at least {least} replicates of {:.2} s, the budget is {:.2} s",
            each_ns as f64 / 1e9,
            self.budget_ns as f64 / 1e9
        )
    }

    fn conclude(&self, outcome: Outcome, note: String) -> Comparison {
        Comparison {
            replicates: self.gate.replicates() as u64,
            least_replicates: self.gate.least_replicates() as u64,
            spent_seconds: self.spent_ns() as f64 / 1e9,
            budget_seconds: self.budget_ns as f64 / 1e9,
            error_rate: self.error_rate,
            outcome,
            note,
            needed_seconds: None,
            metrics: self.gate.metrics(),
            control: self.gate.control(),
            health: self.watch.health(),
        }
    }
}
