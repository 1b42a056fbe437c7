//! Timestamps as people write them: epoch numbers in a declared unit, dates with an offset or in a declared zone.
//!
//! The result is milliseconds since the Unix epoch, rounded towards minus infinity. Nothing is guessed: not the unit,
//! and never the zone of the machine.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::decimal::parse_int;
use crate::error::Error;
use crate::nearest::{did_you_mean, either};
use crate::schema::{Clock, DateForm, Fold, Stamp};

/// Describes what an epoch number counts; dates don't need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeUnit {
    /// Seconds, with up to nine digits after a point.
    S,
    /// Milliseconds.
    #[default]
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

impl TimeUnit {
    /// All units.
    pub const ALL: [Self; 4] = [Self::S, Self::Ms, Self::Us, Self::Ns];

    /// Its name on the command line and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::S => "s",
            Self::Ms => "ms",
            Self::Us => "us",
            Self::Ns => "ns",
        }
    }

    /// Returns the unit that a column's name ends with, such as `_ms`.
    pub(crate) fn in_name(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('_')?;
        Self::ALL.into_iter().find(|unit| unit.name() == end)
    }

    fn plural(self) -> &'static str {
        match self {
            Self::S => "seconds",
            Self::Ms => "milliseconds",
            Self::Us => "microseconds",
            Self::Ns => "nanoseconds",
        }
    }

    fn nanoseconds(self) -> i128 {
        match self {
            Self::S => 1_000_000_000,
            Self::Ms => NS_PER_MS,
            Self::Us => 1_000,
            Self::Ns => 1,
        }
    }
}

impl FromStr for TimeUnit {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|unit| unit.name() == name).ok_or_else(|| {
            Error::usage(format!("no time unit `{}`", crate::shown(name)))
                .with_hint("units are `s`, `ms`, `us`, `ns`".to_owned())
        })
    }
}

const NS_PER_MS: i128 = 1_000_000;
/// -9999-01-01T00:00:00Z.
const MIN_MS: i64 = -377_705_116_800_000;
/// 9999-12-31T23:59:59.999Z.
const MAX_MS: i64 = 253_402_300_799_999;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Reads timestamps.
#[derive(Debug)]
pub(crate) struct TimeReader {
    unit: TimeUnit,
    zone: Option<TimeZone>,
    form: Option<DateForm>,
    fold: Fold,
}

/// A time that was read, and what happened to it on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moment {
    pub(crate) ms: i64,
    /// Digits below the millisecond were cut.
    pub(super) is_floored: bool,
    /// Which of the times was taken that the clock showed.
    pub(super) taken: Taken,
    /// It lay in a second 60, which became the last millisecond of second 59.
    pub(super) is_leap: bool,
}

/// Why a text is no time. It continues a sentence that begins with the text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTime {
    #[error("{0}")]
    Number(String),
    #[error("is empty: the time is missing")]
    Empty,
    #[error("says that the time is missing")]
    Missing,
    #[error("is not a date and time of the form 2024-05-17T10:05:03Z")]
    Form,
    #[error("names a date, a time of day or an offset that doesn't exist")]
    Nonexistent,
    #[error("has hour 24")]
    Hour24,
    #[error("has no offset from UTC")]
    NoOffset,
    #[error("has a zone in brackets")]
    Bracket,
    #[error("has a typographic minus sign")]
    Minus,
    #[error("has more than nine digits after the point")]
    Digits,
    #[error("could be read in two ways")]
    TwoForms,
    #[error("is not a date in the form {0}")]
    OtherForm(&'static str),
    #[error("has a second 60 where no leap second can be")]
    LeapSecond,
    #[error("doesn't exist in {0}: the clock was put forward")]
    Gap(String),
    #[error("lies outside the years -9999 to 9999")]
    Range,
}

