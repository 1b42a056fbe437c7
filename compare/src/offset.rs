//! By how much a value of the right table lies beyond that of the left, exactly, and what such a constant looks like.

use datasets::{Field, FieldKind, nanos_of};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::number;

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;
/// All offsets of zones that are in use are whole quarters of an hour.
const ZONE_STEP: i128 = 900 * SECOND;
/// No zone is further from UTC: Kiribati's Line Islands.
const MOST_ZONE: i128 = 14 * 3600 * SECOND;
/// Tells seconds and their fractions since 1970 by their size, of the years 2001 to 2286: their least number, the nanoseconds of
/// one, their name.
const UNITS: [(f64, i128, &str); 4] = [
    (1e9, SECOND, "seconds"),
    (1e12, 1_000_000, "milliseconds"),
    (1e15, 1000, "microseconds"),
    (1e18, 1, "nanoseconds"),
];

/// Holds by how much a value of the right table is larger than that of the left.
#[derive(Debug, Clone, Copy)]
pub struct Offset {
    number: i128,
    /// The power of ten that the number counts: seconds of times, numbers as they are.
    exponent: i64,
    of: Measured,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measured {
    Times,
    Numbers,
    /// Numbers that may be times: the nanoseconds of one, and what such a unit is called.
    Maybe(i128, &'static str),
}

/// Names why all values of a column may differ by one constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OffsetCause {
    /// One side goes by another time zone than the other, or by days of one.
    Zone,
    /// One side counts from another origin, such as weeks that begin on another day.
    Origin,
}

impl OffsetCause {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Zone => "another time zone, or days of one",
            Self::Origin => "another origin",
        }
    }
}

