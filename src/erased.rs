//! A problem without its record type: types are erased here and nowhere else.

use std::collections::BTreeMap;

use datasets::{Column, Frozen, Record, Value};
use stream::{Proven, Trigger};

use crate::{
    error::Error,
    execute::{self, FinishedReference, FinishedReplay, FinishedRun},
    experiment::Experiment,
    problem::{Chosen, Entry, Parameter, Params, Problem, Setup, TableProblem, VersionEntry},
    progress::Working,
    recovery_section::RecoveryChoice,
    replicate::{ReplicateSpec, ReplicateTimes},
};

/// What the program may ask of any problem.
pub(crate) trait AnyProblem: Sync {
    fn info(&self) -> Info;
    /// Checks that `job` names a version that can be made with these parameters.
    fn check_job(&self, job: &str, params: &Params, trigger: Trigger) -> Result<(), Error>;
    /// Reads the dataset and checks every record against the parameters.
    fn verify(&self, frozen: &Frozen, params: &Params) -> Result<(), Error>;
    fn run(&self, frozen: &Frozen, experiment: &Experiment, work: &Working<'_>)
    -> Result<FinishedRun, Error>;
    /// One replicate of the latency comparison, in this process.
    fn replicate(
        &self,
        frozen: &Frozen,
        experiment: &Experiment,
        spec: ReplicateSpec,
        work: &Working<'_>,
    ) -> Result<ReplicateTimes, Error>;
    fn reference(
        &self,
        frozen: &Frozen,
        params: &Params,
        work: &Working<'_>,
    ) -> Result<FinishedReference, Error>;
    fn replay(
        &self,
        frozen: &Frozen,
        experiment: &Experiment,
        work: &Working<'_>,
    ) -> Result<FinishedReplay, Error>;
    /// The stable job through its checkpoints, and nothing more; `watch` is told of each.
    fn survive(
        &self,
        frozen: &Frozen,
        experiment: &Experiment,
        choice: &RecoveryChoice,
        work: &Working<'_>,
        watch: &dyn Fn(u64),
    ) -> Result<(), Error>;
}

/// A problem as the catalogue shows it.
#[derive(Clone)]
pub(crate) struct Info {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// The columns of its records, and those that they may have beside them.
    pub(crate) columns: &'static [Column],
    pub(crate) optional_columns: &'static [Column],
    pub(crate) versions: Vec<VersionInfo>,
    /// Whether an answer has a cost; else it is a table.
    pub(crate) has_cost: bool,
    /// Whether a version may be a program outside.
    pub(crate) takes_processes: bool,
}

/// A version as the catalogue shows it.
#[derive(Debug, Clone)]
pub(crate) struct VersionInfo {
    /// `harmonic:K` where it takes a parameter.
    pub(crate) usage: String,
    /// A name that can be run as it stands: `harmonic:7`.
    pub(crate) example: String,
    pub(crate) about: &'static str,
    /// Of the example.
    pub(crate) proven: Proven,
}

impl<R: Record> Entry<R> {
    fn info(&self, has_cost: bool) -> Info {
        Info {
            name: self.name,
            about: self.about,
            parameters: self.parameters,
            columns: R::COLUMNS,
            optional_columns: R::OPTIONAL,
            versions: self.versions.iter().map(VersionInfo::of).collect(),
            has_cost,
            takes_processes: self.line.is_some(),
        }
    }

