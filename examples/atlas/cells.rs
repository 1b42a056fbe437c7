//! Cells: what came of a question put to an engine, and in which class it is.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    Fallible,
    engines::{Engine, Said},
    question::Question,
};

/// Says what a cell is, beside the batch answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Class {
    /// The rows come to the batch answer.
    AsBatch,
    /// They don't; `words` says by which rule.
    ByItsRule,
    /// The engine has no words for the question.
    CannotBeExpressed,
    /// It fails, with a message of its own, or without an answer.
    Fails,
    /// The engine may have words for it, the glue hasn't.
    NotAsked,
    /// The engine wasn't there.
    NotInstalled,
}

impl Class {
    /// All, in the order of the legend.
    pub(crate) const ALL: [Self; 6] = [
        Self::AsBatch,
        Self::ByItsRule,
        Self::CannotBeExpressed,
        Self::Fails,
        Self::NotAsked,
        Self::NotInstalled,
    ];

    /// Returns its name on a page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AsBatch => "as batch",
            Self::ByItsRule => "by its rule",
            Self::CannotBeExpressed => "can't be expressed",
            Self::Fails => "fails",
            Self::NotAsked => "not asked",
            Self::NotInstalled => "not installed",
        }
    }

    /// Returns its meaning, in a sentence.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::AsBatch => "The rows come to the batch answer.",
            Self::ByItsRule => "The rows differ from the batch answer, by a rule that is given in words.",
            Self::CannotBeExpressed => "The engine has no words for the question.",
            Self::Fails => "The engine refuses the question or its records, or ends without an answer.",
            Self::NotAsked => "The engine may have words for it; the glue of at most 40 lines hasn't.",
            Self::NotInstalled => "The engine wasn't there when the atlas was made.",
        }
    }
}

/// Holds one cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    /// Says in which class it is.
    pub(crate) class: Class,
    /// The rows, sorted by what names them; one that begins with `- ` takes an earlier one back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rows: Vec<String>,
    /// Holds what the engine or its glue said in place of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) says: Option<String>,
    /// The rule in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) words: Option<String>,
    /// Says that the runs were not all alike; these are the rows of the first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) varying: bool,
}

impl Cell {
    /// A cell of an engine that isn't there.
    pub(crate) fn not_installed() -> Self {
        Self { class: Class::NotInstalled, rows: Vec::new(), says: None, words: None, varying: false }
    }

    /// Says whether the same came out.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        (self.class, &self.rows, &self.says) == (other.class, &other.rows, &other.says)
    }

    /// Makes a cell of what was said in one run.
    pub(crate) fn of(question: &Question, said: &Said) -> Self {
        let cell = |class, says: Option<&str>, rows| Self {
            class,
            rows,
            says: says.map(str::to_owned),
            words: None,
            varying: false,
        };
        if let Some(broken) = &said.broken {
            return cell(Class::Fails, Some(broken), Vec::new());
        }
        for (word, class) in
            [("cannot: ", Class::CannotBeExpressed), ("skip: ", Class::NotAsked), ("fails: ", Class::Fails)]
        {
            if let Some(reason) = said.lines.iter().find_map(|line| line.strip_prefix(word)) {
                return cell(class, Some(reason), Vec::new());
            }
        }
        match question.rows(&said.lines) {
            Err(why) => cell(Class::Fails, Some(&why), Vec::new()),
            Ok(rows) if question.is_batch_answer(&rows) => cell(Class::AsBatch, None, rows),
            Ok(rows) => cell(Class::ByItsRule, None, rows),
        }
    }
}

/// Holds what is known of one engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// Its name, as its makers write it.
    pub(crate) title: String,
    /// The release that was asked.
    pub(crate) version: String,
    /// How it was asked.
    pub(crate) how: String,
    /// The cells, by question.
    pub(crate) cells: BTreeMap<String, Cell>,
}

/// Holds what `docs/atlas.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Atlas {
    /// The shape of the file.
    pub(crate) schema: String,
    /// By the engine's name.
    pub(crate) engines: BTreeMap<String, Known>,
}

impl Atlas {
    /// Reads it; where there is none yet, an empty one.
    pub(crate) fn read(path: &Path) -> Fallible<Self> {
        if !path.exists() {
            return Ok(Self { schema: "counterpoint.atlas/1".to_owned(), engines: BTreeMap::new() });
        }
        Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
    }

    /// Puts fresh cells in the place of the earlier ones, and says which changed. An engine that isn't there changes no cell that is known.
    pub(crate) fn put(&mut self, engine: &Engine, fresh: Option<BTreeMap<String, Cell>>) -> Vec<String> {
        let Engine { name, title, version, how, .. } = engine;
        if fresh.is_none() && self.engines.contains_key(name) {
            return Vec::new();
        }
        let known = self.engines.entry(name.clone()).or_default();
        (known.title, known.version, known.how) = (title.clone(), version.clone(), how.clone());
        let mut told = Vec::new();
        for (question, cell) in fresh.unwrap_or_default() {
            if cell.varying {
                told.push(format!("varies from run to run: {name}, {question}"));
            }
            let earlier = known.cells.get(&question).filter(|earlier| !earlier.is_as(&cell));
            if let Some(earlier) = earlier {
                let (was, is) = (earlier.class.name(), cell.class.name());
                told.push(format!(
                    "changed: {name}, {question}: {was} {:?} → {is} {:?}",
                    earlier.rows, cell.rows
                ));
            }
            known.cells.insert(question, cell);
        }
        told
    }

    /// Returns the bytes that are kept.
    pub(crate) fn to_json(&self) -> Fallible<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
