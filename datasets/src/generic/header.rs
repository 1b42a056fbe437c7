//! The names of a source's columns: each gets one of its own, and columns are found by them.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::GenericOptions;
use crate::column::ARRIVAL;
use crate::error::{Error, Place};
use crate::import::is_data;
use crate::nearest::did_you_mean;
use crate::shown::quoted;

/// Names in messages: no more of them are listed.
const LISTED: usize = 20;

/// The columns of a source, by the names that they have in the dataset.
pub(super) struct Header {
    pub(super) names: Vec<String>,
    /// For each name that is another in the source: that one.
    pub(super) renamed: BTreeMap<String, String>,
    /// The names that stand more than once in the source, of which nobody may speak.
    pub(super) repeated: HashSet<String>,
}

impl Header {
    /// Returns the header of a source with these names. An empty name and one that stands a second time become others.
    pub(super) fn new(path: &Path, found: &[String], options: &GenericOptions) -> Result<Self, Error> {
        let mut header = Self { names: Vec::new(), renamed: BTreeMap::new(), repeated: HashSet::new() };
        let mut seen: HashSet<String> = HashSet::new();
        let all: HashSet<&String> = found.iter().collect();
        for (at, own) in found.iter().enumerate() {
            let given = options.renamed.iter().find(|(_, old)| *old == own).map(|(new, _)| new.clone());
            let mut name = given.unwrap_or_else(|| own.replace(['\r', '\n'], " "));
            if name.is_empty() {
                name = format!("column_{}", at + 1);
            }
            let base = name.clone();
            let mut count = 1;
            while seen.contains(&name) || count > 1 && all.contains(&name) {
                header.repeated.insert(base.clone());
                count += 1;
                name = format!("{base}_{count}");
            }
            if name != *own {
                header.renamed.insert(name.clone(), own.clone());
            }
            seen.insert(name.clone());
            header.names.push(name);
        }
        for (new, old) in &options.renamed {
            if !found.contains(old) {
                return Err(header.missing(path, old));
            }
            if header.repeated.contains(new) {
                return Err(Self::ambiguous(path, old));
            }
        }
        Ok(header)
    }

    /// Says that the first line, which names the columns, looks like data, where it does. A year may well be a name.
    pub(super) fn note_of_data(&self) -> Option<String> {
        let own = |name: &String| self.renamed.get(name).unwrap_or(name).clone();
        let is_year = |name: &str| name.len() == 4 && (name.starts_with("19") || name.starts_with("20"));
        let data = self.names.iter().map(own).find(|name| is_data(name) && !is_year(name))?;
        Some(format!(
            "the first line was taken for the names of the columns, and {} looks like data: a file without names needs a \
             line with them before it",
            quoted(data.as_bytes())
        ))
    }

    /// Returns the place of a column.
    pub(super) fn find(&self, path: &Path, name: &str) -> Result<usize, Error> {
        if self.repeated.contains(name) {
            return Err(Self::ambiguous(path, name));
        }
        let at = self.names.iter().position(|own| own == name);
        at.ok_or_else(|| self.missing(path, name))
    }

    /// Returns the place of the column of arrival times, if there is one.
    pub(super) fn arrival(&self, path: &Path, options: &GenericOptions) -> Result<Option<usize>, Error> {
        match &options.arrival {
            Some(name) => {
                if name != ARRIVAL.name && self.names.iter().any(|own| own == ARRIVAL.name) {
                    let message = format!("there is a column `{}` already", ARRIVAL.name);
                    let hint = format!("give it another name, such as '--column received={}'", ARRIVAL.name);
                    return Err(Place::line(path, 1).rejects(message).with_hint(hint));
                }
                self.find(path, name).map(Some)
            }
            None => Ok(self.names.iter().position(|own| own == ARRIVAL.name)),
        }
    }

    fn ambiguous(path: &Path, name: &str) -> Error {
        let message = format!("column {} stands twice, so it can't be spoken of", quoted(name.as_bytes()));
        Place::line(path, 1).rejects(message)
    }

    fn missing(&self, path: &Path, name: &str) -> Error {
        let listed: Vec<String> =
            self.names.iter().take(LISTED).map(|name| quoted(name.as_bytes())).collect();
        let more = match self.names.len().saturating_sub(LISTED) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let message = format!("no column `{}`; found {}{more}", crate::shown(name), listed.join(", "));
        let near = did_you_mean(name, self.names.iter().map(String::as_str));
        Place::line(path, 1).rejects(message).with_hint(near)
    }
}
