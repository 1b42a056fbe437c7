//! What a problem is to the platform: its parameters, its reference, its versions.

use std::collections::BTreeMap;

use batch::{Answer, BatchError, bin_packing::DEFAULT_WORK};
use compare::PackingCheck;
use datasets::{Keys, Reference, Value};
use replay::process::WriteLine;
use stream::{Proven, Trigger, Version};

use crate::error::Error;

/// What every problem over records of type `R` has.
pub(crate) struct Entry<R: 'static> {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// What, if anything, makes a record impossible under these parameters.
    pub(crate) reject: fn(&R, &Params) -> Option<String>,
    pub(crate) reference_name: &'static str,
    pub(crate) versions: &'static [VersionEntry<R>],
    /// Writes a record's line for a job that is attached as a process, where the problem takes such.
    pub(crate) line: Option<WriteLine<R>>,
}

/// A problem whose answer has a cost.
pub(crate) struct Problem<R: 'static> {
    pub(crate) entry: Entry<R>,
    /// What a cost counts, in the plural.
    pub(crate) cost_unit: &'static str,
    pub(crate) reference: fn(&[R], &Params, Work) -> Reference,
    /// Holds decisions (by record) against the records and recomputes their cost.
    pub(crate) check: fn(&[R], &Params, &[u32]) -> PackingCheck,
}

/// A problem whose answer is a keyed table.
pub(crate) struct TableProblem<R: 'static> {
    pub(crate) entry: Entry<R>,
    /// The exact answer.
    pub(crate) reference: fn(&[R], &Keys, &Params) -> Result<Answer, BatchError>,
}

/// How much work a reference may spend, in the steps that it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// The default search.
    Full,
    /// This many steps; with 0, the near-linear methods alone.
    Steps(u64),
}

impl Work {
    /// The default search's steps.
    pub(crate) const FULL_STEPS: u64 = DEFAULT_WORK;
}

/// A parameter of a problem.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// What it is where neither the dataset nor the user says; without one it must be given.
    pub(crate) default: Option<&'static str>,
    /// What is wrong with a value, if anything: `must be at least 1`.
    pub(crate) check: fn(&Value) -> Result<(), String>,
}

/// The values of a problem's parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Params(pub(crate) BTreeMap<String, Value>);

impl Params {
    /// The same for people, where a dataset's numbers are the source's times `scale`: the capacity in the source's unit.
    pub(crate) fn in_unit(&self, scale: u64) -> BTreeMap<String, Value> {
        let shown = |(name, value): (&String, &Value)| match value {
            Value::Number(number) if name == datasets::CAPACITY && scale > 1 => {
                (name.clone(), Value::Text(datasets::from_scale(*number, scale)))
            }
            Value::Number(_) | Value::Text(_) => (name.clone(), value.clone()),
        };
        self.0.iter().map(shown).collect()
    }

    /// A parameter that the problem declares; all of them are set, and checked, before a job or a reference is made.
    pub(crate) fn get(&self, name: &str) -> &Value {
        self.0.get(name).expect("every declared parameter is set when a run is resolved")
    }

    /// A parameter that is declared to be a number.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.get(name).number().expect("a number was checked to be one when the run was resolved")
    }
}

/// One streaming version of a problem.
pub(crate) struct VersionEntry<R> {
    pub(crate) name: &'static str,
    /// What stands behind the colon in `harmonic:7`, if the version takes something there.
    pub(crate) argument: Option<Argument>,
    pub(crate) about: &'static str,
    pub(crate) proven: fn(u32) -> Proven,
    /// The error says what is wrong with the parameters, for this version.
    pub(crate) make: fn(&Setup<'_>) -> Made<R>,
}

/// Of a job whose answer has no cost.
pub(crate) const NOTHING_PROVEN: fn(u32) -> Proven =
    |_| Proven { asymptotic: None, absolute: None, constant: None, source: "" };

/// A job, or what is wrong with its parameters.
pub(crate) type Made<R> = Result<Box<dyn Version<R>>, String>;

/// What a job is made with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup<'a> {
    pub(crate) params: &'a Params,
    /// What stood behind the colon; 0 if nothing did.
    pub(crate) argument: u32,
    pub(crate) trigger: Trigger,
}

/// A version's own parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    pub(crate) least: u32,
    pub(crate) most: u32,
    pub(crate) example: u32,
}

/// A version with its argument, as an experiment names it.
pub(crate) struct Chosen<R: 'static> {
    pub(crate) entry: &'static VersionEntry<R>,
    pub(crate) argument: u32,
}

impl<R> Entry<R> {
    /// The version that `text` names: `first-fit`, `harmonic:7`.
    pub(crate) fn version(&self, text: &str) -> Result<Chosen<R>, Error> {
        let (name, argument) = text.split_once(':').map_or((text, None), |(name, arg)| (name, Some(arg)));
        let Some(entry) = self.versions.iter().find(|entry| entry.name == name) else {
            return Err(self.unknown_version(name));
        };
        let argument = match (entry.argument, argument) {
            (None, None) => 0,
            (None, Some(given)) => {
                return Err(Error::usage(format!(
                    "job {name} takes no parameter, but ':{}' was given",
                    datasets::shown(given)
                )));
            }
            (Some(wanted), given) => wanted.parse(name, given)?,
        };
        Ok(Chosen { entry, argument })
    }

    fn unknown_version(&self, name: &str) -> Error {
        let names = || self.versions.iter().map(|entry| entry.name);
        let nearest = datasets::nearest_names(name, names());
        let hint = match nearest.as_slice() {
            [] => format!("known are {}", names().collect::<Vec<_>>().join(", ")),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Error::usage(format!("unknown job '{}' for problem {}", datasets::shown(name), self.name))
            .with_hint(hint)
    }
}

impl Argument {
    fn parse(self, job: &str, given: Option<&str>) -> Result<u32, Error> {
        let Self { name, least, most, example } = self;
        let hint = format!("write it behind a colon: {job}:{example}");
        let Some(given) = given else {
            return Err(Error::usage(format!("job {job} needs its parameter {name}")).with_hint(hint));
        };
        given.parse().ok().filter(|value| (least..=most).contains(value)).ok_or_else(|| {
            let shown = datasets::shown(given);
            Error::usage(format!(
                "job {job}: {name} must be a whole number from {least} to {most}, not '{shown}'"
            ))
            .with_hint(hint)
        })
    }
}
