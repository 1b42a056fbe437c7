//! Experiments: a TOML file, flags that override it, and the resolved form in which every default is written out.

mod applicable;
mod choices;
mod command;
mod dataset;
#[cfg(test)]
mod every_key;
mod keys;
mod missing;
mod own;
mod places;
mod plan;
mod sections;
mod served;
mod suited;
mod text;
mod topics;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use compare::{Limits, Pair};
use datasets::{Frozen, Value};
use replay::Pace;
use serde::{Deserialize, Serialize};

use crate::{
    architecture_sections::{
        Architecture, ArchitectureChoice, KappaSection, LambdaSection, Sections, ServingSection,
    },
    attach::OutputForm,
    catalog::Catalog,
    erased::{AnyProblem, Info, resolve_params},
    error::Error,
    job_section::{JobChoice, JobSection},
    limits::{Length, Percent},
    own::{Expectation, ExpectedSection, ProblemChoice, ReferenceSection},
    recovery_section::{RecoveryChoice, RecoverySection},
    size::Size,
};

pub use dataset::{NamedBy, parent};
pub use keys::listed;
pub use plan::{LatencyPlan, Plan, ReplayPlan, Resolved};
pub use sections::{GateSection, ReplaySection};
pub(crate) use served::Merges;
pub use text::is_csv;
pub(crate) use topics::Topics;

use applicable::refuse_unjudgeable;
use choices::{ReplayChoice, effort, gate_section, limits};
use keys::overridden;
use missing::no_dataset;
use own::written_out;
use served::check_served;
use topics::Known;

/// The experiment that runs when none is named.
pub const DEFAULT_EXPERIMENT: &str = "experiments/bin-packing.toml";

