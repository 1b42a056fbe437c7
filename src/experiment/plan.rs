//! What an experiment comes to: the data, the problem, and for each activity its own part of the plan.

use compare::{Limits, Pair, ReplayId, Role};
use datasets::Frozen;
use replay::{Order, Pace};
use stream::Trigger;

use super::ExperimentFile;
use crate::{erased::AnyProblem, job_section::JobChoice, problem::Params, recovery_section::RecoveryChoice};

/// An experiment whose every name and value has been checked.
pub(crate) struct Resolved {
    pub(crate) frozen: Frozen,
    pub(crate) problem: AnyProblem,
    pub(crate) plan: Plan,
    /// What stands in the run's `experiment.toml`: every default written out, numbers in the unit of the source.
    pub(crate) file: ExperimentFile,
}

/// What is to be done, without the problem and the file.
pub(crate) struct Plan {
    pub(crate) params: Params,
    pub(crate) jobs: Pair<JobChoice>,
    pub(crate) replay: ReplayPlan,
    /// Triggers under which the candidate is tried beside its own.
    pub(crate) triggers: Vec<Trigger>,
    /// Shuffled orders over which both are tried; the first has the replay's seed.
    pub(crate) orders: u64,
    pub(crate) limits: Limits,
    pub(crate) latency: LatencyPlan,
    /// Checkpoints and faults, if there are to be any.
    pub(crate) recovery: Option<RecoveryChoice>,
    /// Numbers of the dataset are the source's times this.
    pub(crate) scale: u64,
}

/// How records are fed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReplayPlan {
    pub(crate) order: Order,
    pub(crate) pace: Pace,
    pub(crate) trigger: Trigger,
    /// The most records of a micro-batch.
    pub(crate) max_batch: Option<usize>,
    pub(crate) seed: u64,
}

/// How speeds are compared.
pub(crate) struct LatencyPlan {
    /// By how much the candidate may be slower: in its mean, median and p90.
    pub(crate) increase: Option<f64>,
    /// The same for its p95 and p99.
    pub(crate) tail_increase: Option<f64>,
    /// How long the comparison may take.
    pub(crate) budget_ns: u64,
    /// The share of wrong verdicts that it may give.
    pub(crate) error_rate: f64,
    pub(crate) seed: u64,
    /// The experiment as TOML, for the processes that replicate it.
    pub(crate) experiment: String,
}

impl Plan {
    /// Returns what reports call the job in this role.
    pub(crate) fn name(&self, role: Role) -> &str {
        &self.jobs[role].name
    }
}

impl ReplayPlan {
    /// Returns what fixes the order of the records, the edges of micro-batches and every random choice.
    pub(crate) fn id(&self) -> ReplayId {
        ReplayId { order: self.order.to_string(), trigger: self.trigger.to_string(), seed: self.seed }
    }
}
