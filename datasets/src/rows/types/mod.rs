//! Types of columns that a file can't say by itself, and the one spelling that all spellings of a value become.
//!
//! A changelog writes a date as a number of days, a decimal as bytes; an engine's CSV a time with or without its zone. A
//! column of a declared type is brought into one canonical text, so that two sides that mean the same say the same.

mod bytes;
mod calendar;
mod decimals;
mod nested;
mod spans;
mod times;

#[cfg(test)]
pub(crate) use self::bytes::from_base64;
pub use self::times::nanos_of;
pub(crate) use self::times::spelled as spelled_time;
use crate::shown::quoted;
use crate::table::{Field, FieldKind};

/// Describes what a column holds, however it is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// A text, also where it looks like a number.
    Text,
    /// A number of any length, `NaN` and the infinities among them.
    Number,
    /// A truth value: `true`, `false`, or `t`, `f` as PostgreSQL writes them.
    Boolean,
    /// A decimal with so many digits behind the point, or with as many as each value says itself.
    Decimal(Option<u32>),
    /// A date: days since 1970-01-01, or a text.
    Date,
    /// A time of day: a number of units since midnight, or a text.
    Time(Option<TimeStep>),
    /// A time without a zone: a number of units since 1970-01-01, or a text.
    Timestamp(Option<TimeStep>),
    /// A moment: a number of units since 1970-01-01 in UTC, or a text that says its zone.
    TimestampTz(Option<TimeStep>),
    /// A length of time: microseconds, or a text as PostgreSQL writes it, months of 30.4375 days.
    Interval,
    /// Bytes: base64, or `\x` and hexadecimal digits.
    Base64,
    /// JSON, also within a text.
    Json,
    /// A list: of JSON, or as PostgreSQL writes an array. Its elements are texts.
    List,
    /// A UUID.
    Uuid,
}

/// Says what a number of a time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeStep {
    /// Milliseconds.
    Milli,
    /// Microseconds.
    Micro,
    /// Nanoseconds.
    Nano,
}

impl TimeStep {
    /// Returns how many nanoseconds it has.
    pub(crate) fn nanos(self) -> i128 {
        match self {
            Self::Milli => 1_000_000,
            Self::Micro => 1_000,
            Self::Nano => 1,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "ms" => Self::Milli,
            "us" => Self::Micro,
            "ns" => Self::Nano,
            _ => return None,
        })
    }
}

/// Names the types, as messages list them.
const NAMES: &str = "text, number, boolean, decimal, decimal:SCALE, date, time, time:ms|us|ns, timestamp, \
                     timestamp:ms|us|ns, timestamptz, timestamptz:ms|us|ns, interval, base64, json, list, uuid";
const WORDS: [&str; 13] = [
    "text",
    "number",
    "boolean",
    "decimal",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "base64",
    "json",
    "list",
    "uuid",
];
/// No database has decimals with more digits behind the point.
const MOST_SCALE: u32 = 16_383;

impl ColumnType {
    /// Returns the type of this name, such as `decimal:2` or `timestamp:us`; the error says which there are.
    ///
    /// ```
    /// use datasets::{ColumnType, Field, FieldKind};
    ///
    /// let amount = ColumnType::parse("decimal:2").unwrap();
    /// let mut text = String::new();
    /// let kind = amount.convert(Field { kind: FieldKind::Text, text: "OrE=" }, &mut text).unwrap();
    /// assert_eq!((kind, text.as_str()), (FieldKind::Number, "150.25"));
    /// assert!(ColumnType::parse("decimals").unwrap_err().contains("did you mean `decimal`?"));
    /// ```
    pub fn parse(name: &str) -> Result<Self, String> {
        let (word, detail) = name.split_once(':').map_or((name, None), |(word, detail)| (word, Some(detail)));
        let step = || match detail {
            None => Ok(None),
            Some(unit) => TimeStep::parse(unit).map(Some).ok_or_else(|| unknown(name)),
        };
        let plain = |plain| if detail.is_none() { Ok(plain) } else { Err(unknown(name)) };
        match word {
            "text" => plain(Self::Text),
            "number" => plain(Self::Number),
            "boolean" => plain(Self::Boolean),
            "decimal" => Ok(Self::Decimal(detail.map(scale).transpose()?)),
            "date" => plain(Self::Date),
            "time" => Ok(Self::Time(step()?)),
            "timestamp" => Ok(Self::Timestamp(step()?)),
            "timestamptz" => Ok(Self::TimestampTz(step()?)),
            "interval" => plain(Self::Interval),
            "base64" => plain(Self::Base64),
            "json" => plain(Self::Json),
            "list" => plain(Self::List),
            "uuid" => plain(Self::Uuid),
            _ => Err(unknown(name)),
        }
    }

    /// Returns whether its texts have a second that may have digits behind the point.
    pub(crate) fn is_time(self) -> bool {
        matches!(self, Self::Time(_) | Self::Timestamp(_) | Self::TimestampTz(_))
    }

