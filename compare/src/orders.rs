//! Describes what many shuffled orders of the same records say of two jobs: means, extremes, confidence intervals.

use std::cmp::Ordering;

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{Estimate, Objective, OrderStats, Orders};

/// The confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// Describes what the two jobs paid on one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderCost {
    /// The seed of the shuffle.
    pub seed: u64,
    /// The stable job's cost.
    pub stable: u64,
    /// The candidate's cost.
    pub candidate: u64,
    /// The interval that holds the optimum.
    pub bounds: (u64, u64),
}

/// Summarises the costs over orders, each against its own bounds; `None` when there are none.
///
/// The intervals are Student's t over the orders, which are independent draws; the increase is taken order by
/// order, so that what both jobs owe to a hard order cancels.
pub fn summarise_orders(costs: &[OrderCost], objective: &Objective) -> Option<Orders> {
    let first = costs.first()?;
    let increase: Vec<f64> = costs.iter().map(|c| objective.increase(c.stable, c.candidate)).collect();
    let count = |wanted| {
        let compared = costs.iter().map(|c| objective.against(c.stable, c.candidate));
        compared.filter(|(worse, base)| worse.cmp(base) == wanted).count() as u64
    };
    let stats = |cost: fn(&OrderCost) -> u64| stats(costs, cost, objective);
    Some(Orders {
        count: costs.len() as u64,
        first_seed: first.seed,
        confidence: CONFIDENCE,
        stable: stats(|c| c.stable),
        candidate: stats(|c| c.candidate),
        increase: mean(&increase),
        candidate_better: count(Ordering::Less),
        equal: count(Ordering::Equal),
        candidate_worse: count(Ordering::Greater),
        costs: costs.iter().map(|c| (c.stable, c.candidate)).collect(),
    })
}

/// Ratios are the upper ends, which grow as an answer gets worse.
fn stats(costs: &[OrderCost], cost: fn(&OrderCost) -> u64, objective: &Objective) -> OrderStats {
    let ratio = |c: &OrderCost| objective.ratio(cost(c), c.bounds.0, c.bounds.1).1;
    let ratios: Vec<f64> = costs.iter().map(ratio).collect();
    // The first of equals, so that the seed named is the same in every run.
    let worst = costs.iter().rev().max_by(|a, b| ratio(a).total_cmp(&ratio(b))).expect("there is an order");
    OrderStats {
        total_cost: costs.iter().map(cost).sum(),
        mean: mean(&ratios),
        best: ratios.iter().copied().fold(f64::INFINITY, f64::min),
        worst: ratio(worst),
        worst_seed: worst.seed,
    }
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
            bounds: (8, 9),
        });
        let bins = Objective::Minimise("bins".into());
        let orders = summarise_orders(&costs, &bins).expect("there are three");
        assert_eq!((orders.stable.worst, orders.stable.best, orders.stable.worst_seed), (1.5, 1.25, 8));
        assert_eq!((orders.candidate_better, orders.equal, orders.candidate_worse), (1, 1, 1));
        assert_eq!(orders.costs[2], (12, 13));
        assert_eq!((orders.stable.total_cost, orders.candidate.total_cost), (34, 34));
        assert_eq!(summarise_orders(&[], &bins), None);
        let one = summarise_orders(&costs[..1], &bins).expect("there is one");
        assert_eq!((one.increase.low, one.increase.high), (0.9 - 1.0, 0.9 - 1.0));
        // Where more is better, the same numbers say the opposite.
        let orders = summarise_orders(&costs, &Objective::Maximise("pairs".into())).expect("three");
        assert_eq!((orders.stable.worst, orders.stable.best, orders.stable.worst_seed), (0.9, 0.75, 7));
        assert_eq!((orders.candidate_better, orders.equal, orders.candidate_worse), (1, 1, 1));
        assert!(orders.increase.value > 0.0);
    }
}
