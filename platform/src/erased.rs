//! A problem without its record type: an enum over the record types, and one way in.

use std::collections::BTreeMap;

use compare::Objective;
use datasets::{Column, Delivery, Event, Frozen, Item, Line, Record, Request, Sided, Value};
use stream::{Proven, Trigger};

use crate::{
    attach::OutputForm,
    catalog::in_milliseconds,
    error::Error,
    problem::{Chosen, Entry, Parameter, Params, Problem, Setup, VersionEntry},
};

/// A problem over records of any type. A new record type is a line here, and one in its `visit`.
#[derive(Clone, Copy)]
pub enum AnyProblem {
    /// Of items to be packed.
    Items(&'static Problem<Item>),
    /// Of events.
    Events(&'static Problem<Event>),
    /// Of events that may be delivered more than once.
    Deliveries(&'static Problem<Delivery>),
    /// Of records on two sides of a join.
    Sides(&'static Problem<Sided>),
    /// Of requests for objects.
    Requests(&'static Problem<Request>),
    /// A user's own, of the lines of any dataset.
    Lines(&'static Problem<Line>),
}

/// Something that can be done with any problem.
pub trait Visit {
    /// Describes what the activity gives.
    type Out;

    /// Does it for a problem over records of this type.
    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out;
}

/// Lets a problem over records of these types be taken for one over any.
macro_rules! from {
    ($($record:ty: $variant:ident),*) => {
        $(impl From<&'static Problem<$record>> for AnyProblem {
            fn from(problem: &'static Problem<$record>) -> Self {
                Self::$variant(problem)
            }
        })*
    };
}

// A user's own of lines has its reference in the experiment, so it is in no catalogue.
from!(Item: Items, Event: Events, Delivery: Deliveries, Sided: Sides, Request: Requests);

impl AnyProblem {
    /// Does it with this one.
    pub(crate) fn visit<V: Visit>(self, visitor: V) -> V::Out {
        match self {
            Self::Items(problem) => visitor.visit(problem),
            Self::Events(problem) => visitor.visit(problem),
            Self::Deliveries(problem) => visitor.visit(problem),
            Self::Sides(problem) => visitor.visit(problem),
            Self::Requests(problem) => visitor.visit(problem),
            Self::Lines(problem) => visitor.visit(problem),
        }
    }

    /// Returns what the catalogue shows of it.
    pub fn info(self) -> Info {
        self.visit(Inform)
    }

    /// Checks that `job` names a version that can be made with these parameters.
    pub fn check_job(self, job: &str, params: &Params, trigger: Trigger) -> Result<(), Error> {
        self.visit(CheckJob { job, params, trigger })
    }
}

struct Inform;

impl Visit for Inform {
    type Out = Info;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Info {
        Info::of(problem)
    }
}

struct CheckJob<'a> {
    job: &'a str,
    params: &'a Params,
    trigger: Trigger,
}

impl Visit for CheckJob<'_> {
    type Out = Result<(), Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Result<(), Error> {
        problem.entry.check_job(self.job, self.params, self.trigger)
    }
}

/// A problem as the catalogue shows it.
#[derive(Clone)]
pub struct Info {
    /// The name, as an experiment writes it.
    pub name: &'static str,
    /// A sentence for the catalogue.
    pub about: &'static str,
    /// The parameters of the problem.
    pub parameters: &'static [Parameter],
    /// The columns of its records, and those that they may have beside them.
    pub columns: &'static [Column],
    /// Columns that a dataset may have behind those.
    pub optional_columns: &'static [Column],
    /// The streaming versions.
    pub versions: Vec<VersionInfo>,
    /// Holds what answers are to keep low or high, if anything.
    pub objective: &'static Objective,
    /// Says whether the answer is a table; else it is one decision a record.
    pub is_table: bool,
    /// Says how a program outside answers.
    pub answers: OutputForm,
}

/// A version as the catalogue shows it.
#[derive(Debug, Clone)]
pub struct VersionInfo {
    /// `harmonic:K` where it takes a parameter.
    pub usage: String,
    /// A name that can be run as it stands: `harmonic:7`.
    pub example: String,
    /// A sentence for the catalogue.
    pub about: &'static str,
    /// Of the example.
    pub proven: Proven,
}

impl Info {
    fn of<R: Record>(problem: &'static Problem<R>) -> Self {
        let Entry { name, about, parameters, versions, .. } = &problem.entry;
        let [columns, optional_columns] = R::declared();
        Self {
            name,
            about,
            parameters,
            columns,
            optional_columns,
            versions: versions.iter().map(VersionInfo::of).collect(),
            objective: &problem.objective,
            is_table: problem.decided().is_none(),
            answers: problem.answers(),
        }
    }

    /// Returns the parameter of this name.
    pub fn parameter(&self, name: &str) -> Result<&'static Parameter, Error> {
        let known = || self.parameters.iter().map(|parameter| parameter.name);
        self.parameters.iter().find(|parameter| parameter.name == name).ok_or_else(|| {
            let hint = datasets::nearest(name, known()).map_or_else(
                || format!("expected one of: {}", known().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean {near}?"),
            );
            let shown = datasets::shown(name);
            Error::usage(format!("problem {} has no parameter '{shown}'", self.name)).with_hint(hint)
        })
    }

    /// Tells whether an answer costs anything.
    pub fn has_cost(&self) -> bool {
        *self.objective != Objective::None
    }
}

impl<R: Record> Entry<R> {
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
        // What depends on a parameter isn't known yet.
        let setup = Setup { params: &Params::default(), argument, trigger: Trigger::Record };
        Self { usage, example, about: entry.about, proven: (entry.proven)(&setup) }
    }
}

/// The parameters of `problem`: the dataset's, with what the user set in their place. All of them are there.
pub fn resolve_params(
    problem: AnyProblem,
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
fn scaled(name: &str, value: &Value, scale: u64) -> Result<Value, String> {
    if name != datasets::CAPACITY || scale == 1 {
        return Ok(value.clone());
    }
    let text = value.to_string();
    datasets::to_scale(&text, scale).map(Value::Number)
}

/// Returns the same without those that nobody gives.
pub fn resolve_given(
    problem: AnyProblem,
    frozen: &Frozen,
    set: &BTreeMap<String, Value>,
) -> Result<Params, Error> {
    resolve_named(problem, frozen, set, "--set ")
}

/// Returns the same where what the user sets is called `called` and the name in messages.
pub(crate) fn resolve_named(
    problem: AnyProblem,
    frozen: &Frozen,
    set: &BTreeMap<String, Value>,
    called: &str,
) -> Result<Params, Error> {
    if let AnyProblem::Lines(_) = problem {
        // Its parameters are its own business: they are passed on as they stand.
        return Ok(Params(set.clone()));
    }
    let info = problem.info();
    set.keys().try_for_each(|name| info.parameter(name).map(drop))?;
    let mut params = BTreeMap::new();
    for parameter in info.parameters {
        let name = parameter.name;
        let (value, is_users) = match (set.get(name), frozen.manifest.parameters.get(name), parameter.default)
        {
            (Some(value), ..) => {
                let scaled = scaled(name, value, frozen.manifest.scale).map_err(|why| {
                    let shown = value.to_string();
                    Error::usage(format!("{called}{name}={}: it {why}", datasets::shown(&shown)))
                })?;
                (in_milliseconds(parameter, scaled), true)
            }
            (None, Some(value), _) => (value.clone(), false),
            (None, None, Some(default)) => (Value::of(default), false),
            (None, None, None) => continue,
        };
        (parameter.check)(&value).map_err(|why| {
            let shown = datasets::shown(&value.to_string()).to_string();
            if is_users {
                return Error::usage(format!("{called}{name}={shown}: it {why}"));
            }
            let manifest = datasets::shown_path(&frozen.dir.join(datasets::MANIFEST_FILE));
            Error::input(format!("{manifest}: {name} is {shown}, and {why}"))
        })?;
        params.insert(name.to_owned(), value);
    }
    Ok(Params(params))
}
