//! Dates and times, as numbers of an envelope and as texts of a table.

use std::fmt::Write as _;

use super::calendar::{self, DAY, parse_clock, parse_date, parse_zone, write_clock, write_date};
use super::{TimeStep, is_no, whole};
use crate::table::{Field, FieldKind};

/// The days between which PostgreSQL has dates: 4713-01-01 BC and 5874897-12-31.
const DATES: std::ops::RangeInclusive<i128> = -2_440_588..=2_145_031_948;
/// `infinity` in a column of dates, as a connector writes it while it streams (2³¹ − 1 days since 2000, wrapped round) and in
/// a snapshot (the driver's milliseconds, cut to 32 bits). Both are before the first date, so nothing else is meant.
const INFINITE_DAYS: [i128; 2] = [-2_147_472_692, -622_191_234];
const MINUS_INFINITE_DAYS: i128 = -2_147_472_691;
/// The infinities of PostgreSQL's driver, in milliseconds and in microseconds.
const INFINITE: i128 = 9_223_372_036_825_200_000;
const MINUS_INFINITE: i128 = -9_223_372_036_832_400_000;

const A_DATE: &str = "days since 1970-01-01, or a text such as 2026-03-16";
const A_TIME: &str = "a text such as 04:30:00; for numbers, say 'time:ms', 'time:us' or 'time:ns'";
const A_STAMP: &str =
    "a text such as 2026-03-16T08:00:00; for numbers, say 'timestamp:ms', 'timestamp:us' or 'timestamp:ns'";
const A_MOMENT: &str =
    "a text with its zone such as 2026-03-16T08:00:00Z; for numbers, say 'timestamptz:ms', ':us' or ':ns'";

pub(super) fn date(field: Field<'_>, out: &mut String) -> Result<FieldKind, String> {
    if let Some(word) = infinity(field.text) {
        return Ok(text(word, out));
    }
    let days = match whole(field) {
        Some(days) if INFINITE_DAYS.contains(&days) => return Ok(text("infinity", out)),
        Some(MINUS_INFINITE_DAYS) => return Ok(text("-infinity", out)),
        Some(days) if DATES.contains(&days) => days as i64,
        Some(days) => {
            let _ = write!(out, "{days} days from 1970-01-01 are no date that a database has");
            return Ok(FieldKind::Unknown);
        }
        None => match parse_date(field.text) {
            Some((days, "")) => days,
            _ => return Err(is_no(field, "date", A_DATE)),
        },
    };
    write_date(days, out);
    Ok(FieldKind::Text)
}

pub(super) fn time(field: Field<'_>, step: Option<TimeStep>, out: &mut String) -> Result<FieldKind, String> {
    let nanos = match (whole(field), step) {
        (Some(number), Some(step)) => number.saturating_mul(step.nanos()),
        _ => match parse_clock(field.text) {
            Some((nanos, "")) => nanos,
            _ => return Err(is_no(field, "time of day", A_TIME)),
        },
    };
    if !(0..=DAY).contains(&nanos) {
        return Err(is_no(field, "time of day", "a number of units since midnight, a day at most"));
    }
    write_clock(nanos, out);
    Ok(FieldKind::Text)
}

pub(super) fn timestamp(
    field: Field<'_>,
    step: Option<TimeStep>,
    out: &mut String,
) -> Result<FieldKind, String> {
    match read(field, step) {
        Some(Read::Infinite(word)) => Ok(text(word, out)),
        Some(Read::At { nanos, .. }) => {
            write_stamp(nanos, out);
            Ok(FieldKind::Text)
        }
        None => Err(is_no(field, "time", A_STAMP)),
    }
}

pub(super) fn moment(
    field: Field<'_>,
    step: Option<TimeStep>,
    out: &mut String,
) -> Result<FieldKind, String> {
    match read(field, step) {
        Some(Read::Infinite(word)) => Ok(text(word, out)),
        Some(Read::At { nanos, has_zone: true }) => {
            write_stamp(nanos, out);
            out.push('Z');
            Ok(FieldKind::Text)
        }
        Some(Read::At { .. }) | None => Err(is_no(field, "moment", A_MOMENT)),
    }
}

/// Appends the canonical text of a date with a time of day, with `Z` where the text says its zone; false, and nothing
/// appended, where the text is none.
pub(crate) fn spelled(text: &str, out: &mut String) -> bool {
    let bytes = text.as_bytes();
    let is_shaped =
        bytes.len() >= 16 && bytes[4] == b'-' && bytes[7] == b'-' && matches!(bytes[10], b'T' | b' ');
    let field = Field { kind: FieldKind::Untyped, text };
    let Some(Read::At { nanos, has_zone }) = is_shaped.then(|| read(field, None)).flatten() else {
        return false;
    };
    write_stamp(nanos, out);
    if has_zone {
        out.push('Z');
    }
    true
}

/// Returns the nanoseconds since 1970-01-01 of a date, or of one with a time of day: those of its zone where it says one.
///
/// ```
/// use datasets::nanos_of;
///
/// assert_eq!(nanos_of("1970-01-02"), Some(86_400_000_000_000));
/// assert_eq!(nanos_of("1970-01-01 01:00:00.5+01"), Some(500_000_000));
/// assert_eq!(nanos_of("86400"), None);
/// ```
pub fn nanos_of(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    let is_shaped = bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-';
    match is_shaped.then(|| read(Field { kind: FieldKind::Untyped, text }, None)).flatten()? {
        Read::At { nanos, .. } => Some(nanos),
        Read::Infinite(_) => None,
    }
}