impl Offset {
    /// Returns how much larger the right one of two fields is, where both are numbers or both are times.
    pub(crate) fn between(left: Field<'_>, right: Field<'_>) -> Option<Self> {
        if let Some((a, b)) = left.number().zip(right.number())
            && let Some((number, exponent)) = number::exact_difference(a, b)
        {
            let this = Self::new(number, exponent, Measured::Numbers);
            return Some(Self { of: this.likely(a), ..this });
        }
        let time = |field: Field<'_>| match field.kind {
            FieldKind::Untyped | FieldKind::Text => nanos_of(field.text),
            _ => None,
        };
        Some(Self::of_times(time(right)?.checked_sub(time(left)?)?))
    }

    /// Returns an offset of times, in nanoseconds.
    pub(crate) fn of_times(nanos: i128) -> Self {
        Self::new(nanos, -9, Measured::Times)
    }

    /// Returns an offset of whole numbers, one of which is known.
    pub(crate) fn of_whole(number: i128, example: i128) -> Self {
        let this = Self::new(number, 0, Measured::Numbers);
        Self { of: this.likely(&example.to_string()), ..this }
    }

    fn new(mut number: i128, mut exponent: i64, of: Measured) -> Self {
        if number == 0 {
            exponent = 0;
        }
        while number != 0 && number % 10 == 0 {
            number /= 10;
            exponent += 1;
        }
        Self { number, exponent, of }
    }

    /// Returns which unit of time a column may have that holds `example`, if its offset is one that times have.
    fn likely(self, example: &str) -> Measured {
        let example = example.parse::<f64>().map_or(0.0, f64::abs);
        let unit = UNITS.iter().find(|(least, ..)| (*least..least * 10.0).contains(&example));
        let nanos =
            unit.and_then(|(_, nanos, name)| Some((self.scaled(0)?.checked_mul(*nanos)?, *nanos, *name)));
        match nanos {
            Some((apart, nanos, name)) if apart != 0 && apart % ZONE_STEP == 0 => {
                Measured::Maybe(nanos, name)
            }
            _ => Measured::Numbers,
        }
    }

    /// Returns the number in another power of ten, where it is whole there.
    fn scaled(self, exponent: i64) -> Option<i128> {
        10_i128.checked_pow(u32::try_from(self.exponent - exponent).ok()?)?.checked_mul(self.number)
    }

    /// Returns whether two values lie apart as these do.
    pub(crate) fn is_same(self, other: Self) -> bool {
        let are_times = [self, other].map(|offset| offset.of == Measured::Times);
        are_times[0] == are_times[1] && (self.number, self.exponent) == (other.number, other.exponent)
    }

    /// Returns the nanoseconds between times, or between numbers that may be times.
    fn nanos(self) -> Option<i128> {
        match self.of {
            Measured::Times => self.scaled(-9),
            Measured::Numbers => None,
            Measured::Maybe(unit, _) => self.scaled(0)?.checked_mul(unit),
        }
    }

    pub(crate) fn may_be_time(self) -> bool {
        self.of != Measured::Numbers
    }

    /// Returns what may have made it.
    pub fn cause(self) -> Option<OffsetCause> {
        let apart = self.nanos()?.abs();
        match apart {
            0 => None,
            _ if apart % ZONE_STEP == 0 && apart <= MOST_ZONE => Some(OffsetCause::Zone),
            _ if apart % DAY == 0 => Some(OffsetCause::Origin),
            _ => None,
        }
    }

    /// Returns what is said of the values on the right: "4 days later on the right".
    pub fn words(self) -> String {
        if self.number == 0 {
            return "the same, otherwise written".to_owned();
        }
        let is_more = self.number > 0;
        if let (Measured::Times, Some(nanos)) = (self.of, self.nanos()) {
            let way = if is_more { "later" } else { "earlier" };
            return format!("{} {way} on the right", duration(nanos));
        }
        let way = if is_more { "larger" } else { "smaller" };
        let maybe = match (self.of, self.nanos()) {
            (Measured::Maybe(_, unit), Some(nanos)) => format!(" ({}, if they are {unit})", duration(nanos)),
            _ => String::new(),
        };
        format!("{} {way} on the right{maybe}", decimal(self.number.unsigned_abs(), self.exponent))
    }

    /// Returns it as a length, without a direction: "7 days".
    pub(crate) fn length(self) -> String {
        match (self.of, self.nanos()) {
            (Measured::Times, Some(nanos)) => duration(nanos),
            _ => decimal(self.number.unsigned_abs(), self.exponent),
        }
    }

    /// Returns the number itself, digit by digit.
    pub fn written(self) -> String {
        let sign = if self.number < 0 { "-" } else { "" };
        format!("{sign}{}", decimal(self.number.unsigned_abs(), self.exponent))
    }
}

impl Serialize for Offset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let unit = if self.of == Measured::Times { "seconds" } else { "number" };
        map.serialize_entry(unit, &self.written())?;
        if let Some(cause) = self.cause() {
            map.serialize_entry("cause", &cause)?;
        }
        map.end()
    }
}

impl PartialEq for Offset {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(*other)
    }
}

/// Returns a number without its sign, written out where that isn't too long.
fn decimal(number: u128, exponent: i64) -> String {
    /// So many zeros are written.
    const MOST: i64 = 40;
    let digits = number.to_string();
    match exponent {
        0..=MOST => digits + &"0".repeat(usize::try_from(exponent).unwrap_or(0)),
        _ if (-MOST..0).contains(&exponent) => {
            let behind = usize::try_from(-exponent).unwrap_or(0);
            let digits = format!("{digits:0>width$}", width = behind + 1);
            let (whole, fraction) = digits.split_at(digits.len() - behind);
            format!("{whole}.{fraction}")
        }
        _ => format!("{digits}e{exponent}"),
    }
}

