//! The latency comparison: replicates in, a conclusion out. Which metrics count, the control, when to stop.

use crate::{
    MetricComparison, Outcome,
    sequential::{SequentialTest, beyond, least_replicates, median, verdict},
};

/// The metrics of a replicate, in this order: of the time a record takes, or of its latency in a paced replay.
pub const METRICS: [&str; 6] = ["mean", "p50", "p90", "p95", "p99", "max"];
/// How many of them `latency_increase` gates: the others can't carry a narrow margin.
const BODY: usize = 3;
/// Metrics that `latency_tail_increase` gates: p95 and p99. The maximum is reported only.
const TAIL: std::ops::Range<usize> = 3..5;

/// One replicate: the metrics of the three jobs, in nanoseconds, in the order of [`METRICS`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplicateNs {
    /// Stable.
    pub stable: [f64; METRICS.len()],
    /// The candidate.
    pub candidate: [f64; METRICS.len()],
    /// Stable again, as another instance.
    pub again: [f64; METRICS.len()],
}

/// A comparison under way.
#[derive(Debug, Clone)]
pub struct LatencyGate {
    margins: [Option<f64>; METRICS.len()],
    error_rate: f64,
    /// Candidate over stable.
    tests: Vec<SequentialTest>,
    /// Stable over stable, tested upwards and downwards.
    control: [Vec<SequentialTest>; 2],
    /// Stable's own times, metric by metric.
    stable_ns: [Vec<f64>; METRICS.len()],
}

impl LatencyGate {
    /// A comparison that allows these increases, at one error rate for all metrics together. A metric without a
    /// margin is reported and not gated.
    pub fn new(body_margin: Option<f64>, tail_margin: Option<f64>, error_rate: f64) -> Self {
        let margin = |index: usize| match index {
            0..BODY => body_margin,
            _ if TAIL.contains(&index) => tail_margin,
            _ => None,
        };
        let margins: [Option<f64>; METRICS.len()] = std::array::from_fn(margin);
        let tests: Vec<SequentialTest> =
            margins.iter().map(|margin| SequentialTest::new(margin.unwrap_or(0.0))).collect();
        let stable_ns = Default::default();
        Self { margins, error_rate, control: [tests.clone(), tests.clone()], tests, stable_ns }
    }

    /// Takes in a replicate.
    pub fn push(&mut self, replicate: &ReplicateNs) {
        for metric in 0..METRICS.len() {
            let log_ratio =
                |over: f64, under: f64| (over.max(f64::MIN_POSITIVE) / under.max(f64::MIN_POSITIVE)).ln();
            let (stable, again) = (replicate.stable[metric], replicate.again[metric]);
            self.stable_ns[metric].push(stable);
            self.tests[metric].push(log_ratio(replicate.candidate[metric], stable));
            self.control[0][metric].push(log_ratio(again, stable));
            self.control[1][metric].push(log_ratio(stable, again));
        }
    }

    /// How many replicates a fail needs at least, when all of them agree.
    pub fn least_replicates(&self) -> usize {
        least_replicates(self.error_rate / self.gated(&self.tests).len().max(1) as f64)
    }

    /// What is shown so far: pass and fail are final, inconclusive asks for more.
    pub fn outcome(&self) -> Outcome {
        if self.tests[0].replicates() < self.least_replicates() {
            Outcome::Inconclusive
        } else {
            self.verdict()
        }
    }

    /// A pass waits for as many replicates as a fail would need: a gate that could not have failed proves nothing.
    fn verdict(&self) -> Outcome {
        if self.machine_is_fit() {
            verdict(&self.gated(&self.tests), self.error_rate)
        } else {
            Outcome::Inconclusive
        }
    }

    /// Whether stable is not shown to be slower, or quicker, than itself by more than the margins. The control tries
    /// harder than the gate (at five times its error rate), so that it speaks up first on a machine that is unfit.
    pub fn machine_is_fit(&self) -> bool {
        let both: Vec<&SequentialTest> =
            self.control.iter().flat_map(|direction| self.gated(direction)).collect();
        !beyond(&both, CONTROL_RATE * self.error_rate).contains(&true)
    }

    fn gated<'a>(&self, tests: &'a [SequentialTest]) -> Vec<&'a SequentialTest> {
        tests.iter().zip(&self.margins).filter_map(|(test, margin)| margin.map(|_| test)).collect()
    }

    /// Replicates so far.
    pub fn replicates(&self) -> usize {
        self.tests[0].replicates()
    }

    /// Candidate over stable, metric by metric.
    pub fn metrics(&self) -> Vec<MetricComparison> {
        self.describe(&self.tests)
    }

    /// Stable over stable, metric by metric.
    pub fn control(&self) -> Vec<MetricComparison> {
        self.describe(&self.control[0])
    }

    fn describe(&self, tests: &[SequentialTest]) -> Vec<MetricComparison> {
        let gated = self.gated(tests);
        let mut shown_beyond = beyond(&gated, self.error_rate).into_iter();
        let shared = self.error_rate / gated.len().max(1) as f64;
        let describe = |(index, (test, margin)): (usize, (&SequentialTest, &Option<f64>))| {
            let fails = margin.is_some() && shown_beyond.next().unwrap_or(false);
            let outcome = match margin {
                _ if fails => Outcome::Fail,
                Some(_) if test.is_within(self.error_rate) => Outcome::Pass,
                _ => Outcome::Inconclusive,
            };
            MetricComparison {
                metric: METRICS[index].to_owned(),
                margin: *margin,
                stable_ns: (test.replicates() > 0).then(|| median(&self.stable_ns[index], self.error_rate)),
                ratio: (test.replicates() > 0).then(|| test.ratio(self.error_rate)),
                smallest_effect: margin.and_then(|_| test.smallest_effect(shared)),
                outcome,
            }
        };
        tests.iter().zip(&self.margins).enumerate().map(describe).collect()
    }
}

