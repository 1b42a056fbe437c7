//! Describes what a problem is to the platform: its parameters, its reference, its versions.

mod decided;

use std::collections::BTreeMap;

use batch::{BatchError, Count, Growing, Merge};
use compare::Objective;
use datasets::{Answer, Bound, Keys, Reference, Value};
use replay::link::WriteLine;
use stream::{Proven, Trigger, Version};

use crate::{attach::OutputForm, error::Error};

pub use decided::{AtPrefixes, BoundsAt, Check, Checking, CostsAt, Decided};

/// Describes what every problem over records of type `R` has.
#[derive(Clone)]
pub struct Entry<R: 'static> {
    /// The name, as an experiment writes it.
    pub name: &'static str,
    /// A sentence for the catalogue.
    pub about: &'static str,
    /// The parameters of the problem.
    pub parameters: &'static [Parameter],
    /// Holds what, if anything, makes a record impossible under these parameters.
    pub reject: fn(&R, &Params) -> Option<String>,
    /// The batch job's name.
    pub reference_name: &'static str,
    /// The streaming versions.
    pub versions: &'static [VersionEntry<R>],
    /// Writes a record's line for a job that is attached as a process.
    pub line: WriteLine<R>,
}

/// A problem: what its answer is and whether it costs anything are two questions.
///
/// Whoever adds one of their own to a [`Catalog`](crate::catalog::Catalog) writes a `static`. Here the records are items,
/// a decision is the machine that an item is worked on by, and what is to be kept low is the time until the last is done:
///
/// ```
/// use std::borrow::Cow;
///
/// use compare::{Checked, Divergence, Objective};
/// use datasets::{Answer, Bound, Item, Keys, Reference};
/// use platform::{
///     catalog::{Catalog, lines},
///     problem::{Decided, Entry, Merging, NOTHING_PROVEN, Params, Problem, Shape, VersionEntry, Work},
/// };
/// use stream::{Deciding, Job};
///
/// /// Gives the items to two machines by turns.
/// struct ByTurns(u32);
///
/// impl Job<Item> for ByTurns {
///     fn push(&mut self, _: &Item) -> u32 {
///         self.0 = 1 - self.0;
///         1 - self.0
///     }
/// }
///
/// /// The items on each machine, added up.
/// fn loads(items: &[Item], machines: &[u32]) -> [u64; 2] {
///     let mut loads = [0, 0];
///     for (item, machine) in items.iter().zip(machines) {
///         if let Some(load) = loads.get_mut(*machine as usize) {
///             *load += item.size;
///         }
///     }
///     loads
/// }
///
/// static TWO_MACHINES: Problem<Item> = Problem {
///     entry: Entry {
///         name: "two-machines",
///         about: "work on items with two machines, and be done soon",
///         parameters: &[],
///         reject: |_, _| None,
///         reference_name: "largest-first",
///         versions: &[VersionEntry {
///             name: "by-turns",
///             argument: None,
///             about: "the machine that didn't get the last one",
///             proven: NOTHING_PROVEN,
///             make: |_| Ok(Box::new(Deciding(ByTurns(0)))),
///         }],
///         line: lines::item,
///     },
///     objective: Objective::Minimise(Cow::Borrowed("units of time")),
///     reference: |items, _, _, _| {
///         let mut largest_first: Vec<usize> = (0..items.len()).collect();
///         largest_first.sort_by_key(|&at| std::cmp::Reverse(items[at].size));
///         let (mut free_at, mut decisions) = ([0, 0], vec![0; items.len()]);
///         for at in largest_first {
///             let machine = usize::from(free_at[1] < free_at[0]);
///             free_at[machine] += items[at].size;
///             decisions[at] = machine as u32;
///         }
///         let half = (free_at[0] + free_at[1]).div_ceil(2);
///         let largest = items.iter().map(|item| item.size).max().unwrap_or(0);
///         let lower = Bound { value: half.max(largest), by: "half of all, or the largest" };
///         let upper = Bound { value: free_at[0].max(free_at[1]), by: "largest-first" };
///         Ok(Reference { lower, upper, decisions }.into())
///     },
///     growing: None,
///     merge: |_| Merging::No("both machines work on both halves"),
///     shape: Shape::Decisions(&MACHINES),
/// };
///
/// static MACHINES: Decided<Item> = Decided {
///     column: "machine",
///     follows_order: false,
///     check: &|of| {
///         let wrong = of.decisions.iter().filter(|machine| **machine > 1).count() as u64;
///         let loads = loads(of.records, of.decisions);
///         Ok(Checked {
///             cost: Some(loads[0].max(loads[1])),
///             divergence: Divergence { changed: wrong, equal: of.records.len() as u64 - wrong, ..Divergence::default() },
///             profile: Vec::new(),
///             problem: (wrong > 0).then(|| format!("{wrong} items are on no machine")),
///         })
///     },
///     prefixes: None,
///     profile: None,
/// };
///
/// let catalog = Catalog::shipped().with_problem(&TWO_MACHINES).checked()?;
/// let info = catalog.problem("two-machines")?.info();
/// assert_eq!((info.versions[0].example.as_str(), info.is_table, info.has_cost()), ("by-turns", false, true));
///
/// let items = [5, 4, 3, 3].map(|size| Item { size });
/// let computed = (TWO_MACHINES.reference)(&items, &Keys::default(), &Params::default(), Work::Full)?;
/// assert_eq!(computed.bounds.map(|[lower, upper]| (lower.value, upper.value)), Some((8, 8)));
/// assert_eq!(computed.answer, Answer::Decisions(vec![0, 1, 1, 0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Problem<R: 'static> {
    /// The part that doesn't depend on the answer's shape.
    pub entry: Entry<R>,
    /// Holds what answers are to keep low or high, if anything.
    pub objective: Objective,
    /// The batch side's answer: exact, or with the bounds of the optimum.
    pub reference: fn(&[R], &Keys, &Params, Work) -> Result<Computed, BatchError>,
    /// The answer while a log of records grows, record by record; nothing where it is decisions, which a longer log can
    /// change all at once.
    pub growing: Option<MakeGrowing<R>>,
    /// How the answers to two parts of the records become one, or why they can't.
    pub merge: fn(&Params) -> Merging,
    /// The shape of the answer.
    pub shape: Shape<R>,
}

