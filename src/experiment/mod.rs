//! Experiments: a TOML file, flags that override it, and the resolved form in which every default is written out.

mod applicable;
mod choices;
mod command;
mod dataset;
mod text;

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use compare::{Limits, Pair, ReplayId, Role};
use datasets::{Frozen, Value};
use replay::{Order, Pace};
use serde::{Deserialize, Serialize};
use stream::Trigger;

use crate::{
    catalog::problem,
    erased::{AnyProblem, resolve_params},
    error::Error,
    job_section::{JobChoice, JobSection},
    limits::{Length, Most, Percent},
    problem::Params,
    recovery_section::{RecoveryChoice, RecoverySection},
    size::Size,
};

pub(crate) use dataset::NamedBy;

use applicable::refuse_unjudgeable;
use choices::{ReplayChoice, effort, gate_section, limits};

/// The experiment that runs when none is named.
pub(crate) const DEFAULT_EXPERIMENT: &str = "experiments/bin-packing.toml";

/// An experiment file. Everything may be missing, for flags can give it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExperimentFile {
    pub(crate) problem: Option<String>,
    pub(crate) dataset: Option<String>,
    /// The hash that the dataset must have; a resolved experiment names it, so that it can't run on other data.
    pub(crate) dataset_blake3: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, Value>,
    pub(crate) stable: Option<JobSection>,
    pub(crate) candidate: Option<JobSection>,
    #[serde(default)]
    pub(crate) replay: ReplaySection,
    #[serde(default)]
    pub(crate) gate: GateSection,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) recovery: RecoverySection,
    /// Who has named the dataset.
    #[serde(skip)]
    pub(crate) named_by: NamedBy,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `[replay]`. Each key is also a flag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaySection {
    /// Order of the records: recorded, shuffled, ascending, descending [default: recorded]
    #[arg(long)]
    pub(crate) order: Option<String>,
    /// Pace: max, a rate such as 100000/s, recorded, or 'recorded x60' [default: max]
    #[arg(long)]
    pub(crate) pace: Option<String>,
    /// When a job acts: record, 'every 1000 records', 'every 100ms', eager, once [default: record]
    #[arg(long)]
    pub(crate) trigger: Option<String>,
    /// Try the candidate under these triggers too: ratio, or divergence, against waiting
    #[arg(long, value_delimiter = ',')]
    #[serde(default, deserialize_with = "crate::listed::items")]
    pub(crate) triggers: Option<Vec<String>>,
    /// A micro-batch has at most this many records: the rate limit of the source
    #[arg(long)]
    pub(crate) max_batch: Option<NonZeroU32>,
    /// Seed of every random choice [default: 42]
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Repeat the comparison over this many shuffled orders; their seeds are seed, seed + 1, ... [default: 0]
    #[arg(long)]
    pub(crate) orders: Option<u64>,
}

/// `[gate]`. Each key is also a flag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub(crate) struct GateSection {
    /// The candidate's competitive ratio, at most
    #[arg(long)]
    pub(crate) competitive_ratio: Option<f64>,
    /// The candidate's cost above stable's, at most, such as 2% [default: 0%, unless --competitive-ratio is given]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) competitive_ratio_increase: Option<Percent>,
    /// Rows of the candidate's answer that may be wrong, or differ from the reference, such as 40 or 1%
    /// [default for a cost: 0]
    #[arg(long)]
    pub(crate) divergence: Option<Most>,
    /// Rows of the candidate's table that may be worse than stable's: with a value that is neither right, nor stable's,
    /// nor nearer to the reference [default: 0, unless --divergence is given]
    #[arg(long)]
    pub(crate) divergence_increase: Option<Most>,
    /// Records that the candidate may drop for coming late, such as 20 or 1%
    #[arg(long)]
    pub(crate) late: Option<Most>,
    /// Records of which the candidate may have emitted nothing when the input ends
    #[arg(long)]
    pub(crate) not_emitted: Option<Most>,
    /// Records that the candidate may refuse for what they hold
    #[arg(long)]
    pub(crate) rejected: Option<Most>,
    /// Records that may lie in none of the candidate's windows
    #[arg(long)]
    pub(crate) no_window: Option<Most>,
    /// Records that the candidate may leave out for whatever reason: these together
    #[arg(long)]
    pub(crate) left_out: Option<Most>,
    /// Records on which the candidate may decide otherwise than stable, or rows that it may answer otherwise
    #[arg(long)]
    pub(crate) decision_changes: Option<Most>,
    /// The candidate's time a record above stable's, at most, such as 5%: its mean, median and p90
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) latency_increase: Option<Percent>,
    /// The same for p95 and p99; at least 20%, for they can't carry less
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) latency_tail_increase: Option<Percent>,
    /// The candidate's p99 from the moment a record was due, at most, such as 1ms; needs a paced replay
    #[arg(long)]
    pub(crate) latency_p99: Option<Length>,
    /// The most memory that the process of an attached candidate may hold at once, such as 200MB
    #[arg(long)]
    pub(crate) peak_memory: Option<Size>,
    /// The candidate's peak memory above stable's, at most, such as 10%; both must be attached as processes
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) peak_memory_increase: Option<Percent>,
    /// How long the latency comparison may take [default: 60s]
    #[arg(long)]
    pub(crate) budget: Option<Length>,
    /// The share of wrong verdicts that the latency comparison may give [default: 1%]
    #[arg(long)]
    pub(crate) error_rate: Option<Percent>,
}

