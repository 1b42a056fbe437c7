//! Describes what many shuffled orders gave, as it stands in `results.json`.

use serde::{Deserialize, Serialize};

/// The comparison repeated over shuffled orders of the same records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    /// How many orders; their seeds are `first_seed`, `first_seed + 1`, …
    pub count: u64,
    /// The first order's seed.
    pub first_seed: u64,
    /// The confidence of every interval here: 0.95.
    pub confidence: f64,
    /// The stable job over the orders.
    pub stable: OrderStats,
    /// The candidate over the same orders.
    pub candidate: OrderStats,
    /// By how much the candidate is worse than stable, order by order: 0.05 is 5 %.
    pub increase: Estimate,
    /// In how many orders the candidate was better.
    pub candidate_better: u64,
    /// In how many orders both cost the same.
    pub equal: u64,
    /// In how many orders the candidate was worse.
    pub candidate_worse: u64,
    /// The costs, by order: stable's and candidate's.
    pub costs: Vec<(u64, u64)>,
}

/// One job over many orders. Ratios are upper ends: the true ones are at most these.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderStats {
    /// The costs of all orders together.
    pub total_cost: u64,
    /// The mean ratio, with its confidence interval.
    pub mean: Estimate,
    /// The lowest ratio seen.
    pub best: f64,
    /// The highest ratio seen.
    pub worst: f64,
    /// The seed of the order that gave the highest.
    pub worst_seed: u64,
}

/// An estimated number and the interval that it probably lies in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
}
