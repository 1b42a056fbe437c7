//! The figures of a run that can be set beside those of another.

use reports::{FigureUnit as Unit, RunFigure as Figure};
use serde_json::Value;

use super::json::{at, at_one, count_at, number_at, text_at};

/// Returns all figures that a run has, in the order in which they are shown.
pub(crate) fn figures(results: &Value, timings: &Value) -> Vec<Figure> {
    let mut figures = Vec::new();
    figures.extend(rows(results, "reference", "reference_rows", "rows of the reference"));
    for (role, names) in [("stable", STABLE), ("candidate", CANDIDATE)] {
        figures.extend(version(results, role, &names));
    }
    figures.extend(times(timings));
    figures
}

/// The names of one version's figures, and what they are.
struct Names {
    cost: (&'static str, &'static str),
    ratio: (&'static str, &'static str),
    wrong: (&'static str, &'static str),
    left_out: (&'static str, &'static str),
}

const STABLE: Names = Names {
    cost: ("stable_cost", "stable's cost"),
    ratio: ("stable_ratio", "stable's competitive ratio"),
    wrong: ("stable_wrong_rows", "rows of stable's answer that differ from the reference"),
    left_out: ("stable_left_out", "records that stable left out"),
};
const CANDIDATE: Names = Names {
    cost: ("cost", "the candidate's cost"),
    ratio: ("ratio", "the candidate's competitive ratio"),
    wrong: ("wrong_rows", "rows of the candidate's answer that differ from the reference"),
    left_out: ("left_out", "records that the candidate left out"),
};

fn version(results: &Value, role: &str, names: &Names) -> Vec<Figure> {
    let Some(version) = results.get(role) else { return Vec::new() };
    let plain = |(name, about): (&'static str, &'static str), value: Option<u64>| {
        value.map(|value| counted(name, about, value))
    };
    let cost = at_one(version, &[&["cost", "value"], &["cost"]]).and_then(Value::as_u64);
    let ratio =
        at_one(version, &[&["cost", "competitive_ratio"], &["competitive_ratio"]]).and_then(|ratio| {
            let (low, high) = (number_at(ratio, &["low"])?, number_at(ratio, &["high"])?);
            let (name, about) = names.ratio;
            let interval = (low < high).then_some([low, high]);
            Some(Figure { name, about, unit: Unit::Ratio, value: high, interval, is_machines: false })
        });
    [
        plain(names.cost, cost),
        ratio,
        plain(names.wrong, wrong(version)),
        plain(names.left_out, left_out(version)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns how many rows, or decisions, aren't what they should be.
fn wrong(version: &Value) -> Option<u64> {
    let divergence = at_one(
        version,
        &[&["answer", "table", "divergence"], &["answer", "decisions", "divergence"], &["divergence"]],
    )?;
    let of = |name| count_at(divergence, &[name]);
    Some(of("missing")?.saturating_add(of("extra")?).saturating_add(of("changed")?))
}

fn left_out(version: &Value) -> Option<u64> {
    let ledger = at(version, &["ledger"])?;
    let of = |name| count_at(ledger, &[name]).unwrap_or(0);
    let parts = ["late", "rejected", "not_emitted", "no_window", "lost"];
    count_at(ledger, &["records"])?;
    Some(parts.map(of).into_iter().fold(0, u64::saturating_add))
}

fn rows(results: &Value, part: &str, name: &'static str, about: &'static str) -> Option<Figure> {
    count_at(results, &[part, "rows"]).map(|rows| counted(name, about, rows))
}

fn counted(name: &'static str, about: &'static str, value: u64) -> Figure {
    Figure { name, about, unit: Unit::Count, value: value as f64, interval: None, is_machines: false }
}

/// The candidate's time over stable's, both times, and what the whole run took.
fn times(timings: &Value) -> Vec<Figure> {
    let quantities = at(timings, &["speed", "quantities"]).and_then(Value::as_array);
    let quantities = quantities.map(Vec::as_slice).unwrap_or_default();
    let quantity = |metric: &str| quantities.iter().find(|found| text_at(found, &["metric"]) == Some(metric));
    let mut figures = Vec::new();
    if let Some(work) = quantity("mean").or_else(|| quantity("p50")) {
        figures.extend(estimate(
            work,
            "ratio",
            ("time_ratio", "time a record, the candidate's over stable's"),
            Unit::Ratio,
        ));
        figures.extend(estimate(work, "stable_ns", ("stable_time", "stable's time a record"), Unit::Ns));
        figures.extend(estimate(work, "candidate_ns", ("time", "the candidate's time a record"), Unit::Ns));
    }
    if let Some(p99) = quantity("p99") {
        figures.extend(estimate(
            p99,
            "ratio",
            ("p99_ratio", "p99, the candidate's over stable's"),
            Unit::Ratio,
        ));
        figures.extend(estimate(p99, "candidate_ns", ("p99", "the candidate's p99"), Unit::Ns));
    }
    let wall = number_at(timings, &["wall_seconds"]).map(|seconds| seconds * 1e9);
    let memory = number_at(timings, &["peak_rss_bytes"]);
    let machines = |name, about, unit| {
        move |value| Figure { name, about, unit, value, interval: None, is_machines: true }
    };
    figures.extend(memory.map(machines("memory", "memory of the whole run, at most", Unit::Bytes)));
    figures.extend(wall.map(machines("wall", "time of the whole run", Unit::Ns)));
    figures
}

fn estimate(
    quantity: &Value,
    part: &str,
    (name, about): (&'static str, &'static str),
    unit: Unit,
) -> Option<Figure> {
    let value = number_at(quantity, &[part, "value"])?;
    let end = |at: usize| quantity.get(part)?.get("interval")?.get(at)?.as_f64();
    let interval = end(0).zip(end(1)).map(|(low, high)| [low, high]);
    Some(Figure { name, about, unit, value, interval, is_machines: true })
}
