//! Writes cells as a person reads them: a number of milliseconds as the time that it is.

use jiff::{Timestamp, tz::TimeZone};

use crate::format::{chosen_duration, count};

/// Below this, a number of milliseconds is taken for a time since the start of something: 1973 is earlier than any data here.
const EARLIEST_DATE_MS: i64 = 100_000_000_000;

/// Returns a cell of that column, as a time where the column's name says that it holds one.
pub(crate) fn shown(column: &str, cell: &str) -> String {
    if !column.ends_with("_ms") {
        return cell.to_owned();
    }
    cell.parse::<i64>().map_or_else(|_| cell.to_owned(), moment)
}

/// Returns a column's name without the unit that its cells are no longer shown in.
pub(crate) fn column_name(column: &str) -> String {
    column.strip_suffix("_ms").filter(|name| !name.is_empty()).unwrap_or(column).replace('_', " ")
}

/// Returns a time as a date in UTC, or as a length of time where it is too small for one: `2024-01-01 00:00:10.5`, `10 s`.
pub(crate) fn moment(ms: i64) -> String {
    if ms.abs() < EARLIEST_DATE_MS {
        return if ms == 0 { "0 s".to_owned() } else { chosen_duration(ms as f64 * 1e6) };
    }
    Timestamp::from_millisecond(ms).map_or_else(
        |_| count(ms.unsigned_abs()),
        |time| {
            let time = time.to_zoned(TimeZone::UTC).datetime();
            let seconds = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
            match ms.rem_euclid(1_000) {
                0 => seconds,
                rest => format!("{seconds}.{}", format!("{rest:03}").trim_end_matches('0')),
            }
        },
    )
}

/// Returns a time of day, or a length of time: for an axis, whose date stands beside it.
pub(crate) fn clock(ms: i64, step_ms: i64) -> String {
    let whole = moment(ms);
    match whole.split_once(' ') {
        Some((date, _)) if date.len() == 10 && step_ms >= 86_400_000 => date.to_owned(),
        Some((date, time)) if date.len() == 10 => {
            time.strip_suffix(":00").filter(|_| step_ms % 60_000 == 0).unwrap_or(time).to_owned()
        }
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_times() {
        assert_eq!(shown("window_start_ms", "1704067210000"), "2024-01-01 00:00:10");
        assert_eq!(shown("time_ms", "1704067218915"), "2024-01-01 00:00:18.915");
        assert_eq!(shown("time_ms", "1704067218500"), "2024-01-01 00:00:18.5");
        assert_eq!(shown("window_start_ms", "10000"), "10\u{a0}s");
        assert_eq!(shown("window_start_ms", "0"), "0 s");
        assert_eq!(shown("count", "1704067210000"), "1704067210000");
        assert_eq!(shown("at_ms", "soon"), "soon");
        assert_eq!(shown("at_ms", &i64::MAX.to_string()), "9,223,372,036,854,775,807");
        assert_eq!(column_name("window_start_ms"), "window start");
        assert_eq!(column_name("_ms"), " ms");
    }

    #[test]
    fn an_axis_shows_no_more_than_its_steps() {
        assert_eq!(clock(1_704_067_210_000, 5_000), "00:00:10");
        assert_eq!(clock(1_704_067_260_000, 60_000), "00:01");
        assert_eq!(clock(1_704_067_260_000, 86_400_000), "2024-01-01");
        assert_eq!(clock(10_000, 5_000), "10\u{a0}s");
    }
}