/// How the answers to two parts of the records become the answer to all of them.
#[derive(Clone, Copy)]
pub enum Merging {
    /// By this merge.
    By(Merge),
    /// They can't, for this reason: a sentence that goes on after "because".
    No(&'static str),
}

/// Makes the answer of no records, to which records are added.
pub type MakeGrowing<R> = fn(&Params) -> Result<Box<dyn Growing<R>>, BatchError>;

/// Describes what the answer of a problem is.
#[derive(Clone, Copy)]
pub enum Shape<R: 'static> {
    /// One number for each record.
    Decisions(&'static Decided<R>),
    /// Rows with a key.
    Table,
    /// One number for each record, which are compared as rows: they have no cost.
    Replies,
}

impl<R> Problem<R> {
    /// Says how a program outside answers.
    pub fn answers(&self) -> OutputForm {
        match self.shape {
            Shape::Decisions(_) | Shape::Replies => OutputForm::Reply,
            Shape::Table => OutputForm::Emit,
        }
    }

    /// Says whether decisions are compared as rows.
    pub fn answers_are_rows(&self) -> bool {
        matches!(self.shape, Shape::Replies)
    }

    /// Returns what is known of its decisions; nothing where its answer is a table.
    pub fn decided(&self) -> Option<&'static Decided<R>> {
        match self.shape {
            Shape::Decisions(decided) => Some(decided),
            Shape::Table | Shape::Replies => None,
        }
    }
}

/// Describes what the batch side has computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    /// The answer.
    pub answer: Answer,
    /// The interval that holds the optimum, where there is a cost.
    pub bounds: Option<[Bound; 2]>,
    /// Holds what it counted on the way.
    pub counts: Vec<Count>,
}

