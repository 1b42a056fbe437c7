//! What many shuffled orders of the same records say of two jobs: means, extremes, confidence intervals.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{Estimate, OrderStats, Orders, ratio::ratio_interval};

/// The confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// What the two jobs paid on one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderCost {
    /// The seed of the shuffle.
    pub seed: u64,
    /// The stable job's cost.
    pub stable: u64,
    /// The candidate's cost.
    pub candidate: u64,
}

/// Summarises the costs over orders against the reference's `lower` bound; `None` when there are none.
///
/// The intervals are Student's t over the orders, which are independent draws; the increase is taken order by
/// order, so that what both jobs owe to a hard order cancels.
pub fn summarise_orders(costs: &[OrderCost], lower: u64) -> Option<Orders> {
    let first = costs.first()?;
    let increase: Vec<f64> =
        costs.iter().map(|c| c.candidate as f64 / c.stable.max(1) as f64 - 1.0).collect();
    let count = |wanted| costs.iter().filter(|c| c.candidate.cmp(&c.stable) == wanted).count() as u64;
    Some(Orders {
        count: costs.len() as u64,
        first_seed: first.seed,
        confidence: CONFIDENCE,
        stable: stats(costs, lower, |c| c.stable),
        candidate: stats(costs, lower, |c| c.candidate),
        increase: mean(&increase),
        candidate_cheaper: count(std::cmp::Ordering::Less),
        equal: count(std::cmp::Ordering::Equal),
        candidate_dearer: count(std::cmp::Ordering::Greater),
        costs: costs.iter().map(|c| (c.stable, c.candidate)).collect(),
    })
}

fn stats(costs: &[OrderCost], lower: u64, cost: impl Fn(&OrderCost) -> u64) -> OrderStats {
    let ratio = |cost| ratio_interval(cost, lower, lower).1;
    let ratios: Vec<f64> = costs.iter().map(|c| ratio(cost(c))).collect();
    let best = costs.iter().map(&cost).min().unwrap_or(0);
    // The first of equals, so that the seed named is the same in every run.
    let worst = costs.iter().rev().max_by_key(|c| cost(c)).expect("there is at least one order");
    OrderStats { mean: mean(&ratios), best: ratio(best), worst: ratio(cost(worst)), worst_seed: worst.seed }
}

/// The mean and its t interval; with one value, or with none that differ, the interval is the mean itself.
fn mean(values: &[f64]) -> Estimate {
    let n = values.len() as f64;
    let value = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - value).powi(2)).sum();
    let half = match StudentsT::new(0.0, 1.0, n - 1.0) {
        Ok(t) if squares > 0.0 => {
            t.inverse_cdf(f64::midpoint(1.0, CONFIDENCE)) * (squares / (n - 1.0) / n).sqrt()
        }
        _ => 0.0,
    };
    Estimate { value, low: value - half, high: value + half }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn the_t_interval_agrees_with_a_textbook_table() {
        // n = 5, mean 3, s = √2.5, t(0.975, 4) = 2.776: half width 2.776 · √(2.5 / 5) = 1.963.
        let estimate = mean(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!((estimate.value - 3.0).abs() < 1e-12);
        assert!((estimate.high - 4.963).abs() < 1e-3, "{estimate:?}");
        assert!((estimate.low - 1.037).abs() < 1e-3, "{estimate:?}");
    }

    #[test]
    fn the_interval_covers_the_truth_as_often_as_it_says() {
        let mut random = SplitMix64::new(11);
        let covered = (0..4000)
            .filter(|_| {
                // The sum of 12 uniforms less 6 is as good as normal, with mean 0.
                let sample: Vec<f64> = (0..8)
                    .map(|_| (0..12).map(|_| random.next_u64() as f64 / u64::MAX as f64).sum::<f64>() - 6.0)
                    .collect();
                let Estimate { low, high, .. } = mean(&sample);
                low <= 0.0 && 0.0 <= high
            })
            .count();
        // 95 % of 4000 is 3800; four standard errors of that count are 55.
        assert!((3745..=3855).contains(&covered), "{covered} of 4000");
    }

    #[test]
    fn worst_best_and_who_won_are_counted() {
        let costs = [(7, 10, 9), (8, 12, 12), (9, 12, 13)].map(|(seed, stable, candidate)| OrderCost {
            seed,
            stable,
            candidate,
        });
        let orders = summarise_orders(&costs, 8).expect("there are three");
        assert_eq!((orders.stable.worst, orders.stable.best, orders.stable.worst_seed), (1.5, 1.25, 8));
        assert_eq!((orders.candidate_cheaper, orders.equal, orders.candidate_dearer), (1, 1, 1));
        assert_eq!(orders.costs[2], (12, 13));
        assert_eq!(summarise_orders(&[], 8), None);
        let one = summarise_orders(&costs[..1], 8).expect("there is one");
        assert_eq!((one.increase.low, one.increase.high), (0.9 - 1.0, 0.9 - 1.0));
    }
}
