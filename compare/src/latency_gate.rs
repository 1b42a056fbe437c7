//! The latency comparison: replicates in, a conclusion out. Which metrics count, the control, when to stop.

use crate::{
    Estimate, MetricComparison, Outcome,
    ratio::within,
    sequential::{SequentialTest, beyond, expected_replicates, least_replicates, median},
};

/// The metrics of a replicate, in this order: of the time a record takes, or of its latency in a paced replay.
pub const METRICS: [&str; 6] = ["mean", "p50", "p90", "p95", "p99", "max"];
/// Says how many of them `latency_increase` gates: the others can't carry a narrow margin.
const BODY: usize = 3;
/// Metrics that `latency_tail_increase` gates: p95 and p99. The maximum is reported only.
const TAIL: std::ops::Range<usize> = 3..5;
/// The control's error rate, in those of the gate.
pub(crate) const CONTROL_RATE: f64 = 5.0;
/// Ends of intervals are rounded outward to this much of a ratio, a tenth of a percent, as they are printed: what is
/// concluded is concluded from the figures that a reader sees.
const STEP: f64 = 0.001;
/// No ratio is further from 1 than this, as a logarithm: where a clock saw nothing, a ratio is no number.
const MOST_LN: f64 = 20.0;

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
    /// Metrics shown beyond their margin at some look, and metrics in which stable was shown to differ from itself.
    beyond: [bool; METRICS.len()],
    unfit: [bool; METRICS.len()],
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
        let tests = |margin: fn(f64) -> f64| -> Vec<SequentialTest> {
            let of = |set: &Option<f64>| SequentialTest::new(margin(set.unwrap_or(0.0)), error_rate);
            margins.iter().map(of).collect()
        };
        // A candidate may have to be quicker; stable only has to be like itself, in both directions alike.
        let control = [tests(f64::abs), tests(f64::abs)];
        let none = [false; METRICS.len()];
        Self {
            margins,
            error_rate,
            tests: tests(|margin| margin),
            control,
            stable_ns: Default::default(),
            beyond: none,
            unfit: none,
        }
    }

    /// Takes in a replicate.
    pub fn push(&mut self, replicate: &ReplicateNs) {
        for metric in 0..METRICS.len() {
            let (stable, again) = (replicate.stable[metric], replicate.again[metric]);
            self.stable_ns[metric].push(stable);
            self.tests[metric].push(log_ratio(replicate.candidate[metric], stable));
            self.control[0][metric].push(log_ratio(again, stable));
            self.control[1][metric].push(log_ratio(stable, again));
        }
        let gated: Vec<usize> = self.gated().collect();
        let shown = beyond(&of(&self.tests, &gated), self.error_rate);
        // The control tries harder than the gate, so that it speaks up first on a machine that is unfit.
        let [upward, downward] = &self.control;
        let both = [of(upward, &gated), of(downward, &gated)].concat();
        let differs = beyond(&both, CONTROL_RATE * self.error_rate);
        for (place, &metric) in gated.iter().enumerate() {
            self.beyond[metric] |= shown[place];
            self.unfit[metric] |= differs[place] || differs[gated.len() + place];
        }
    }

    /// Returns how many replicates a verdict needs at least, when all of them and all metrics agree. A pass waits for
    /// as many as a fail: a gate that could not have failed proves nothing.
    pub fn least_replicates(&self) -> usize {
        least_replicates(self.error_rate)
    }

    /// Returns what is shown so far: fail when a gated metric is beyond its margin, pass when all are within, and both
    /// are final. Inconclusive asks for more. Within is tested at the full error rate: a wrong pass needs the metric
    /// that is wrong to be passed.
    pub fn outcome(&self) -> Outcome {
        let outcomes = || self.gated().map(|metric| self.conclude(metric));
        if outcomes().any(|outcome| outcome == Outcome::Fail) {
            Outcome::Fail
        } else if outcomes().all(|outcome| outcome == Outcome::Pass) {
            Outcome::Pass
        } else {
            Outcome::Inconclusive
        }
    }

    /// The gated metrics in which stable is shown to be slower, or quicker, than itself by more than the margin.
    pub fn unfit(&self) -> Vec<&'static str> {
        self.gated().filter(|&metric| self.unfit[metric]).map(|metric| METRICS[metric]).collect()
    }

    /// About how many replicates a verdict on an unchanged job takes at the spread that these have; `None` before they
    /// are enough for any verdict, and at a margin of 0 %, at which an unchanged job has none.
    pub fn expected_replicates(&self) -> Option<f64> {
        let expected = |metric: usize| {
            let distance = self.margins[metric].filter(|&margin| margin != 0.0)?.ln_1p().abs();
            Some(expected_from([&self.tests[metric], &self.control[0][metric]], distance, self.error_rate))
        };
        let most = self.gated().filter_map(expected).reduce(f64::max);
        most.filter(|_| self.replicates() >= self.least_replicates())
    }

    /// Replicates so far.
    pub fn replicates(&self) -> usize {
        self.tests[0].replicates()
    }

    /// Candidate over stable, metric by metric.
    pub fn metrics(&self) -> Vec<MetricComparison> {
        let gated = self.gated().count().max(1) as f64;
        let describe = |metric: usize| MetricComparison {
            metric: METRICS[metric].to_owned(),
            margin: self.margins[metric],
            stable_ns: self.stable_ns(metric),
            ratio: self.interval(metric),
            smallest_effect: self.margins[metric]
                .and_then(|_| self.tests[metric].smallest_effect(self.error_rate / gated)),
            outcome: self.conclude(metric),
        };
        (0..METRICS.len()).map(describe).collect()
    }

    /// Stable over stable, metric by metric, each against a margin in both directions.
    pub fn control(&self) -> Vec<MetricComparison> {
        let describe = |metric: usize| {
            let margin = self.margins[metric].map(f64::abs);
            let ratio = self.control[0][metric].interval().map(outward);
            let outcome = |(ratio, margin): (Estimate, f64)| {
                let most = 1.0 + margin;
                match (ratio.low.max(1.0 / ratio.high), ratio.high.max(1.0 / ratio.low)) {
                    (_, furthest) if within(furthest, most) => Outcome::Pass,
                    (nearest, _) if !within(nearest, most) => Outcome::Fail,
                    _ => Outcome::Inconclusive,
                }
            };
            MetricComparison {
                metric: METRICS[metric].to_owned(),
                margin,
                stable_ns: self.stable_ns(metric),
                ratio,
                smallest_effect: None,
                outcome: ratio.zip(margin).map_or(Outcome::Inconclusive, outcome),
            }
        };
        (0..METRICS.len()).map(describe).collect()
    }

    fn stable_ns(&self, metric: usize) -> Option<Estimate> {
        (self.replicates() > 0).then(|| median(&self.stable_ns[metric], self.error_rate))
    }

    fn gated(&self) -> impl Iterator<Item = usize> {
        (0..METRICS.len()).filter(|&metric| self.margins[metric].is_some())
    }

    /// The interval of a metric, which alone decides its outcome.
    fn interval(&self, metric: usize) -> Option<Estimate> {
        let seen = self.tests[metric].interval()?;
        let bias = || bias(&self.control[0][metric]);
        let mut ratio = outward(if self.unfit[metric] { widened(seen, bias()) } else { seen });
        // Each end holds at the error rate for itself. To begin beyond the margin the interval must do so together with
        // those of all other metrics.
        if let Some(margin) = self.margins[metric].filter(|_| !self.beyond[metric]) {
            ratio.low = ratio.low.min(1.0 + margin);
        }
        Some(Estimate { value: ratio.value.clamp(ratio.low, ratio.high), ..ratio })
    }

    fn conclude(&self, metric: usize) -> Outcome {
        match self.interval(metric).zip(self.margins[metric]) {
            Some((ratio, margin)) if !within(ratio.low, 1.0 + margin) => Outcome::Fail,
            Some((ratio, margin)) if within(ratio.high, 1.0 + margin) => Outcome::Pass,
            Some(_) | None => Outcome::Inconclusive,
        }
    }
}