impl BadTime {
    /// Returns the same to be counted: missing times together, however they are written.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Empty | Self::Missing => "is missing".to_owned(),
            other => other.to_string(),
        }
    }

    /// The cure, when one is known.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoOffset => Some("add an offset such as Z or +02:00, or name the zone with --time-zone"),
            Self::Bracket => Some("an offset says it all: 2024-05-17T10:05:03+02:00"),
            Self::Hour24 => Some("write 00:00 of the next day"),
            Self::Minus => Some("write `-`"),
            Self::Range => Some("epoch numbers are milliseconds unless --time-unit says s, us or ns"),
            Self::Empty | Self::Missing => Some("'--bad-rows reject' leaves such rows out and counts them"),
            Self::TwoForms => Some("say which with '--date-form', such as '--date-form M/D/Y'"),
            Self::Number(_)
            | Self::OtherForm(_)
            | Self::Form
            | Self::Nonexistent
            | Self::Digits
            | Self::LeapSecond
            | Self::Gap(_) => None,
        }
    }
}

impl TimeReader {
    /// A reader of epoch numbers in `unit` and of dates that lie in `zone`, an IANA name, unless they say otherwise.
    pub(crate) fn new(unit: TimeUnit, zone: Option<&str>) -> Result<Self, Error> {
        let zone = zone.map(|name| zone_of(name).ok_or_else(|| unknown_zone(name))).transpose()?;
        Ok(Self { unit, zone, form: None, fold: Fold::First })
    }

    /// A reader of epoch numbers in `unit` alone.
    pub(crate) fn of_numbers(unit: TimeUnit) -> Self {
        Self { unit, zone: None, form: None, fold: Fold::First }
    }

    /// Reads dates in this form where they could be read in two ways, and of two times on the clock the one that `fold` says.
    pub(crate) fn with(self, form: Option<DateForm>, fold: Fold) -> Self {
        Self { form, fold, ..self }
    }

    pub(crate) fn parse(&self, text: &[u8]) -> Result<Moment, BadTime> {
        self.parse_after(text, None)
    }