/// Returns a length of time in words: "1 day 2 hours".
fn duration(nanos: i128) -> String {
    let nanos = nanos.unsigned_abs();
    let second = SECOND.unsigned_abs();
    let (seconds, fraction) = (nanos / second, nanos % second);
    let parts = [(86_400, u128::MAX, "days"), (3600, 24, "hours"), (60, 60, "minutes")];
    let mut said: Vec<String> = parts
        .into_iter()
        .map(|(length, within, name)| (seconds / length % within, name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| datasets::counted(u64::try_from(count).unwrap_or(u64::MAX), name))
        .collect();
    match (seconds % 60, fraction) {
        (0, 0) => {}
        (1, 0) => said.push("1 second".to_owned()),
        (whole, fraction) => {
            let exact = decimal(whole * second + fraction, -9);
            let exact = exact.trim_end_matches('0').trim_end_matches('.');
            said.push(format!("{exact} seconds"));
        }
    }
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(left: &str, right: &str) -> Option<Offset> {
        let field = |text| Field { kind: FieldKind::Untyped, text };
        Offset::between(field(left), field(right))
    }

    fn words(left: &str, right: &str) -> String {
        between(left, right).expect("comparable").words()
    }

    #[test]
    fn times_and_numbers_are_said_exactly() {
        for (left, right, expected) in [
            ("2026-01-01", "2026-01-05", "4 days later on the right"),
            ("2026-01-01T00:00:00Z", "2025-12-31 22:00:00Z", "2 hours earlier on the right"),
            (
                "2026-01-01 00:00",
                "2026-01-02T01:30:01",
                "1 day 1 hour 30 minutes 1 second later on the right",
            ),
            ("2026-01-01T00:00:00", "2026-01-01T00:00:00.25", "0.25 seconds later on the right"),
            ("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", "the same, otherwise written"),
            ("1", "1001", "1000 larger on the right"),
            ("0.1", "0.05", "0.05 smaller on the right"),
            ("9007199254740992", "9007199254740993", "1 larger on the right"),
            ("1e300", "3e300", "2e300 larger on the right"),
            ("1", "1.0", "the same, otherwise written"),
            (
                "1700000000000",
                "1700345600000",
                "345600000 larger on the right (4 days, if they are milliseconds)",
            ),
            ("1700000000000", "1700000000001", "1 larger on the right"),
        ] {
            assert_eq!(words(left, right), expected, "{left} {right}");
        }
        for (left, right) in
            [("a", "b"), ("1", "a"), ("2026-01-01", "1"), ("nan", "1"), ("infinity", "2026-01-01")]
        {
            assert_eq!(between(left, right), None, "{left} {right}");
        }
    }

    #[test]
    fn what_zones_differ_by_is_told_from_another_origin() {
        for (left, right, cause) in [
            ("2026-01-01T00:00", "2026-01-01T05:45", Some(OffsetCause::Zone)),
            ("2026-01-01T00:00", "2025-12-31T10:00", Some(OffsetCause::Zone)),
            ("2026-01-01T00:00", "2026-01-01T14:15", None),
            ("2026-01-01T00:00", "2026-01-01T00:20", None),
            ("2026-01-01", "2026-01-05", Some(OffsetCause::Origin)),
            ("2026-01-01", "2026-01-01T00:00", None),
            ("1", "86401", None),
            ("1700000000", "1700007200", Some(OffsetCause::Zone)),
        ] {
            assert_eq!(between(left, right).expect("comparable").cause(), cause, "{left} {right}");
        }
    }

    #[test]
    fn constants_are_the_same_however_they_are_written() {
        assert_eq!(between("1", "1.50"), between("-0.5", "0"));
        assert_ne!(between("0", "1"), between("1970-01-01T00:00:00", "1970-01-01T00:00:01"));
        let json = |left, right| serde_json::to_string(&between(left, right)).expect("JSON");
        assert_eq!(json("2026-01-01", "2025-12-28"), r#"{"seconds":"-345600","cause":"origin"}"#);
        assert_eq!(json("1", "0.5"), r#"{"number":"-0.5"}"#);
    }
}
