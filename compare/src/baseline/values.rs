//! The values of `results.json` that a baseline keeps, and how they stand in its file.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use serde::{Deserialize, Deserializer, de};

use crate::Results;

/// The sections of the file that hold values.
pub(super) const SECTIONS: [&str; 4] = ["reference", "stable", "candidate", "orders"];

/// The name of a hash, which stands behind the job's name and in no `results.json`.
const HASH: &str = "answer_blake3";
/// Behind it the hash stands.
const JOB: &str = "job";

/// Holds what is kept of the reference; `*` stands for all that is below.
const REFERENCE: &[&str] = &[JOB, "rows", "bounds.*"];

/// Holds what is kept of a version. How much state there was and how many batches is how the answer came about, not
/// what it is.
const VERSION: &[&str] = &[
    JOB,
    "cost.value",
    "answer.decisions.divergence.*",
    "answer.table.rows",
    "answer.table.late_pairs",
    "answer.table.firings",
    "answer.table.divergence.missing",
    "answer.table.divergence.extra",
    "answer.table.divergence.changed",
    "answer.table.divergence.equal",
    "answer.table.divergence.changed_by_column.*",
    "ledger.*",
];

/// Holds what is kept of the shuffled orders.
const ORDERS: &[&str] = &[
    "stable.total_cost",
    "stable.worst",
    "stable.worst_seed",
    "stable.mean.value",
    "candidate.total_cost",
    "candidate.worst",
    "candidate.worst_seed",
    "candidate.mean.value",
];

/// A value at the end of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(u64),
    /// Any other number.
    Real(f64),
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Whole(number) => number.fmt(f),
            Self::Real(number) => number.fmt(f),
        }
    }
}

impl Leaf {
    /// The value of JSON, if it is one that can be kept.
    fn of(value: &serde_json::Value) -> Option<Self> {
        match value {
            serde_json::Value::String(text) => Some(Self::Text(text.clone())),
            serde_json::Value::Number(number) => {
                number.as_u64().map(Self::Whole).or_else(|| number.as_f64().map(Self::Real))
            }
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => None,
        }
    }

    fn to_toml(&self) -> String {
        match self {
            Self::Text(text) => toml::Value::from(text.as_str()).to_string(),
            // TOML's numbers have 63 bits.
            Self::Whole(number) => i64::try_from(*number)
                .map_or_else(|_| toml::Value::from(number.to_string()), toml::Value::from)
                .to_string(),
            Self::Real(number) => toml::Value::from(*number).to_string(),
        }
    }
}

/// A section's values, each with its path below the section: the names on the way to it.
#[derive(Debug, Clone, Default)]
pub struct Kept(Vec<(Vec<String>, Leaf)>);

/// In whatever order: a file may have been sorted.
impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        let sorted = |kept: &Self| kept.0.iter().cloned().collect::<BTreeMap<_, _>>();
        sorted(self) == sorted(other)
    }
}

/// Returns what is kept of `results`, by sections; `hashes` are those of the reference's, stable's and the candidate's
/// answer.
pub(super) fn project(results: &Results, hashes: [&str; 3]) -> BTreeMap<&'static str, Kept> {
    let results = serde_json::to_value(results).expect("our types are plain data with string keys");
    let [reference, stable, candidate] = hashes.map(Some);
    let parts = [(REFERENCE, reference), (VERSION, stable), (VERSION, candidate), (ORDERS, None)];
    let kept = |(name, (paths, hash)): (&'static str, (&[&str], Option<&str>))| {
        (name, Kept::of(results.get(name).unwrap_or(&serde_json::Value::Null), paths, hash))
    };
    SECTIONS.into_iter().zip(parts).map(kept).collect()
}

impl Kept {
    fn of(section: &serde_json::Value, paths: &[&str], hash: Option<&str>) -> Self {
        let mut kept = Self::default();
        for path in paths {
            let names: Vec<&str> = path.split('.').filter(|name| *name != "*").collect();
            let value = names.iter().try_fold(section, |value, name| value.get(name));
            kept.take(
                names.into_iter().map(str::to_owned).collect(),
                value.unwrap_or(&serde_json::Value::Null),
            );
            if let (&JOB, Some(hash)) = (path, hash) {
                kept.0.push((vec![HASH.to_owned()], Leaf::Text(hash.to_owned())));
            }
        }
        kept
    }

    /// Takes a value, or all that are below it.
    fn take(&mut self, path: Vec<String>, value: &serde_json::Value) {
        if let serde_json::Value::Object(below) = value {
            for (name, value) in below {
                self.take([path.as_slice(), std::slice::from_ref(name)].concat(), value);
            }
        } else if let Some(leaf) = Leaf::of(value) {
            self.0.push((path, leaf));
        }
    }

    /// The values under the names that they have in the results: `candidate.cost.value`.
    pub(super) fn named(&self, section: &str) -> impl Iterator<Item = (String, String)> {
        self.0.iter().map(move |(path, leaf)| (format!("{section}.{}", path.join(".")), leaf.to_string()))
    }

    /// The lines of the file, one for each value: `cost.value = 5`.
    pub(super) fn to_toml(&self, section: &str) -> String {
        let mut text = String::new();
        for (path, leaf) in &self.0 {
            if text.is_empty() {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "\n[{section}]");
            }
            let path: Vec<String> = path.iter().map(|name| key(name)).collect();
            let _ = writeln!(text, "{} = {}", path.join("."), leaf.to_toml());
        }
        text
    }
}

/// A name as TOML takes it.
fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !name.is_empty() && name.bytes().all(is_bare) {
        return name.to_owned();
    }
    serde_json::Value::from(name).to_string().replace('\u{7f}', "\\u007f")
}

/// Returns whether a value with this path is kept of any section.
fn is_known(path: &[String]) -> bool {
    let is_of = |pattern: &&str| {
        let mut names = path.iter();
        let all = pattern.split('.').all(|wanted| match wanted {
            "*" => names.by_ref().count() > 0,
            wanted => names.next().is_some_and(|name| name == wanted),
        });
        all && names.next().is_none()
    };
    path == [HASH] || [REFERENCE, VERSION, ORDERS].concat().iter().any(is_of)
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut kept = Self::default();
        de::DeserializeSeed::deserialize(Reading { path: &[], kept: &mut kept }, deserializer)?;
        Ok(kept)
    }
}

/// Describes what is at this path, as it is read.
struct Reading<'a> {
    path: &'a [String],
    kept: &'a mut Kept,
}

impl Reading<'_> {
    fn leaf<E: de::Error>(self, leaf: Leaf) -> Result<(), E> {
        if !is_known(self.path) {
            return Err(E::custom(format!("unknown field `{}`", self.path.join("."))));
        }
        self.kept.0.push((self.path.to_vec(), leaf));
        Ok(())
    }
}

impl<'de> de::DeserializeSeed<'de> for Reading<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // At the top it is a table; below, the file says what it is.
        if self.path.is_empty() {
            deserializer.deserialize_map(self)
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

impl<'de> de::Visitor<'de> for Reading<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.path.is_empty() { "a table" } else { "a text or a number that isn't negative" })
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let path = [self.path, &[name]].concat();
            map.next_value_seed(Reading { path: &path, kept: self.kept })?;
        }
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.leaf(Leaf::Text(text.to_owned()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.leaf(Leaf::Whole(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        let number =
            u64::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))?;
        self.leaf(Leaf::Whole(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        self.leaf(Leaf::Real(number))
    }
}