/// An experiment file. Everything may be missing, for flags can give it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentFile {
    /// The problem: the name of one, or a section.
    pub problem: Option<ProblemChoice>,
    /// The dataset's folder.
    pub dataset: Option<String>,
    /// The hash that the dataset must have; a resolved experiment names it, so that it can't run on other data.
    pub dataset_blake3: Option<String>,
    /// Parameters that are set here, in place of the dataset's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// The version in service.
    pub stable: Option<JobSection>,
    /// The version that is to replace it.
    pub candidate: Option<JobSection>,
    /// Who says what is right, where the problem doesn't.
    #[serde(default, skip_serializing_if = "ReferenceSection::is_empty")]
    pub reference: ReferenceSection,
    /// Rows that are known to differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<ExpectedSection>,
    /// Says how the records are fed.
    #[serde(default)]
    pub replay: ReplaySection,
    /// The limits.
    #[serde(default)]
    pub gate: GateSection,
    /// Checkpoints and faults.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recovery: RecoverySection,
    /// Which architectures are run on the dataset beside the plain comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<Architecture>,
    /// Describes what both architectures share.
    #[serde(default, skip_serializing_if = "is_default")]
    pub serving: ServingSection,
    /// How an upgrade goes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kappa: KappaSection,
    /// When views are recomputed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lambda: LambdaSection,
    /// Who has named the dataset.
    #[serde(skip)]
    pub named_by: NamedBy,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ExperimentFile {
    /// Reads the file at `path`.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = text::read(path)?;
        let file: Self = toml::from_str(&text)
            .map_err(|error| text::explain(path, &text, datasets::explain_toml(path, &text, &error)))?;
        let mut file = Self {
            dataset: file.dataset.map(|dataset| dataset::named_in(path, dataset)),
            named_by: NamedBy::file(path, &text),
            ..file
        };
        file.move_places(&|place| places::reached(path, place))?;
        Ok(file)
    }

    /// Puts what `over` sets in the place of what stands here.
    pub fn overridden_by(self, over: Self) -> Result<Self, Error> {
        let mut parameters = self.parameters;
        parameters.extend(over.parameters);
        Ok(Self {
            problem: over.problem.or(self.problem),
            // Another dataset has another hash.
            dataset_blake3: if over.dataset.is_some() { None } else { self.dataset_blake3 },
            named_by: if over.dataset.is_some() { over.named_by } else { self.named_by },
            dataset: over.dataset.or(self.dataset),
            parameters,
            reference: if over.reference.is_empty() { self.reference } else { over.reference },
            expected: if over.expected.is_empty() { self.expected } else { over.expected },
            // A version is a job or a command: never some keys of one and some of another.
            stable: over.stable.or(self.stable),
            candidate: over.candidate.or(self.candidate),
            replay: overridden(&self.replay, &over.replay)?,
            gate: overridden(&self.gate, &over.gate)?,
            recovery: overridden(&self.recovery, &over.recovery)?,
            architecture: over.architecture.or(self.architecture),
            serving: overridden(&self.serving, &over.serving)?,
            kappa: overridden(&self.kappa, &over.kappa)?,
            lambda: overridden(&self.lambda, &over.lambda)?,
        })
    }

    /// Returns what the file says of architectures.
    pub(crate) fn architectures(&self) -> Sections<'_> {
        let Self { architecture, serving, kappa, lambda, .. } = self;
        Sections { architecture: *architecture, serving, kappa, lambda }
    }

    /// Opens the dataset, checks every name and value, and fills in the defaults. Problems and versions are those of
    /// `catalog`.
    pub fn resolve(self, catalog: &Catalog) -> Result<Resolved, Error> {
        self.resolve_with(|name| catalog.problem(name))
    }

    /// Returns the same, where `find` says which problem a name means.
    pub fn resolve_with(self, find: impl Fn(&str) -> Result<AnyProblem, Error>) -> Result<Resolved, Error> {
        let architecture = self.architectures().choice()?;
        let dataset = self.dataset.clone().ok_or_else(no_dataset)?;
        let Pair { stable, candidate } = self.jobs(&dataset, &find)?;
        let path = PathBuf::from(&dataset);
        let replay = ReplayChoice::of(&self.replay)?;
        let (budget, error_rate) = effort(&self.gate)?;
        let recovery = self.recovery.choice()?;
        let frozen = Frozen::open(&path).map_err(|error| self.named_by.explain(&path, error))?;
        let problem = self.chosen(&frozen, &find)?;
        let truth = self.truth(problem, &frozen, &replay, &find)?;
        let frozen = frozen.amplified(replay.amplify)?;
        if let Some(recovery) = &recovery {
            let has_process = stable.command.is_some() || candidate.command.is_some();
            check_recoverable(problem, has_process)?;
            recovery.check(frozen.records(), replay.seed)?;
        }
        refuse_unjudgeable(&self.gate, &problem.info())?;
        let limits = limits(&self.gate, &problem.info())?;
        check_view_age(&limits, architecture.as_ref())?;
        check_orders(problem, replay.orders)?;
        let is_process = Pair::from([&stable, &candidate]).map(|choice| choice.command.is_some());
        check_judgeable(&limits, replay.pace, is_process)?;
        check_told(&limits, problem, is_process)?;
        pinned(self.dataset_blake3.as_deref(), &frozen, &path)?;
        let params = resolve_params(problem, &frozen, &self.parameters)?;
        let comparing = self.comparing(problem, &params)?;
        let known = Known { frozen: &frozen, problem, params: &params, comparing: comparing.as_ref() };
        let topics = self.topics([&stable, &candidate].into(), &known)?;
        check_served(problem, architecture.as_ref(), is_process, &params)?;
        // Last, so that a file is found wrong by any program.
        architecture.as_ref().map_or(Ok(()), ArchitectureChoice::check_built)?;
        let check = |choice: &JobChoice, trigger| match &choice.command {
            None => problem.check_job(&choice.name, &params, trigger),
            Some(attach) => choice.check_attachable(attach, &problem.info(), trigger),
        };
        check(&stable, replay.trigger)?;
        for &trigger in [&replay.trigger].into_iter().chain(&replay.triggers) {
            check(&candidate, trigger)?;
        }
        let (serving, kappa, lambda) =
            architecture.as_ref().map(ArchitectureChoice::sections).unwrap_or_default();
        let file = Self {
            problem: Some(match self.problem {
                Some(own @ ProblemChoice::Own(_)) => own,
                _ => ProblemChoice::Named(problem.info().name.to_owned()),
            }),
            reference: written_out(self.reference, truth.as_ref()),
            expected: self.expected.clone(),
            dataset: Some(dataset),
            dataset_blake3: Some(frozen.manifest.blake3.clone()),
            parameters: params.in_unit(frozen.manifest.scale),
            stable: Some(stable.section()),
            candidate: Some(candidate.section()),
            replay: replay.section(),
            gate: GateSection { budget: Some(budget), error_rate: Some(error_rate), ..gate_section(&limits) },
            recovery: recovery.as_ref().map(RecoveryChoice::section).unwrap_or_default(),
            architecture: self.architecture,
            serving,
            kappa,
            lambda,
            named_by: self.named_by.clone(),
        };
        let plan = Plan {
            params,
            jobs: Pair { stable, candidate },
            replay: ReplayPlan {
                order: replay.order,
                pace: replay.pace,
                trigger: replay.trigger,
                max_batch: replay.max_batch.map(|most| most.get() as usize),
                seed: replay.seed,
                amplify: replay.amplify,
            },
            triggers: replay.triggers,
            orders: replay.orders,
            latency: LatencyPlan {
                increase: limits.latency_increase,
                tail_increase: limits.latency_tail_increase,
                throughput_decrease: limits.throughput_decrease,
                budget_ns: budget.0,
                error_rate: error_rate.0,
                seed: replay.seed,
                // A replicate takes no checkpoint, and isn't told the password of where rows are delivered.
                experiment: Self { recovery: RecoverySection::default(), ..file.clone() }.to_toml(),
            },
            limits,
            recovery,
            architecture,
            scale: frozen.manifest.scale,
            truth,
            comparing,
            topics,
            expected: (1..)
                .zip(&file.expected)
                .map(|(number, rule)| Expectation::read(number, rule))
                .collect::<Result<_, _>>()?,
        };
        Ok(Resolved { frozen, problem, plan, file })
    }

    /// Returns it as TOML, for a process in the same folder.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("plain strings and numbers within 63 bits are TOML")
    }

    /// Returns the same, to be run from anywhere.
    pub fn to_toml_anywhere(&self) -> String {
        self.to_toml_with(dataset::anywhere, &places::anywhere)
    }

    /// Returns the same as a file in the folder `run`, to be run from anywhere.
    pub fn to_toml_at(&self, run: &Path) -> String {
        self.to_toml_with(|dataset| dataset::seen_from(run, dataset), &|place| places::seen_from(run, place))
    }

    fn to_toml_with(&self, dataset: impl FnOnce(String) -> String, place: &MakePlace<'_>) -> String {
        let mut file = Self { dataset: self.dataset.clone().map(dataset), ..self.clone() };
        // A path that isn't UTF-8 stays as it is, which is UTF-8.
        let _ = file.move_places(place);
        toml::to_string(&file).expect("plain strings and numbers within 63 bits are TOML")
    }
}

