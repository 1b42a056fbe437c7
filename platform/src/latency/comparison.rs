//! The latency comparison: replicates in fresh processes, one after another, until the gate can tell or the budget
//! is used up.
//!
//! Samples within a process are not independent: hash seeds and memory layout stay as they are for its life. So the
//! unit is a process, and each gives one ratio a metric.

use std::time::{Duration, Instant};

use compare::{Comparison, LatencyGate, Outcome};
use replay::Schedule;

use super::child;
use crate::{
    error::Error,
    events::{Event, Step, Working},
    experiment::LatencyPlan,
    latency::machine::Watch,
    latency::processes::Replicates,
};

/// A paced replicate in which the feeder is late more often than this says nothing of the jobs.
const ALLOWED_MISSES: f64 = 0.01;
/// By then the spread of the replicates says whether the budget will do.
const SOON_NS: u64 = 3_000_000_000;
/// A budget is given up when a verdict would need this many times as much: what is known that soon is rough.
const HOPELESS: f64 = 3.0;

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
    let mut run = Run::new(plan);
    let least = child::least_samples(plan);
    if schedule.is_some() && records < least {
        let note = format!("a paced comparison needs at least {least} records, there are {records}");
        return Ok(Some(run.conclude(note)));
    }
    let mut replicates = Replicates::new(plan)?;
    let shortest_ns = child::shortest_ns(schedule, records as usize, plan)
        .saturating_add(replicates.start_ns(work.control)?);
    if let Some(note) = run.out_of_reach_at(shortest_ns) {
        return Ok(Some(run.conclude(note)));
    }
    loop {
        run.show(work);
        let replicate = replicates.next(run.left_ns(), work.control)?;
        run.done += 1;
        // It is the feeder that was late, not a job, so that leaving it out favours neither.
        if replicate.miss_share > ALLOWED_MISSES {
            run.late += 1;
        } else {
            run.gate.push(&replicate.ns());
        }
        if let Some(note) = run.end() {
            work.listener.hear(Event::ComparisonEnded);
            return Ok(Some(run.conclude(note)));
        }
    }
}

/// A comparison under way.
struct Run {
    gate: LatencyGate,
    started: Instant,
    budget_ns: u64,
    error_rate: f64,
    /// Replicates so far, and those of them in which the feeder was late.
    done: usize,
    late: usize,
    /// The budget that a verdict would need, where the comparison ends for want of it.
    needed_ns: Option<u64>,
    watch: Watch,
}

impl Run {
    fn new(plan: &LatencyPlan) -> Self {
        Self {
            gate: LatencyGate::new(plan.increase, plan.tail_increase, plan.error_rate),
            started: Instant::now(),
            budget_ns: plan.budget_ns,
            error_rate: plan.error_rate,
            done: 0,
            late: 0,
            needed_ns: None,
            watch: Watch::start(),
        }
    }

    fn spent_ns(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }

    fn left_ns(&self) -> u64 {
        self.budget_ns.saturating_sub(self.spent_ns())
    }

    /// Returns what a replicate has taken so far, on average.
    fn each_ns(&self) -> u64 {
        self.spent_ns() / (self.done as u64).max(1)
    }

    /// About how long it takes in all until an unchanged job has its verdict, at the present noise.
    fn expected_ns(&self) -> Option<u64> {
        let share_kept = self.gate.replicates() as f64 / self.done.max(1) as f64;
        Some((self.gate.expected_replicates()? / share_kept * self.each_ns() as f64) as u64)
    }

    fn show(&self, work: &Working<'_>) {
        let needed = self.expected_ns().map(Duration::from_nanos);
        let left = Duration::from_nanos(self.left_ns());
        work.listener.hear(Event::ReplicateBegan { done: self.done, left, needed });
    }

