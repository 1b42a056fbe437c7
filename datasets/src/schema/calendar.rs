//! Dates and times in the forms that people write: which forms a text can have, and what it then says.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::nearest::did_you_mean;

/// Names the order of year, month and day in a date, and what stands between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DateForm {
    /// `2015-01-31`.
    #[serde(rename = "Y-M-D")]
    YearDash,
    /// `2015/01/31`.
    #[serde(rename = "Y/M/D")]
    YearSlash,
    /// `1/31/2015`.
    #[serde(rename = "M/D/Y")]
    MonthSlash,
    /// `31/1/2015`.
    #[serde(rename = "D/M/Y")]
    DaySlash,
    /// `1-31-2015`.
    #[serde(rename = "M-D-Y")]
    MonthDash,
    /// `31-1-2015`.
    #[serde(rename = "D-M-Y")]
    DayDash,
    /// `31.1.2015`.
    #[serde(rename = "D.M.Y")]
    DayPoint,
}

impl DateForm {
    /// All forms.
    pub const ALL: [Self; 7] = [
        Self::YearDash,
        Self::YearSlash,
        Self::MonthSlash,
        Self::DaySlash,
        Self::MonthDash,
        Self::DayDash,
        Self::DayPoint,
    ];

    /// Returns its name on the command line and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::YearDash => "Y-M-D",
            Self::YearSlash => "Y/M/D",
            Self::MonthSlash => "M/D/Y",
            Self::DaySlash => "D/M/Y",
            Self::MonthDash => "M-D-Y",
            Self::DayDash => "D-M-Y",
            Self::DayPoint => "D.M.Y",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl FromStr for DateForm {
    type Err = crate::Error;

    fn from_str(name: &str) -> Result<Self, crate::Error> {
        Self::ALL.into_iter().find(|form| form.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let hint =
                did_you_mean(name, names).unwrap_or_else(|| format!("forms are `{}`", names.join("`, `")));
            crate::Error::usage(format!("no form of dates `{}`", crate::shown(name))).with_hint(hint)
        })
    }
}

/// A set of forms that a date may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forms(u8);

impl Forms {
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the forms that are left.
    pub(crate) fn each(self) -> impl Iterator<Item = DateForm> {
        DateForm::ALL.into_iter().filter(move |form| self.0 & form.bit() != 0)
    }
}

impl From<DateForm> for Forms {
    fn from(form: DateForm) -> Self {
        Self(form.bit())
    }
}

/// A time of day in nanoseconds since midnight; a second 60 counts as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) nanosecond: u32,
}

/// A date, perhaps with a time of day, perhaps with an offset, before it is decided which number is the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The forms in which its date exists.
    pub(crate) forms: Forms,
    numbers: [u16; 3],
    pub(crate) clock: Option<Clock>,
    /// Seconds east of UTC.
    pub(crate) offset: Option<i32>,
}

impl Stamp {
    /// Reads a text; `None` where it is no date, or none that exists, in any form.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (numbers, forms, rest) = date(text)?;
        let (clock, offset) = match rest {
            [] => (None, None),
            [b'T' | b't' | b' ', rest @ ..] => {
                let (clock, rest) = clock(rest)?;
                (Some(clock), zone(rest)?)
            }
            _ => return None,
        };
        let is_leap = clock.is_some_and(|clock| clock.second == 60);
        if is_leap && offset.is_some_and(|offset| !can_leap(clock, offset)) {
            return None;
        }
        Some(Self { forms, numbers, clock, offset })
    }

    /// Returns year, month and day in a form that it has.
    pub(crate) fn date(self, form: DateForm) -> (i16, i8, i8) {
        let [a, b, c] = self.numbers;
        let (year, month, day) = match form {
            DateForm::YearDash | DateForm::YearSlash => (a, b, c),
            DateForm::MonthSlash | DateForm::MonthDash => (c, a, b),
            DateForm::DaySlash | DateForm::DayDash | DateForm::DayPoint => (c, b, a),
        };
        (year.cast_signed(), month as i8, day as i8)
    }
}

/// Leap seconds are inserted at the end of a day in UTC.
fn can_leap(clock: Option<Clock>, offset: i32) -> bool {
    let Some(clock) = clock else { return true };
    let second = i32::from(clock.hour) * 3600 + i32::from(clock.minute) * 60 - offset;
    second.rem_euclid(86_400) == 86_340
}

/// Reads a time of day that stands in a column of its own.
pub(crate) fn time_of_day(text: &[u8]) -> Option<Clock> {
    let (clock, rest) = clock(text)?;
    rest.is_empty().then_some(clock)
}

