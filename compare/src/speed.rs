//! Describes how long the two versions take: one measurement, from which everything that is said of their speed comes.
//!
//! The candidate's time is stable's times their ratio, or the ratio is that of the two times; nothing is measured twice,
//! so no two figures of one pair can differ in direction.

use serde::{Deserialize, Serialize};

use crate::Comparison;

/// So many chunks (of paced replays: records or micro-batches) of each version must have been timed before their speeds
/// are stated side by side.
pub const LEAST_SAMPLES: u64 = 30;
/// The mean time that a record takes inside the job, as [`crate::METRICS`] has it.
const MEAN: &str = "mean";
/// The median of the same, by chunk: what one replay at pace `max` is told by, for one preempted chunk moves a mean.
const MEDIAN: &str = "p50";
/// Medians of one replay of each that are less than this times apart say nothing: memory that lies otherwise makes as much.
pub const TELLABLE: f64 = 1.25;

/// Describes how long both versions take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Speed {
    /// Holds what the figures rest on.
    pub basis: Basis,
    /// Says how often each version was measured independently: replicates, or what was timed in the one replay of each
    /// (chunks at pace `max`, otherwise records or micro-batches); of two numbers the lower.
    pub samples: u64,
    /// Says how sure the intervals are: 0.98. Figures of one replay have no intervals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The mean time inside the job first, then percentiles as far as the samples carry them; empty where nothing is
    /// stated.
    pub quantities: Vec<Quantity>,
}

/// Describes what figures of speed rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The latency comparison: replicates in fresh processes, so that each figure has an interval.
    Compared,
    /// One replay of each: good for an order of magnitude.
    Indicative,
    /// Too little was timed for two speeds to be set side by side.
    NotStated,
    /// One replay of each can't tell their speeds apart: they are less than [`TELLABLE`] times apart.
    Alike,
}

/// One property of the times, of both versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// `mean`, the time a record takes inside the job; `p50`, `p99.9` and the like, or `max`, of the time a record takes
    /// or of its latency from the due time.
    pub metric: String,
    /// Stable's, in nanoseconds.
    pub stable_ns: Figure,
    /// The candidate's: stable's times the ratio.
    pub candidate_ns: Figure,
    /// The candidate's over stable's.
    pub ratio: Figure,
}

/// A number, with its interval if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// From where to where it may be; `null` where it is only indicative.
    pub interval: Option<[f64; 2]>,
}

/// One version's times in the one replay that a run has of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReplayTimes {
    /// The mean time inside the job; `None` at pace `max`, where the median chunk is told.
    pub mean_ns: Option<f64>,
    /// Independent samples: chunks at pace `max`, otherwise records or micro-batches.
    pub samples: u64,
    /// Percentile (100 is the maximum) and nanoseconds, in ascending order.
    pub percentiles: Vec<(f64, f64)>,
}

impl Speed {
    /// Returns what the latency comparison has measured, or where it measured nothing, the one replay of stable and the
    /// candidate.
    pub fn of(comparison: Option<&Comparison>, [stable, candidate]: [&ReplayTimes; 2]) -> Self {
        comparison.and_then(Self::compared).unwrap_or_else(|| Self::indicative(stable, candidate))
    }

    fn compared(comparison: &Comparison) -> Option<Self> {
        let measured = comparison.metrics.iter().filter_map(|metric| {
            let (ratio, stable) = (metric.ratio?, metric.stable_ns?);
            let sound = stable.value > 0.0 && [stable.high, ratio.high].iter().all(|end| end.is_finite());
            sound.then(|| Quantity {
                metric: metric.metric.clone(),
                stable_ns: Figure { value: stable.value, interval: Some([stable.low, stable.high]) },
                candidate_ns: Figure {
                    value: stable.value * ratio.value,
                    interval: Some([stable.value * ratio.low, stable.value * ratio.high]),
                },
                ratio: Figure { value: ratio.value, interval: Some([ratio.low, ratio.high]) },
            })
        });
        let quantities: Vec<_> = measured.collect();
        (!quantities.is_empty()).then_some(Self {
            basis: Basis::Compared,
            samples: comparison.replicates,
            confidence: Some(1.0 - 2.0 * comparison.error_rate),
            quantities,
        })
    }

