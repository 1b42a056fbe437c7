//! The value of a parameter: a number, or a word such as `tumbling:10000`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::decimal::{Decimal, complain};

/// The parameter that is in the unit of the sizes: it is scaled with them, and no size may exceed it.
pub const CAPACITY: &str = "capacity";

/// The largest number a manifest can hold: TOML's integers are signed.
pub(crate) const MAX_NUMBER: u64 = i64::MAX as u64;

/// Describes what a parameter is set to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A whole number.
    Number(u64),
    /// Anything else.
    Text(String),
}

impl Value {
    /// Reads what a user typed: digits are a number.
    pub fn of(text: &str) -> Self {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if is_number => Self::Number(number),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// As a user would type it. A text may come from a file: escape it wherever it is shown.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl Visitor<'_> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number that isn't negative, or a text")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        let negative = |_| E::invalid_value(de::Unexpected::Signed(number), &self);
        u64::try_from(number).map(Value::Number).map_err(negative)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }
}

/// Reads the parameters of a manifest: what is wrong with one is reported where it stands.
pub(crate) fn parameters<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Value>, D::Error> {
    deserializer.deserialize_map(Parameters)
}

struct Parameters;

impl<'de> Visitor<'de> for Parameters {
    type Value = BTreeMap<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of parameters")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut parameters = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Parameter { name: &name })?;
            parameters.insert(name, value);
        }
        Ok(parameters)
    }
}

/// The value of the parameter called so.
struct Parameter<'a> {
    name: &'a str,
}

impl<'de> DeserializeSeed<'de> for Parameter<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let value = if self.name == CAPACITY {
            Value::Number(u64::deserialize(deserializer)?)
        } else {
            Value::deserialize(deserializer)?
        };
        check_value(self.name, &value).map_err(de::Error::custom)?;
        Ok(value)
    }
}

/// A parameter's text is a word, not a novel.
const MAX_TEXT_BYTES: usize = 256;

/// Like [`check_parameter`], for any value.
pub(crate) fn check_value(name: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::Number(number) => check_parameter(name, *number),
        Value::Text(_) if name == CAPACITY => Err("the capacity is not a number".into()),
        Value::Text(text) if text.len() > MAX_TEXT_BYTES => {
            Err(format!("{} is longer than {MAX_TEXT_BYTES} bytes", crate::shown(name)))
        }
        Value::Text(text) if looks_numeric(text) => {
            Err(complain(name, text.as_bytes(), &why_not_whole(text)))
        }
        Value::Text(_) => Ok(()),
    }
}

/// Nobody who writes `1.5` or `-3` means a word; a date or a duration such as `5s` may be one.
fn looks_numeric(text: &str) -> bool {
    let bare = text.trim_start_matches(['+', '-']).as_bytes();
    bare.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.')
        && bare.iter().all(|byte| byte.is_ascii_digit() || b"._eE".contains(byte))
}

fn why_not_whole(text: &str) -> String {
    match Decimal::parse(text.as_bytes()).map(Decimal::whole) {
        Ok(Some(_)) => "is a number in quotes; write it without".into(),
        Ok(None) => "is not a whole number".into(),
        Err(why) => why,
    }
}

/// A parameter must fit in a manifest, and a bin must be able to hold something.
pub(crate) fn check_parameter(name: &str, value: u64) -> Result<(), String> {
    if value > MAX_NUMBER {
        return Err(format!(
            "{} {value} exceeds {MAX_NUMBER}, the largest number allowed",
            crate::shown(name)
        ));
    }
    if name == CAPACITY && value == 0 {
        return Err("the capacity is 0".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_a_number_and_all_else_is_text() {
        for (text, value) in [
            ("0", Value::Number(0)),
            ("150", Value::Number(150)),
            ("tumbling:10000", "tumbling:10000".into()),
            ("+5", "+5".into()),
            ("", "".into()),
            ("99999999999999999999", "99999999999999999999".into()),
        ] {
            assert_eq!(Value::of(text), value);
            assert_eq!(value.to_string(), text);
        }
    }
}
