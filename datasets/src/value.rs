//! The value of a parameter: a number, or a word such as `tumbling:10000`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a parameter is set to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
