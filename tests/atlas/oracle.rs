//! The batch answers, as few lines as possible: each row of a window is found by looking at every record.

use std::collections::{BTreeMap, BTreeSet};

use crate::question::Question;

/// A record's fields; what is missing is empty.
struct Line<'a> {
    time: Option<i64>,
    key: &'a str,
    value: &'a str,
    tag: &'a str,
}

fn lines(question: &Question) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for line in &question.records {
        let fields: Vec<&str> = line.split(',').collect();
        let tag = fields.get(3).copied().unwrap_or_default();
        lines.push(Line { time: fields[0].parse().ok(), key: fields[1], value: fields[2], tag });
    }
    lines
}

/// Returns the answer's rows, in the order of a question's own.
pub(crate) fn answer(question: &Question) -> Vec<String> {
    let lines = lines(question);
    let rows = match question.kind.as_str() {
        "session" => sessions(&lines, number(question, "gap")),
        "dedup" => first_of_each(&lines),
        "join" | "left-join" => joined(&lines, number(question, "bound"), question.kind == "left-join"),
        "days" => in_windows(&lines, &local_days(question)),
        _ => in_windows(&lines, &windows(&lines, question)),
    };
    question.rows(&rows).expect("rows")
}

fn number(question: &Question, name: &str) -> i64 {
    question.parameters.get(name).and_then(toml::Value::as_integer).unwrap_or_default()
}

/// Every window that could hold a record: beginnings are multiples of the slide.
fn windows(lines: &[Line<'_>], question: &Question) -> BTreeSet<(i64, i64)> {
    let size = number(question, "size");
    let slide = if question.kind == "sliding" { number(question, "slide") } else { size };
    let mut windows = BTreeSet::new();
    for time in lines.iter().filter_map(|line| line.time) {
        let nth = time.div_euclid(slide);
        windows.extend((nth - size / slide - 1..=nth).map(|nth| (nth * slide, nth * slide + size)));
    }
    windows
}

/// The days of the zones that are asked for, worked out from what their clocks do: India is 5 h 30 min ahead all the year, Berlin
/// 2 h until 2026-10-25T01:00Z and 1 h from then on.
fn local_days(question: &Question) -> BTreeSet<(i64, i64)> {
    let hour = 3_600_000;
    if question.parameters["zone"].as_str() == Some("Asia/Kolkata") {
        let first = 1_772_323_200_000 - 24 * hour - 11 * hour / 2; // 2026-02-28, in India.
        return (0..3).map(|day| (first + day * 24 * hour, first + (day + 1) * 24 * hour)).collect();
    }
    let long = 1_792_879_200_000; // 2026-10-25, in Berlin.
    [(long - 24 * hour, long), (long, long + 25 * hour), (long + 25 * hour, long + 49 * hour)].into()
}

fn in_windows(lines: &[Line<'_>], windows: &BTreeSet<(i64, i64)>) -> Vec<String> {
    let mut rows = Vec::new();
    for &(start, end) in windows {
        for key in lines.iter().map(|line| line.key).collect::<BTreeSet<_>>() {
            let is_in = |line: &&Line<'_>| {
                line.key == key && line.time.is_some_and(|time| start <= time && time < end)
            };
            let held: Vec<&Line<'_>> = lines.iter().filter(is_in).collect();
            if !held.is_empty() {
                rows.push(row(start, end, key, &held));
            }
        }
    }
    rows
}

fn row(start: i64, end: i64, key: &str, held: &[&Line<'_>]) -> String {
    let values: Vec<i128> = held.iter().filter_map(|line| line.value.parse().ok()).collect();
    let sum = if values.is_empty() { String::new() } else { values.iter().sum::<i128>().to_string() };
    format!("{start},{end},{key},{},{sum}", held.len())
}

/// Records are joined to the first session of their key that is no further away than the gap, until nothing changes.
fn sessions(lines: &[Line<'_>], gap: i64) -> Vec<String> {
    let mut sessions: BTreeMap<&str, Vec<Vec<&Line<'_>>>> = BTreeMap::new();
    for line in lines {
        sessions.entry(line.key).or_default().push(vec![line]);
    }
    let near = |one: &[&Line<'_>], other: &[&Line<'_>]| {
        one.iter().any(|a| other.iter().any(|b| (a.time.unwrap_or(0) - b.time.unwrap_or(0)).abs() <= gap))
    };
    let mut rows = Vec::new();
    for (key, mut groups) in sessions {
        while let Some((one, other)) = (0..groups.len())
            .flat_map(|one| (0..one).map(move |other| (one, other)))
            .find(|&(one, other)| near(&groups[one], &groups[other]))
        {
            let moved = groups.remove(one);
            groups[other].extend(moved);
        }
        for group in groups {
            let times = || group.iter().filter_map(|line| line.time);
            let (first, last) = (times().min().expect("a time"), times().max().expect("a time"));
            rows.push(row(first, last + gap, key, &group));
        }
    }
    rows
}

fn first_of_each(lines: &[Line<'_>]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let first = lines.iter().filter(|line| seen.insert(line.tag));
    first.map(|line| format!("{},{},{},{}", line.time.unwrap_or(0), line.tag, line.key, line.value)).collect()
}

fn joined(lines: &[Line<'_>], bound: i64, keeps_unmatched: bool) -> Vec<String> {
    let mut rows = Vec::new();
    for left in lines.iter().filter(|line| line.tag == "L") {
        let from = left.time.expect("a time");
        let is_partner = |right: &&Line<'_>| {
            let is_in_time = right.time.is_some_and(|time| (from..=from + bound).contains(&time));
            right.tag == "R" && right.key == left.key && is_in_time
        };
        let before = rows.len();
        for right in lines.iter().filter(is_partner) {
            let at = right.time.expect("a time");
            rows.push(format!("{from},{at},{},{},{}", left.key, left.value, right.value));
        }
        if rows.len() == before && keeps_unmatched {
            rows.push(format!("{from},,{},{},", left.key, left.value));
        }
    }
    rows
}
