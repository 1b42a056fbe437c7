//! Puts values of a column in order: numbers by what they are worth, times by when they are.

use std::cmp::Ordering;

use super::calendar::{Clock, DateForm, Stamp};
use super::numbers::NumberForm;
use super::{FieldSchema, FieldType};

/// Says what a value is worth beside others of its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ranked {
    /// Says whether it is negative, its digits before the point without leading zeros, and after it without trailing ones.
    Exact(bool, Vec<u8>, Vec<u8>),
    /// A float's bits, which sort as floats do.
    Float(i64),
    /// Nanoseconds since the epoch.
    Time(i128),
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Exact(minus, whole, fraction), Self::Exact(other_minus, other_whole, other_fraction)) => {
                let magnitude =
                    (whole.len(), whole, fraction).cmp(&(other_whole.len(), other_whole, other_fraction));
                match (minus, other_minus) {
                    (false, false) => magnitude,
                    (true, true) => magnitude.reverse(),
                    (minus, other) => other.cmp(minus),
                }
            }
            (Self::Float(a), Self::Float(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            // Values of one column are all of one kind.
            _ => Ordering::Equal,
        }
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FieldSchema {
    /// Returns what a value is worth; nothing where the column's values have no order that matters, and for `NaN`.
    pub(crate) fn rank(&self, value: &[u8]) -> Option<Ranked> {
        let value = value.trim_ascii();
        let format = self.format.as_deref();
        let numbers = format.and_then(NumberForm::named).unwrap_or_default();
        match self.kind {
            FieldType::Whole | FieldType::Decimal => Some(exact(&numbers.plain(value)?)),
            FieldType::Float => {
                let number: f64 = str::from_utf8(&numbers.plain(value)?).ok()?.parse().ok()?;
                (!number.is_nan()).then(|| {
                    let bits = number.to_bits().cast_signed();
                    Ranked::Float(bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed())
                })
            }
            FieldType::Date | FieldType::Time | FieldType::TimeZoned => {
                let form = DateForm::ALL.into_iter().find(|form| Some(form.name()) == format)?;
                Some(Ranked::Time(nanoseconds(Stamp::parse(value)?, form)))
            }
            FieldType::Boolean | FieldType::Text | FieldType::Json => None,
        }
    }
}

fn exact(text: &[u8]) -> Ranked {
    let (minus, bare) = text.strip_prefix(b"-").map_or((false, text), |bare| (true, bare));
    let (whole, fraction) = match memchr::memchr(b'.', bare) {
        Some(at) => (&bare[..at], &bare[at + 1..]),
        None => (bare, &b""[..]),
    };
    let first = whole.iter().position(|digit| *digit != b'0').unwrap_or(whole.len());
    let last = fraction.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    let (whole, fraction) = (&whole[first..], &fraction[..last]);
    Ranked::Exact(minus && !(whole.is_empty() && fraction.is_empty()), whole.to_vec(), fraction.to_vec())
}

fn nanoseconds(stamp: Stamp, form: DateForm) -> i128 {
    let (year, month, day) = stamp.date(form);
    let date = jiff::civil::Date::constant(year, month, day).at(0, 0, 0, 0);
    let since = date.duration_since(jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_nanos();
    let Clock { hour, minute, second, nanosecond } =
        stamp.clock.unwrap_or(Clock { hour: 0, minute: 0, second: 0, nanosecond: 0 });
    let seconds = i128::from(hour) * 3600 + i128::from(minute) * 60 + i128::from(second)
        - i128::from(stamp.offset.unwrap_or(0));
    since + seconds * 1_000_000_000 + i128::from(nanosecond)
}
