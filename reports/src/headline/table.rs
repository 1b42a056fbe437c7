//! Describes what a problem that answers with a table came to, in sentences.

use compare::{Ledger, Results, Role, RowDifferences, Tables};

use crate::crashes;
use crate::differences::kinds;
use crate::expected;
use crate::format::{count, counted, duration};
use crate::handover;
use crate::ledger::{all_left_out, reasons};

/// In which ways the answers differ from the reference, and which records they leave out.
pub(super) fn found(results: &Results, tables: &Tables<'_>) -> String {
    let parts = [
        Some(answers(results, tables)),
        parting(results, tables),
        never_given(results, tables),
        handover::sentence(results, tables),
        expected::sentence(results),
        records(results),
        crashes::sentence(results),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn answers(results: &Results, tables: &Tables<'_>) -> String {
    let (stable, candidate) = (&tables.stable.table.divergence, &tables.candidate.table.divergence);
    let rows = counted(results.reference.rows, "rows");
    if stable.differing().max(candidate.differing()) > 0 {
        return format!(
            "It differs from the reference's {rows} in {}, {} in {}.",
            ways(candidate),
            results.stable.job,
            ways(stable)
        );
    }
    match results.reference.rows {
        0 => "Both answers are empty, like the reference's.".to_owned(),
        1 => "Both answers equal the reference's one row.".to_owned(),
        _ => format!("Both answers equal the reference's, all {rows}."),
    }
}

/// The first record that one of them counts and the other doesn't, where rows tell it.
fn parting(results: &Results, tables: &Tables<'_>) -> Option<String> {
    let found = tables.changes.parting.as_ref()?;
    let (stable, candidate) = (&results.stable.job, &results.candidate.job);
    let (with, without) = match found.without {
        Role::Stable => (candidate, stable),
        Role::Candidate => (stable, candidate),
    };
    let late = found
        .behind_ms
        .map(|behind| format!(", which came {} behind event time", duration(behind as f64 * 1e6)));
    let record = count(found.record);
    // Rows that tell nothing may differ from an earlier one on.
    let latest = if found.told < found.rows { ", at the latest," } else { "" };
    Some(format!(
        "They part{latest} at the record with offset {record}{}: {with} counts it and {without} doesn't.",
        late.unwrap_or_default()
    ))
}

fn ways(found: &RowDifferences) -> String {
    match found.differing() {
        0 => "none".to_owned(),
        rows => in_brackets(rows, &kinds(found)),
    }
}

/// A number and its parts: `35 (3 changed, 32 missing)`, `14 (all changed)`, `1 (changed)`.
fn in_brackets(sum: u64, parts: &str) -> String {
    let all = format!("{} ", count(sum));
    let parts = match parts.strip_prefix(&all).filter(|rest| !rest.contains(", ")) {
        Some(kind) if sum > 1 => format!("all {kind}"),
        Some(kind) => kind.to_owned(),
        None => parts.to_owned(),
    };
    format!("{all}({parts})")
}

/// Says which rows were never given out, for nothing moved a job's time that far.
fn never_given(results: &Results, tables: &Tables<'_>) -> Option<String> {
    let [stable, candidate] = [tables.stable, tables.candidate].map(|side| side.table.not_emitted);
    (stable.max(candidate) > 0).then(|| {
        let rows = counted(candidate, "rows");
        format!("It never gave out {rows} at the end, {} {}.", results.stable.job, count(stable))
    })
}

/// Nothing where both jobs are programs outside, which give no account of the records.
fn records(results: &Results) -> Option<String> {
    let (stable, candidate) = (&results.stable.ledger, &results.candidate.ledger);
    if stable.untold > 0 && candidate.untold > 0 {
        return None;
    }
    let all = counted(results.fed(), "records");
    if stable.untold > 0 || candidate.untold > 0 {
        let [told, other] = if stable.untold > 0 {
            [&results.candidate, &results.stable]
        } else {
            [&results.stable, &results.candidate]
        };
        let without = without(&told.ledger);
        return Some(format!("Of {all} {} leaves out {without}; {} doesn't say.", told.job, other.job));
    }
    Some(both(results, &all))
}

fn both(results: &Results, all: &str) -> String {
    let (stable, candidate) = (&results.stable.ledger, &results.candidate.ledger);
    if reasons(stable).is_empty() && reasons(candidate).is_empty() {
        return match results.fed() {
            0 => "There are no records.".to_owned(),
            1 => "Both use the only record.".to_owned(),
            _ => format!("Both use all {all}."),
        };
    }
    format!("Of {all} it does not use {}, {} {}.", without(candidate), results.stable.job, without(stable))
}

fn without(ledger: &Ledger) -> String {
    match all_left_out(ledger) {
        0 => "none".to_owned(),
        records => in_brackets(records, &reasons(ledger)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_and_its_parts() {
        let cases = [
            (35, "3 changed, 32 missing", "35 (3 changed, 32 missing)"),
            (1_400, "1,400 changed", "1,400 (all changed)"),
            (1, "1 late", "1 (late)"),
            (2, "2 in no window", "2 (all in no window)"),
        ];
        for (sum, parts, expected) in cases {
            assert_eq!(in_brackets(sum, parts), expected);
        }
    }
}
