//! Rules in words, each with the rows for which it was written: of an engine that does otherwise now they are stale.

use std::path::Path;

use serde::Deserialize;

use crate::{
    Fallible,
    cells::{Atlas, Class},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    rule: Vec<Rule>,
}

/// Holds a rule in words, and the rows for which the words were written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The question.
    pub(crate) question: String,
    /// The engines of which it was written.
    pub(crate) engines: Vec<String>,
    /// Their rows, as a cell has them.
    pub(crate) rows: Vec<String>,
    /// The words.
    pub(crate) words: String,
}

/// Holds all rules in words.
pub(crate) struct Rules(pub(crate) Vec<Rule>);

impl Rules {
    /// Reads them.
    pub(crate) fn read(root: &Path) -> Fallible<Self> {
        let text = std::fs::read_to_string(root.join("examples/engines/rules.toml"))?;
        Ok(Self(toml::from_str::<Listed>(&text)?.rule))
    }

    /// Returns the words for a cell, if they were written for these rows.
    pub(crate) fn words(&self, engine: &str, question: &str, rows: &[String]) -> Option<&str> {
        let fits = |rule: &&Rule| {
            rule.question == question && rule.rows == rows && rule.engines.iter().any(|name| name == engine)
        };
        self.0.iter().find(fits).map(|rule| rule.words.as_str())
    }

    /// Gives each cell that differs from the batch answer its words, and returns the names of those that have none.
    pub(crate) fn give(&self, atlas: &mut Atlas) -> Vec<(String, String)> {
        let mut without = Vec::new();
        for (engine, known) in &mut atlas.engines {
            for (question, cell) in &mut known.cells {
                cell.words = self.words(engine, question, &cell.rows).map(str::to_owned);
                if cell.class == Class::ByItsRule && cell.words.is_none() {
                    without.push((engine.clone(), question.clone()));
                }
            }
        }
        without
    }

    /// Returns the rules of which no cell has the rows any more, by engine and question.
    pub(crate) fn stale(&self, atlas: &Atlas) -> Vec<(String, String)> {
        let is_stale = |engine: &str, rule: &Rule| {
            let cell = atlas.engines.get(engine).and_then(|known| known.cells.get(&rule.question));
            cell.is_none_or(|cell| cell.rows != rule.rows)
        };
        let of = |rule: &Rule| {
            let engines = rule.engines.iter().filter(|engine| is_stale(engine, rule)).cloned();
            engines.map(|engine| (engine, rule.question.clone())).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).collect()
    }
}
