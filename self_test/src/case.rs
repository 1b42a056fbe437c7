//! A case: what is changed of which job, on which data, before which gate. Made into rows, one for each job.

use datasets::{Item, Record};
use serde::Serialize;

use super::{
    data::Data,
    under::Under,
    wrap::{Base, Boxed},
};

/// A mutant or an equivalent, of one job or of several.
#[derive(Clone, Copy)]
pub(super) struct Case<R: 'static = Item> {
    pub(super) name: &'static str,
    /// The shipped jobs that it is made of.
    pub(super) of: &'static [&'static str],
    /// The data that shows the difference, if there is one.
    pub(super) on: Data,
    pub(super) under: Under,
    pub(super) make: fn(&Base<R>) -> Boxed<R>,
}

/// A case before a gate that allows nothing.
pub(super) const fn case<R>(
    name: &'static str,
    of: &'static [&'static str],
    on: Data,
    make: fn(&Base<R>) -> Boxed<R>,
) -> Case<R> {
    Case { name, of, on, under: Under::Strict, make }
}

impl<R> Case<R> {
    /// Returns the same before another gate.
    pub(super) const fn under(self, under: Under) -> Self {
        Self { under, ..self }
    }
}

/// Describes what the gate must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Fail it.
    Mutant,
    /// Let it pass.
    Equivalent,
}

/// Describes what the gate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    /// The answer: exact.
    Accuracy,
    /// The times as well: by statistics.
    Latency,
}

/// One case with one job: a row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) part: Part,
    /// The problem in the catalogue.
    pub(super) problem: &'static str,
    /// The problem's name in an experiment of the self-test.
    pub(super) twin: &'static str,
    pub(super) name: &'static str,
    pub(super) of: &'static str,
    pub(super) on: Data,
    pub(super) under: Under,
    /// Its place among the rows of its problem: its name in an experiment.
    pub(super) place: u32,
}

/// A row, and what makes its job.
pub(super) struct Made<R: 'static> {
    pub(super) row: Row,
    pub(super) make: fn(&Base<R>) -> Boxed<R>,
}

/// Cases of one kind.
pub(super) type Group<R> = (Kind, Part, Vec<Case<R>>);

/// The rows of a problem.
pub(super) fn rows<R: Record>(
    problem: &'static str,
    twin: &'static str,
    groups: Vec<Group<R>>,
) -> Vec<Made<R>> {
    let each = groups.into_iter().flat_map(|(kind, part, cases)| {
        cases.into_iter().flat_map(move |case| case.of.iter().map(move |&of| (kind, part, case, of)))
    });
    let made = |(place, (kind, part, case, of)): (u32, (Kind, Part, Case<R>, &'static str))| {
        let Case { name, on, under, make, .. } = case;
        Made { row: Row { kind, part, problem, twin, name, of, on, under, place }, make }
    };
    (0..).zip(each).map(made).collect()
}