    /// Reads a time that stands in the row behind the one of the time `before`.
    pub(crate) fn parse_after(&self, text: &[u8], before: Option<i64>) -> Result<Moment, BadTime> {
        if text.is_empty() {
            return Err(BadTime::Empty);
        }
        if NO_TIME.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Err(BadTime::Missing);
        }
        if !is_date_like(text) {
            return self.parse_epoch(text);
        }
        match Stamp::parse(text) {
            Some(stamp) => self.read_stamp(stamp, before),
            None => self.parse_date(text, before),
        }
    }

    fn parse_epoch(&self, text: &[u8]) -> Result<Moment, BadTime> {
        let (whole, fraction) = match memchr::memchr(b'.', text) {
            Some(point) if self.unit == TimeUnit::S => (&text[..point], &text[point + 1..]),
            _ => (text, &b"0"[..]),
        };
        let number = parse_int(whole, self.unit.plural()).map_err(BadTime::Number)?;
        if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
            return Err(BadTime::Number("is not a number".into()));
        }
        let used = fraction.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
        if used > 9 {
            return Err(BadTime::Digits);
        }
        let nanoseconds = (0..9).fold(0, |sum, i| {
            let digit = fraction.get(i).map_or(0, |digit| i128::from(digit - b'0'));
            sum * 10 + digit
        });
        // The sign of -0.5 is in the text only.
        let signed = if whole.first() == Some(&b'-') { -nanoseconds } else { nanoseconds };
        floored(i128::from(number) * self.unit.nanoseconds() + signed)
    }

    /// Reads a date in one of the forms that people write; one without a time of day is its midnight.
    fn read_stamp(&self, stamp: Stamp, before: Option<i64>) -> Result<Moment, BadTime> {
        let (clock, offset, is_leap) = self.clock_of(stamp)?;
        self.moment(clock, offset, is_leap, before)
    }

    /// Returns what a clock shows at a time, its offset where it says one, and whether it stands in a leap second.
    fn clock_of(&self, stamp: Stamp) -> Result<(DateTime, Option<Offset>, bool), BadTime> {
        let form = self.form_of(stamp)?;
        let (year, month, day) = stamp.date(form);
        let clock = stamp.clock.unwrap_or(Clock { hour: 0, minute: 0, second: 0, nanosecond: 0 });
        let is_leap = clock.second == 60;
        let second = if is_leap { 59 } else { clock.second };
        let date = DateTime::new(
            year,
            month,
            day,
            clock.hour.cast_signed(),
            clock.minute.cast_signed(),
            second.cast_signed(),
            clock.nanosecond.cast_signed(),
        );
        let date = date.map_err(|_| BadTime::Nonexistent)?;
        let offset = stamp.offset.map(Offset::from_seconds).transpose().map_err(|_| BadTime::Nonexistent)?;
        Ok((date, offset, is_leap))
    }

    /// Reads all digits of a date and time, in nanoseconds since the epoch; a clock without offset and zone counts as if it were
    /// in UTC. `before` is the time of the row before, in milliseconds.
    pub(crate) fn nanoseconds(&self, text: &[u8], before: Option<i64>) -> Result<i128, BadTime> {
        let stamp = Stamp::parse(text).ok_or(BadTime::Form)?;
        let (clock, offset, is_leap) = self.clock_of(stamp)?;
        let is_local = offset.is_none() && self.zone.is_none();
        let offset = match offset {
            Some(offset) => offset,
            None if is_local => Offset::UTC,
            None => self.offset(clock, before)?.0,
        };
        let since = clock.duration_since(EPOCH).as_nanos() - i128::from(offset.seconds()) * 1_000_000_000;
        match is_leap {
            // It isn't known where the day in UTC ends.
            true if is_local => Ok((since.div_euclid(1_000_000_000) + 1) * 1_000_000_000 - NS_PER_MS),
            true => end_of_second_59(since),
            false => Ok(since),
        }
    }

    /// Returns the form that a date is read in: dates that begin with their day or month need to be told apart, whatever the
    /// day is, lest two rows of one file are read in two ways.
    fn form_of(&self, stamp: Stamp) -> Result<DateForm, BadTime> {
        let mut forms = stamp.forms.each();
        match self.form {
            Some(form) => forms.find(|own| *own == form).ok_or(BadTime::OtherForm(form.name())),
            None => forms
                .find(|form| matches!(form, DateForm::YearDash | DateForm::YearSlash | DateForm::DayPoint))
                .ok_or(BadTime::TwoForms),
        }
    }

    fn parse_date(&self, text: &[u8], before: Option<i64>) -> Result<Moment, BadTime> {
        let pieces = DateTimeParser::new().parse_pieces(text).map_err(|_| why_not_a_date(text))?;
        if pieces.time_zone_annotation().is_some() {
            return Err(BadTime::Bracket);
        }
        let time = pieces.time().unwrap_or(jiff::civil::Time::midnight());
        let clock = pieces.date().to_datetime(time);
        let offset = pieces.to_numeric_offset();
        if offset.is_some_and(|offset| offset.seconds().abs() >= 24 * 60 * 60) {
            return Err(BadTime::Nonexistent);
        }
        self.moment(clock, offset, second(text) == Some(b"60"), before)
    }

    /// Returns when a clock shows `clock`, which stands at its second 59 in a leap second.
    fn moment(
        &self,
        clock: DateTime,
        offset: Option<Offset>,
        is_leap: bool,
        before: Option<i64>,
    ) -> Result<Moment, BadTime> {
        let (offset, taken) = match offset {
            Some(offset) => (offset, Taken::Only),
            None => self.offset(clock, before)?,
        };
        // A difference of two dates, because jiff's own timestamps end a day before the year 9999 does.
        let since = clock.duration_since(EPOCH).as_nanos() - i128::from(offset.seconds()) * 1_000_000_000;
        if is_leap {
            return Ok(Moment { taken, is_leap, ..floored(end_of_second_59(since)?)? });
        }
        Ok(Moment { taken, ..floored(since)? })
    }

    /// The offset that holds for `clock` where nothing is said, and which of two it was. The second is taken by order where the
    /// first would lie before the time of the row before.
    fn offset(&self, clock: DateTime, before: Option<i64>) -> Result<(Offset, Taken), BadTime> {
        let zone = self.zone.as_ref().ok_or(BadTime::NoOffset)?;
        match zone.to_ambiguous_timestamp(clock).offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok((offset, Taken::Only)),
            AmbiguousOffset::Fold { before: first, after: second } => {
                let since =
                    clock.duration_since(EPOCH).as_nanos() - i128::from(first.seconds()) * 1_000_000_000;
                let is_back = before.is_some_and(|before| since < i128::from(before) * NS_PER_MS);
                let is_second = self.fold == Fold::ByOrder && is_back;
                Ok(if is_second { (second, Taken::Second) } else { (first, Taken::First) })
            }
            AmbiguousOffset::Gap { .. } => {
                Err(BadTime::Gap(zone.iana_name().unwrap_or("the zone").to_owned()))
            }
        }
    }
}