    fn indicative(stable: &ReplayTimes, candidate: &ReplayTimes) -> Self {
        let samples = stable.samples.min(candidate.samples);
        let mut quantities = Vec::new();
        if samples >= LEAST_SAMPLES {
            let means = stable.mean_ns.zip(candidate.mean_ns);
            quantities
                .extend(means.and_then(|(stable, candidate)| {
                    Quantity::indicative(MEAN.to_owned(), stable, candidate)
                }));
            let pairs = stable.percentiles.iter().zip(&candidate.percentiles);
            let same = pairs.filter(|((percentile, _), (other, _))| percentile.total_cmp(other).is_eq());
            let carried = same.filter(|((percentile, _), _)| is_carried(*percentile, samples));
            quantities.extend(carried.filter_map(|(&(percentile, stable), &(_, candidate))| {
                Quantity::indicative(metric(percentile), stable, candidate)
            }));
        }
        let told = Self { basis: Basis::Indicative, samples, confidence: None, quantities };
        let is_alike = |work: &Quantity| (1.0 / TELLABLE..=TELLABLE).contains(&work.ratio.value);
        match told.work() {
            None => Self { basis: Basis::NotStated, quantities: Vec::new(), ..told },
            Some(work) if work.metric == MEDIAN && is_alike(work) => {
                Self { basis: Basis::Alike, quantities: Vec::new(), ..told }
            }
            Some(_) => told,
        }
    }

    /// The quantity of that name, where it is stated.
    pub fn quantity(&self, metric: &str) -> Option<&Quantity> {
        self.quantities.iter().find(|quantity| quantity.metric == metric)
    }

    /// The time that a record takes inside the job: the mean, or of one replay at pace `max` the median chunk's.
    pub fn work(&self) -> Option<&Quantity> {
        self.quantity(MEAN).or_else(|| self.quantity(MEDIAN))
    }

    /// The percentiles, ascending, without the maximum.
    pub fn percentiles(&self) -> impl Iterator<Item = (f64, &Quantity)> {
        self.quantities.iter().filter_map(|quantity| Some((quantity.percentile()?, quantity)))
    }
}

impl Quantity {
    fn indicative(metric: String, stable: f64, candidate: f64) -> Option<Self> {
        let figure = |value| Figure { value, interval: None };
        let sound = stable > 0.0 && candidate > 0.0 && stable.is_finite() && candidate.is_finite();
        sound.then(|| Self {
            metric,
            stable_ns: figure(stable),
            candidate_ns: figure(candidate),
            ratio: figure(candidate / stable),
        })
    }

    /// Which percentile it is; `None` for the mean and the maximum.
    pub fn percentile(&self) -> Option<f64> {
        self.metric.strip_prefix('p')?.parse().ok()
    }
}

impl Figure {
    /// Of a time that a record takes in nanoseconds, the records a second.
    #[must_use]
    pub fn per_second(self) -> Self {
        let rate = |ns: f64| 1e9 / ns;
        Self { value: rate(self.value), interval: self.interval.map(|[low, high]| [rate(high), rate(low)]) }
    }
}

/// Returns whether so many samples say anything of that percentile: at least one of them must be expected beyond it.
/// The maximum (100) is always one of them.
pub fn is_carried(percentile: f64, samples: u64) -> bool {
    let thousandths = (percentile * 1000.0).round().clamp(0.0, 100_000.0) as u64;
    samples > 0 && (thousandths == 100_000 || samples.saturating_mul(100_000 - thousandths) >= 100_000)
}