/// Returns about how many replicates a verdict on an unchanged job takes, when the spread is that of these tests and its
/// limit lies so far away, as a logarithm.
pub(crate) fn expected_from(tests: [&SequentialTest; 2], distance_ln: f64, error_rate: f64) -> f64 {
    let within: usize = tests.iter().map(|test| test.within_of_median(distance_ln)).sum();
    let replicates: usize = tests.iter().map(|test| test.replicates()).sum();
    // As if one more had been seen, half of it within: of few replicates not even all are certain.
    let share = (within as f64 + 0.5) / (replicates + 1) as f64;
    // Noise that falls to both sides alike lies beyond the margin on one of them.
    expected_replicates(f64::midpoint(1.0, share), error_rate)
}

/// Returns how far stable may be from itself, as a logarithm, by the test of that.
pub(crate) fn bias(control: &SequentialTest) -> f64 {
    control.interval().map_or(MOST_LN, |ratio| ratio.low.ln().abs().max(ratio.high.ln().abs()))
}

pub(crate) fn log_ratio(over: f64, under: f64) -> f64 {
    let ratio = over.max(f64::MIN_POSITIVE).ln() - under.max(f64::MIN_POSITIVE).ln();
    ratio.clamp(-MOST_LN, MOST_LN)
}

fn of<'a>(tests: &'a [SequentialTest], metrics: &[usize]) -> Vec<&'a SequentialTest> {
    metrics.iter().map(|&metric| &tests[metric]).collect()
}

