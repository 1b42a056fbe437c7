//! Writes cells as a person reads them: a number of milliseconds as the time that it is.

use jiff::{Timestamp, tz::TimeZone};

use crate::format::{chosen_duration, count};

/// Below this, a number of milliseconds is taken for a time since the start of something: 1973 is earlier than any data here.
const EARLIEST_DATE_MS: u64 = 100_000_000_000;
/// Milliseconds of a minute, a day and a week.
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 1_440 * MINUTE_MS;
const WEEK_MS: i64 = 7 * DAY_MS;

/// Returns a cell of that column, as a time where the column's name says that it holds one.
pub(crate) fn shown(column: &str, cell: &str) -> String {
    if !column.ends_with("_ms") {
        return cell.to_owned();
    }
    // Written in another way, `007` say, it is another value, and would read like its neighbour.
    match cell.parse::<i64>() {
        Ok(ms) if ms.to_string() == cell => moment(ms),
        _ if is_number(cell) => format!("{cell}\u{a0}ms"),
        _ => cell.to_owned(),
    }
}

/// Infinities and what is no number have no digit.
fn is_number(cell: &str) -> bool {
    cell.bytes().any(|byte| byte.is_ascii_digit()) && cell.parse::<f64>().is_ok()
}

/// Returns a column's name without the unit, which its cells have behind them or are no longer shown in.
pub(crate) fn column_name(column: &str) -> String {
    column.strip_suffix("_ms").filter(|name| !name.is_empty()).unwrap_or(column).replace('_', " ")
}

/// Returns a time as a date in UTC, or as a length of time where it is too small for one: `2024-01-01 00:00:10.5`, `10 s`.
pub(crate) fn moment(ms: i64) -> String {
    if ms.unsigned_abs() < EARLIEST_DATE_MS {
        return if ms == 0 { "0 s".to_owned() } else { chosen_duration(ms as f64 * 1e6) };
    }
    Timestamp::from_millisecond(ms).map_or_else(
        |_| format!("{}{}\u{a0}ms", if ms < 0 { "\u{2212}" } else { "" }, count(ms.unsigned_abs())),
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

/// Holds which times an axis has, whose first date stands beside it, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeAxis {
    /// Where its first step begins, and its last.
    pub first: i64,
    pub last: i64,
    /// From one label to the next.
    pub apart: i64,
}

impl TimeAxis {
    /// Returns a label: a time of day, with the day where there are several, or the date alone where that says all; or a
    /// length of time.
    pub(crate) fn label(self, ms: i64) -> String {
        let whole = moment(ms);
        let Some((date, time)) = whole.split_once(' ').filter(|(date, _)| date.len() == 10) else {
            return whole;
        };
        let at_midnight = self.first % DAY_MS == 0 && self.apart % DAY_MS == 0;
        if at_midnight || self.apart >= WEEK_MS {
            return date.to_owned();
        }
        let is_in_minutes = self.first % MINUTE_MS == 0 && self.apart % MINUTE_MS == 0;
        let time = time.strip_suffix(":00").filter(|_| is_in_minutes).unwrap_or(time);
        if self.first.div_euclid(DAY_MS) == self.last.div_euclid(DAY_MS) {
            return time.to_owned();
        }
        format!("{} {time}", date.get(5..).unwrap_or(date))
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
        assert_eq!(shown("at_ms", &i64::MAX.to_string()), "9,223,372,036,854,775,807\u{a0}ms");
        assert_eq!(shown("at_ms", &i64::MIN.to_string()), "\u{2212}9,223,372,036,854,775,808\u{a0}ms");
        assert_eq!(shown("at_ms", "-10000"), "\u{2212}10\u{a0}s");
        assert_eq!(column_name("window_start_ms"), "window start");
        assert_eq!(column_name("_ms"), " ms");
    }

    #[test]
    fn a_number_that_is_written_otherwise_keeps_its_unit() {
        for cell in ["1.5", "007", "+7", "-0", "1e3", "18446744073709551615"] {
            assert_eq!(shown("lag_ms", cell), format!("{cell}\u{a0}ms"));
            assert_eq!(shown("lag", cell), cell);
        }
        for cell in ["", "NaN", "inf", "7 ms", "…807"] {
            assert_eq!(shown("lag_ms", cell), cell);
        }
    }

    #[test]
    fn an_axis_shows_no_more_than_its_steps() {
        // 2024-01-01.
        let midnight = 1_704_067_200_000;
        let label = |from: i64, apart: i64, steps: i64| {
            let (first, last) = (midnight + from, midnight + from + apart * (steps - 1));
            TimeAxis { first, last, apart }.label(first + apart)
        };
        assert_eq!(label(5_000, 5_000, 9), "00:00:10");
        assert_eq!(label(0, MINUTE_MS, 9), "00:01");
        assert_eq!(label(30_000, MINUTE_MS, 9), "00:01:30");
        assert_eq!(label(0, 60 * MINUTE_MS, 24), "01:00");
        assert_eq!(label(0, 60 * MINUTE_MS, 25), "01-01 01:00");
        assert_eq!(label(DAY_MS - 5_000, 5_000, 2), "01-02 00:00:00");
        assert_eq!(label(0, DAY_MS, 9), "2024-01-02");
        assert_eq!(label(60 * MINUTE_MS, DAY_MS, 9), "01-02 01:00");
        assert_eq!(label(60 * MINUTE_MS, 366 * DAY_MS, 9), "2025-01-01");
        assert_eq!(TimeAxis { first: 0, last: 50_000, apart: 5_000 }.label(10_000), "10\u{a0}s");
    }
}
