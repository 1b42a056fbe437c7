//! Numbers of rules in units that a person reads.

use super::About;
use crate::Asked;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// Zones differ from UTC by multiples of this.
const QUARTER: i64 = 15 * MINUTE;
/// 3 January 2000, a Monday, from which some engines count windows.
const MONDAY_2000: i64 = 10_959 * DAY;
/// The day of 1 January 1970 comes first.
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// Writes a number with its thousands apart.
pub(super) fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// Writes a length of time in the largest unit that makes it a whole number.
pub(super) fn span(ms: i64) -> String {
    let units = [(WEEK, "week"), (DAY, "day"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")];
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| ms != 0 && ms % unit == 0) else {
        return format!("{} ms", count(ms));
    };
    let number = ms / unit;
    let plural = if unit >= DAY && number.abs() != 1 { "s" } else { "" };
    format!("{} {name}{plural}", count(number))
}

/// Writes a time as a date and a clock of UTC.
pub(super) fn time(ms: i64) -> String {
    let (days, in_day) = (ms.div_euclid(DAY), ms.rem_euclid(DAY));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (in_day / HOUR, in_day % HOUR / MINUTE, in_day % MINUTE / SECOND);
    let milli = in_day % SECOND;
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// The date of a day since 1970, by the calendar of today: years that begin in March, in cycles of 400.
fn date(days: i64) -> (i64, i64, i64) {
    let since = i128::from(days) + 719_468;
    let (cycle, day) = (since.div_euclid(146_097), since.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + cycle * 400 + i128::from(month <= 2);
    (year as i64, month as i64, of_month as i64)
}

/// Says where windows start.
pub(super) fn origin(offset_ms: i64, about: &About<'_>) -> String {
    let slide = slide(about.asked);
    let offset = offset_ms.rem_euclid(slide);
    if slide == WEEK && offset % DAY == 0 {
        let day = WEEKDAYS[(offset / DAY) as usize % WEEKDAYS.len()];
        return format!("weeks start on {day}, not on Thursday");
    }
    if slide % DAY == 0 && offset % DAY % QUARTER == 0 && offset % DAY != 0 {
        let what =
            if slide == DAY { "days start".to_owned() } else { format!("windows of {} start", span(slide)) };
        let day = if slide == WEEK {
            // The local day begins on the day before where the zone is ahead of UTC.
            let is_ahead = offset % DAY > DAY / 2;
            let day = WEEKDAYS[(offset / DAY + i64::from(is_ahead)) as usize % WEEKDAYS.len()];
            format!(" on {day}")
        } else {
            String::new()
        };
        return format!("{what}{day} at the midnight of {}, not at that of UTC", zone(offset % DAY));
    }
    if starts_with_first(offset_ms, about) {
        return format!(
            "windows start with the first record, {} after multiples of {}",
            span(offset),
            span(slide)
        );
    }
    if is_monday_2000(offset_ms, about.asked) {
        return format!("windows of {} are counted from Monday 2000-01-03, not from 1970-01-01", span(slide));
    }
    format!("windows start {} after multiples of {}", span(offset), span(slide))
}

/// Tells whether windows start where they would if they were counted from the first record.
pub(super) fn starts_with_first(offset_ms: i64, about: &About<'_>) -> bool {
    let slide = slide(about.asked);
    about.first_ms.is_some_and(|first| first.rem_euclid(slide) == offset_ms.rem_euclid(slide))
}

/// Tells whether windows start where they would if they were counted from 3 January 2000.
pub(super) fn is_monday_2000(offset_ms: i64, asked: Asked) -> bool {
    let slide = slide(asked);
    MONDAY_2000.rem_euclid(slide) == offset_ms.rem_euclid(slide)
}

/// Tells whether windows are weeks that start on this day.
pub(super) fn is_week_from(day: &str, offset_ms: i64, asked: Asked) -> bool {
    let starts = offset_ms.rem_euclid(WEEK);
    slide(asked) == WEEK && starts % DAY == 0 && WEEKDAYS[(starts / DAY) as usize % WEEKDAYS.len()] == day
}

/// Tells whether windows are days, or several, that start at a zone's midnight.
pub(super) fn is_local_midnight(offset_ms: i64, asked: Asked) -> bool {
    let in_day = offset_ms.rem_euclid(DAY);
    slide(asked) % DAY == 0 && in_day != 0 && in_day % QUARTER == 0
}

/// From one window's start to the next.
pub(super) fn slide(asked: Asked) -> i64 {
    match asked {
        Asked::Tumbling { size_ms } => size_ms.max(1),
        Asked::Sliding { slide_ms, .. } => slide_ms.max(1),
        Asked::Sessions { .. } | Asked::Totals | Asked::AsOf | Asked::Within { .. } => 1,
    }
}

/// The zone whose midnight is so long after that of UTC.
fn zone(after: i64) -> String {
    let (sign, apart) = if after > DAY / 2 { ('+', DAY - after) } else { ('-', after) };
    let (hours, minutes) = (apart / HOUR, apart % HOUR / MINUTE);
    if minutes == 0 { format!("UTC{sign}{hours}") } else { format!("UTC{sign}{hours}:{minutes:02}") }
}

/// Says by how much event times are shifted.
pub(super) fn shifted(by_ms: i64) -> String {
    let way = if by_ms < 0 { "earlier" } else { "later" };
    let apart = span(by_ms.saturating_abs());
    if by_ms % QUARTER == 0 && by_ms.saturating_abs() <= 14 * HOUR {
        format!("event times are {apart} {way}, as by the clock of another zone")
    } else {
        format!("event times are {apart} {way}")
    }
}
