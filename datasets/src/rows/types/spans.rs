//! Lengths of time: PostgreSQL's intervals, and the microseconds that a connector makes of them.

use super::calendar::{digits, parse_clock};
use super::{is_no, whole};
use crate::table::{Field, FieldKind};

const DAY: i128 = 86_400_000_000;
/// A connector counts a month as 30.4375 days, a twelfth of a year of 365.25.
const MONTH: i128 = 2_629_800_000_000;

/// Writes an interval as microseconds. Two that are equally long are the same: what a connector writes can't tell a month from
/// its days, nor a day from its hours.
pub(super) fn interval(field: Field<'_>, out: &mut String) -> Result<FieldKind, String> {
    let Some(micros) = whole(field).or_else(|| parse(field.text)) else {
        return Err(is_no(field, "interval", "microseconds, or a text such as 1 mon 2 days 03:04:05"));
    };
    out.push_str(&micros.to_string());
    Ok(FieldKind::Number)
}

/// Reads `1 year 2 mons -3 days +04:05:06.789`.
fn parse(text: &str) -> Option<i128> {
    let mut words = text.split_ascii_whitespace().peekable();
    words.peek()?;
    let mut micros = 0;
    while let Some(word) = words.next() {
        let (sign, unsigned) = match word.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, word.strip_prefix('+').unwrap_or(word)),
        };
        micros +=
            sign * if unsigned.contains(':') { clock(unsigned)? } else { unit(unsigned, words.next()?)? };
    }
    Some(micros)
}

fn unit(number: &str, unit: &str) -> Option<i128> {
    let (number, "") = digits(number, 1, 12)? else { return None };
    let micros = match unit.strip_suffix('s').unwrap_or(unit) {
        "year" => 12 * MONTH,
        "mon" => MONTH,
        "day" => DAY,
        _ => return None,
    };
    Some(i128::from(number) * micros)
}

/// Hours may be more than those of a day.
fn clock(text: &str) -> Option<i128> {
    let (hours, rest) = text.split_once(':')?;
    let (hours, "") = digits(hours, 1, 12)? else { return None };
    let rest = format!("00:{rest}");
    let (nanos, "") = parse_clock(&rest)? else { return None };
    (nanos % 1000 == 0).then_some(i128::from(hours) * 3_600_000_000 + nanos / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equally_long_is_the_same() {
        let convert = |text| {
            let mut out = String::new();
            interval(Field { kind: FieldKind::Untyped, text }, &mut out).map(|_| out)
        };
        for (text, micros) in [
            ("4 days", "345600000000"),
            ("96:00:00", "345600000000"),
            ("1 mon", "2629800000000"),
            ("1 mon 2 days", "2802600000000"),
            ("1 year", "31557600000000"),
            ("-1 days +02:03:04.5", "-79015500000"),
            ("01:00:00", "3600000000"),
            ("3600000000", "3600000000"),
            ("00:00:00", "0"),
        ] {
            assert_eq!(convert(text), Ok(micros.into()), "{text}");
        }
        for text in ["", "1 2", "day", "1 week", "1:2:3", "1 mon x"] {
            assert!(convert(text).is_err(), "{text}");
        }
    }
}