/// An experiment with every default filled in and every name checked.
pub(crate) struct Experiment {
    pub(crate) problem: &'static dyn AnyProblem,
    pub(crate) params: Params,
    pub(crate) stable: String,
    pub(crate) candidate: String,
    /// Their programs, where they are attached as processes.
    pub(crate) commands: Pair<Option<Vec<String>>>,
    pub(crate) order: Order,
    pub(crate) pace: Pace,
    pub(crate) trigger: Trigger,
    /// Triggers under which the candidate is tried beside its own.
    pub(crate) triggers: Vec<Trigger>,
    /// The most records of a micro-batch.
    pub(crate) max_batch: Option<usize>,
    pub(crate) seed: u64,
    pub(crate) orders: u64,
    pub(crate) limits: Limits,
    /// Checkpoints and faults, if there are to be any.
    pub(crate) recovery: Option<RecoveryChoice>,
    /// How long the latency comparison may take.
    pub(crate) budget_ns: u64,
    /// The error rate of the latency comparison.
    pub(crate) error_rate: f64,
    /// Numbers of the dataset are the source's times this.
    pub(crate) scale: u64,
    /// What stands in the run's `experiment.toml`, numbers in the unit of the source.
    pub(crate) resolved: ExperimentFile,
}

impl ExperimentFile {
    /// Reads the file at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = text::read(path)?;
        let file: Self = toml::from_str(&text)
            .map_err(|error| text::explain(path, &text, datasets::explain_toml(path, &text, &error)))?;
        Ok(Self {
            dataset: file.dataset.map(|dataset| dataset::named_in(path, dataset)),
            named_by: NamedBy::file(path, &text),
            ..file
        })
    }

    /// Puts what `over` sets in the place of what stands here.
    pub(crate) fn overridden_by(self, over: Self) -> Self {
        let mut parameters = self.parameters;
        parameters.extend(over.parameters);
        let (replay, gate) = (self.replay, self.gate);
        Self {
            problem: over.problem.or(self.problem),
            // Another dataset has another hash.
            dataset_blake3: if over.dataset.is_some() { None } else { self.dataset_blake3 },
            named_by: if over.dataset.is_some() { over.named_by } else { self.named_by },
            dataset: over.dataset.or(self.dataset),
            parameters,
            recovery: self.recovery.overridden_by(over.recovery),
            stable: over.stable.or(self.stable),
            candidate: over.candidate.or(self.candidate),
            replay: ReplaySection {
                order: over.replay.order.or(replay.order),
                pace: over.replay.pace.or(replay.pace),
                trigger: over.replay.trigger.or(replay.trigger),
                triggers: over.replay.triggers.or(replay.triggers),
                max_batch: over.replay.max_batch.or(replay.max_batch),
                seed: over.replay.seed.or(replay.seed),
                orders: over.replay.orders.or(replay.orders),
            },
            gate: GateSection {
                competitive_ratio: over.gate.competitive_ratio.or(gate.competitive_ratio),
                competitive_ratio_increase: over
                    .gate
                    .competitive_ratio_increase
                    .or(gate.competitive_ratio_increase),
                divergence: over.gate.divergence.or(gate.divergence),
                divergence_increase: over.gate.divergence_increase.or(gate.divergence_increase),
                late: over.gate.late.or(gate.late),
                not_emitted: over.gate.not_emitted.or(gate.not_emitted),
                rejected: over.gate.rejected.or(gate.rejected),
                no_window: over.gate.no_window.or(gate.no_window),
                left_out: over.gate.left_out.or(gate.left_out),
                decision_changes: over.gate.decision_changes.or(gate.decision_changes),
                latency_increase: over.gate.latency_increase.or(gate.latency_increase),
                latency_tail_increase: over.gate.latency_tail_increase.or(gate.latency_tail_increase),
                latency_p99: over.gate.latency_p99.or(gate.latency_p99),
                peak_memory: over.gate.peak_memory.or(gate.peak_memory),
                peak_memory_increase: over.gate.peak_memory_increase.or(gate.peak_memory_increase),
                budget: over.gate.budget.or(gate.budget),
                error_rate: over.gate.error_rate.or(gate.error_rate),
            },
        }
    }

    /// Opens the dataset, checks every name and value, and fills in the defaults.
    pub(crate) fn resolve(self) -> Result<(Frozen, Experiment), Error> {
        self.resolve_with(problem)
    }

    /// The same, where `find` says which problem a name means.
    pub(crate) fn resolve_with(
        self,
        find: impl Fn(&str) -> Result<&'static dyn AnyProblem, Error>,
    ) -> Result<(Frozen, Experiment), Error> {
        let dataset = required(self.dataset, "dataset", "datasets/data/uniform-1000")?;
        let stable = required(self.stable, "stable", "first-fit")?.choice(Role::Stable)?;
        let candidate = required(self.candidate, "candidate", "best-fit")?.choice(Role::Candidate)?;
        let path = PathBuf::from(&dataset);
        let replay = ReplayChoice::of(&self.replay)?;
        let (budget, error_rate) = effort(&self.gate)?;
        let recovery = self.recovery.choice()?;
        let frozen = Frozen::open(&path).map_err(|error| self.named_by.explain(&path, error))?;
        let problem = find(self.problem.as_deref().unwrap_or(&frozen.manifest.problem))?;
        if recovery.is_some() && problem.info().has_cost {
            let name = problem.info().name;
            return Err(Error::usage(format!("[recovery]: no checkpoint can be taken of a job of {name}"))
                .with_hint("leave it out, or take a problem whose answer is a table"));
        }
        if let Some(recovery) = &recovery {
            recovery.check(frozen.manifest.records, replay.seed)?;
            if stable.command.is_some() || candidate.command.is_some() {
                return Err(Error::usage(
                    "[recovery]: no checkpoint can be taken of a job that is attached as a process",
                )
                .with_hint("leave it out, or take a job that is compiled in"));
            }
        }
        refuse_unjudgeable(&self.gate, &problem.info())?;
        let limits = limits(&self.gate, problem.info().has_cost)?;
        check_orders(problem, replay.orders)?;
        let is_process = Pair::from([&stable, &candidate]).map(|choice| choice.command.is_some());
        check_judgeable(&limits, replay.pace, is_process)?;
        pinned(self.dataset_blake3.as_deref(), &frozen, &path)?;
        let params = resolve_params(problem, &frozen, &self.parameters)?;
        let check = |choice: &JobChoice, trigger| match choice.command {
            None => problem.check_job(&choice.name, &params, trigger),
            Some(_) => choice.check_attachable(&problem.info(), trigger),
        };
        check(&stable, replay.trigger)?;
        for &trigger in [&replay.trigger].into_iter().chain(&replay.triggers) {
            check(&candidate, trigger)?;
        }
        let resolved = Self {
            problem: Some(problem.info().name.to_owned()),
            dataset: Some(dataset),
            dataset_blake3: Some(frozen.manifest.blake3.clone()),
            parameters: params.in_unit(frozen.manifest.scale),
            stable: Some(stable.section()),
            candidate: Some(candidate.section()),
            replay: replay.section(),
            gate: GateSection { budget: Some(budget), error_rate: Some(error_rate), ..gate_section(&limits) },
            recovery: recovery.as_ref().map(RecoveryChoice::section).unwrap_or_default(),
            named_by: NamedBy::Flag,
        };
        let ReplayChoice { order, pace, trigger, triggers, max_batch, seed, orders } = replay;
        let experiment = Experiment {
            problem,
            params,
            stable: stable.name,
            candidate: candidate.name,
            commands: Pair { stable: stable.command, candidate: candidate.command },
            order,
            pace,
            trigger,
            triggers,
            max_batch: max_batch.map(|most| most.get() as usize),
            seed,
            orders,
            limits,
            recovery,
            budget_ns: budget.0,
            error_rate: error_rate.0,
            scale: frozen.manifest.scale,
            resolved,
        };
        Ok((frozen, experiment))
    }
}

