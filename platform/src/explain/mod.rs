//! Why a version's rows differ from the reference's: the catalogue of rules, asked about an answer of a run.

mod declared;
mod of_run;
mod own;
pub mod shrink;
mod subject;

use compare::{ExplanationResult, Role};
use datasets::{Answer, Record, Table};

pub use self::of_run::add_explanations;
use self::{
    declared::Tried,
    subject::{Kept, Subject, asked, typed_answer},
};
use crate::{
    erased::AnyProblem,
    error::Error,
    events::{Step, Working},
    experiment::Resolved,
    own::Source,
    problem::Problem,
    trial,
};

/// An answer of a run that is to be explained.
pub struct Explain<'a> {
    /// The run's experiment, resolved.
    pub resolved: &'a Resolved,
    /// Whose answer it is.
    pub role: Role,
    /// The answer, each field as it stands in the run's folder.
    pub answer: &'a Table,
    /// The reference's, of which rows may have been left out that were expected to differ.
    pub reference: &'a Table,
    /// The way to stop, and who listens.
    pub work: &'a Working<'a>,
}

impl Explain<'_> {
    /// Looks for what explains it; nothing where no row differs.
    pub fn run(&self) -> Result<Option<ExplanationResult>, Error> {
        let Resolved { problem, plan, .. } = self.resolved;
        match (*problem, &plan.truth) {
            (AnyProblem::Lines(_), Some(Source::Catalogue(catalogued))) => {
                let comparing = plan.comparing.as_ref().ok_or_else(|| no_table(problem.info().name))?;
                own::explained(self, catalogued, comparing)
            }
            (_, Some(source)) => Err(not_known(source)),
            (AnyProblem::Events(problem), None) => self.of(problem),
            (AnyProblem::Deliveries(problem), None) => self.of(problem),
            (AnyProblem::Sides(problem), None) => self.of(problem),
            (AnyProblem::Items(_) | AnyProblem::Requests(_) | AnyProblem::Lines(_), None) => {
                Err(no_table(problem.info().name))
            }
        }
    }

    fn of<R: Record>(&self, problem: &'static Problem<R>) -> Result<Option<ExplanationResult>, Error> {
        let Resolved { frozen, plan, .. } = self.resolved;
        let name = problem.entry.name;
        let asked = asked(name, &plan.params).ok_or_else(|| no_rules(name))?;
        self.work.begin(Step::Reading);
        let loaded = trial::load(&problem.entry, frozen, &plan.params)?;
        self.work.control.check()?;
        self.work.begin(Step::Reference);
        let computed = trial::reference(problem, frozen, &plan.params, &loaded.records, &loaded.keys)?;
        let Answer::Table(mut reference) = computed.answer else { return Err(no_table(name)) };
        let arranged = replay::arrange(&loaded.records, plan.replay.order, plan.replay.seed);
        let records = Kept::of(&arranged.records).ok_or_else(|| no_rules(name))?;
        let ends = trial::batch_ends(&plan.replay, &arranged, &loaded)?;
        reference.restore_unit(plan.scale);
        let mut keys = loaded.keys;
        let whose = |why: String| Error::input(format!("{}'s answer: {why}", self.role));
        let answer = typed_answer(self.answer, &reference, &mut keys, plan.scale).map_err(whose)?;
        let kept = typed_answer(self.reference, &reference, &mut keys, plan.scale)
            .map_err(|why| Error::input(format!("the kept reference: {why}")))?;
        let answer = subject::with_left_out(answer, [&reference, &kept], &keys);
        self.work.control.check()?;
        let subject = Subject {
            asked,
            records,
            ends,
            keys,
            scale: plan.scale,
            delays_ms: subject::delays(&plan.params),
            role: self.role,
            reference,
        };
        let tried = Tried {
            reference: &subject.reference,
            answer: &answer,
            keys: &subject.keys,
            comparing: &declared::by_key(&subject.reference),
            called: &|column| Some(column.to_owned()),
            parameters: &["parameters"],
        };
        subject.explanation(&answer, &|words| declared::of(words, &tried))
    }
}

/// Of decisions with a cost no row is right or wrong.
fn no_table(name: &str) -> Error {
    Error::usage(format!(
        "the reference of {name} is an interval of costs, and no table of rows that a rule could explain"
    ))
    .with_hint("'counterpoint report' shows where its cost comes from")
}

fn no_rules(name: &str) -> Error {
    Error::usage(format!("no rules are known of problem {}", datasets::shown(name))).with_hint(
        "rules are known of windowed-aggregation, sessions, deduplicated-totals, enrichment-join and order-payment-join",
    )
}

/// Nobody knows which windows somebody else's truth has.
fn not_known(source: &Source) -> Error {
    Error::usage(format!(
        "the reference {} says which rows are right, and not by which rule: rules are changes of a problem of the catalogue",
        source.name()
    ))
    .with_hint("write [reference] problem = \"windowed-aggregation\", or another that 'counterpoint jobs' lists, and run again")
}