fn metric(percentile: f64) -> String {
    if percentile >= 100.0 { "max".to_owned() } else { format!("p{percentile}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Health, LatencyGate, METRICS, Outcome, ReplicateNs};
    use datasets::SplitMix64;

    fn replay(mean_ns: f64, samples: u64, p99: f64) -> ReplayTimes {
        let percentiles = vec![(50.0, mean_ns), (99.0, p99), (99.9, p99 * 2.0), (100.0, p99 * 3.0)];
        ReplayTimes { mean_ns: Some(mean_ns), samples, percentiles }
    }

    fn metrics(speed: &Speed) -> Vec<&str> {
        speed.quantities.iter().map(|quantity| quantity.metric.as_str()).collect()
    }

    #[test]
    fn percentiles_stop_where_the_samples_do() {
        let of = |samples| Speed::of(None, [&replay(10.0, samples, 20.0), &replay(11.0, samples + 9, 20.0)]);
        assert_eq!(metrics(&of(98)), ["mean", "p50", "max"]);
        assert_eq!(metrics(&of(100)), ["mean", "p50", "p99", "max"]);
        assert_eq!(metrics(&of(1000)), ["mean", "p50", "p99", "p99.9", "max"]);
        assert_eq!(of(98).basis, Basis::Indicative);
        for (percentile, least) in [(50.0, 2), (90.0, 10), (99.0, 100), (99.9, 1000), (99.999, 100_000)] {
            assert!(is_carried(percentile, least) && !is_carried(percentile, least - 1), "{percentile}");
        }
        assert!(is_carried(0.0, 1) && !is_carried(0.0, 0) && is_carried(100.0, 1));
    }

    #[test]
    fn a_few_chunks_say_nothing() {
        let few = Speed::of(None, [&replay(10.0, 29, 20.0), &replay(11.0, 500, 20.0)]);
        assert_eq!((few.basis, few.samples, few.quantities.len()), (Basis::NotStated, 29, 0));
        let nothing = Speed::of(None, [&replay(0.0, 99, 0.0), &replay(0.0, 99, 0.0)]);
        assert_eq!(nothing.basis, Basis::NotStated);
    }

    #[test]
    fn one_replay_of_each_tells_no_small_difference() {
        let chunks = |median| ReplayTimes { mean_ns: None, samples: 50, percentiles: vec![(50.0, median)] };
        let of = |stable, candidate| Speed::of(None, [&chunks(stable), &chunks(candidate)]);
        for (stable, candidate) in [(100.0, 100.0), (100.0, 124.0), (124.0, 100.0)] {
            assert_eq!(
                (of(stable, candidate).basis, of(stable, candidate).quantities),
                (Basis::Alike, vec![])
            );
        }
        for (stable, candidate) in [(100.0, 126.0), (126.0, 100.0)] {
            let speed = of(stable, candidate);
            assert_eq!((speed.basis, metrics(&speed)), (Basis::Indicative, vec![MEDIAN]));
            assert!((speed.work().expect("told").ratio.value - candidate / stable).abs() < 1e-12);
        }
    }

    #[test]
    fn direction_and_ratio_agree_whatever_was_measured() {
        let mut random = SplitMix64::new(11);
        for round in 0..300 {
            let mut gate = LatencyGate::new(Some(0.05), Some(0.5), 0.01);
            for _ in 0..12 + round % 30 {
                // Spread so wide that medians and ratios of the raw times often contradict each other.
                let mut six = || -> [f64; METRICS.len()] {
                    std::array::from_fn(|_| 10.0_f64.powf(random.uniform(0, 4000) as f64 / 1000.0))
                };
                gate.push(&ReplicateNs { stable: six(), candidate: six(), again: six() });
            }
            let comparison = test_comparison(&gate);
            let contradicting = [&replay(10.0, 500, 1.0), &replay(1.0, 500, 10.0)];
            for speed in [Speed::of(Some(&comparison), contradicting), Speed::of(None, contradicting)] {
                assert!(!speed.quantities.is_empty());
                for Quantity { metric, stable_ns, candidate_ns, ratio } in &speed.quantities {
                    let of_times = candidate_ns.value / stable_ns.value;
                    assert!((of_times / ratio.value - 1.0).abs() < 1e-12, "{round} {metric}");
                    let rates = stable_ns.per_second().value / candidate_ns.per_second().value;
                    assert!((rates / ratio.value - 1.0).abs() < 1e-12, "{round} {metric}");
                    for figure in [stable_ns, candidate_ns, ratio] {
                        assert_eq!(figure.interval.is_some(), speed.basis == Basis::Compared);
                        let within = |figure: Figure| {
                            figure
                                .interval
                                .is_none_or(|[low, high]| low <= figure.value && figure.value <= high)
                        };
                        assert!(
                            within(*figure) && within(figure.per_second()),
                            "{round} {metric} {figure:?}"
                        );
                    }
                }
            }
        }
    }

    /// Returns what a finished gate comes to, for tests.
    fn test_comparison(gate: &LatencyGate) -> Comparison {
        Comparison {
            replicates: gate.replicates() as u64,
            least_replicates: gate.least_replicates() as u64,
            spent_seconds: 1.0,
            budget_seconds: 2.0,
            error_rate: 0.01,
            outcome: Outcome::Pass,
            note: String::new(),
            needed_seconds: None,
            metrics: gate.metrics(),
            control: gate.control(),
            health: Health::default(),
        }
    }
}