impl Experiment {
    /// Returns what reports call the job in this role.
    pub(crate) fn name(&self, role: Role) -> &str {
        match role {
            Role::Stable => &self.stable,
            Role::Candidate => &self.candidate,
        }
    }

    /// What fixes the order of the records, the edges of micro-batches and every random choice.
    pub(crate) fn replay_id(&self) -> ReplayId {
        ReplayId { order: self.order.to_string(), trigger: self.trigger.to_string(), seed: self.seed }
    }

    /// The resolved experiment as TOML, for a process in the same folder.
    pub(crate) fn to_toml(&self) -> String {
        toml::to_string(&self.resolved).expect("plain strings and numbers within 63 bits are TOML")
    }

    /// The same, to be run from anywhere.
    pub(crate) fn to_toml_anywhere(&self) -> String {
        self.to_toml_with(dataset::anywhere)
    }

    /// The same as a file in the folder `run`, to be run from anywhere.
    pub(crate) fn to_toml_at(&self, run: &Path) -> String {
        self.to_toml_with(|dataset| dataset::seen_from(run, dataset))
    }

    fn to_toml_with(&self, dataset: impl FnOnce(String) -> String) -> String {
        let mut resolved = self.resolved.clone();
        resolved.dataset = resolved.dataset.map(dataset);
        toml::to_string(&resolved).expect("plain strings and numbers within 63 bits are TOML")
    }
}

