//! Dates and times by ISO 8601, with as many digits as their type declares.

use std::fmt::{self, Write as _};

use crate::number;

const SECONDS_OF_DAY: i64 = 86_400;
const NANOS_OF_SECOND: i64 = 1_000_000_000;
/// The day of 1970-01-01 as astronomers count days.
const JULIAN_EPOCH: i64 = 2_440_588;

/// The unit that a time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Milli,
    Micro,
    Nano,
}

impl Unit {
    fn in_second(self) -> i64 {
        match self {
            Self::Milli => 1_000,
            Self::Micro => 1_000_000,
            Self::Nano => NANOS_OF_SECOND,
        }
    }

    fn digits(self) -> usize {
        match self {
            Self::Milli => 3,
            Self::Micro => 6,
            Self::Nano => 9,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Milli => "milliseconds",
            Self::Micro => "microseconds",
            Self::Nano => "nanoseconds",
        })
    }
}

/// Writes the date of a day since 1970. A year beyond four digits has a sign.
pub(crate) fn date(days: i64, out: &mut String) {
    // Years are counted from March on, so that a leap day is the last day of one; 400 years have 146,097 days.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    match year {
        0..=9_999 => number::padded(year.unsigned_abs(), 4, out),
        // Writing to a string never fails.
        _ => drop(write!(out, "{year:+05}")),
    }
    for part in [month, day] {
        out.push('-');
        number::padded(part.unsigned_abs(), 2, out);
    }
}

/// Writes a time of day. One that no day has, such as 25 hours, is written as it is.
pub(crate) fn clock(time: i64, unit: Unit, out: &mut String) {
    if time < 0 {
        out.push('-');
    }
    let time = time.unsigned_abs();
    let in_second = unit.in_second().unsigned_abs();
    let (seconds, fraction) = (time / in_second, time % in_second);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    for (part, behind) in [(hours, ':'), (minutes, ':'), (seconds, '.')] {
        number::padded(part, 2, out);
        out.push(behind);
    }
    number::padded(fraction, unit.digits(), out);
}

/// Writes a time since 1970.
pub(crate) fn timestamp(time: i64, unit: Unit, out: &mut String) {
    let in_day = SECONDS_OF_DAY * unit.in_second();
    date(time.div_euclid(in_day), out);
    out.push('T');
    clock(time.rem_euclid(in_day), unit, out);
}

/// Writes a time of 96 bits: nanoseconds of a day, and the day as astronomers count it.
pub(crate) fn of_96_bits(parts: &[u32], out: &mut String) {
    let part = |at: usize| parts.get(at).copied().unwrap_or(0);
    let nanos = (u64::from(part(1)) << 32 | u64::from(part(0))).cast_signed();
    let in_day = SECONDS_OF_DAY * NANOS_OF_SECOND;
    let days = i64::from(part(2).cast_signed()) - JULIAN_EPOCH + nanos.div_euclid(in_day);
    date(days, out);
    out.push('T');
    clock(nanos.rem_euclid(in_day), Unit::Nano, out);
}

/// Writes months, days and milliseconds, which don't add up to anything: no month has a length.
pub(crate) fn interval(bytes: &[u8], out: &mut String) {
    let part = |at: usize| {
        bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |part| u32::from_le_bytes(*part))
    };
    let (months, days, millis) = (part(0), part(4), part(8));
    let _ = write!(out, "P{months}M{days}DT{}.{:03}S", millis / 1_000, millis % 1_000);
}
