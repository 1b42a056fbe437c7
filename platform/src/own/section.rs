//! `[problem]`, `[reference]` and `[[expected]]`: a problem of the user's own, as an experiment describes it.

use std::{collections::BTreeMap, fmt};

use compare::Objective;
use datasets::Value;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::rule::ColumnRule;
use crate::{error::Error, limits::Length};

/// The problem of an experiment: one of the catalogue, by its name, or one of the user's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ProblemChoice {
    /// Of the catalogue.
    Named(String),
    /// The user's own.
    Own(Box<OwnSection>),
}

impl ProblemChoice {
    /// Returns the name of a problem of the catalogue, where it is one.
    pub fn named(&self) -> Option<String> {
        match self {
            Self::Named(name) => Some(name.clone()),
            Self::Own(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for ProblemChoice {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ChoiceVisitor)
    }
}

struct ChoiceVisitor;

impl<'de> de::Visitor<'de> for ChoiceVisitor {
    type Value = ProblemChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a problem that 'counterpoint jobs' lists, or a section [problem]")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<ProblemChoice, E> {
        Ok(ProblemChoice::Named(name.to_owned()))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ProblemChoice, A::Error> {
        OwnSection::deserialize(de::value::MapAccessDeserializer::new(map))
            .map(|section| ProblemChoice::Own(Box::new(section)))
    }
}

/// Says what an answer of one's own problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerKind {
    /// Rows with a key.
    #[default]
    Table,
    /// One number a record.
    Decisions,
}

/// `[problem]`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnSection {
    /// Holds what reports call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Rows with a key, or one number a record.
    #[serde(default)]
    pub answer: AnswerKind,
    /// The columns that name a row of the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// How columns are compared; of all others numbers are compared by value, texts as they are written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, ColumnRule>,
    /// Columns that have another name in an answer: the name there, and the one that they have here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rename: BTreeMap<String, String>,
    /// Holds what decisions cost, in the plural, if less is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimise: Option<String>,
    /// Holds what decisions bring, in the plural, if more is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximise: Option<String>,
    /// The program that recomputes the cost of decisions, and says what is wrong with them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::listed::command")]
    pub checker: Option<Vec<String>>,
    /// The folder in which the checker works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
}

impl OwnSection {
    /// Holds what reports call it.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("own problem")
    }

    /// Returns what answers are to keep low or high, once the section has been found to say one thing.
    pub(super) fn objective(&self) -> Result<Objective, Error> {
        match (&self.minimise, &self.maximise) {
            (Some(_), Some(_)) => wrong("has both minimise and maximise", "an answer has one cost"),
            (Some(unit), None) => Ok(Objective::Minimise(unit.clone().into())),
            (None, Some(unit)) => Ok(Objective::Maximise(unit.clone().into())),
            (None, None) => Ok(Objective::None),
        }
    }

    /// Refuses what contradicts itself.
    pub(super) fn check(&self) -> Result<(), Error> {
        let objective = self.objective()?;
        let has_cost = objective != Objective::None;
        let is_table = self.answer == AnswerKind::Table;
        if is_table && self.key.is_empty() {
            return wrong(
                "has no key: which columns name a row of the table?",
                "write key = [\"hour\", \"user\"]",
            );
        }
        if is_table && (has_cost || self.checker.is_some()) {
            return wrong(
                "gives a table a cost",
                "write answer = \"decisions\", or leave out minimise, maximise and checker",
            );
        }
        if !is_table && !self.key.is_empty() {
            return wrong(
                "has a key, and decisions have none but their record",
                "leave key out, or write answer = \"table\"",
            );
        }
        if has_cost != self.checker.is_some() {
            return wrong(
                "needs a checker and a cost, or neither",
                "write minimise = \"trucks\" and checker = [\"python3\", \"check.py\"]",
            );
        }
        if has_cost && !self.columns.is_empty() {
            return wrong(
                "has rules for columns, and decisions with a cost are judged by it",
                "leave columns out",
            );
        }
        if self.cwd.is_some() && self.checker.is_none() {
            return wrong("has a cwd, and no checker that works there", "leave cwd out");
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = self.key.iter().find(|name| !seen.insert(*name)) {
            return wrong(&format!("names {} twice in its key", datasets::shown(twice)), "each column once");
        }
        if let Some(name) = self.key.iter().find(|name| self.columns.contains_key(*name)) {
            let what = format!("has a rule for {}, which names a row", datasets::shown(name));
            return wrong(&what, "a key is the same as it is written, or names another row");
        }
        Ok(())
    }
}

fn wrong<T>(what: &str, hint: &str) -> Result<T, Error> {
    Err(Error::usage(format!("[problem] {what}")).with_hint(hint))
}

/// `[reference]`: who says what is right.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceSection {
    /// A program that reads the frozen file on stdin and writes the answer to stdout.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::listed::command")]
    pub command: Option<Vec<String>>,
    /// A query over the frozen data, the table `records`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// The Spark Connect server that answers the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spark: Option<String>,
    /// A problem of the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The parameters of that problem.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// The columns of that problem's records, and those of the dataset that they are read from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// Columns of that problem's records that the dataset doesn't have, and the value that all records have there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, String>,
    /// The columns that are wanted of that problem's answer: the name here, and the one there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub select: BTreeMap<String, String>,
    /// How the times of that problem's answer are written: `ms`, `s`, `us`, `ns`, or a pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<String>,
    /// Says what becomes of lines that are no records of that problem: `fail` or `reject`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bad_rows: Option<String>,
    /// A file with the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The hash that the file must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
    /// The hash of the dataset that the answer is of, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_blake3: Option<String>,
    /// The optimum, or the least and the most that it can be, where decisions have a cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[u64; 2]>,
    /// The variables of the environment that the program may see, or is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The folder in which the program works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// How long the program or the server may take [default: 600s].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Length>,
}

/// `[[expected]]`: rows that are known to differ, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedSection {
    /// Which rows: `user = 'test' and n < 3`.
    pub r#where: String,
    /// Why they differ.
    pub why: String,
    /// The last day on which the rule holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

/// A day, as `2026-12-31` or as the date that TOML has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub jiff::civil::Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Date(toml::value::Datetime),
            Other(de::IgnoredAny),
        }
        let text = match Written::deserialize(from)? {
            Written::Text(text) => text,
            Written::Date(date) => date.to_string(),
            Written::Other(_) => String::new(),
        };
        text.parse().map(Self).map_err(|_| {
            de::Error::custom(format!(
                "'{}' is not a day, expected one such as 2026-12-31",
                datasets::shown(&text)
            ))
        })
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.to_string().serialize(to)
    }
}