/// Which of the times that a clock shows was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Taken {
    /// It showed that time once.
    #[default]
    Only,
    /// It showed it twice, and the first was taken.
    First,
    /// It showed it twice, and the second was taken.
    Second,
}

/// The zone of an IANA name; that of a place unknown is none, though it exists.
fn zone_of(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

fn unknown_zone(name: &str) -> Error {
    let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    let zones = || zones.iter().map(String::as_str);
    // People know the city, and not under which continent it stands.
    let cities = zones().filter(|zone| zone.rsplit('/').next().is_some_and(|last| is_same_place(last, name)));
    let hint = either(cities.take(MOST_CITIES))
        .or_else(|| did_you_mean(name, zones()))
        .unwrap_or_else(|| "zones have names such as `Europe/Berlin`".into());
    Error::usage(format!("no time zone `{}`", crate::shown(name))).with_hint(hint)
}

/// Two zones at most have one city's name.
const MOST_CITIES: usize = 3;

/// Returns whether somebody who writes `name` may mean the last part of a zone's: `new york` is `New_York`.
fn is_same_place(last: &str, name: &str) -> bool {
    let folded = |text: &str| text.trim().replace([' ', '-'], "_").to_lowercase();
    folded(last) == folded(name)
}

/// Returns what stands for all of a leap second, given the same fraction of the second before. Epoch time has no room
/// for it, and time may not run backwards: what came in second 59 isn't later, what comes after midnight isn't earlier.
fn end_of_second_59(nanoseconds: i128) -> Result<i128, BadTime> {
    let second = nanoseconds.div_euclid(1_000_000_000);
    // Leap seconds are inserted at the end of a day in UTC.
    if second.rem_euclid(86_400) != 86_399 {
        return Err(BadTime::LeapSecond);
    }
    Ok((second + 1) * 1_000_000_000 - NS_PER_MS)
}

/// Words that stand for a time that isn't known, beside an empty field.
const NO_TIME: [&[u8]; 6] = [b"null", b"none", b"nat", b"na", b"n/a", b"\\n"];

fn floored(nanoseconds: i128) -> Result<Moment, BadTime> {
    let ms = i64::try_from(nanoseconds.div_euclid(NS_PER_MS)).map_err(|_| BadTime::Range)?;
    if !(MIN_MS..=MAX_MS).contains(&ms) {
        return Err(BadTime::Range);
    }
    Ok(Moment { ms, is_floored: nanoseconds.rem_euclid(NS_PER_MS) != 0, ..Moment::default() })
}

/// Returns whether the text is meant as a date and not as a number: digits, then what dates have between them.
fn is_date_like(text: &[u8]) -> bool {
    let bare = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let has_sign = || bare.iter().any(|byte| b"-:/Tt".contains(byte));
    let has_points = || memchr::memchr_iter(b'.', bare).nth(1).is_some();
    bare.first().is_some_and(u8::is_ascii_digit) && (has_sign() || has_points())
}

/// The digits of the second in a date and time that has been understood.
fn second(text: &[u8]) -> Option<&[u8]> {
    let start = 1 + text.iter().position(|byte| matches!(byte, b'T' | b't' | b' '))?;
    let clock = &text[start..];
    if clock.get(2) == Some(&b':') { clock.get(6..8) } else { clock.get(4..6) }
}

/// The commonest reasons in words.
fn why_not_a_date(text: &[u8]) -> BadTime {
    let text = String::from_utf8_lossy(text);
    let fraction = text.split_once(['.', ',']).map_or("", |(_, rest)| rest);
    if text.contains('\u{2212}') {
        BadTime::Minus
    } else if fraction.bytes().take_while(u8::is_ascii_digit).count() > 9 {
        BadTime::Digits
    } else if has_form(&text) && text.get(11..13) == Some("24") {
        BadTime::Hour24
    } else if has_form(&text) {
        BadTime::Nonexistent
    } else {
        BadTime::Form
    }
}

/// Returns whether a date that jiff refuses at least looks like one, and so has a number that is out of range.
fn has_form(text: &str) -> bool {
    let shape: Vec<u8> = text
        .bytes()
        .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_uppercase() })
        .collect();
    let starts = [&b"0000-00-00T00:00"[..], b"0000-00-00 00:00"].iter().any(|start| shape.starts_with(start));
    let clean = shape.get(16..).is_some_and(|rest| rest.iter().all(|byte| b"0:.,+-Z".contains(byte)));
    starts && clean
}

