//! A percentile of few samples, with bounds that hold whatever the distribution.

use statrs::distribution::{Binomial, DiscreteCDF};

/// The ranks, counted from 1, of the order statistics that bound the `quantile` (0.99 is p99) of `samples` samples, each
/// at level `alpha`. An end for which there are too few samples is `None`.
///
/// The number of samples at or below a quantile q is binomial with q. So the r-th smallest lies above the quantile unless
/// r or more are below: with probability at most α for the lower rank, at least 1 − α for the upper (Hahn & Meeker 1991).
pub fn percentile_ranks(samples: u64, quantile: f64, alpha: f64) -> [Option<u64>; 2] {
    let Ok(below) = Binomial::new(quantile, samples) else { return [None, None] };
    // The first of 0..=samples of which this holds, which is a matter of halving: the distribution grows.
    let first = |holds: &dyn Fn(u64) -> bool| {
        let (mut low, mut high) = (0, samples + 1);
        while low < high {
            let middle = u64::midpoint(low, high);
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        low
    };
    // Fewer than r at or below: P(N ≤ r − 1) ≥ 1 − α puts the r-th above.
    let high = first(&|count| below.cdf(count) >= 1.0 - alpha) + 1;
    // The greatest r with P(N ≤ r − 1) ≤ α.
    let low = first(&|count| below.cdf(count) > alpha);
    [Some(low).filter(|&rank| rank >= 1), Some(high).filter(|&rank| rank <= samples)]
}

/// Returns how many samples the `quantile` needs at least to be bounded from above at level `alpha`: 459 for p99 at 1
/// %.
pub fn samples_needed(quantile: f64, alpha: f64) -> u64 {
    (alpha.ln() / quantile.ln()).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn p99_needs_459_samples_and_p90_44() {
        assert_eq!([0.99, 0.95, 0.9, 0.5].map(|q| samples_needed(q, 0.01)), [459, 90, 44, 7]);
        for quantile in [0.5, 0.9, 0.95, 0.99] {
            let least = samples_needed(quantile, 0.01);
            assert_eq!(percentile_ranks(least, quantile, 0.01)[1], Some(least), "the largest bounds it");
            assert_eq!(percentile_ranks(least - 1, quantile, 0.01)[1], None);
        }
    }

    #[test]
    fn ranks_of_the_median_are_those_of_the_sign_test() {
        // Of 10 the second smallest to the ninth: 2 · 11 / 1024 = 2.1 % beyond at most.
        assert_eq!(percentile_ranks(10, 0.5, 0.011), [Some(2), Some(9)]);
        assert_eq!(percentile_ranks(10, 0.5, 0.0107), [Some(1), Some(10)]);
        assert_eq!(percentile_ranks(0, 0.5, 0.01), [None, None]);
        assert_eq!(percentile_ranks(3, 0.5, 0.01), [None, None]);
    }

    #[test]
    fn the_bounds_cover_the_percentile() {
        let mut random = SplitMix64::new(5);
        let [low, high] = percentile_ranks(1000, 0.99, 0.01).map(|rank| rank.expect("a thousand are enough"));
        let (mut above, mut below) = (0, 0);
        for _ in 0..2000 {
            let mut samples: Vec<u64> = (0..1000).map(|_| random.uniform(1, 100_000)).collect();
            samples.sort_unstable();
            above += u32::from(samples[low as usize - 1] > 99_000);
            below += u32::from(samples[high as usize - 1] < 99_000);
        }
        // 1 % of 2000 is 20; three standard errors above that are 33.
        assert!(above <= 33 && below <= 33, "{above} and {below}");
    }
}
