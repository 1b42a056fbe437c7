//! Makes of what an experiment says of a problem of its own what a plan has of it.

use std::collections::BTreeMap;

use compare::{Rule, Rules};
use datasets::{Answer, Frozen, Line, Record};

use super::ExperimentFile;
use crate::{
    erased::{AnyProblem, Visit},
    error::Error,
    own::{Comparing, ProblemChoice},
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
                "say what is right: [reference] command = [\"python3\", \"truth.py\"], or sql, file or bounds",
            ));
        }
        Ok(problem)
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
