//! A problem of the user's own, over the lines of any dataset, as the platform knows problems.

use batch::BatchError;
use compare::Rules;
use datasets::Line;

use super::{
    checker::Checker,
    section::{AnswerKind, OwnSection},
};
use crate::{
    erased::AnyProblem,
    error::Error,
    problem::{Checking, Decided, Entry, Merging, Problem, Shape},
};

impl OwnSection {
    /// Makes a problem of it. It is never freed: a process has few experiments.
    pub(crate) fn problem(&self, checker: Option<Checker>) -> Result<AnyProblem, Error> {
        self.check()?;
        let shape = match (self.answer, checker) {
            (AnswerKind::Decisions, Some(checker)) => Shape::Decisions(Box::leak(Box::new(decided(checker)))),
            (AnswerKind::Decisions, None) => Shape::Replies,
            (AnswerKind::Table, _) => Shape::Table,
        };
        let problem = Problem {
            entry: Entry {
                name: String::leak(self.name().to_owned()),
                about: "a problem of your own",
                parameters: &[],
                reject: |_, _| None,
                reference_name: "reference",
                versions: &[],
                line: Line::write,
            },
            objective: self.objective()?,
            // It comes from outside, and `Trial::reference` asks there.
            reference: |_, _, _, _| {
                Err(BatchError::whole("an own problem's reference comes from [reference]".to_owned()))
            },
            growing: None,
            merge: |_| {
                Merging::No("nothing is known of how the answers to two parts of the records become one")
            },
            shape,
        };
        Ok(AnyProblem::Lines(Box::leak(Box::new(problem))))
    }

    /// The rules by which its columns are compared.
    pub(crate) fn rules(&self) -> Rules {
        let all = Rules::all(compare::Rule::Number);
        self.columns.iter().fold(all, |rules, (name, rule)| rules.with(name.clone(), rule.0))
    }

    /// The columns that name a row of an answer.
    pub(crate) fn key_columns(&self) -> Vec<String> {
        match self.answer {
            AnswerKind::Table => self.key.clone(),
            AnswerKind::Decisions => vec![super::RECORD.to_owned()],
        }
    }
}

fn decided(checker: Checker) -> Decided<Line> {
    Decided {
        column: super::DECISION,
        follows_order: false,
        check: Box::leak(Box::new(move |of: &Checking<'_, Line>| checker.check(of))),
        prefixes: None,
        profile: None,
    }
}
