//! Text tables for the terminal.

use compare::{Check, Outcome, Results, Timings, Unit};
use datasets::shown;

use crate::output::Output;

/// Rows of cells with every column as wide as its widest cell: the first to the left, the others to the right.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("   ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The summary of a run: what was compared, the numbers side by side, the checks, the verdict.
pub(super) fn summary(results: &Results, timings: &Timings, output: &Output) {
    let dataset = &results.dataset;
    output.line(format_args!(
        "{} on {}, {} records\n",
        results.problem,
        shown(&dataset.name),
        dataset.records
    ));
    output.line(aligned(&side_by_side(results, timings)));
    output.line("");
    let (all, skipped) =
        (results.verdict.checks.iter().chain(&timings.verdict.checks), &timings.verdict.skipped);
    for check in all {
        let outcome = output.outcome(check.outcome);
        output.line(format_args!("{outcome}   {}: {}", limit(check), shown(&check.note)));
    }
    for limit in skipped {
        output.line(format_args!("skipped   {}: {}", limit.name, limit.reason));
    }
    let headline = reports::headline(results, timings);
    output.line(format_args!(
        "\n{}   {}",
        output.outcome(headline.outcome).to_uppercase(),
        shown(&headline.sentence)
    ));
    if timings.outcome != Outcome::Pass || !headline.detail.is_empty() {
        output.line(shown(&headline.detail));
    }
}

fn side_by_side(results: &Results, timings: &Timings) -> Vec<Vec<String>> {
    let (stable, candidate) = (&results.stable, &results.candidate);
    let reference = &results.reference;
    let bounds = |low: String, high: String| if low == high { low } else { format!("{low} to {high}") };
    let ratio = |version: &compare::VersionResult| {
        let ratio = &version.competitive_ratio;
        bounds(format!("{:.4}", ratio.low), format!("{:.4}", ratio.high))
    };
    let proven = |version: &compare::VersionResult| {
        let ratio = &version.competitive_ratio;
        match (ratio.proven_absolute, ratio.proven) {
            (Some(absolute), _) => format!("{absolute:.4} absolute"),
            (None, Some(asymptotic)) => format!("{asymptotic:.4} asymptotic"),
            (None, None) => "none known".to_owned(),
        }
    };
    let row = |cells: [String; 4]| cells.to_vec();
    let none = String::new;
    let mut rows = vec![
        row([
            none(),
            "reference".into(),
            format!("stable {}", stable.job),
            format!("candidate {}", candidate.job),
        ]),
        row([
            results.cost_unit.clone(),
            bounds(reference.lower_bound.to_string(), reference.upper_bound.to_string()),
            stable.cost.to_string(),
            candidate.cost.to_string(),
        ]),
        row(["competitive ratio".into(), none(), ratio(stable), ratio(candidate)]),
        row(["proven, at most".into(), none(), proven(stable), proven(candidate)]),
    ];
    if let Some(orders) = &results.orders {
        let over = |stats: &compare::OrderStats| format!("{:.4} ({:.4})", stats.mean.value, stats.worst);
        let name = format!("mean (worst) of {} orders", orders.count);
        rows.push(row([name, none(), over(&orders.stable), over(&orders.candidate)]));
    }
    let rate = |version: &compare::VersionTimings| format!("{:.1} M/s", version.records_per_second / 1e6);
    let p50 = |version: &compare::VersionTimings| format!("{:.1} ns", version.latency_ns.p50);
    rows.push(row([
        "records a second of work".into(),
        none(),
        rate(&timings.stable),
        rate(&timings.candidate),
    ]));
    let label = match timings.measure {
        compare::Measure::ServiceTimeByChunk => "time a record, median",
        compare::Measure::FromDueTime => "latency from due time, median",
    };
    rows.push(row([label.into(), none(), p50(&timings.stable), p50(&timings.candidate)]));
    rows
}

fn limit(check: &Check) -> String {
    let limit = match check.unit {
        Unit::Ratio => format!("{:.4}", check.limit),
        Unit::Share => format!("{:+.1} %", check.limit * 100.0),
        Unit::Rows => format!("{:.0} rows", check.limit),
        Unit::Ns => format!("{:.0} ns", check.limit),
    };
    format!("{} ≤ {limit}", check.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        assert_eq!(aligned(&[row(["a", "bb", ""]), row(["ccc", "d", "e"])]), "a     bb\nccc    d   e");
    }
}