/// The control's error rate, in those of the gate.
const CONTROL_RATE: f64 = 5.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Estimate;
    use datasets::SplitMix64;

    /// A gate after replicates in which the candidate takes `candidate` times as long, and stable's second instance
    /// `again` times, with a spread of half a percent.
    fn gate(candidate: f64, again: f64, replicates: usize) -> LatencyGate {
        let mut random = SplitMix64::new(9);
        let mut gate = LatencyGate::new(Some(0.05), None, 0.01);
        for _ in 0..replicates {
            let mut jitter = || 100.0 * (1.0 + random.uniform(0, 1000) as f64 / 200_000.0);
            let mut six = |factor: f64| std::array::from_fn(|_| factor * jitter());
            gate.push(&ReplicateNs { stable: six(1.0), candidate: six(candidate), again: six(again) });
        }
        gate
    }

    #[test]
    fn the_three_outcomes() {
        assert_eq!(gate(1.0, 1.0, 11).outcome(), Outcome::Pass);
        assert_eq!(gate(1.1, 1.0, 11).outcome(), Outcome::Fail);
        assert_eq!(gate(1.1, 1.0, 10).outcome(), Outcome::Inconclusive);
        assert_eq!(gate(1.05, 1.0, 30).outcome(), Outcome::Inconclusive);
        assert_eq!(gate(0.5, 1.0, 11).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_pass_waits_until_a_fail_would_have_been_possible() {
        assert_eq!(gate(1.0, 1.0, 11).least_replicates(), 11);
        assert_eq!(gate(1.0, 1.0, 10).outcome(), Outcome::Inconclusive);
    }

    #[test]
    fn a_machine_on_which_stable_differs_from_itself_is_unfit() {
        for again in [1.1, 0.9] {
            for candidate in [1.0, 1.1] {
                let gate = gate(candidate, again, 11);
                assert!(!gate.machine_is_fit(), "again {again}");
                assert_eq!(gate.outcome(), Outcome::Inconclusive);
            }
        }
        assert!(gate(1.1, 1.0, 50).machine_is_fit());
    }

    #[test]
    fn the_tail_is_gated_only_when_asked() {
        let mut with_tail = LatencyGate::new(Some(0.05), Some(0.5), 0.01);
        let slow_tail = [100.0, 100.0, 100.0, 200.0, 300.0, 1000.0];
        let mut without = LatencyGate::new(Some(0.05), None, 0.01);
        for _ in 0..12 {
            let replicate = ReplicateNs { stable: [100.0; 6], candidate: slow_tail, again: [100.0; 6] };
            with_tail.push(&replicate);
            without.push(&replicate);
        }
        assert_eq!((with_tail.outcome(), without.outcome()), (Outcome::Fail, Outcome::Pass));
        let failing: Vec<String> = with_tail
            .metrics()
            .into_iter()
            .filter(|m| m.outcome == Outcome::Fail)
            .map(|m| m.metric)
            .collect();
        assert_eq!(failing, ["p95", "p99"]);
        assert_eq!(without.metrics()[5].margin, None);
    }

    #[test]
    fn stable_s_own_time_is_its_median_over_replicates() {
        let mut gate = LatencyGate::new(Some(0.05), None, 0.01);
        assert_eq!(gate.metrics()[0].stable_ns, None);
        for ns in [30.0, 10.0, 20.0] {
            gate.push(&ReplicateNs { stable: [ns; 6], candidate: [2.0 * ns; 6], again: [ns; 6] });
        }
        let mean = &gate.metrics()[0];
        assert_eq!(mean.stable_ns, Some(Estimate { value: 20.0, low: 10.0, high: 30.0 }));
        assert!(mean.ratio.is_some_and(|ratio| (ratio.value - 2.0).abs() < 1e-12));
    }

    #[test]
    fn nothing_measured_divides_by_nothing() {
        let mut gate = LatencyGate::new(Some(0.05), None, 0.01);
        (0..11)
            .for_each(|_| gate.push(&ReplicateNs { stable: [0.0; 6], candidate: [0.0; 6], again: [0.0; 6] }));
        assert!(
            gate.metrics().iter().all(|metric| metric.ratio.is_some_and(|ratio| ratio.value.is_finite()))
        );
    }
}
