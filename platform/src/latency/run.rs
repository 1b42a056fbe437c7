//! A comparison under way: how long it has taken, when it ends, and why.

use std::time::{Duration, Instant};

use compare::{Estimate, Health, LatencyGate, Outcome, ThroughputGate};

use crate::{
    events::{Event, Working},
    experiment::LatencyPlan,
    latency::machine::Watch,
};

/// By then the spread of the replicates says whether the budget will do.
const SOON_NS: u64 = 3_000_000_000;
/// A budget is given up when a verdict would need this many times as much: what is known that soon is rough.
const HOPELESS: f64 = 3.0;

/// Judges replicates, and can tell after each of them what is shown.
pub(super) trait Gate {
    /// Returns what is shown so far.
    fn outcome(&self) -> Outcome;

    /// Returns how many replicates there were.
    fn replicates(&self) -> usize;

    /// Returns how many a verdict needs at least.
    fn least_replicates(&self) -> usize;

    /// Returns about how many a verdict on an unchanged job takes, where that can be told.
    fn expected_replicates(&self) -> Option<f64>;

    /// Returns in what stable is shown to differ from itself; nothing where it isn't.
    fn unfit(&self) -> String;

    /// Returns the candidate's figure over stable's with its interval, once there are replicates enough for one.
    fn so_far(&self) -> Option<Estimate>;

    /// Returns the words for `decided`, which is within its limit or beyond it.
    fn decided(&self, decided: &str) -> String;
}

impl Gate for LatencyGate {
    fn outcome(&self) -> Outcome {
        self.outcome()
    }

    fn replicates(&self) -> usize {
        self.replicates()
    }

    fn least_replicates(&self) -> usize {
        self.least_replicates()
    }

    fn expected_replicates(&self) -> Option<f64> {
        self.expected_replicates()
    }

    fn unfit(&self) -> String {
        self.unfit().join(" and ")
    }

    fn so_far(&self) -> Option<Estimate> {
        let metrics = self.metrics();
        metrics.iter().find(|metric| metric.margin.is_some()).and_then(|metric| metric.ratio)
    }

    fn decided(&self, decided: &str) -> String {
        let which = if self.outcome() == Outcome::Pass { "every" } else { "a" };
        format!("{which} gated metric is shown to be {decided}")
    }
}

impl Gate for ThroughputGate {
    fn outcome(&self) -> Outcome {
        self.outcome()
    }

    fn replicates(&self) -> usize {
        self.replicates()
    }

    fn least_replicates(&self) -> usize {
        self.least_replicates()
    }

    fn expected_replicates(&self) -> Option<f64> {
        self.expected_replicates()
    }

    fn unfit(&self) -> String {
        if self.is_unfit() { "records a second".to_owned() } else { String::new() }
    }

    fn so_far(&self) -> Option<Estimate> {
        self.ratio()
    }

    fn decided(&self, decided: &str) -> String {
        format!("the decrease is shown to be {decided}")
    }
}

/// Holds what a comparison has come to, whatever it compares.
pub(super) struct Concluded<G> {
    pub(super) gate: G,
    pub(super) replicates: u64,
    pub(super) least_replicates: u64,
    pub(super) spent_seconds: f64,
    pub(super) budget_seconds: f64,
    pub(super) error_rate: f64,
    pub(super) outcome: Outcome,
    pub(super) note: String,
    pub(super) needed_seconds: Option<f64>,
    pub(super) health: Health,
}

/// A comparison under way.
pub(super) struct Run<G> {
    pub(super) gate: G,
    started: Instant,
    budget_ns: u64,
    error_rate: f64,
    /// Replicates so far, and those of them in which the feeder was late.
    pub(super) done: usize,
    pub(super) late: usize,
    /// Holds what was spent before the first of them.
    before_ns: u64,
    /// The budget that a verdict would need, where the comparison ends for want of it.
    needed_ns: Option<u64>,
    watch: Watch,
}

impl<G: Gate> Run<G> {
    pub(super) fn new(gate: G, plan: &LatencyPlan) -> Self {
        Self {
            gate,
            started: Instant::now(),
            budget_ns: plan.budget_ns,
            error_rate: plan.error_rate,
            done: 0,
            late: 0,
            before_ns: 0,
            needed_ns: None,
            watch: Watch::start(),
        }
    }

    fn spent_ns(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }

    pub(super) fn left_ns(&self) -> u64 {
        self.budget_ns.saturating_sub(self.spent_ns())
    }

    /// Returns what a replicate has taken so far, on average.
    fn each_ns(&self) -> u64 {
        self.spent_ns().saturating_sub(self.before_ns) / (self.done as u64).max(1)
    }

    /// Leaves what went before out of the length of a replicate, though not out of the time spent.
    pub(super) fn begins(&mut self) {
        self.before_ns = self.spent_ns();
    }

    /// About how long it takes in all until an unchanged job has its verdict, at the present noise.
    fn expected_ns(&self) -> Option<u64> {
        let share_kept = self.gate.replicates() as f64 / self.done.max(1) as f64;
        Some((self.gate.expected_replicates()? / share_kept * self.each_ns() as f64) as u64)
    }

    pub(super) fn show(&self, work: &Working<'_>) {
        let needed = self.expected_ns().map(Duration::from_nanos);
        let left = Duration::from_nanos(self.left_ns());
        work.listener.hear(Event::ReplicateBegan {
            done: self.done,
            left,
            needed,
            so_far: self.gate.so_far(),
        });
    }

    /// Returns whether the comparison is over, and why.
    pub(super) fn end(&mut self) -> Option<String> {
        match self.gate.outcome() {
            Outcome::Pass => return Some(self.gate.decided("within its limit")),
            Outcome::Fail => return Some(self.gate.decided("beyond its limit")),
            Outcome::Inconclusive | Outcome::Invalid => {}
        }
        let unfit = self.gate.unfit();
        if !unfit.is_empty() && self.gate.replicates() >= self.gate.least_replicates() {
            return Some(format!(
                "the machine is unfit: stable differs from itself by more than the limit in {unfit}"
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
    pub(super) fn out_of_reach_at(&mut self, each_ns: u64) -> Option<String> {
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

    pub(super) fn conclude(self, note: String) -> Concluded<G> {
        Concluded {
            replicates: self.gate.replicates() as u64,
            least_replicates: self.gate.least_replicates() as u64,
            spent_seconds: self.spent_ns() as f64 / 1e9,
            budget_seconds: self.budget_ns as f64 / 1e9,
            error_rate: self.error_rate,
            outcome: self.gate.outcome(),
            note,
            needed_seconds: self.needed_ns.map(|ns| ns as f64 / 1e9),
            health: self.watch.health(),
            gate: self.gate,
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