    /// Appends the canonical text of a field to `out` and returns its kind; the error says what the field holds and what
    /// was expected.
    ///
    /// A field that is missing, `null` or unknown stays so. One that no value of the column can be read from for sure
    /// becomes [`Unknown`](FieldKind::Unknown), with its reason as text.
    pub fn convert(self, field: Field<'_>, out: &mut String) -> Result<FieldKind, String> {
        if matches!(field.kind, FieldKind::Missing | FieldKind::Null | FieldKind::Unknown) {
            out.push_str(field.text);
            return Ok(field.kind);
        }
        match self {
            Self::Text => {
                out.push_str(field.text);
                Ok(FieldKind::Text)
            }
            Self::Number => decimals::number(field, out),
            Self::Boolean => boolean(field, out),
            Self::Decimal(scale) => decimals::decimal(field, scale, out),
            Self::Date => times::date(field, out),
            Self::Time(step) => times::time(field, step, out),
            Self::Timestamp(step) => times::timestamp(field, step, out),
            Self::TimestampTz(step) => times::moment(field, step, out),
            Self::Interval => spans::interval(field, out),
            Self::Base64 => bytes::binary(field, out),
            Self::Json => nested::json(field, out),
            Self::List => nested::list(field, out),
            Self::Uuid => {
                out.push_str(&field.text.to_ascii_lowercase());
                Ok(FieldKind::Text)
            }
        }
    }
}

fn scale(digits: &str) -> Result<u32, String> {
    let scale = digits.parse().ok().filter(|scale| *scale <= MOST_SCALE);
    scale.ok_or_else(|| {
        format!("a decimal's scale is a number up to {MOST_SCALE}, not {}", quoted(digits.as_bytes()))
    })
}

fn unknown(name: &str) -> String {
    let word = name.split(':').next().unwrap_or(name);
    let hint = if WORDS.contains(&word) { None } else { crate::nearest::did_you_mean(word, WORDS) };
    let hint = hint.map_or(String::new(), |hint| format!("; {hint}"));
    format!("unknown type {}, expected one of: {NAMES}{hint}", quoted(name.as_bytes()))
}

fn boolean(field: Field<'_>, out: &mut String) -> Result<FieldKind, String> {
    let text = match field.text {
        "t" | "true" | "TRUE" | "True" | "1" => "true",
        "f" | "false" | "FALSE" | "False" | "0" => "false",
        _ => return Err(is_no(field, "truth value", "true or false, t or f, 1 or 0")),
    };
    out.push_str(text);
    Ok(FieldKind::Boolean)
}

/// Says that a field isn't what its column's type promises.
fn is_no(field: Field<'_>, what: &str, expected: &str) -> String {
    format!("{} is no {what}: expected {expected}", quoted(field.text.as_bytes()))
}

/// Returns the whole number that a field is, where it is one.
fn whole(field: Field<'_>) -> Option<i128> {
    let digits = field.text.strip_prefix('-').unwrap_or(field.text);
    let is_whole = (1..=38).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole { field.text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known_and_others_are_told_what_there_is() {
        for name in WORDS {
            assert!(ColumnType::parse(name).is_ok(), "{name}");
        }
        assert_eq!(ColumnType::parse("decimal:3"), Ok(ColumnType::Decimal(Some(3))));
        assert_eq!(ColumnType::parse("time:ns"), Ok(ColumnType::Time(Some(TimeStep::Nano))));
        for name in ["", "dates", "date:ms", "time:s", "decimal:x", "decimal:-1", "decimal:99999"] {
            assert!(ColumnType::parse(name).is_err(), "{name}");
        }
        assert!(ColumnType::parse("timestam").unwrap_err().contains("did you mean `timestamp`"));
    }

    #[test]
    fn truth_values_have_one_spelling_and_what_is_none_is_named() {
        let convert = |text| {
            let mut out = String::new();
            let kind = ColumnType::Boolean.convert(Field { kind: FieldKind::Untyped, text }, &mut out)?;
            Ok::<_, String>((kind, out))
        };
        assert_eq!(convert("t"), Ok((FieldKind::Boolean, "true".into())));
        assert_eq!(convert("False"), Ok((FieldKind::Boolean, "false".into())));
        assert!(convert("yes").unwrap_err().starts_with("`yes` is no truth value"));
    }

    #[test]
    fn what_has_no_value_stays_so_whatever_the_type() {
        for name in WORDS {
            let of = ColumnType::parse(name).expect("known");
            for (kind, text) in
                [(FieldKind::Missing, ""), (FieldKind::Null, "null"), (FieldKind::Unknown, "why")]
            {
                let mut out = String::new();
                assert_eq!(of.convert(Field { kind, text }, &mut out), Ok(kind));
                assert_eq!(out, text);
            }
        }
    }
}