fn date(text: &[u8]) -> Option<([u16; 3], Forms, &[u8])> {
    // No date is shorter, and none begins with anything but a digit.
    if text.len() < 8 || !text[0].is_ascii_digit() {
        return None;
    }
    let (a, a_digits, rest) = number(text, 4)?;
    let (&separator, rest) = rest.split_first()?;
    let (b, b_digits, rest) = number(rest, 2)?;
    let rest = rest.strip_prefix(&[separator])?;
    let (c, c_digits, rest) = number(rest, 4)?;
    if b_digits == 0 || rest.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let candidates: &[DateForm] = match (a_digits, c_digits, separator) {
        (4, 1 | 2, b'-') => &[DateForm::YearDash],
        (4, 1 | 2, b'/') => &[DateForm::YearSlash],
        (1 | 2, 4, b'/') => &[DateForm::MonthSlash, DateForm::DaySlash],
        (1 | 2, 4, b'-') => &[DateForm::MonthDash, DateForm::DayDash],
        (1 | 2, 4, b'.') => &[DateForm::DayPoint],
        _ => return None,
    };
    let stamp = Stamp { forms: Forms(0), numbers: [a, b, c], clock: None, offset: None };
    let real = candidates.iter().filter(|form| exists(stamp.date(**form)));
    let forms = Forms(real.fold(0, |bits, form| bits | form.bit()));
    (!forms.is_empty()).then_some(([a, b, c], forms, rest))
}

fn exists((year, month, day): (i16, i8, i8)) -> bool {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Reads `H:MM`, `HH:MM:SS`, with a fraction and with `AM` or `PM`; returns what stands behind.
fn clock(text: &[u8]) -> Option<(Clock, &[u8])> {
    let (hour, hour_digits, rest) = number(text, 2)?;
    let (minute, minute_digits, mut rest) = number(rest.strip_prefix(b":")?, 2)?;
    let mut clock = Clock { hour: hour as u8, minute: minute as u8, second: 0, nanosecond: 0 };
    if let Some(after) = rest.strip_prefix(b":") {
        let (second, digits, after) = number(after, 2)?;
        if digits != 2 {
            return None;
        }
        clock.second = second as u8;
        rest = after;
        if let Some(after) = rest.strip_prefix(b".") {
            (clock.nanosecond, rest) = fraction(after)?;
        }
    }
    if let Some(half) = half_of_day(rest) {
        if !(1..=12).contains(&clock.hour) {
            return None;
        }
        clock.hour = clock.hour % 12 + half;
        rest = &rest[rest.len() - rest.trim_ascii_start().len() + 2..];
    }
    let is_leap = clock.second == 60 && clock.minute == 59;
    let is_real = clock.hour < 24 && clock.minute < 60 && (clock.second < 60 || is_leap);
    // Only where all of them stand there can a digit be left out.
    (is_real && hour_digits >= 1 && minute_digits == 2).then_some((clock, rest))
}

/// Returns the hours that `AM` or `PM` adds.
fn half_of_day(rest: &[u8]) -> Option<u8> {
    let word = rest.strip_prefix(b" ").unwrap_or(rest).get(..2)?;
    if word.eq_ignore_ascii_case(b"am") {
        return Some(0);
    }
    word.eq_ignore_ascii_case(b"pm").then_some(12)
}

/// Reads up to nine digits behind a point.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&digits) {
        return None;
    }
    let read = text[..digits].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    Some((read * 10_u32.pow(9 - digits as u32), &text[digits..]))
}

/// Reads what may stand behind a time: nothing, `Z`, `UTC`, `GMT`, an offset.
#[expect(clippy::option_option, reason = "no offset is a good answer, and none at all is a wrong text")]
fn zone(text: &[u8]) -> Option<Option<i32>> {
    if text.is_empty() {
        return Some(None);
    }
    let word = text.strip_prefix(b" ").unwrap_or(text);
    if [&b"Z"[..], b"UTC", b"GMT"].iter().any(|name| word.eq_ignore_ascii_case(name)) {
        return Some(Some(0));
    }
    let (sign, rest) = match word {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, digits, rest) = number(rest, 2)?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let minutes = match (rest, number(rest, 2)) {
        ([], _) => 0,
        (_, Some((minutes, 2, []))) => minutes,
        _ => return None,
    };
    (digits == 2 && hours < 24 && minutes < 60)
        .then(|| Some(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)))
}

/// Reads a number of one to `most` digits; returns how many there were, and what stands behind.
fn number(text: &[u8], most: usize) -> Option<(u16, usize, &[u8])> {
    let digits = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let read = text[..digits].iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    (digits > 0).then_some((read, digits, &text[digits..]))
}
