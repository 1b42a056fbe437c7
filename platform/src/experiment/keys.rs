//! The keys of an experiment as its serialised sections tell them, so that a new key costs a field and nothing here.

use serde::{Serialize, de::DeserializeOwned};
use toml::{Table, Value};

use crate::error::Error;

/// Returns the keys that are set in `section`, as a file would have them.
pub(super) fn set_in(section: &impl Serialize) -> Result<Table, Error> {
    Table::try_from(section)
        .map_err(|cause| too_large(section).unwrap_or(cause.to_string()))
        .map_err(Error::usage)
}

/// Names the number that no TOML file can hold, the one thing in which a section may differ from a file.
fn too_large(section: &impl Serialize) -> Option<String> {
    let sections = serde_json::to_value(section).ok()?;
    let (name, number) = largest(sections.as_object()?)?;
    Some(format!("{name} must be below 2^63, not {number}"))
}

fn largest(keys: &serde_json::Map<String, serde_json::Value>) -> Option<(&str, u64)> {
    keys.iter().find_map(|(name, value)| match value {
        serde_json::Value::Object(keys) => largest(keys),
        value => value
            .as_u64()
            .filter(|number| i64::try_from(*number).is_err())
            .map(|number| (name.as_str(), number)),
    })
}

/// Puts what `over` sets in the place of what stands in `section`.
pub(super) fn overridden<T: Serialize + DeserializeOwned>(section: &T, over: &T) -> Result<T, Error> {
    let mut keys = set_in(section)?;
    keys.extend(set_in(over)?);
    keys.try_into().map_err(|cause: toml::de::Error| Error::usage(cause.message().to_owned()))
}

/// Returns the flags that say what `section` says, in the order of `--help`: a list with a delimiter is one flag, any other
/// a flag for each item.
pub(super) fn flags<T: Serialize + clap::Args>(section: &T) -> Result<Vec<(String, String)>, Error> {
    let keys = set_in(section)?;
    let known = T::augment_args(clap::Command::new("section"));
    let mut flags = Vec::new();
    for flag in known.get_arguments() {
        let (Some(value), Some(name)) = (keys.get(flag.get_id().as_str()), flag.get_long()) else { continue };
        let values = match (value, flag.get_value_delimiter()) {
            (Value::Array(items), None) => items.iter().map(plain).collect(),
            (Value::Array(items), Some(between)) => vec![joined(items, between)],
            (value, _) => vec![plain(value)],
        };
        flags.extend(values.into_iter().map(|value| (name.to_owned(), value)));
    }
    Ok(flags)
}

/// Returns each key below `table` with its whole name, such as `replay.seed`, and its value.
pub fn listed(table: &Table) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, value) in table {
        match value {
            Value::Table(below) => {
                all.extend(listed(below).into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
            }
            value => all.push((name.clone(), plain(value))),
        }
    }
    all
}

/// A value as a flag has it: text without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // As short as can be: 1 and not 1.0.
        Value::Float(number) => number.to_string(),
        Value::Array(items) => joined(items, ','),
        Value::Integer(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => value.to_string(),
    }
}

fn joined(items: &[Value], between: char) -> String {
    items.iter().map(plain).collect::<Vec<_>>().join(&between.to_string())
}
