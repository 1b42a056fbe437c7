//! Refuses what can't be served under an architecture.

use batch::Merge;
use compare::{Pair, Role};
use datasets::Record;

use crate::{
    architecture_sections::{ArchitectureChoice, Start},
    attach::OutputForm,
    erased::{AnyProblem, Visit},
    error::Error,
    problem::{Merging, Params, Problem},
};

/// Refuses layers whose answers don't merge, and what needs to know when a row of a program outside comes: it comes when the
/// program likes.
pub(super) fn check_served(
    problem: AnyProblem,
    choice: Option<&ArchitectureChoice>,
    is_process: Pair<bool>,
    params: &Params,
) -> Result<(), Error> {
    let Some(choice) = choice else { return Ok(()) };
    let (has_kappa, has_lambda) = (choice.architecture.has_kappa(), choice.architecture.has_lambda());
    if has_lambda {
        problem.visit(Merges { params })?;
    }
    let gives_rows = problem.info().answers == OutputForm::Emit;
    let emits = |role: Role| gives_rows && is_process[role];
    let wrong = |what: String, hint: &str| Err(Error::usage(what).with_hint(hint));
    if has_kappa && Role::BOTH.into_iter().any(emits) && choice.kappa.start == Start::State {
        return wrong(
            "[kappa] start = \"state\": a program outside keeps no state that can be taken over".to_owned(),
            "set start = \"beginning\", or leave it out",
        );
    }
    let is_served =
        (has_kappa && Role::BOTH.into_iter().any(emits)) || (has_lambda && emits(choice.lambda.speed));
    if let (true, Some(lost)) = (is_served, &choice.lost) {
        return wrong(
            format!(
                "[serving] bug = \"lose {}..{}\": when it is put right shows in what is served at each record, and rows of a \
                 program outside come when it likes",
                lost.start, lost.end
            ),
            "leave it out, or take jobs that are compiled in",
        );
    }
    if has_lambda && emits(choice.lambda.speed) && !choice.lambda.intervals.is_empty() {
        return wrong(
            "[lambda] intervals: they are compared by the error of what is served at each record, and rows of a program outside \
             come when it likes"
                .to_owned(),
            "leave them out, or take a speed layer that is compiled in",
        );
    }
    Ok(())
}

/// Asks how the layers' answers merge.
pub(crate) struct Merges<'a> {
    pub(crate) params: &'a Params,
}

impl Visit for Merges<'_> {
    type Out = Result<Merge, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        match (problem.merge)(self.params) {
            Merging::By(merge) => Ok(merge),
            Merging::No(why) => {
                let name = datasets::shown(problem.entry.name);
                Err(Error::usage(format!(
                    "architecture = \"lambda\": answers to {name} can't be merged, because {why}"
                ))
                .with_hint("take architecture = \"kappa\""))
            }
        }
    }
}