impl From<Reference> for Computed {
    fn from(Reference { lower, upper, decisions }: Reference) -> Self {
        Self { answer: Answer::Decisions(decisions), bounds: Some([lower, upper]), counts: Vec::new() }
    }
}

impl From<batch::Answer> for Computed {
    fn from(batch::Answer { table, counts }: batch::Answer) -> Self {
        Self { answer: Answer::Table(table), bounds: None, counts }
    }
}

/// Describes how much work a reference may spend, in the steps that it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The default search.
    Full,
    /// This many steps; with 0, the near-linear methods alone.
    Steps(u64),
}

/// A parameter of a problem.
pub struct Parameter {
    /// The name, as an experiment writes it.
    pub name: &'static str,
    /// A sentence for the catalogue.
    pub about: &'static str,
    /// Holds what it is where neither the dataset nor the user says; without one it must be given.
    pub default: Option<&'static str>,
    /// Holds what is wrong with a value, if anything: `must be at least 1`.
    pub check: fn(&Value) -> Result<(), String>,
}

/// The values of a problem's parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params(pub BTreeMap<String, Value>);

impl Params {
    /// Returns the same for people, where a dataset's numbers are the source's times `scale`: the capacity in the
    /// source's unit.
    pub fn in_unit(&self, scale: u64) -> BTreeMap<String, Value> {
        let shown = |(name, value): (&String, &Value)| match value {
            Value::Number(number) if name == datasets::CAPACITY && scale > 1 => {
                (name.clone(), Value::Text(datasets::from_scale(*number, scale)))
            }
            Value::Number(_) | Value::Text(_) => (name.clone(), value.clone()),
        };
        self.0.iter().map(shown).collect()
    }

    /// A parameter that the problem declares; all of them are set, and checked, before a job or a reference is made.
    pub fn get(&self, name: &str) -> &Value {
        self.0.get(name).expect("every declared parameter is set when a run is resolved")
    }

    /// A parameter that is declared to be a number.
    pub fn number(&self, name: &str) -> u64 {
        self.get(name).number().expect("a number was checked to be one when the run was resolved")
    }
}

/// One streaming version of a problem.
#[derive(Clone)]
pub struct VersionEntry<R> {
    /// The name, as an experiment writes it.
    pub name: &'static str,
    /// Holds what stands behind the colon in `harmonic:7`, if the version takes something there.
    pub argument: Option<Argument>,
    /// A sentence for the catalogue.
    pub about: &'static str,
    /// The proven ratios, by the version's argument. Parameters may be absent: then what depends on them isn't known.
    pub proven: fn(&Setup<'_>) -> Proven,
    /// The error says what is wrong with the parameters, for this version.
    pub make: fn(&Setup<'_>) -> Made<R>,
}

/// Of a job whose answer has no cost.
pub const NOTHING_PROVEN: fn(&Setup<'_>) -> Proven =
    |_| Proven { asymptotic: None, absolute: None, constant: None, source: "" };

/// A job, or what is wrong with its parameters.
pub type Made<R> = Result<Box<dyn Version<R>>, String>;

/// Describes what a job is made with.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// The problem's parameters, all set.
    pub params: &'a Params,
    /// Holds what stood behind the colon; 0 if nothing did.
    pub argument: u32,
    /// When jobs act.
    pub trigger: Trigger,
}

/// A version's own parameter.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// The name, as an experiment writes it.
    pub name: &'static str,
    /// The least value.
    pub least: u32,
    /// The greatest value.
    pub most: u32,
    /// A value for examples.
    pub example: u32,
}

/// A version with its argument, as an experiment names it.
pub struct Chosen<R: 'static> {
    /// The version.
    pub entry: &'static VersionEntry<R>,
    /// The value behind its colon; 0 if it takes none.
    pub argument: u32,
}

impl<R> Entry<R> {
    /// The version that `text` names: `first-fit`, `harmonic:7`.
    pub fn version(&self, text: &str) -> Result<Chosen<R>, Error> {
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
            [] => format!("expected one of: {}", names().collect::<Vec<_>>().join(", ")),
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
