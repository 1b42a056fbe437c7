//! Makes of what an experiment says of a problem of its own what a plan has of it.

use std::collections::BTreeMap;

use compare::{Rule, Rules};
use datasets::{Answer, Frozen, Line, Record};
use replay::Order;

use super::{ExperimentFile, choices::ReplayChoice};
use crate::{
    erased::{AnyProblem, Visit},
    error::Error,
    own::{Asked, Comparing, ProblemChoice, ReferenceSection, Source},
    problem::{Params, Problem, Work},
};

impl ExperimentFile {
    /// Returns the problem that the experiment names or describes, or that the dataset is for.
    pub(super) fn chosen(
        &self,
        frozen: &Frozen,
        find: impl Fn(&str) -> Result<AnyProblem, Error>,
    ) -> Result<AnyProblem, Error> {
        let problem = match &self.problem {
            Some(ProblemChoice::Named(name)) => find(name)?,
            Some(ProblemChoice::Own(section)) => {
                section.problem(section.checker(frozen.header::<Line>())?)?
            }
            None if frozen.manifest.problem.is_empty() => {
                let shown = datasets::shown_path(&frozen.dir);
                return Err(Error::usage(format!("the experiment has no problem, and {shown} is for none"))
                    .with_hint("describe your own in a section [problem], or name one that 'counterpoint jobs' lists"));
            }
            None => find(&frozen.manifest.problem)?,
        };
        if let (AnyProblem::Lines(_), true) = (problem, self.reference.is_empty()) {
            return Err(Error::usage("the experiment has a problem of its own, and no [reference] for it").with_hint(
                "say what is right: [reference] command = [\"python3\", \"truth.py\"], or sql, problem, file or bounds",
            ));
        }
        Ok(problem)
    }

    /// Returns who says what is right, where the problem doesn't.
    pub(super) fn truth(
        &self,
        problem: AnyProblem,
        frozen: &Frozen,
        replay: &ReplayChoice,
        find: &dyn Fn(&str) -> Result<AnyProblem, Error>,
    ) -> Result<Option<Source>, Error> {
        let truth = self.reference.source(&Asked {
            frozen,
            problem,
            choice: self.problem.as_ref(),
            is_recorded: replay.order == Order::Recorded,
            find,
        })?;
        check_amplified(replay.amplify, truth.as_ref())?;
        Ok(truth)
    }

    /// Returns how its tables are compared; nothing where answers are decisions with a cost.
    pub(super) fn comparing(&self, problem: AnyProblem, params: &Params) -> Result<Option<Comparing>, Error> {
        let comparing = self.rows_compared(problem, params)?;
        if comparing.is_none() && !self.expected.is_empty() {
            return Err(Error::usage(
                "[[expected]]: decisions with a cost have no rows that could be expected to differ",
            )
            .with_hint("leave it out, or limit competitive_ratio"));
        }
        Ok(comparing)
    }

    fn rows_compared(&self, problem: AnyProblem, params: &Params) -> Result<Option<Comparing>, Error> {
        if let Some(ProblemChoice::Own(section)) = &self.problem {
            let is_table = problem.info().is_table;
            let comparing = || Comparing {
                key: section.key_columns(),
                rules: section.rules(),
                rename: section.rename.clone(),
            };
            return Ok(is_table.then(comparing));
        }
        let key = problem.visit(KeyColumns { params })?;
        Ok(key.map(|key| Comparing { key, rules: Rules::all(Rule::Number), rename: BTreeMap::new() }))
    }
}

/// Returns what the experiment says of the reference, with what was found for it.
pub(super) fn written_out(section: ReferenceSection, truth: Option<&Source>) -> ReferenceSection {
    match truth {
        Some(Source::Catalogue(catalogued)) => catalogued.written_out(section),
        Some(Source::Command { .. } | Source::File { .. } | Source::Sql(_) | Source::Bounds(_)) | None => {
            section
        }
    }
}

/// An answer that was made for the records as they stand isn't one for these and their copies.
fn check_amplified(times: u32, truth: Option<&Source>) -> Result<(), Error> {
    let key = match truth {
        Some(Source::File { .. }) => "file",
        Some(Source::Sql(_)) => "sql",
        Some(Source::Bounds(_)) => "bounds",
        Some(Source::Command { .. } | Source::Catalogue(_)) | None => return Ok(()),
    };
    if times == 1 {
        return Ok(());
    }
    Err(Error::usage(format!(
        "amplify = {times}: [reference] {key} is right for the dataset as it stands, and says nothing of copies"
    ))
    .with_hint("give the reference by command: it gets the copies on stdin; or leave amplify out"))
}

/// The columns that name a row of a problem's answer; nothing where it is decisions.
struct KeyColumns<'a> {
    params: &'a Params,
}

impl Visit for KeyColumns<'_> {
    type Out = Result<Option<Vec<String>>, Error>;

    fn visit<R: Record>(self, problem: &'static Problem<R>) -> Self::Out {
        if problem.decided().is_some() {
            return Ok(None);
        }
        let of_nothing = (problem.reference)(&[], &datasets::Keys::default(), self.params, Work::Steps(0));
        match of_nothing.map_err(|error| Error::input(error.message))?.answer {
            Answer::Table(table) => {
                let key = table.columns[..table.key_columns].iter();
                Ok(Some(key.map(|column| column.name.to_string()).collect()))
            }
            Answer::Decisions(_) => Ok(None),
        }
    }
}
