//! Text tables for the terminal.

use compare::{
    Check, CostResult, Costs, DatasetId, Ledger, OrderStats, Outcome, RecoveryResult, ReplayId, Results,
    TableSide, Tables, Timings, Unit,
};
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
    let (dataset, verdict) = (&results.dataset, &results.verdict);
    output.line(format_args!(
        "{} on {}, {}{}{}\n",
        shown(&results.problem),
        shown(&dataset.name),
        datasets::counted(dataset.records, "records"),
        amplified(&results.replay, dataset),
        rejected_before(dataset)
    ));
    let mut rows = vec![head(results)];
    rows.extend(results.costs().into_iter().flat_map(|costs| cost_rows(results, &costs)));
    rows.extend(results.tables().into_iter().flat_map(|tables| rows_of_tables(results, &tables)));
    rows.extend(speeds(timings));
    output.line(aligned(&rows));
    output.line("");
    let all = verdict.checks.iter().chain(&timings.verdict.checks);
    let skipped = verdict.skipped.iter().chain(&timings.verdict.skipped);
    for check in all {
        let outcome = output.outcome(check.outcome);
        output.line(format_args!("{outcome}   {}: {}", limit(check), shown(&check.note)));
    }
    for limit in skipped {
        output.line(format_args!("skipped   {}: {}", limit.name, limit.reason));
    }
    for note in &results.reference.notes {
        output.line(format_args!("note      the reference: {}", shown(note)));
    }
    for version in [&timings.stable, &timings.candidate] {
        if let Some(why) = version.null_job.as_ref().and_then(|null| null.skipped.as_ref()) {
            output.line(format_args!("note      a job that does nothing was not timed: {}", shown(why)));
        }
    }
    for rule in results.expected.iter().filter(|rule| rule.is_idle() && !rule.expired) {
        output
            .line(format_args!("note      nothing differs where {}: the rule can go", shown(&rule.r#where)));
    }
    architectures(results, output);
    let headline = reports::headline(results, timings);
    let outcome = output.outcome(headline.outcome).to_uppercase();
    output.line(format_args!("\n{outcome}{}", shown(&headline.after_outcome())));
    if timings.outcome != Outcome::Pass || !headline.detail.is_empty() {
        output.line(shown(&headline.detail));
    }
    if let Some(why) = reports::why_rows_differ(results) {
        output.line(format_args!("Why rows differ: {}.", shown(&why)));
    }
}

/// Prints what happened under each architecture, where any was run.
fn architectures(results: &Results, output: &Output) {
    let lines = reports::architectures(results);
    let width = lines.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    for (index, (label, text)) in lines.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        output.line(format_args!("{gap}{label:<width$}   {}", shown(text)));
    }
}

/// Returns how often each record was fed, where that is more than once.
pub(super) fn amplified(replay: &ReplayId, dataset: &DatasetId) -> String {
    match replay.amplify {
        1 => String::new(),
        times => format!(", each fed {times} times under keys of its own: {}", replay.fed(dataset.records)),
    }
}

/// Returns how many rows of the source are no records, where any were left out.
pub(super) fn rejected_before(dataset: &DatasetId) -> String {
    match dataset.rejected {
        0 => String::new(),
        rows => format!(" ({rows} more rejected when it was frozen)"),
    }
}

fn head(results: &Results) -> Vec<String> {
    let [stable, candidate] = results.jobs();
    vec![String::new(), "reference".to_owned(), format!("stable {stable}"), format!("candidate {candidate}")]
}

fn cost_rows(results: &Results, costs: &Costs<'_>) -> Vec<Vec<String>> {
    let Costs { unit, bounds, stable, candidate } = *costs;
    let between = |low: String, high: String| if low == high { low } else { format!("{low} to {high}") };
    let ratio = |cost: &CostResult| {
        let ratio = &cost.competitive_ratio;
        between(format!("{:.4}", ratio.low), format!("{:.4}", ratio.high))
    };
    let proven = |cost: &CostResult| {
        let ratio = &cost.competitive_ratio;
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
            unit.to_owned(),
            between(bounds.lower.to_string(), bounds.upper.to_string()),
            stable.value.to_string(),
            candidate.value.to_string(),
        ]),
        row(["competitive ratio".into(), none(), ratio(stable), ratio(candidate)]),
        row(["proven, at most".into(), none(), proven(stable), proven(candidate)]),
    ];
    if let Some(orders) = &results.orders {
        let over = |name: String, of: fn(&OrderStats) -> f64| {
            let [stable, candidate] =
                [&orders.stable, &orders.candidate].map(|stats| format!("{:.4}", of(stats)));
            row([name, none(), stable, candidate])
        };
        rows.push(over(format!("  mean over {} orders", orders.count), |stats| stats.mean.value));
        rows.push(over("  worst of them".to_owned(), |stats| stats.worst));
    }
    rows
}

/// The start of a condition, so that one that is long doesn't push the figures off the screen.
fn start_of(condition: &str) -> String {
    match condition.char_indices().nth(40) {
        Some((end, _)) => format!("{}\u{2026}", shown(&condition[..end])),
        None => shown(condition).to_string(),
    }
}