enum Read {
    Infinite(&'static str),
    /// Nanoseconds since 1970-01-01, in UTC where a zone was said.
    At {
        nanos: i128,
        has_zone: bool,
    },
}

fn read(field: Field<'_>, step: Option<TimeStep>) -> Option<Read> {
    if let Some(word) = infinity(field.text) {
        return Some(Read::Infinite(word));
    }
    if let (Some(number), Some(step)) = (whole(field), step) {
        return Some(match number {
            INFINITE => Read::Infinite("infinity"),
            MINUS_INFINITE => Read::Infinite("-infinity"),
            _ => {
                let nanos = number.checked_mul(step.nanos())?;
                // Beyond, a number is in another unit, or none.
                return DATES.contains(&nanos.div_euclid(DAY)).then_some(Read::At { nanos, has_zone: true });
            }
        });
    }
    let (bare, is_before_christ) = match field.text.strip_suffix(" BC") {
        Some(bare) => (bare, true),
        None => (field.text, false),
    };
    let (days, rest) = parse_date(bare)?;
    let (clock, rest) = match rest.strip_prefix(['T', 't', ' ']) {
        Some(rest) => parse_clock(rest)?,
        None => (0, rest),
    };
    let zone = if rest.is_empty() { None } else { Some(parse_zone(rest)?) };
    let days = if is_before_christ { before_christ(days)? } else { days };
    let nanos = i128::from(days) * DAY + clock - zone.unwrap_or(0);
    Some(Read::At { nanos, has_zone: zone.is_some() })
}

/// Returns the day of the year that many years before the first.
fn before_christ(days: i64) -> Option<i64> {
    let (year, month, day) = calendar::date_of(days);
    calendar::days_of(1 - year, month, day)
}

fn write_stamp(nanos: i128, out: &mut String) {
    write_date(nanos.div_euclid(DAY) as i64, out);
    out.push('T');
    write_clock(nanos.rem_euclid(DAY), out);
}

fn infinity(text: &str) -> Option<&'static str> {
    match text {
        "infinity" | "+infinity" => Some("infinity"),
        "-infinity" => Some("-infinity"),
        _ => None,
    }
}

fn text(text: &str, out: &mut String) -> FieldKind {
    out.push_str(text);
    FieldKind::Text
}

#[cfg(test)]
mod tests {
    use super::super::ColumnType;
    use super::*;

    fn convert(of: &str, text: &str) -> Result<(FieldKind, String), String> {
        let mut out = String::new();
        let kind = ColumnType::parse(of)?.convert(Field { kind: FieldKind::Untyped, text }, &mut out)?;
        Ok((kind, out))
    }

    fn check(of: &str, spellings: &[&str], expected: &str) {
        for spelling in spellings {
            assert_eq!(convert(of, spelling), Ok((FieldKind::Text, expected.into())), "{of} {spelling}");
        }
        assert_eq!(convert(of, expected), Ok((FieldKind::Text, expected.into())), "read back");
    }

    #[test]
    fn every_spelling_has_one_canonical_text() {
        check("date", &["20528", "2026-03-16"], "2026-03-16");
        check("date", &["-1"], "1969-12-31");
        check("date", &["-2147472692", "-622191234"], "infinity");
        check("date", &["-2147472691"], "-infinity");
        check("time:us", &["16200000000", "04:30", "04:30:00.000"], "04:30:00");
        check("time:us", &["86399999999"], "23:59:59.999999");
        check("time:ms", &["1"], "00:00:00.001");
        check("timestamp:us", &["1773375330028000", "2026-03-13 04:15:30.028"], "2026-03-13T04:15:30.028");
        check("timestamp:us", &["-1"], "1969-12-31T23:59:59.999999");
        check(
            "timestamp:ms",
            &[
                "1767225600000",
                "2026-01-01T00:00:00.000Z",
                "2026-01-01 00:00:00.0",
                "2026-01-01T00:00",
                "2026-01-01",
            ],
            "2026-01-01T00:00:00",
        );
        check("timestamp:us", &["9223372036825200000"], "infinity");
        check("timestamptz", &["-infinity"], "-infinity");
        check(
            "timestamptz",
            &["2026-03-10 10:00:00+00", "2026-03-10T11:00:00+01:00"],
            "2026-03-10T10:00:00Z",
        );
        check("timestamptz:ns", &["1500000001"], "1970-01-01T00:00:01.500000001Z");
        check("timestamp", &["0002-02-03 04:05:06 BC"], "-0001-02-03T04:05:06");
    }

    #[test]
    fn what_is_no_time_is_named_or_unknown() {
        let (kind, why) = convert("date", "-5000000").expect("read");
        assert_eq!(kind, FieldKind::Unknown);
        assert!(why.starts_with("-5000000 days"), "{why}");
        for (of, text) in [
            ("date", "2026-02-30"),
            ("date", "2026-03-16 00:00:00"),
            ("time", "16200000000"),
            ("time:us", "86400000001"),
            ("time:us", "-1"),
            ("timestamp", "1767225600000"),
            ("timestamp", "today"),
            ("timestamptz", "2026-03-10 10:00:00"),
            ("timestamp:us", "1.5"),
            ("timestamp:ms", "1773375330028000000"),
            ("timestamp:ns", "99999999999999999999999999999999999999"),
        ] {
            assert!(convert(of, text).is_err(), "{of} {text}");
        }
    }
}
