//! Numbers and names as people read them: separators, units, and no digit that the measurement does not carry.
//!
//! Between a number and its unit stands a no-break space.

use std::fmt::Write as _;

use compare::{Estimate, Results, Unit};

/// Nanoseconds in a millisecond.
pub(crate) const NS_PER_MS: f64 = 1e6;

/// Holds what stands where there is no number.
pub(crate) const NONE: &str = "–";

/// A count with thousands separators: `10,000,000`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its unit, which is given in the plural: `421 bins`, `1 bin`.
pub(crate) fn counted(value: u64, plural: &str) -> String {
    let unit = if value == 1 { plural.strip_suffix('s').unwrap_or(plural) } else { plural };
    format!("{}\u{a0}{unit}", count(value))
}

/// Returns how often each record was fed, where that is more than once.
pub(crate) fn amplified(results: &Results) -> Option<String> {
    let times = results.replay.amplify;
    let all = count(results.fed());
    (times > 1).then(|| format!("each fed {times} times under keys of its own: {all}"))
}

/// Returns how many decimals of a ratio mean something when the cheapest answer costs `lower_bound`.
pub(crate) fn ratio_digits(lower_bound: u64) -> usize {
    if lower_bound < 1_000 { 3 } else { 4 }
}

/// A number with so many decimals, and a true minus sign; a dash where there is no number.
pub(crate) fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{:.digits$}", value.abs());
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if value < 0.0 && !zero { format!("−{text}") } else { text }
}

/// A number as it was set, without trailing zeros: `1.25`.
pub(crate) fn plain(value: f64) -> String {
    let text = fixed(value, 6);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// An interval, or one number where both ends read the same: `1.301 to 1.321`. A unit that both have stands once, at the
/// end: `28.7 to 40.7 ns`.
pub(crate) fn interval(low: &str, high: &str) -> String {
    if low == high {
        return low.to_owned();
    }
    let unit = |end: &str| end.split_once('\u{a0}').map(|(_, unit)| unit.to_owned());
    let low = match low.split_once('\u{a0}') {
        Some((number, of_low)) if unit(high).as_deref() == Some(of_low) => number,
        _ => low,
    };
    format!("{low} to\u{a0}{high}")
}

/// Three significant digits, with thousands separators.
pub(crate) fn significant(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    match value.abs() {
        size if size >= 1_000.0 => {
            let unit = 10_f64.powi(size.log10().floor() as i32 - 2);
            let sign = if value < 0.0 { "−" } else { "" };
            format!("{sign}{}", count(((size / unit).round() * unit).round() as u64))
        }
        size if size >= 99.95 => fixed(value, 0),
        size if size >= 9.995 => fixed(value, 1),
        size if size >= 0.9995 => fixed(value, 2),
        0.0 => "0".to_owned(),
        _ => fixed(value, 3),
    }
}

/// A measured duration with three significant digits in the unit that suits it: `12.2 ns`, `1.05 ms`.
pub(crate) fn duration(ns: f64) -> String {
    written_duration(ns, significant)
}

/// A duration that someone chose, without trailing zeros: `1 ms`, `0.5 ns`.
pub(crate) fn chosen_duration(ns: f64) -> String {
    written_duration(ns, plain)
}

/// Returns a trigger as it stands beside a point: `10 records`, `5 s`.
pub(crate) fn trigger_name(trigger: &str) -> String {
    let name = trigger.strip_prefix("every ").unwrap_or(trigger);
    let ms = name.strip_suffix("ms").and_then(|ms| ms.parse::<u32>().ok());
    ms.map_or_else(|| name.to_owned(), |ms| chosen_duration(f64::from(ms) * NS_PER_MS))
}

fn written_duration(ns: f64, write: fn(f64) -> String) -> String {
    if !ns.is_finite() {
        return NONE.to_owned();
    }
    let (scale, unit) = match ns.abs() {
        size if size < 999.5 => (1.0, "ns"),
        size if size < 999.5e3 => (1e3, "µs"),
        size if size < 999.5e6 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    format!("{}\u{a0}{unit}", write(ns / scale))
}

/// A number at an axis: thousands with separators, millions as `4 M`.
pub(crate) fn axis_count(value: f64) -> String {
    if value >= 1e6 { format!("{}\u{a0}M", plain(value / 1e6)) } else { count(value.round().max(0.0) as u64) }
}

/// A rate with three significant digits: `82.1 million`.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        value if !value.is_finite() => NONE.to_owned(),
        value if value >= 1e9 => format!("{}\u{a0}billion", significant(value / 1e9)),
        value if value >= 1e6 => format!("{}\u{a0}million", significant(value / 1e6)),
        value => significant(value),
    }
}

