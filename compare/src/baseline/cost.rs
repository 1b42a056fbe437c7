//! What is kept of a run over a problem with a cost.

use std::collections::BTreeMap;

use datasets::Value;
use serde::{Deserialize, Serialize};

use super::{
    BASELINE_SCHEMA, BaselineDataset, BaselineReplay, KeptAnswer,
    changes::{Row, ledger_rows, named},
};
use crate::{Divergence, Ledger, OrderStats, ReferenceResult, Results, VersionResult};

/// The deterministic results of a run over a problem with a cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostBaseline {
    /// [`BASELINE_SCHEMA`].
    pub schema: String,
    /// The problem's name.
    pub problem: String,
    /// Which data.
    pub dataset: BaselineDataset,
    /// The problem's parameters, such as the capacity.
    pub parameters: BTreeMap<String, Value>,
    /// In which order, with which trigger, from which seed.
    pub replay: BaselineReplay,
    /// What the batch side knows of the optimum.
    pub reference: BaselineReference,
    /// The version in service.
    pub stable: BaselineVersion,
    /// The version that is to replace it.
    pub candidate: BaselineVersion,
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

impl CostBaseline {
    /// A packing is kept by its hash alone: it has a row for each record.
    pub(super) fn of(results: &Results, answers: [KeptAnswer; 3]) -> Self {
        let [reference, stable, candidate] = answers.map(|answer| answer.blake3);
        let orders = results.orders.as_ref();
        let total = |cost: fn(&(u64, u64)) -> u64| orders.map_or(0, |all| all.costs.iter().map(cost).sum());
        let stable_orders = orders.map(|all| over(&all.stable, total(|costs| costs.0)));
        let candidate_orders = orders.map(|all| over(&all.candidate, total(|costs| costs.1)));
        Self {
            schema: BASELINE_SCHEMA.to_owned(),
            problem: results.problem.clone(),
            dataset: (&results.dataset).into(),
            parameters: results.parameters.clone(),
            replay: BaselineReplay::of(&results.replay, orders.map_or(0, |all| all.count)),
            reference: reference_of(&results.reference, reference),
            stable: version_of(&results.stable, stable, stable_orders),
            candidate: version_of(&results.candidate, candidate, candidate_orders),
        }
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        // What is left out here says what the baseline is of: `mismatch` looks at it.
        let Self {
            schema: _,
            problem: _,
            dataset: _,
            parameters: _,
            replay: _,
            reference,
            stable,
            candidate,
        } = self;
        let mut rows = reference_rows(reference);
        rows.extend(version_rows("stable", stable));
        rows.extend(version_rows("candidate", candidate));
        rows
    }
}

fn over(stats: &OrderStats, total_cost: u64) -> BaselineOrders {
    BaselineOrders { total_cost, mean: stats.mean.value, worst: stats.worst, worst_seed: stats.worst_seed }
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

fn reference_rows(reference: &BaselineReference) -> Vec<Row> {
    let BaselineReference { job, lower_bound, lower_bound_by, upper_bound, upper_bound_by, answer_blake3 } =
        reference;
    named(
        "reference",
        &[
            ("job", job),
            ("lower_bound", lower_bound),
            ("lower_bound_by", lower_bound_by),
            ("upper_bound", upper_bound),
            ("upper_bound_by", upper_bound_by),
            ("answer_blake3", answer_blake3),
        ],
    )
}

fn version_rows(role: &str, version: &BaselineVersion) -> Vec<Row> {
    let BaselineVersion { job, cost, answer_blake3, ledger, divergence, orders } = version;
    let Divergence { missing, extra, changed, equal } = divergence;
    let mut rows = named(role, &[("job", job), ("cost", cost), ("answer_blake3", answer_blake3)]);
    rows.extend(ledger_rows(role, ledger));
    rows.extend(named(
        &format!("{role}.divergence"),
        &[("missing", missing), ("extra", extra), ("changed", changed), ("equal", equal)],
    ));
    if let Some(BaselineOrders { total_cost, mean, worst, worst_seed }) = orders {
        rows.extend(named(
            &format!("{role}.orders"),
            &[("total_cost", total_cost), ("mean", mean), ("worst", worst), ("worst_seed", worst_seed)],
        ));
    }
    rows
}