    fn check_job(&self, job: &str, params: &Params, trigger: Trigger) -> Result<(), Error> {
        let Chosen { entry, argument } = self.version(job)?;
        (entry.make)(&Setup { params, argument, trigger })
            .map(|_| ())
            .map_err(|why| Error::usage(format!("job {}: {}", datasets::shown(job), datasets::shown(&why))))
    }
}

impl VersionInfo {
    fn of<R>(entry: &VersionEntry<R>) -> Self {
        let (usage, example, argument) = match entry.argument {
            None => (entry.name.to_owned(), entry.name.to_owned(), 0),
            Some(argument) => (
                format!("{}:{}", entry.name, argument.name.to_uppercase()),
                format!("{}:{}", entry.name, argument.example),
                argument.example,
            ),
        };
        Self { usage, example, about: entry.about, proven: (entry.proven)(argument) }
    }
}

/// Both kinds of problems answer alike; only what computes their answers differs.
macro_rules! erase {
    ($problem:ident, has_cost: $has_cost:literal, by $by:ident) => {
        impl<R: Record> AnyProblem for $problem<R> {
            fn info(&self) -> Info {
                self.entry.info($has_cost)
            }

            fn check_job(&self, job: &str, params: &Params, trigger: Trigger) -> Result<(), Error> {
                self.entry.check_job(job, params, trigger)
            }

            fn verify(&self, frozen: &Frozen, params: &Params) -> Result<(), Error> {
                execute::load(&self.entry, frozen, params).map(|_| ())
            }

            fn run(
                &self,
                frozen: &Frozen,
                experiment: &Experiment,
                work: &Working<'_>,
            ) -> Result<FinishedRun, Error> {
                execute::$by::run(self, frozen, experiment, work)
                    .map_err(|error| error.or_failure(work.control))
            }

            fn replicate(
                &self,
                frozen: &Frozen,
                experiment: &Experiment,
                spec: ReplicateSpec,
                work: &Working<'_>,
            ) -> Result<ReplicateTimes, Error> {
                execute::replicate(&self.entry, frozen, experiment, spec, work)
                    .map_err(|error| error.or_failure(work.control))
            }

            fn reference(
                &self,
                frozen: &Frozen,
                params: &Params,
                work: &Working<'_>,
            ) -> Result<FinishedReference, Error> {
                execute::$by::reference(self, frozen, params, work)
            }

            fn replay(
                &self,
                frozen: &Frozen,
                experiment: &Experiment,
                work: &Working<'_>,
            ) -> Result<FinishedReplay, Error> {
                execute::$by::replay_one(self, frozen, experiment, work)
                    .map_err(|error| error.or_failure(work.control))
            }

            fn survive(
                &self,
                frozen: &Frozen,
                experiment: &Experiment,
                choice: &RecoveryChoice,
                work: &Working<'_>,
                watch: &dyn Fn(u64),
            ) -> Result<(), Error> {
                execute::$by::survive_one(self, frozen, experiment, choice, work, watch)
            }
        }
    };
}

erase!(Problem, has_cost: true, by cost);
erase!(TableProblem, has_cost: false, by table);

/// The parameters of `problem`: the dataset's, with what the user set in their place. All of them are there.
pub(crate) fn resolve_params(
    problem: &dyn AnyProblem,
    frozen: &Frozen,
    set: &BTreeMap<String, Value>,
) -> Result<Params, Error> {
    let params = resolve_given(problem, frozen, set)?;
    match problem.info().parameters.iter().find(|parameter| !params.0.contains_key(parameter.name)) {
        Some(Parameter { name, .. }) => Err(Error::input(format!("the dataset gives no {name}"))
            .with_hint(format!("add --set {name}=VALUE, or freeze the dataset with it"))),
        None => Ok(params),
    }
}

/// A value that the user gives, in the unit of the source, as the jobs take it: `scale` times that of a capacity.
fn scaled(name: &str, value: &Value, scale: u64) -> Result<Value, Error> {
    if name != datasets::CAPACITY || scale == 1 {
        return Ok(value.clone());
    }
    let text = value.to_string();
    datasets::to_scale(&text, scale)
        .map(Value::Number)
        .map_err(|why| Error::usage(format!("--set {name}={}: it {why}", datasets::shown(&text))))
}

/// The same without those that nobody gives.
pub(crate) fn resolve_given(
    problem: &dyn AnyProblem,
    frozen: &Frozen,
    set: &BTreeMap<String, Value>,
) -> Result<Params, Error> {
    let info = problem.info();
    let known = || info.parameters.iter().map(|parameter| parameter.name);
    for name in set.keys() {
        if !known().any(|k| k == name) {
            let hint = datasets::nearest(name, known()).map_or_else(
                || format!("known are {}", known().collect::<Vec<_>>().join(", ")),
                |n| format!("did you mean {n}?"),
            );
            let shown = datasets::shown(name);
            return Err(
                Error::usage(format!("problem {} has no parameter '{shown}'", info.name)).with_hint(hint)
            );
        }
    }
    let mut params = BTreeMap::new();
    for parameter in info.parameters {
        let name = parameter.name;
        let (value, is_users) = match (set.get(name), frozen.manifest.parameters.get(name), parameter.default)
        {
            (Some(value), ..) => (scaled(name, value, frozen.manifest.scale)?, true),
            (None, Some(value), _) => (value.clone(), false),
            (None, None, Some(default)) => (Value::of(default), false),
            (None, None, None) => continue,
        };
        (parameter.check)(&value).map_err(|why| {
            let shown = datasets::shown(&value.to_string()).to_string();
            if is_users {
                return Error::usage(format!("--set {name}={shown}: it {why}"));
            }
            let manifest = datasets::shown_path(&frozen.dir.join(datasets::MANIFEST_FILE));
            Error::input(format!("{manifest}: {name} is {shown}, and {why}"))
        })?;
        params.insert(name.to_owned(), value);
    }
    Ok(Params(params))
}