fn rows_of_tables(results: &Results, tables: &Tables<'_>) -> Vec<Vec<String>> {
    let row = |name: &str, of: fn(TableSide<'_>) -> String| {
        vec![name.to_owned(), String::new(), of(tables.stable), of(tables.candidate)]
    };
    let mut rows = vec![
        vec![
            "rows".to_owned(),
            tables.rows.to_string(),
            tables.stable.table.rows.to_string(),
            tables.candidate.table.rows.to_string(),
        ],
        row("rows that differ from the reference", |side| side.table.divergence.differing().to_string()),
        row("  missing", |side| side.table.divergence.missing.to_string()),
        row("  extra", |side| {
            let found = &side.table.divergence;
            // Those whose sessions merged later are told below, with their cause.
            found.extra.saturating_sub(found.superseded).to_string()
        }),
        row("  changed", |side| side.table.divergence.changed.to_string()),
    ];
    let (stable, candidate) = (&results.stable, &results.candidate);
    if stable.ledger.untold == 0 || candidate.ledger.untold == 0 {
        rows.extend(rows_of_records(tables));
    }
    let given = [tables.stable, tables.candidate].map(|side| side.table);
    if stable.ledger.untold > 0 || candidate.ledger.untold > 0 {
        let [stable, candidate] = given.map(|table| table.firings.to_string());
        rows.push(vec!["rows given out".to_owned(), String::new(), stable, candidate]);
    }
    if given.iter().any(|table| table.not_emitted > 0) {
        let [stable, candidate] = given.map(|table| table.not_emitted.to_string());
        rows.push(vec!["rows never given out".to_owned(), String::new(), stable, candidate]);
    }
    for rule in &results.expected {
        let name = format!("expected where {}", start_of(&rule.r#where));
        let [stable, candidate] = [rule.stable, rule.candidate].map(|rows| rows.to_string());
        rows.push(vec![name, rule.rows.to_string(), stable, candidate]);
    }
    let ledgers = [&stable.ledger, &candidate.ledger];
    let rare = [
        ("in no window", ledgers.map(|ledger| ledger.no_window)),
        ("rows of sessions that merged later", ledgers.map(|ledger| ledger.superseded_rows)),
    ];
    for (name, [stable, candidate]) in rare.into_iter().filter(|(_, counts)| *counts != [0, 0]) {
        rows.push(vec![name.to_owned(), String::new(), stable.to_string(), candidate.to_string()]);
    }
    if let (Some(stable), Some(candidate)) = (&stable.recovery, &candidate.recovery) {
        let sides = recovery_rows(stable).into_iter().zip(recovery_rows(candidate));
        rows.extend(
            sides.map(|((name, stable), (_, candidate))| {
                vec![name.to_owned(), String::new(), stable, candidate]
            }),
        );
    }
    rows
}

/// Returns what became of the records, where that is known of a version.
fn rows_of_records(tables: &Tables<'_>) -> Vec<Vec<String>> {
    let row = |name: &str, of: &dyn Fn(TableSide<'_>) -> String| {
        let told = |side: TableSide<'_>| {
            if side.version.ledger.untold > 0 { "not told".to_owned() } else { of(side) }
        };
        vec![name.to_owned(), String::new(), told(tables.stable), told(tables.candidate)]
    };
    let count = |name: &str, of: fn(&Ledger) -> u64| row(name, &|side| of(&side.version.ledger).to_string());
    let occurs = |of: fn(&Ledger) -> u64| {
        [tables.stable, tables.candidate].iter().any(|side| of(&side.version.ledger) > 0)
    };
    let mut rows = vec![
        count("records used", |ledger| ledger.used),
        count("  late", |ledger| ledger.late),
        count("  not emitted", |ledger| ledger.not_emitted),
    ];
    if occurs(|ledger| ledger.duplicate) {
        rows.push(count("  duplicate", |ledger| ledger.duplicate));
    }
    if occurs(|ledger| ledger.rejected) {
        rows.push(count("  rejected", |ledger| ledger.rejected));
    }
    rows.push(row("micro-batches", &|side| side.table.batches.to_string()));
    rows
}

fn speeds(timings: &Timings) -> Vec<Vec<String>> {
    let rows = reports::speeds(timings).into_iter();
    rows.map(|[label, stable, candidate]| vec![label, String::new(), stable, candidate]).collect()
}

fn limit(check: &Check) -> String {
    match check.name.as_str() {
        "guarantee" => return "guarantee kept".to_owned(),
        "upgrade" => return "upgrade done".to_owned(),
        "reference" => return "reference sound".to_owned(),
        "expected" => return "no rule past its day".to_owned(),
        _ => {}
    }
    let limit = match check.unit {
        Unit::Ratio => format!("{:.4}", check.limit),
        Unit::Share => format!("{:+.1} %", check.limit * 100.0),
        Unit::Part => format!("{} %", (check.limit * 1e6).round() / 1e4),
        Unit::Rows => datasets::counted(check.limit as u64, "rows"),
        Unit::Records => datasets::counted(check.limit as u64, "records"),
        Unit::Values => datasets::counted(check.limit as u64, "values"),
        Unit::Ns => format!("{:.0} ns", check.limit),
        Unit::Bytes => format!("{:.0} bytes", check.limit),
    };
    format!("{} ≤ {limit}", check.name)
}

/// Checkpoints and faults of one version, as rows of name and value.
pub(super) fn recovery_rows(result: &RecoveryResult) -> Vec<(&'static str, String)> {
    vec![
        ("guarantee", result.guarantee.to_string()),
        ("checkpoints taken", result.checkpoints.to_string()),
        ("checkpoint interval, records", result.checkpoint_every.to_string()),
        ("incarnations of the job", result.incarnations.to_string()),
        ("faults that struck", result.faults.len().to_string()),
        ("records lost", result.lost.to_string()),
        ("records repeated", result.repeated.to_string()),
        ("rows missing from the output", result.rows_missing.to_string()),
        ("extra rows in the output", result.rows_extra.to_string()),
        ("answer as without faults", if result.same_answer { "yes" } else { "no" }.to_owned()),
    ]
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
