//! The Gregorian calendar without bounds, and texts of days and times of day.

use std::fmt::Write as _;

pub(super) const DAY: i128 = 86_400_000_000_000;
const SECOND: i128 = 1_000_000_000;

/// Returns how many days a date lies behind 1970-01-01; `None` where there is no such date.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let most = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        _ => return None,
    };
    if !(1..=most).contains(&day) {
        return None;
    }
    // The year begins in March here, so that the day that is sometimes there is its last: Hinnant,
    // "chrono-compatible low-level date algorithms".
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Returns the year, month and day of a number of days since 1970-01-01.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Appends a date.
pub(super) fn write_date(days: i64, out: &mut String) {
    let (year, month, day) = date_of(days);
    let sign = if year < 0 { "-" } else { "" };
    let _ = write!(out, "{sign}{:04}-{month:02}-{day:02}", year.abs());
}

/// Appends a time of day, as many digits of its second as say something.
pub(super) fn write_clock(nanos: i128, out: &mut String) {
    let seconds = nanos / SECOND;
    let _ = write!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = nanos % SECOND;
    if fraction != 0 {
        let digits = format!("{fraction:09}");
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
}

/// Reads a date at the beginning of a text, `-` before years before 0; returns what follows, too.
pub(super) fn parse_date(text: &str) -> Option<(i64, &str)> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (year, rest) = digits(unsigned, 4, 7)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2, 2)?;
    // PostgreSQL has no year 0: 1 BC is what the calendar calls 0.
    let (year, rest) = match rest.strip_suffix(" BC") {
        Some(rest) => (1 - year, rest),
        None => (if is_negative { -year } else { year }, rest),
    };
    Some((days_of(year, month, day)?, rest))
}

/// Reads a time of day at the beginning of a text, as nanoseconds; returns what follows, too. 24:00:00 is one.
pub(super) fn parse_clock(text: &str) -> Option<(i128, &str)> {
    let (hour, rest) = digits(text, 2, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2, 2)?,
        None => (0, rest),
    };
    let (fraction, rest) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            (fraction(&rest[..length])?, &rest[length..])
        }
        None => (0, rest),
    };
    let nanos = i128::from(hour * 3600 + minute * 60 + second) * SECOND + fraction;
    (minute < 60 && second < 60 && nanos <= DAY).then_some((nanos, rest))
}

/// Returns the nanoseconds of the digits behind the point; `None` where they are finer, and where there are none.
fn fraction(digits: &str) -> Option<i128> {
    let (kept, finer) = digits.split_at(digits.len().min(9));
    if digits.is_empty() || finer.bytes().any(|digit| digit != b'0') {
        return None;
    }
    format!("{kept:0<9}").parse().ok()
}

/// Reads a zone: `Z`, `UTC`, or an offset such as `+01`, `+01:00`, `+0100`; its nanoseconds east of UTC.
pub(super) fn parse_zone(text: &str) -> Option<i128> {
    let text = text.trim_start_matches(' ');
    if matches!(text, "Z" | "z" | "UTC") {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = digits(rest, 2, 2)?;
    let (minutes, rest) = part(rest)?;
    let (seconds, rest) = part(rest)?;
    let is_zone = rest.is_empty() && hours < 24 && minutes < 60 && seconds < 60;
    is_zone.then(|| sign * i128::from(hours * 3600 + minutes * 60 + seconds) * SECOND)
}

fn part(text: &str) -> Option<(i64, &str)> {
    if text.is_empty() { Some((0, text)) } else { digits(text.strip_prefix(':').unwrap_or(text), 2, 2) }
}

/// Reads a number of at least `least` digits, at most `most`.
pub(super) fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(length);
    if length < least { None } else { Some((digits.parse().ok()?, rest)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_one_by_one() {
        let (mut year, mut month, mut day) = (-401_i64, 1, 1);
        let mut days = days_of(year, month, day).expect("there");
        while year < 2402 {
            assert_eq!(days_of(year, month, day), Some(days));
            assert_eq!(date_of(days), (year, month, day));
            days += 1;
            day += 1;
            if days_of(year, month, day).is_none() {
                (month, day) = (month + 1, 1);
            }
            if month == 13 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(days_of(1970, 1, 1), Some(0));
        assert_eq!(days_of(2026, 3, 16), Some(20_528));
        for (year, month, day) in [(2026, 2, 29), (1900, 2, 29), (2026, 13, 1), (2026, 0, 1), (2026, 4, 31)] {
            assert_eq!(days_of(year, month, day), None);
        }
    }

    #[test]
    fn texts_are_read_back() {
        for days in [-2_440_588, -800_000, -1, 0, 20_543, 2_932_896, 2_145_031_948] {
            let mut text = String::new();
            write_date(days, &mut text);
            assert_eq!(parse_date(&text), Some((days, "")), "{text}");
        }
        for nanos in [0, 1, 500, DAY - 1, DAY, 19_800 * SECOND, 86_399_999_999_000] {
            let mut text = String::new();
            write_clock(nanos, &mut text);
            assert_eq!(parse_clock(&text), Some((nanos, "")), "{text}");
        }
        assert_eq!(parse_date("0001-01-01 BC"), parse_date("0000-01-01"));
        for text in ["24:00:01", "12:60:00", "12:00:60", "1:00", "12:00:00.", "12:00:00.0000000001"] {
            assert_eq!(parse_clock(text), None, "{text}");
        }
        for (text, seconds) in [("+01", 3600), ("-0230", -9000), ("+05:30:15", 19_815), (" UTC", 0), ("Z", 0)]
        {
            assert_eq!(parse_zone(text), Some(seconds * SECOND), "{text}");
        }
        assert_eq!((parse_zone("+24"), parse_zone("CET"), parse_zone("+1")), (None, None, None));
    }
}