/// Returns what is left to say of a ratio on a machine that may be off by `bias_ln` in either direction.
pub(crate) fn widened(ratio: Estimate, bias_ln: f64) -> Estimate {
    let (low, high) = (ratio.low * (-bias_ln).exp(), ratio.high * bias_ln.exp());
    Estimate { low, high, ..ratio }
}

/// The interval with its ends at the next [`STEP`] outside.
pub(crate) fn outward(ratio: Estimate) -> Estimate {
    // A hair's breadth that only rounding explains moves no end.
    let steps = |end: f64| (end - 1.0) / STEP;
    let low = 1.0 + (steps(ratio.low) + 1e-9).floor() * STEP;
    let high = 1.0 + (steps(ratio.high) - 1e-9).ceil() * STEP;
    Estimate { low, high, ..ratio }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;
    use proptest::prelude::*;

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
        assert_eq!(gate(1.0, 1.0, 8).outcome(), Outcome::Pass);
        assert_eq!(gate(1.1, 1.0, 8).outcome(), Outcome::Fail);
        assert_eq!(gate(1.1, 1.0, 7).outcome(), Outcome::Inconclusive);
        assert_eq!(gate(1.05, 1.0, 30).outcome(), Outcome::Inconclusive);
        assert_eq!(gate(0.5, 1.0, 8).outcome(), Outcome::Pass);
    }

    #[test]
    fn a_pass_waits_until_a_fail_would_have_been_possible() {
        assert_eq!(gate(1.0, 1.0, 8).least_replicates(), 8);
        assert_eq!(gate(1.0, 1.0, 7).outcome(), Outcome::Inconclusive);
    }

    #[test]
    fn a_machine_on_which_stable_differs_from_itself_is_unfit() {
        for again in [1.1, 0.9] {
            for candidate in [1.0, 1.1] {
                let gate = gate(candidate, again, 11);
                assert_eq!(gate.unfit(), ["mean", "p50", "p90"], "again {again}");
                assert_eq!(gate.outcome(), Outcome::Inconclusive);
            }
        }
        assert!(gate(1.1, 1.0, 50).unfit().is_empty());
        // What is further off than the machine is from itself is shown all the same.
        assert_eq!(gate(1.5, 1.1, 11).outcome(), Outcome::Fail);
        assert_eq!(gate(0.5, 1.1, 11).outcome(), Outcome::Pass);
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
    fn a_candidate_that_must_be_quicker_is_held_to_it_and_stable_is_not() {
        let gate = |candidate: f64| {
            let mut gate = LatencyGate::new(Some(-0.05), None, 0.01);
            let mut random = SplitMix64::new(4);
            for _ in 0..12 {
                let mut jitter = || 100.0 * (1.0 + random.uniform(0, 1000) as f64 / 200_000.0);
                let mut six = |factor: f64| std::array::from_fn(|_| factor * jitter());
                gate.push(&ReplicateNs { stable: six(1.0), candidate: six(candidate), again: six(1.0) });
            }
            assert!(gate.unfit().is_empty() && gate.control().iter().all(|seen| seen.margin != Some(-0.05)));
            gate.outcome()
        };
        assert_eq!([0.9, 1.0, 0.98].map(gate), [Outcome::Pass, Outcome::Fail, Outcome::Fail]);
    }

    #[test]
    fn an_open_metric_leaves_the_others_their_outcome() {
        let mut gate = LatencyGate::new(Some(0.05), None, 0.01);
        for i in 0..30 {
            let p90 = if i % 2 == 0 { 100.0 } else { 120.0 };
            let candidate = [90.0, 90.0, p90, 90.0, 90.0, 90.0];
            gate.push(&ReplicateNs { stable: [100.0; 6], candidate, again: [100.0; 6] });
        }
        let outcomes: Vec<Outcome> = gate.metrics()[..3].iter().map(|metric| metric.outcome).collect();
        assert_eq!(outcomes, [Outcome::Pass, Outcome::Pass, Outcome::Inconclusive]);
        assert_eq!(gate.outcome(), Outcome::Inconclusive);
    }

    #[test]
    fn noise_needs_more_replicates() {
        let expected = |spread: f64| {
            let mut random = SplitMix64::new(8);
            let mut gate = LatencyGate::new(Some(0.05), None, 0.01);
            for _ in 0..20 {
                let mut jitter = || 100.0 * (1.0 + spread * random.uniform(0, 1000) as f64 / 1000.0);
                let mut six = || std::array::from_fn(|_| jitter());
                gate.push(&ReplicateNs { stable: six(), candidate: six(), again: six() });
            }
            gate.expected_replicates().expect("twenty are enough")
        };
        let [quiet, busy, mad] = [0.01, 0.2, 2.0].map(expected);
        assert!(quiet < 12.0 && quiet < busy && busy < mad && mad > 100.0, "{quiet} {busy} {mad}");
        assert_eq!(LatencyGate::new(Some(0.05), None, 0.01).expected_replicates(), None);
    }

    #[test]
    fn stable_s_own_time_is_its_median_over_replicates() {
        let mut gate = LatencyGate::new(Some(0.05), None, 0.01);
        assert_eq!(gate.metrics()[0].stable_ns, None);
        for ns in [30.0, 10.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0] {
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

    /// Returns what a reader sees of an end.
    fn printed(ratio: f64) -> f64 {
        format!("{:+.1}", (ratio - 1.0) * 100.0).parse().expect("a number")
    }

    proptest! {
        /// For any replicates, after each of them: the interval as it is printed says what the outcome says.
        #[test]
        fn outcome_and_interval_agree(
            tenths in prop_oneof![Just(-50_i32), Just(0), Just(50), -200..500],
            shifts in (-100_i32..100, -60_i32..60),
            spread in 1_u64..400,
            seed in any::<u64>(),
            drift in -10_i32..10,
        ) {
            let mut random = SplitMix64::new(seed);
            let margin = f64::from(tenths) / 1000.0;
            let mut gate = LatencyGate::new(Some(margin), Some(0.2), 0.01);
            for i in 0..60 {
                let mut six = |permille: i32| -> [f64; 6] {
                    let shift = f64::from(permille + drift * i / 4) / 1000.0;
                    std::array::from_fn(|_| 1000.0 * (1.0 + shift) * (1.0 + random.uniform(0, spread) as f64 / 1000.0))
                };
                let (stable, candidate, again) = (six(0), six(shifts.0), six(shifts.1));
                gate.push(&ReplicateNs { stable, candidate, again });
                let metrics = gate.metrics();
                for metric in &metrics {
                    let Some(ratio) = metric.ratio else {
                        prop_assert_eq!(metric.outcome, Outcome::Inconclusive);
                        continue;
                    };
                    prop_assert!(ratio.low <= ratio.value && ratio.value <= ratio.high, "{:?}", ratio);
                    let Some(limit) = metric.margin.map(|margin| printed(1.0 + margin)) else { continue };
                    let (low, high) = (printed(ratio.low), printed(ratio.high));
                    let says = match metric.outcome {
                        Outcome::Pass => high <= limit,
                        Outcome::Fail => low > limit,
                        Outcome::Inconclusive => low <= limit && limit < high,
                        Outcome::Invalid => false,
                    };
                    prop_assert!(says, "{:?}: {low} to {high} % against {limit} %", metric);
                }
                let gated = metrics.iter().filter(|metric| metric.margin.is_some()).map(|metric| metric.outcome);
                let outcomes: Vec<Outcome> = gated.collect();
                prop_assert_eq!(gate.outcome() == Outcome::Fail, outcomes.contains(&Outcome::Fail));
                prop_assert_eq!(gate.outcome() == Outcome::Pass, outcomes.iter().all(|&one| one == Outcome::Pass));
            }
        }
    }
}
