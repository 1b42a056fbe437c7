//! Describes what an experiment comes to: the data, the problem, and for each activity its own part of the plan.

use std::path::Path;

use compare::{Limits, Pair, ReplayId, Role};
use datasets::Frozen;
use replay::{Order, Pace};
use stream::Trigger;

use super::{ExperimentFile, Topics};
use crate::{
    architecture_sections::ArchitectureChoice,
    erased::AnyProblem,
    job_section::JobChoice,
    own::{Comparing, Expectation, Source},
    problem::Params,
    recovery_section::RecoveryChoice,
};

/// An experiment whose every name and value has been checked.
pub struct Resolved {
    /// The dataset.
    pub frozen: Frozen,
    /// The problem.
    pub problem: AnyProblem,
    /// The plan.
    pub plan: Plan,
    /// Holds what stands in the run's `experiment.toml`: every default written out, numbers in the unit of the source.
    pub file: ExperimentFile,
}

impl Resolved {
    /// Returns what the record is called that is sent as the `arrival`-th, where it is a copy and records are sent as they
    /// stand in the file: `copy 2 of record 17`.
    pub(crate) fn copy_name(&self, arrival: u64) -> Option<String> {
        (self.plan.replay.order == Order::Recorded).then(|| self.frozen.copy_name(arrival))?
    }
}

/// Describes what is to be done, without the problem and the file.
pub struct Plan {
    /// The problem's parameters, all set.
    pub params: Params,
    /// The versions.
    pub jobs: Pair<JobChoice>,
    /// Says how the records are fed.
    pub replay: ReplayPlan,
    /// Triggers under which the candidate is tried beside its own.
    pub triggers: Vec<Trigger>,
    /// Shuffled orders over which both are tried; the first has the replay's seed.
    pub orders: u64,
    /// The limits of the gate.
    pub limits: Limits,
    /// Says how the latency is compared.
    pub latency: LatencyPlan,
    /// Checkpoints and faults, if there are to be any.
    pub recovery: Option<RecoveryChoice>,
    /// The architectures that are run, if any.
    pub architecture: Option<ArchitectureChoice>,
    /// Numbers of the dataset are the source's times this.
    pub scale: u64,
    /// Who says what is right, where the problem's own reference doesn't.
    pub(crate) truth: Option<Source>,
    /// How tables are compared that come from outside; nothing where the answer is decisions with a cost.
    pub(crate) comparing: Option<Comparing>,
    /// The ways to jobs behind topics.
    pub(crate) topics: Pair<Option<Topics>>,
    /// Rows that are known to differ.
    pub(crate) expected: Vec<Expectation>,
}

impl Plan {
    /// Returns the folder in which the run is kept while it goes on, if it can be gone on with.
    pub(crate) fn kept(&self) -> Option<&Path> {
        self.recovery.as_ref().and_then(|choice| choice.folder.as_deref())
    }
}

/// Describes how records are fed.
#[derive(Debug, Clone, Copy)]
pub struct ReplayPlan {
    /// The order of the records.
    pub order: Order,
    /// When records are due.
    pub pace: Pace,
    /// When jobs act.
    pub trigger: Trigger,
    /// The most records of a micro-batch.
    pub max_batch: Option<usize>,
    /// The seed of every random choice.
    pub seed: u64,
    /// Says how often each record is fed, once as it stands and else as a copy with a key of its own.
    pub amplify: u32,
}

/// Describes how speeds are compared.
pub struct LatencyPlan {
    /// By how much the candidate may be slower: in its mean, median and p90.
    pub increase: Option<f64>,
    /// Holds the same for its p95 and p99.
    pub tail_increase: Option<f64>,
    /// By how much of stable's records a second the candidate's may be lower.
    pub throughput_decrease: Option<f64>,
    /// Says how long each of the comparisons may take.
    pub budget_ns: u64,
    /// The share of wrong verdicts that each may give.
    pub error_rate: f64,
    /// The seed of every random choice.
    pub seed: u64,
    /// The experiment as TOML, for the processes that replicate it.
    pub experiment: String,
}

impl Plan {
    /// Returns what reports call the job in this role.
    pub fn name(&self, role: Role) -> &str {
        &self.jobs[role].name
    }
}

impl ReplayPlan {
    /// Returns what fixes the order of the records, the edges of micro-batches and every random choice.
    pub fn id(&self) -> ReplayId {
        ReplayId {
            order: self.order.to_string(),
            trigger: self.trigger.to_string(),
            seed: self.seed,
            amplify: self.amplify,
        }
    }
}
