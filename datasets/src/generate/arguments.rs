//! A generator's parameters, each with its value.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::{Generator, GeneratorDefault, GeneratorParameter};
use crate::error::Error;
use crate::nearest::did_you_mean;
use crate::shown::quoted;
use crate::value::Value;
use crate::value::check_value;

/// Checked to be of the generator's parameters, and of their kinds.
pub(super) struct Arguments(BTreeMap<String, Value>);

impl Arguments {
    pub(super) fn new(generator: &Generator, given: &BTreeMap<String, Value>) -> Result<Self, Error> {
        let mut values: BTreeMap<String, Value> = generator
            .parameters
            .iter()
            .map(|parameter| (parameter.name.to_owned(), parameter.default.value()))
            .collect();
        for (name, value) in given {
            check_value(name, value).map_err(Error::usage)?;
            let known = |parameter: &&GeneratorParameter| parameter.name == name;
            let Some(parameter) = generator.parameters.iter().find(known) else {
                let message = format!("{} has no parameter `{}`", generator.name, crate::shown(name));
                let names = generator.parameters.iter().map(|parameter| parameter.name);
                return Err(Error::usage(message).with_hint(did_you_mean(name, names)));
            };
            check_kind(parameter, value)?;
            values.insert(name.clone(), value.clone());
        }
        Ok(Self(values))
    }

    /// The value of a parameter that is a number.
    pub(super) fn number(&self, name: &str) -> u64 {
        self.0.get(name).and_then(Value::number).expect("a generator asks only for numbers that it lists")
    }

    /// Like [`Arguments::number`], within a range.
    pub(super) fn within(&self, name: &str, range: &RangeInclusive<u64>) -> Result<u64, Error> {
        let number = self.number(name);
        if range.contains(&number) {
            return Ok(number);
        }
        Err(Error::usage(format!("{name} is {number}, expected {} to {}", range.start(), range.end())))
    }

    /// The value of a parameter that is a word.
    pub(super) fn word(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Text(text)) => text,
            Some(Value::Number(_)) | None => panic!("a generator asks only for words that it lists"),
        }
    }

    pub(super) fn into_values(self) -> BTreeMap<String, Value> {
        self.0
    }
}

impl GeneratorDefault {
    fn value(self) -> Value {
        match self {
            Self::Number(number) => number.into(),
            Self::Word { default, .. } => default.into(),
        }
    }
}

fn check_kind(parameter: &GeneratorParameter, value: &Value) -> Result<(), Error> {
    let text = value.to_string();
    let shown = quoted(text.as_bytes());
    match parameter.default {
        GeneratorDefault::Number(_) if value.number().is_none() => {
            Err(Error::usage(format!("{} {shown} is not a whole number", parameter.name)))
        }
        GeneratorDefault::Word { words, .. } if !words.contains(&text.as_str()) => {
            let message = format!("{} {shown} is not one of `{}`", parameter.name, words.join("`, `"));
            Err(Error::usage(message).with_hint(did_you_mean(&text, words.iter().copied())))
        }
        GeneratorDefault::Number(_) | GeneratorDefault::Word { .. } => Ok(()),
    }
}