fn required<T>(value: Option<T>, name: &str, example: &str) -> Result<T, Error> {
    value.ok_or_else(|| {
        Error::usage(format!("the experiment names no {name}"))
            .with_hint(format!("add it to the file, or --{name} {example} to the command"))
    })
}

/// Many orders are a distribution of costs; where the answer is a table there is none.
fn check_orders(problem: &dyn AnyProblem, orders: u64) -> Result<(), Error> {
    let info = problem.info();
    if info.has_cost || orders == 0 {
        return Ok(());
    }
    Err(Error::usage(format!(
        "orders = {orders}: only costs are compared over many orders, and {} has none",
        info.name
    ))
    .with_hint("leave it out, or shuffle the one order with --order shuffled"))
}

/// A limit on what isn't measured would be judged by nothing.
fn check_judgeable(limits: &Limits, pace: Pace, is_process: Pair<bool>) -> Result<(), Error> {
    if let Some(limit) = limits.latency_p99_ns.filter(|_| pace == Pace::Max) {
        let message = format!("latency_p99 = {}: at pace max no record has a due time", Length(limit));
        return Err(Error::usage(message)
            .with_hint("set a rate, such as --pace 10000/s; time against stable's is --latency-increase"));
    }
    let process = "leave it out, or attach the job by its command";
    if let Some(limit) = limits.peak_memory_bytes.filter(|_| !is_process.candidate) {
        let message = format!("peak_memory = {}: the candidate has no process of its own", Size(limit));
        return Err(Error::usage(message).with_hint(process));
    }
    if let Some(limit) = limits.peak_memory_increase.filter(|_| is_process != Pair::of(|_| true)) {
        let message = format!(
            "peak_memory_increase = {}: not both versions have a process of their own",
            Percent(limit)
        );
        return Err(Error::usage(message).with_hint(process));
    }
    Ok(())
}

fn pinned(wanted: Option<&str>, frozen: &Frozen, path: &Path) -> Result<(), Error> {
    match wanted {
        Some(wanted) if wanted != frozen.manifest.blake3 => Err(Error::input(format!(
            "{}: the experiment wants the dataset with hash {}, this one has {}",
            datasets::shown_path(path),
            datasets::shown(wanted),
            frozen.manifest.blake3
        ))
        .with_hint("remove dataset_blake3 from the experiment if the other data is meant")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> ExperimentFile {
        toml::from_str(text).expect("valid")
    }

    #[test]
    fn flags_go_before_the_file() {
        let merged = file(
            "dataset = 'a'\ndataset_blake3 = 'h'\nstable.job = 'x'\nreplay.seed = 1\ngate.divergence = 2",
        )
        .overridden_by(file("candidate.job = 'y'\nreplay.seed = 9\nparameters.capacity = 5"));
        let expected = "dataset = 'a'\ndataset_blake3 = 'h'\nstable.job = 'x'\ncandidate.job = 'y'\nreplay.seed = 9\n\
                        gate.divergence = 2\nparameters.capacity = 5";
        assert_eq!(merged, file(expected));
        assert_eq!(merged.overridden_by(file("dataset = 'b'")).dataset_blake3, None);
    }
}
