//! Says what a single value can be.

use serde::de::IgnoredAny;

use super::calendar::{Forms, Stamp};
use super::numbers::{Number, NumberForm};

/// Says what a value is taken for, by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Number(Number),
    Boolean,
    Calendar { forms: Forms, part: Part },
    Json,
    Text,
}

/// How much a date says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Date,
    Time,
    Zoned,
}

impl Class {
    /// Returns the class of a value without blanks around it.
    #[inline]
    pub(crate) fn of(value: &[u8], numbers: NumberForm) -> Self {
        if numbers.is_plain()
            && let Some(number) = Number::parse(value)
        {
            return Self::Number(number);
        }
        Self::of_odd(value, numbers)
    }

    fn of_odd(value: &[u8], numbers: NumberForm) -> Self {
        if !numbers.is_plain()
            && let Some(number) = numbers.plain(value).and_then(|plain| Number::parse(&plain))
        {
            return Self::Number(number);
        }
        match value.first() {
            Some(b'0'..=b'9') => Self::of_date(value),
            Some(b't' | b'T' | b'f' | b'F') if is_boolean(value) => Self::Boolean,
            Some(b'{' | b'[') if is_json(value) => Self::Json,
            _ => Self::Text,
        }
    }

    /// Returns the class of a text of which it is known that it is no number: one that stood in quotes in JSON.
    pub(crate) fn of_text(value: &[u8]) -> Self {
        Self::of_date(value)
    }

    fn of_date(value: &[u8]) -> Self {
        match Stamp::parse(value) {
            Some(stamp) => {
                let part = match (stamp.clock, stamp.offset) {
                    (None, _) => Part::Date,
                    (Some(_), None) => Part::Time,
                    (Some(_), Some(_)) => Part::Zoned,
                };
                Self::Calendar { forms: stamp.forms, part }
            }
            None => Self::Text,
        }
    }
}

fn is_boolean(value: &[u8]) -> bool {
    value.eq_ignore_ascii_case(b"true") || value.eq_ignore_ascii_case(b"false")
}

fn is_json(value: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(value).is_ok()
}