/// Describes what happened to times, counted over an import.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TimeNotes {
    pub(crate) floored: u64,
    pub(crate) folded: u64,
    pub(crate) second: u64,
    pub(crate) leap: u64,
}

impl TimeNotes {
    pub(crate) fn count(&mut self, moment: Moment) {
        self.floored += u64::from(moment.is_floored);
        self.folded += u64::from(moment.taken == Taken::First);
        self.second += u64::from(moment.taken == Taken::Second);
        self.leap += u64::from(moment.is_leap);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    fn reader(unit: TimeUnit, zone: Option<&str>) -> TimeReader {
        TimeReader::new(unit, zone).expect("a known zone")
    }

    fn check(unit: TimeUnit, zone: Option<&str>, text: &str, ms: i64) -> Moment {
        let moment = reader(unit, zone).parse(text.as_bytes()).unwrap_or_else(|why| panic!("{text} {why}"));
        assert_eq!(moment.ms, ms, "{text}");
        moment
    }

    fn reject(unit: TimeUnit, zone: Option<&str>, text: &str, part: &str) {
        let why = reader(unit, zone).parse(text.as_bytes()).expect_err(text);
        assert!(why.to_string().contains(part), "{text}: {why}, not {part}");
    }

    #[test]
    fn epoch_numbers_are_read_in_the_unit_declared() {
        use TimeUnit::{Ms, Ns, S, Us};
        for (unit, text, ms, is_floored) in [
            (Ms, "1700000000123", 1_700_000_000_123, false),
            (Ms, "-5", -5, false),
            (Ms, "-0", 0, false),
            (S, "1700000000", 1_700_000_000_000, false),
            (S, "1700000000.123", 1_700_000_000_123, false),
            (S, "1700000000.1239", 1_700_000_000_123, true),
            (S, "-0.5", -500, false),
            (S, "-0.0001", -1, true),
            (S, "5.0000000000000", 5000, false),
            (Us, "1700000000123456", 1_700_000_000_123, true),
            (Us, "-1", -1, true),
            (Us, "-1000", -1, false),
            (Ns, "1700000000123000000", 1_700_000_000_123, false),
            (Ns, "-1", -1, true),
            (Ms, "253402300799999", MAX_MS, false),
            (Ms, "-377705116800000", MIN_MS, false),
        ] {
            assert_eq!(check(unit, None, text, ms).is_floored, is_floored, "{text}");
        }
        reject(Ms, None, "1.5", "is not a whole number of milliseconds");
        reject(Us, None, "1.5", "is not a whole number of microseconds");
        reject(S, None, "1.", "is not a number");
        reject(S, None, "1.0000000001", "more than nine digits");
        reject(Ms, None, "253402300800000", "outside the years");
        reject(Ms, None, "-377705116800001", "outside the years");
        reject(S, None, "9223372036854775807", "outside the years");
        reject(Ms, None, "9223372036854775808", "doesn't fit in 64 bits");
        reject(Ms, None, "1e3", "has an exponent");
        reject(Ms, None, "", "is empty");
        for text in ["null", "NULL", "None", "NaT", "\\N"] {
            reject(Ms, None, text, "the time is missing");
        }
        reject(Ms, None, " 5", "has blanks");
        reject(Ms, None, "\u{2212}5", "is not a number");
        reject(Ms, None, "NaN", "is not finite");
    }

    #[test]
    fn dates_need_an_offset() {
        let utc = 1_715_940_303_000;
        for text in [
            "2024-05-17T10:05:03Z",
            "2024-05-17t10:05:03z",
            "2024-05-17 10:05:03Z",
            "2024-05-17T10:05:03.000Z",
            "2024-05-17T12:05:03+02:00",
            "2024-05-17T12:05:03+0200",
            "2024-05-17T12:05:03+02",
            "2024-05-17T10:05:03-00:00",
            "2024-05-17T15:50:03+05:45",
            "2024-05-16T22:05:03-12:00",
            "20240517T100503Z",
        ] {
            assert_eq!(check(TimeUnit::Ms, None, text, utc), Moment { ms: utc, ..Moment::default() });
            // The unit is for numbers, the zone for dates without an offset.
            check(TimeUnit::Ns, Some("America/New_York"), text, utc);
        }
        check(TimeUnit::Ms, None, "1970-01-01T00:00:00Z", 0);
        check(TimeUnit::Ms, None, "1969-12-31T23:59:59.999Z", -1);
        check(TimeUnit::Ms, None, "1900-03-01T00:00:00Z", -2_203_891_200_000);
        check(TimeUnit::Ms, None, "9999-12-31T23:59:59.999999999Z", MAX_MS);
        check(TimeUnit::Ms, None, "-009999-01-01T00:00:00Z", MIN_MS);
        let cut = check(TimeUnit::Ms, None, "2024-05-17T10:05:03.1239Z", utc + 123);
        assert!(cut.is_floored);
        // Towards minus infinity before 1970 too.
        assert!(check(TimeUnit::Ms, None, "1969-12-31T23:59:59.9999Z", -1).is_floored);
        reject(TimeUnit::Ms, None, "9999-12-31T23:59:59-00:01", "outside the years");
        reject(TimeUnit::Ms, None, "-009999-01-01T00:00:00+00:01", "outside the years");
    }

    #[test]
    fn what_is_no_time_says_why() {
        for (text, part) in [
            ("2024-05-17T10:05:03", "has no offset"),
            ("2024-05-17", "has no offset"),
            ("2024-05-17T24:00:00Z", "has hour 24"),
            ("2024-02-30T10:05:03Z", "doesn't exist"),
            ("2023-02-29T10:05:03Z", "doesn't exist"),
            ("2024-13-01T10:05:03Z", "doesn't exist"),
            ("2024-05-17T10:65:03Z", "doesn't exist"),
            ("2024-05-17T10:05:61Z", "doesn't exist"),
            ("2024-05-17T10:05:03+99:00", "doesn't exist"),
            ("2024-05-17T10:05:03+25:00", "doesn't exist"),
            ("2024-05-17T10:05:03-24:00", "doesn't exist"),
            ("2024-05-17T10:05:03+05:60", "doesn't exist"),
            ("2024-05-17T10:05:03\u{2212}05:00", "typographic minus"),
            ("2024-05-17T10:05:03.1234567890Z", "more than nine digits"),
            ("292277026596-12-04T15:30:08Z", "not a date and time"),
            ("-000000-01-01T00:00:00Z", "not a date and time"),
            ("2024-05-17T10:05:03Z[Europe/Berlin]", "zone in brackets"),
            ("2024-05-17T10:05:03Zx", "not a date and time"),
            ("17/May/2024:10:05:03 +0000", "not a date and time"),
            ("05/17/2024 10:05", "could be read in two ways"),
            ("2024-05-17T10:05:03 ", "not a date and time"),
            ("2024-05-17T10:05:60Z", "no leap second"),
            ("2016-12-31T23:58:60Z", "no leap second"),
            ("2016-12-31T23:59:60+01:00", "no leap second"),
        ] {
            reject(TimeUnit::Ms, None, text, part);
        }
    }

    #[test]
    fn a_leap_second_is_the_end_of_the_second_before() {
        for text in [
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.999999999Z",
            "20161231T235960Z",
            "2016-12-31T15:59:60-08:00",
            "2017-01-01T05:29:60.5+05:30",
        ] {
            let moment = check(TimeUnit::Ms, None, text, 1_483_228_799_999);
            assert!(moment.is_leap && !moment.is_floored, "{text}");
        }
        assert!(!check(TimeUnit::Ms, None, "2016-12-31T23:59:59Z", 1_483_228_799_000).is_leap);
    }

    #[test]
    fn a_zone_stands_in_for_an_offset() {
        let berlin = Some("Europe/Berlin");
        check(TimeUnit::Ms, berlin, "2024-07-01T12:00:00", 1_719_828_000_000);
        check(TimeUnit::Ms, berlin, "2024-01-01T12:00:00", 1_704_106_800_000);
        check(TimeUnit::Ms, Some("UTC"), "1970-01-01T00:00", 0);
        // 2:30 came twice that night; the first was in summer time.
        let folded = check(TimeUnit::Ms, berlin, "2024-10-27T02:30:00", 1_729_989_000_000);
        assert_eq!(folded.taken, Taken::First);
        let told = check(TimeUnit::Ms, berlin, "2024-10-27T02:30:00+01:00", 1_729_992_600_000);
        assert_eq!(told.taken, Taken::Only);
        reject(TimeUnit::Ms, berlin, "2024-03-31T02:30:00", "doesn't exist in Europe/Berlin");
        let error = TimeReader::new(TimeUnit::Ms, Some("Europe/Berlinn")).expect_err("no such zone");
        assert!(error.hint().is_some_and(|hint| hint.starts_with("did you mean `Europe/Berlin`")));
        assert!(TimeReader::new(TimeUnit::Ms, Some("\u{1b}")).is_err());
    }

    #[test]
    fn units_are_known_by_name() {
        for unit in TimeUnit::ALL {
            assert_eq!(unit.name().parse::<TimeUnit>().expect("its own name"), unit);
        }
        assert!("minutes".parse::<TimeUnit>().is_err());
    }

    /// Days since 1970-01-01, counted one year and one month at a time.
    fn days(year: i64, month: i64, day: i64) -> i64 {
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = |year| if is_leap(year) { 366 } else { 365 };
        let years: i64 = if year >= 1970 {
            (1970..year).map(length).sum()
        } else {
            -(year..1970).map(length).sum::<i64>()
        };
        let months = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        years + months[..month as usize - 1].iter().sum::<i64>() + day - 1
    }

    proptest! {
        #[test]
        fn any_date_is_read_as_the_calendar_says(
            year in 0_i64..=9998, month in 1_i64..=12, day in 1_i64..=28, hour in 0_i64..24, minute in 0_i64..60,
            second in 0_i64..60, ns in 0_i64..1_000_000_000, offset in -1439_i64..1440,
        ) {
            let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.abs());
            let text = format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ns:09}{sign}{:02}:{:02}",
                size / 60, size % 60
            );
            let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset;
            let moment = reader(TimeUnit::Ms, None).parse(text.as_bytes());
            let ms = (minutes * 60 + second) * 1000 + ns / 1_000_000;
            let is_floored = ns % 1_000_000 != 0;
            prop_assert_eq!(moment, Ok(Moment { ms, is_floored, ..Moment::default() }), "{}", text);
        }

        #[test]
        fn time_never_runs_backwards_over_a_leap_second(
            a in (59_u8..=61, 0_u32..1_000_000_000), b in (59_u8..=61, 0_u32..1_000_000_000),
        ) {
            let text = |(second, ns): (u8, u32)| match second {
                61 => format!("2017-01-01T00:00:00.{ns:09}Z"),
                _ => format!("2016-12-31T23:59:{second}.{ns:09}Z"),
            };
            let ms = |at| reader(TimeUnit::Ms, None).parse(text(at).as_bytes()).expect("a time").ms;
            prop_assert!(ms(a.min(b)) <= ms(a.max(b)));
        }

        #[test]
        fn epoch_numbers_of_all_units_agree(ns in -62_135_596_800_000_000_000_i128..253_402_300_799_999_999_999) {
            let ms = ns.div_euclid(1_000_000) as i64;
            let sign = if ns < 0 { "-" } else { "" };
            let size = ns.abs();
            let seconds = format!("{sign}{}.{:09}", size / 1_000_000_000, size % 1_000_000_000);
            prop_assert_eq!(reader(TimeUnit::S, None).parse(seconds.as_bytes()).map(|it| it.ms), Ok(ms));
            let us = ns.div_euclid(1000).to_string();
            prop_assert_eq!(reader(TimeUnit::Us, None).parse(us.as_bytes()).map(|it| it.ms), Ok(ms));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9TtZz:., /\\[\\]\u{2212}]{0,30}|.*") {
            for unit in TimeUnit::ALL {
                let _ = reader(unit, Some("Europe/Berlin")).parse(text.as_bytes());
            }
        }
    }
}
