//! Is the candidate slower? An exact interval for the median of log ratios, one ratio per replicate.

use crate::Estimate;

/// The median ratio over replicates and its exact interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioInterval {
    /// The median and its interval, as ratios (1.05 is 5 % slower).
    pub ratio: Estimate,
    /// The confidence reached on each side, at least what was asked for.
    pub confidence: f64,
}

/// The interval of the median of `log_ratios`, each side exact at level `alpha`, by order statistics (the sign
/// test turned round): no assumption about the distribution, only that replicates are independent.
///
/// `None` when there are too few replicates for the level: with fewer than log₂(1/alpha) no order statistic
/// bounds the median that surely.
pub fn median_ratio(log_ratios: &[f64], alpha: f64) -> Option<RatioInterval> {
    let n = log_ratios.len();
    let (rank, tail) = lowest_rank(n, alpha)?;
    let mut sorted = log_ratios.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median = f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]);
    let ratio = Estimate { value: median.exp(), low: sorted[rank].exp(), high: sorted[n - 1 - rank].exp() };
    Some(RatioInterval { ratio, confidence: 1.0 - tail })
}

/// The highest rank (0-based) whose order statistic lies above the median with probability at most `alpha`, and
/// that probability: P(at most `rank` of n fair coins show heads).
fn lowest_rank(n: usize, alpha: f64) -> Option<(usize, f64)> {
    let mut term = 0.5_f64.powi(i32::try_from(n).ok()?);
    let mut below = 0.0;
    let mut found = None;
    for rank in 0..n / 2 {
        below += term;
        if below > alpha {
            break;
        }
        found = Some((rank, below));
        term *= (n - rank) as f64 / (rank + 1) as f64;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn ranks_are_those_of_the_published_sign_test_table() {
        // One-sided 1 %: 7 of 7, 10 of 10, 13 of 15, 16 of 20, 22 of 30 must exceed.
        let needed = |n| lowest_rank(n, 0.01).map(|(rank, _)| n - rank);
        assert_eq!([7, 10, 15, 20, 30].map(needed), [7, 10, 13, 16, 22].map(Some));
        assert_eq!(needed(6), None);
    }

    #[test]
    fn the_interval_misses_the_median_no_more_often_than_alpha() {
        let mut random = SplitMix64::new(5);
        let trials = 20_000;
        let missed = (0..trials)
            .filter(|_| {
                // Heavy tails: a Cauchy's tangent. Its median is 0, it has no mean.
                let sample: Vec<f64> = (0..15)
                    .map(|_| ((random.next_u64() as f64 / u64::MAX as f64 - 0.5) * 3.1).tan() / 100.0)
                    .collect();
                median_ratio(&sample, 0.01).is_some_and(|i| i.ratio.low > 1.0)
            })
            .count();
        // The exact rate at 13 of 15 is 0.37 %: 74 of 20,000, four standard errors 34.
        assert!((40..=108).contains(&missed), "{missed}");
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        let logs: Vec<f64> = (0..10).map(f64::from).collect();
        let interval = median_ratio(&logs, 0.01).expect("ten are enough");
        assert!((interval.ratio.value.ln() - 4.5).abs() < 1e-12);
        assert!((interval.ratio.low.ln(), interval.ratio.high.ln()) == (0.0, 9.0_f64.exp().ln()));
    }
}
