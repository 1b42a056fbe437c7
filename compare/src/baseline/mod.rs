//! The baseline: what a run computed, kept so that a later run can be held against it. No time, no place, no date.

mod changes;

use std::collections::BTreeMap;

use datasets::Value;
use serde::{Deserialize, Serialize};

use crate::{DatasetId, Divergence, Ledger, OrderStats, ReferenceResult, Results, VersionResult};

/// The version of the format, as it stands in the file.
pub const BASELINE_SCHEMA: &str = "counterpoint.baseline/1";

/// The deterministic results of a run, in the form that lives in git.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`BASELINE_SCHEMA`].
    pub schema: String,
    /// The problem's name.
    pub problem: String,
    /// Which data.
    pub dataset: BaselineDataset,
    /// The problem's parameters, such as the capacity.
    pub parameters: BTreeMap<String, Value>,
    /// In which order, from which seed.
    pub replay: BaselineReplay,
    /// What the batch side knows of the optimum.
    pub reference: BaselineReference,
    /// The version in service.
    pub stable: BaselineVersion,
    /// The version that is to replace it.
    pub candidate: BaselineVersion,
}

/// Which data a baseline is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineDataset {
    /// The dataset's name, for people; the hash decides.
    pub name: String,
    /// How many records it has.
    pub records: u64,
    /// The hash of its data file.
    pub blake3: String,
}

/// What fixes the order of the records and every random choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineReplay {
    /// `recorded`, `shuffled`, `ascending` or `descending`.
    pub order: String,
    /// The run's seed.
    pub seed: u64,
    /// How many shuffled orders the comparison was repeated over.
    pub orders: u64,
}

/// The interval that holds the optimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineReference {
    /// The reference job's name.
    pub job: String,
    /// No answer costs less.
    pub lower_bound: u64,
    /// The method that proves it.
    pub lower_bound_by: String,
    /// An offline answer costs this.
    pub upper_bound: u64,
    /// The method that found it.
    pub upper_bound_by: String,
    /// The hash of `answers/reference.csv`.
    pub answer_blake3: String,
}

/// What one version concluded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineVersion {
    /// The job, with its argument: `harmonic:7`.
    pub job: String,
    /// The cost, recomputed from the answer.
    pub cost: u64,
    /// The hash of `answers/stable.csv` or `answers/candidate.csv`.
    pub answer_blake3: String,
    /// Where every record went.
    pub ledger: Ledger,
    /// Rows of the answer that do not stand up against the dataset.
    pub divergence: Divergence,
    /// The version over shuffled orders, if any were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<BaselineOrders>,
}

/// One version over many orders; ratios are upper ends, as in the results.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineOrders {
    /// The costs of all orders together.
    pub total_cost: u64,
    /// The mean ratio.
    pub mean: f64,
    /// The highest ratio seen.
    pub worst: f64,
    /// The seed of the order that gave it.
    pub worst_seed: u64,
}

/// What a baseline and a run must have in common before their results can be compared.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The problem's name.
    pub problem: &'a str,
    /// Which data.
    pub dataset: &'a DatasetId,
    /// The problem's parameters.
    pub parameters: &'a BTreeMap<String, Value>,
    /// In which order, from which seed.
    pub order: &'a str,
    /// The run's seed.
    pub seed: u64,
    /// How many shuffled orders.
    pub orders: u64,
}

/// Why a baseline says nothing about a run: both sides of the first thing that they don't have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// `problem`, `dataset`, `parameters` or `replay`.
    pub what: &'static str,
    /// The baseline's. It comes from a file: escape it wherever it is shown.
    pub baseline: String,
    /// The run's.
    pub run: String,
}

impl Baseline {
    /// What is kept of `results`; `answers_blake3` are the hashes of the reference's, stable's and the candidate's
    /// answer.
    pub fn of(results: &Results, answers_blake3: [String; 3]) -> Self {
        let [reference, stable, candidate] = answers_blake3;
        let orders = results.orders.as_ref();
        let total = |cost: fn(&(u64, u64)) -> u64| orders.map_or(0, |all| all.costs.iter().map(cost).sum());
        let over = |stats: &OrderStats, total_cost: u64| BaselineOrders {
            total_cost,
            mean: stats.mean.value,
            worst: stats.worst,
            worst_seed: stats.worst_seed,
        };
        let stable_orders = orders.map(|all| over(&all.stable, total(|costs| costs.0)));
        let candidate_orders = orders.map(|all| over(&all.candidate, total(|costs| costs.1)));
        Self {
            schema: BASELINE_SCHEMA.to_owned(),
            problem: results.problem.clone(),
            dataset: BaselineDataset {
                name: results.dataset.name.clone(),
                records: results.dataset.records,
                blake3: results.dataset.blake3.clone(),
            },
            parameters: results.parameters.clone(),
            replay: BaselineReplay {
                order: results.replay.order.clone(),
                seed: results.replay.seed,
                orders: orders.map_or(0, |all| all.count),
            },
            reference: reference_of(&results.reference, reference),
            stable: version_of(&results.stable, stable, stable_orders),
            candidate: version_of(&results.candidate, candidate, candidate_orders),
        }
    }

    /// Why this baseline can't be compared with a run of `subject`, if so.
    pub fn mismatch(&self, subject: &Subject<'_>) -> Option<Mismatch> {
        let data = |name: &str, records: u64, hash: &str| format!("'{name}', {records} records, hash {hash}");
        let replay = |order: &str, seed: u64, orders: u64| format!("{order}, seed {seed}, {orders} orders");
        let (mine, its, kept) = (&self.dataset, subject.dataset, &self.replay);
        let same_data = mine.blake3 == its.blake3 && mine.records == its.records;
        let same_replay =
            (kept.order.as_str(), kept.seed, kept.orders) == (subject.order, subject.seed, subject.orders);
        let (what, baseline, run) = if self.problem != subject.problem {
            ("problem", self.problem.clone(), subject.problem.to_owned())
        } else if !same_data {
            let its = data(&its.name, its.records, &its.blake3);
            ("dataset", data(&mine.name, mine.records, &mine.blake3), its)
        } else if self.parameters != *subject.parameters {
            ("parameters", listed(&self.parameters), listed(subject.parameters))
        } else if !same_replay {
            let its = replay(subject.order, subject.seed, subject.orders);
            ("replay", replay(&kept.order, kept.seed, kept.orders), its)
        } else {
            return None;
        };
        Some(Mismatch { what, baseline, run })
    }
}

fn reference_of(reference: &ReferenceResult, answer_blake3: String) -> BaselineReference {
    BaselineReference {
        job: reference.job.clone(),
        lower_bound: reference.lower_bound,
        lower_bound_by: reference.lower_bound_by.clone(),
        upper_bound: reference.upper_bound,
        upper_bound_by: reference.upper_bound_by.clone(),
        answer_blake3,
    }
}

fn version_of(
    version: &VersionResult,
    answer_blake3: String,
    orders: Option<BaselineOrders>,
) -> BaselineVersion {
    let VersionResult { job, cost, ledger, divergence, .. } = version;
    BaselineVersion {
        job: job.clone(),
        cost: *cost,
        answer_blake3,
        ledger: *ledger,
        divergence: *divergence,
        orders,
    }
}

fn listed(parameters: &BTreeMap<String, Value>) -> String {
    let all: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}