/// An amount of memory with three significant digits: `434 MiB`.
pub(crate) fn bytes(amount: u64) -> String {
    let (scale, unit) = match amount {
        0..0x400 => (1.0, "B"),
        0x400..0x10_0000 => (1024.0, "KiB"),
        0x10_0000..0x4000_0000 => (1024.0 * 1024.0, "MiB"),
        _ => (1024.0 * 1024.0 * 1024.0, "GiB"),
    };
    format!("{}\u{a0}{unit}", significant(amount as f64 / scale))
}

/// A share in percent, without a sign: `0.02 %`.
pub(crate) fn percent(share: f64) -> String {
    let value = share * 100.0;
    let digits = if value != 0.0 && value.abs() < 0.1 { 4 } else { 2 };
    let text = fixed(value, digits);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}\u{a0}%")
}

/// A relative increase in percent, with its sign: `+4.1 %`, `−20.7 %`.
pub(crate) fn increase(share: f64) -> String {
    if !share.is_finite() {
        return NONE.to_owned();
    }
    let digits = if share.abs() < 0.01 { 2 } else { 1 };
    let text = fixed(share * 100.0, digits);
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if zero {
        "0\u{a0}%".to_owned()
    } else if share > 0.0 {
        format!("+{text}\u{a0}%")
    } else {
        format!("{text}\u{a0}%")
    }
}

/// An estimate's interval, each end written by `write`.
pub(crate) fn ends(estimate: &Estimate, write: impl Fn(f64) -> String) -> String {
    interval(&write(estimate.low), &write(estimate.high))
}

/// A check's number in its unit.
pub(crate) fn in_unit(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Ratio => plain(value),
        Unit::Share | Unit::Part => percent(value),
        Unit::Rows | Unit::Records | Unit::Values => count(value.max(0.0) as u64),
        Unit::Ns => chosen_duration(value),
        Unit::Bytes => bytes(value.max(0.0) as u64),
    }
}