/// Makes of a place what an experiment somewhere else has to say of it.
type MakePlace<'a> = dyn Fn(places::Place<'_>) -> Result<String, Error> + 'a;

/// A checkpoint can be taken of jobs that are compiled in and answer with a table.
fn check_recoverable(problem: AnyProblem, has_process: bool) -> Result<(), Error> {
    let Info { name, is_table, .. } = problem.info();
    if !is_table {
        return Err(Error::usage(format!("[recovery]: no checkpoint can be taken of a job of {name}"))
            .with_hint("leave it out, or take a problem whose answer is a table"));
    }
    if has_process {
        return Err(Error::usage(
            "[recovery]: no checkpoint can be taken of a job that is attached as a process",
        )
        .with_hint("leave it out, or take a job that is compiled in"));
    }
    Ok(())
}

/// The age of a view is measured where there is one.
fn check_view_age(limits: &Limits, architecture: Option<&ArchitectureChoice>) -> Result<(), Error> {
    if limits.view_age.is_some() && !architecture.is_some_and(|chosen| chosen.architecture.has_lambda()) {
        return Err(Error::usage("view_age: no batch view is served in this run")
            .with_hint("set architecture = \"lambda\" or \"both\", or leave it out"));
    }
    Ok(())
}

/// Many orders are a distribution of costs; where the answer is a table there is none.
fn check_orders(problem: AnyProblem, orders: u64) -> Result<(), Error> {
    let info = problem.info();
    if info.has_cost() || orders == 0 {
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
    if let Some(limit) = limits.throughput_decrease.filter(|_| is_process == Pair::of(|_| false)) {
        let message = format!(
            "throughput_decrease = {}: it is for programs outside, and both are compiled in",
            Percent(limit)
        );
        return Err(
            Error::usage(message).with_hint("compare the time a record takes: latency_increase = \"5%\"")
        );
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

/// A program outside that gives rows gives no account of the records.
fn check_told(limits: &Limits, problem: AnyProblem, is_process: Pair<bool>) -> Result<(), Error> {
    let told = [
        ("late", limits.late.is_some()),
        ("not_emitted", limits.not_emitted.is_some()),
        ("rejected", limits.rejected.is_some()),
        ("no_window", limits.no_window.is_some()),
        ("left_out", limits.left_out.is_some()),
    ];
    let timed = [
        ("latency_increase", limits.latency_increase.is_some()),
        ("latency_tail_increase", limits.latency_tail_increase.is_some()),
        ("latency_p99", limits.latency_p99_ns.is_some()),
    ];
    let emits = problem.info().answers == OutputForm::Emit && (is_process.stable || is_process.candidate);
    if let Some((key, _)) = timed.iter().find(|(_, is_set)| emits && *is_set) {
        return Err(Error::usage(format!(
            "{key}: a program that gives rows when it likes has no time a record, only so many records a second"
        ))
        .with_hint("limit these: throughput_decrease = \"10%\"; with `offset` the report says how long rows took"));
    }
    match told.iter().find(|(_, is_set)| *is_set) {
        Some((key, _)) if is_process.candidate && problem.info().is_table => Err(Error::usage(format!(
            "{key}: the candidate is a program outside, which doesn't tell what becomes of a record"
        ))
        .with_hint("limit the rows that differ: divergence, or divergence_increase")),
        _ => Ok(()),
    }
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
        .overridden_by(file("candidate.job = 'y'\nreplay.seed = 9\nparameters.capacity = 5"))
        .expect("small numbers");
        let expected = "dataset = 'a'\ndataset_blake3 = 'h'\nstable.job = 'x'\ncandidate.job = 'y'\nreplay.seed = 9\n\
                        gate.divergence = 2\nparameters.capacity = 5";
        assert_eq!(merged, file(expected));
        assert_eq!(merged.overridden_by(file("dataset = 'b'")).expect("no number").dataset_blake3, None);
    }

    /// Nor the sink's server, whose password no replicate is told.
    #[test]
    fn a_replicate_is_told_nothing_of_checkpoints() {
        let dataset = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/data/clicks");
        let text = format!(
            "dataset = {dataset:?}\nstable.job = 'per-record'\ncandidate.job = 'pre-aggregated'\n\
             recovery.checkpoint_every = 7\nrecovery.faults = ['crash at record 5']"
        );
        let resolved = file(&text).resolve(&Catalog::shipped()).expect("an experiment");
        assert!(resolved.plan.recovery.is_some() && resolved.file.to_toml().contains("[recovery]"));
        let told = resolved.plan.latency.experiment;
        assert!(!told.contains("recovery"), "{told}");
        assert_eq!(file(&told), ExperimentFile { recovery: RecoverySection::default(), ..resolved.file });
    }
}
