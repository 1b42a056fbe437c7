//! `--filter KEY=PATTERN`: which experiments of those that were found.

use std::{fmt, str::FromStr};

use super::glob::{is_pattern, matches};

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    key: Key,
    is_not: bool,
    pattern: Pattern,
    text: String,
}

/// Describes what a filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// The experiment's name.
    Name,
    /// Its problem's name.
    Problem,
    /// The name of one of its two jobs.
    Job,
}

/// Describes how a filter looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// The name is this.
    Is(String),
    /// The name is as this pattern has it.
    Glob(String),
    /// The name has this in it.
    Has(String),
}

/// Holds what is known of an experiment: nothing, where its file doesn't say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The name.
    pub(crate) name: String,
    /// The problem's name.
    pub(crate) problem: Option<String>,
    /// The names of stable and the candidate.
    pub(crate) jobs: Option<[String; 2]>,
}

impl Key {
    const ALL: [(&str, Self); 3] = [("name", Self::Name), ("problem", Self::Problem), ("job", Self::Job)];

    /// Returns what the key has to say of an experiment; nothing where that can't be told.
    pub(crate) fn of(self, seen: &Seen) -> Option<Vec<&str>> {
        match self {
            Self::Name => Some(vec![&seen.name]),
            Self::Problem => seen.problem.as_deref().map(|problem| vec![problem]),
            Self::Job => seen.jobs.as_ref().map(|jobs| jobs.iter().map(String::as_str).collect()),
        }
    }
}

impl Filter {
    /// Returns whether an experiment is one of those. One of which the key's value isn't known is, for it might have been.
    pub(crate) fn takes(&self, seen: &Seen) -> bool {
        let Some(values) = self.key.of(seen) else { return true };
        values.into_iter().any(|value| self.pattern.is_met_by(value)) != self.is_not
    }

    /// Returns what it looks at.
    pub(crate) fn key(&self) -> Key {
        self.key
    }
}

impl Pattern {
    fn is_met_by(&self, value: &str) -> bool {
        match self {
            Self::Is(name) => value == name,
            Self::Glob(pattern) => matches(pattern, value),
            Self::Has(part) => value.contains(part.as_str()),
        }
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "expected KEY=PATTERN, such as name=late*, problem=caching or job=first-fit";
        let (key, pattern) = text.split_once('=').ok_or(form)?;
        let (key, is_not) = key.strip_suffix('!').map_or((key, false), |key| (key, true));
        let known = Key::ALL.iter().find(|(name, _)| *name == key);
        let (_, key) = known.ok_or_else(|| format!("no key '{key}'; the keys are name, problem and job"))?;
        let pattern = match pattern.strip_prefix('=') {
            _ if pattern.is_empty() => return Err(form.to_owned()),
            Some(exact) => Pattern::Is(exact.to_owned()),
            None if is_pattern(pattern) => Pattern::Glob(pattern.to_owned()),
            None => Pattern::Has(pattern.to_owned()),
        };
        Ok(Self { key: *key, is_not, pattern, text: text.to_owned() })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(filter: &str) -> bool {
        let seen = Seen {
            name: "late-data".to_owned(),
            problem: Some("windowed-aggregation".to_owned()),
            jobs: Some(["per-record".to_owned(), "first-fit:2".to_owned()]),
        };
        filter.parse::<Filter>().expect("a filter").takes(&seen)
    }

    #[test]
    fn a_filter_looks_for_a_part_the_whole_or_a_pattern() {
        for yes in [
            "name=late",
            "name=late*",
            "name==late-data",
            "problem=window",
            "problem=*aggregation",
            "job=first-fit",
            "job=per-record",
            "job=first-fit:?",
            "name!=early",
            "job!=*batch*",
        ] {
            assert!(takes(yes), "{yes}");
        }
        for no in
            ["name=early", "name=late?", "name==late", "problem=*window", "job==first-fit", "job!=first-fit*"]
        {
            assert!(!takes(no), "{no}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_taken() {
        let unknown = Seen { name: "x".to_owned(), ..Seen::default() };
        for (text, is_taken) in [("problem=a", true), ("job!=a", true), ("name=a", false)] {
            assert_eq!(text.parse::<Filter>().expect("a filter").takes(&unknown), is_taken, "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in ["", "late", "name", "name=", "Name=x", "=x", "dataset=x", "!=x"] {
            assert!(text.parse::<Filter>().is_err(), "{text}");
        }
    }
}