/// The text with plain spaces between numbers and their units, for where lines do not break.
pub(crate) fn plain_spaces(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

/// A shell command with each flag on a line of its own; what stands in quotes stays as it is.
pub(crate) fn one_flag_a_line(command: &str) -> String {
    let mut lines = String::with_capacity(command.len() + 64);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in command.char_indices() {
        is_quoted ^= c == '\'' && !is_escaped;
        is_escaped = c == '\\' && !is_quoted && !is_escaped;
        if !is_quoted && c == ' ' && command[at..].starts_with(" --") {
            lines.push_str(" \\\n ");
        }
        lines.push(c);
    }
    lines
}

/// The word with a capital.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// At most `limit` characters, the last an ellipsis where something was cut.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// The text with control characters and invisible or direction-changing ones written out; tabs and line feeds stay.
pub(crate) fn show_hidden(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The text as [`show_hidden`] shows it, in one line, and without the two characters that XML has no place for.
pub(crate) fn one_line(text: &str) -> String {
    let shown = show_hidden(text).replace('\n', "\\u{a}").replace('\t', "\\u{9}");
    shown.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

fn is_hidden(c: char) -> bool {
    let invisible = matches!(c,
        '\u{61c}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{e0000}'..='\u{e007f}');
    invisible || c.is_control() && !matches!(c, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_have_names_that_people_read() {
        let cases = [
            ("record", "record"),
            ("every 10 records", "10 records"),
            ("every 500ms", "500 ms"),
            ("every 5000ms", "5 s"),
            ("every -1ms", "-1ms"),
            ("once", "once"),
        ];
        for (trigger, name) in cases {
            assert_eq!(trigger_name(trigger).replace('\u{a0}', " "), name);
        }
    }

    #[test]
    fn counts_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (10_000_000, "10,000,000")];
        for (value, expected) in cases {
            assert_eq!(count(value), expected);
        }
        assert_eq!(plain_spaces(&counted(1, "bins")), "1 bin");
        assert_eq!(plain_spaces(&counted(2, "bins")), "2 bins");
    }

    #[test]
    fn a_unit_of_both_ends_stands_once() {
        let between = |low, high| plain_spaces(&interval(low, high));
        assert_eq!(between("28.7\u{a0}ns", "40.7\u{a0}ns"), "28.7 to 40.7 ns");
        assert_eq!(between("987\u{a0}ns", "1.02\u{a0}µs"), "987 ns to 1.02 µs");
        assert_eq!(between("1.301", "1.321"), "1.301 to 1.321");
        assert_eq!(between("5\u{a0}ns", "5\u{a0}ns"), "5 ns");
    }

    #[test]
    fn durations_take_the_unit_that_suits_them() {
        let cases = [
            (0.0, "0 ns"),
            (0.25, "0.250 ns"),
            (3.0, "3.00 ns"),
            (12.2, "12.2 ns"),
            (999.6, "1.00 µs"),
            (1_050_000.0, "1.05 ms"),
            (32e9, "32.0 s"),
            (4_000e9, "4,000 s"),
        ];
        for (value, expected) in cases {
            assert_eq!(plain_spaces(&duration(value)), expected, "{value}");
        }
    }

    #[test]
    fn chosen_numbers_stay_as_they_were_chosen() {
        assert_eq!(plain_spaces(&chosen_duration(1e6)), "1 ms");
        assert_eq!(plain_spaces(&chosen_duration(0.5)), "0.5 ns");
        assert_eq!(plain_spaces(&axis_count(2_500_000.0)), "2.5 M");
        assert_eq!(axis_count(200_000.0), "200,000");
    }

    #[test]
    fn percents_keep_what_they_carry() {
        assert_eq!(plain_spaces(&percent(0.05)), "5 %");
        assert_eq!(plain_spaces(&percent(0.0002)), "0.02 %");
        assert_eq!(plain_spaces(&percent(-0.0)), "0 %");
        assert_eq!(plain_spaces(&percent(1.0)), "100 %");
        assert_eq!(plain_spaces(&increase(-0.2072)), "−20.7 %");
        assert_eq!(plain_spaces(&increase(0.041)), "+4.1 %");
        assert_eq!(plain_spaces(&increase(-0.000_001)), "0 %");
        assert_eq!(plain_spaces(&increase(0.1)), "+10.0 %");
    }

    #[test]
    fn rates_and_limits() {
        assert_eq!(plain_spaces(&rate(82_123_456.0)), "82.1 million");
        assert_eq!(plain_spaces(&rate(123_456.0)), "123,000");
        assert_eq!(plain(1.25), "1.25");
        assert_eq!(plain(100.0), "100");
        assert_eq!(in_unit(0.0, Unit::Rows), "0");
        assert_eq!(plain_spaces(&bytes(454_995_968)), "434 MiB");
        assert_eq!(plain_spaces(&bytes(1 << 30)), "1.00 GiB");
    }

    #[test]
    fn what_is_no_number_is_a_dash() {
        for text in
            [fixed(f64::NAN, 3), duration(f64::INFINITY), rate(f64::NAN), increase(f64::NAN), plain(f64::NAN)]
        {
            assert_eq!(text, NONE);
        }
        assert_eq!(plain_spaces(&percent(f64::NAN)), "– %");
    }

    #[test]
    fn hidden_characters_are_written_out() {
        assert_eq!(
            show_hidden("a\u{1b}[31m\u{202e}b\u{85}\r\n\tc"),
            "a\\u{1b}[31m\\u{202e}b\\u{85}\\u{d}\n\tc"
        );
        assert_eq!(show_hidden("naïve – 日本"), "naïve – 日本");
    }

    #[test]
    fn one_line_stays_one_line() {
        assert_eq!(one_line("a\n\tb\u{ffff}\u{1b}"), "a\\u{a}\\u{9}b\\u{ffff}\\u{1b}");
    }

    #[test]
    fn a_command_has_one_flag_a_line() {
        let lines = one_flag_a_line("counterpoint run --set a=1 --fault 'crash --at 5' --seed 4");
        assert_eq!(lines, "counterpoint run \\\n  --set a=1 \\\n  --fault 'crash --at 5' \\\n  --seed 4");
        // Out of a quote by a quote: '\\'' is one.
        assert_eq!(one_flag_a_line(r"run --a 'it'\''s --b' --c"), "run \\\n  --a 'it'\\''s --b' \\\n  --c");
        assert_eq!(one_flag_a_line("run experiment.toml"), "run experiment.toml");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(shorten("almost-worst-fit", 16), "almost-worst-fit");
        assert_eq!(shorten("almost-worst-fit", 7), "almost…");
    }
}