    /// Returns whether the comparison is over, and why.
    fn end(&mut self) -> Option<String> {
        match self.gate.outcome() {
            Outcome::Pass => return Some("every gated metric is shown to be within its limit".into()),
            Outcome::Fail => return Some("a gated metric is shown to be beyond its limit".into()),
            Outcome::Inconclusive | Outcome::Invalid => {}
        }
        let unfit = self.gate.unfit();
        if !unfit.is_empty() && self.gate.replicates() >= self.gate.least_replicates() {
            let metrics = unfit.join(" and ");
            return Some(format!(
                "the machine is unfit: stable differs from itself by more than the limit in {metrics}"
            ));
        }
        let (done, late) = (self.done, self.late);
        if done >= 2 * self.gate.least_replicates() && late * 2 > done {
            return Some(format!("the feeder could not hold the schedule in {late} of {done} replicates"));
        }
        let each_ns = self.each_ns();
        if let Some(note) = self.out_of_reach_at(each_ns).or_else(|| self.hopeless()) {
            return Some(note);
        }
        if self.left_ns() >= each_ns {
            return None;
        }
        let note = format!("the time allowed ran out after {done} replicates");
        // Where the estimate says that it was enough, it isn't worth repeating.
        let needed_ns = self.expected_ns().filter(|&needed| needed > self.budget_ns);
        Some(needed_ns.map_or(note.clone(), |needed_ns| self.needing(&note, needed_ns)))
    }

    /// Says so when replicates of this length can't reach a verdict within the budget, however clear it would be.
    fn out_of_reach_at(&mut self, each_ns: u64) -> Option<String> {
        let least = self.gate.least_replicates() as u64;
        let needed_ns = each_ns.max(1).saturating_mul(least);
        let note =
            format!("no verdict can be reached in less than {least} replicates of {} each", seconds(each_ns));
        (needed_ns > self.budget_ns).then(|| self.needing(&note, needed_ns))
    }

    /// Says so when the first replicates lie so far apart that the budget won't do.
    fn hopeless(&mut self) -> Option<String> {
        let is_known =
            self.gate.replicates() >= 2 * self.gate.least_replicates() || self.spent_ns() > SOON_NS;
        let needed_ns = self.expected_ns().filter(|_| is_known)?;
        let note = "this machine is too noisy for the budget";
        (needed_ns as f64 > HOPELESS * self.budget_ns as f64).then(|| self.needing(note, needed_ns))
    }

    fn needing(&mut self, note: &str, needed_ns: u64) -> String {
        self.needed_ns = Some(needed_ns);
        let (needs, has) = (seconds(rounded_up(needed_ns)), seconds(self.budget_ns));
        format!("{note}: it needs a budget of about {needs}, and has {has}")
    }

    fn conclude(&self, note: String) -> Comparison {
        Comparison {
            replicates: self.gate.replicates() as u64,
            least_replicates: self.gate.least_replicates() as u64,
            spent_seconds: self.spent_ns() as f64 / 1e9,
            budget_seconds: self.budget_ns as f64 / 1e9,
            error_rate: self.error_rate,
            outcome: self.gate.outcome(),
            note,
            needed_seconds: self.needed_ns.map(|ns| ns as f64 / 1e9),
            metrics: self.gate.metrics(),
            control: self.gate.control(),
            health: self.watch.health(),
        }
    }
}

/// An estimate in two significant digits, none of them too few.
fn rounded_up(ns: u64) -> u64 {
    let step = 10_u64.pow((ns.max(1)).ilog10().saturating_sub(1));
    ns.div_ceil(step).saturating_mul(step)
}

/// Seconds with as many digits as such a time has: `0.45 s`, `2.5 s`, `120 s`.
fn seconds(ns: u64) -> String {
    let seconds = ns as f64 / 1e9;
    match seconds {
        ..1.0 => format!("{seconds:.2} s"),
        1.0..10.0 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.0} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_is_rounded_up_and_readable() {
        for (ns, text) in [
            (1, "0.00 s"),
            (451_000_000, "0.46 s"),
            (2_510_000_000, "2.6 s"),
            (99_100_000_000, "100 s"),
            (123_000_000_000, "130 s"),
        ] {
            assert_eq!(seconds(rounded_up(ns)), text);
        }
        assert_eq!(rounded_up(u64::MAX), u64::MAX);
    }
}
