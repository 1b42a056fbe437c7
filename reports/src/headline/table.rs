//! What a problem that answers with a table came to, in sentences.

use compare::{Check, Ledger, Outcome, RowDifferences, TableResults};

use crate::differences::kinds;
use crate::format::{count, counted};
use crate::ledger::{left_out, reasons};

/// The rows that differ, as the end of the verdict, where it is them that decided.
pub(super) fn because(results: &TableResults, worst: &[&Check]) -> Option<String> {
    let first = worst.first().filter(|check| check.outcome == Outcome::Fail)?;
    if !matches!(first.name.as_str(), "divergence" | "divergence_increase") {
        return None;
    }
    let [stable, candidate] =
        [&results.stable, &results.candidate].map(|version| version.divergence.differing());
    let (rows, differ) = if candidate == 1 { ("row", "differs") } else { ("rows", "differ") };
    Some(format!(
        ": {} {rows} of its answer {differ} from the batch reference, {} of stable's",
        count(candidate),
        if stable == 0 { "none".to_owned() } else { count(stable) },
    ))
}

/// In which ways the answers differ from the reference, and which records they leave out.
pub(super) fn found(results: &TableResults) -> String {
    format!("{} {}", answers(results), records(results))
}

fn answers(results: &TableResults) -> String {
    let (stable, candidate) = (&results.stable.divergence, &results.candidate.divergence);
    let rows = counted(results.reference.rows, "rows");
    if stable.differing() + candidate.differing() > 0 {
        return format!(
            "Its answer against the reference's {rows}: {}; stable's: {}.",
            ways(candidate),
            ways(stable)
        );
    }
    match results.reference.rows {
        0 => "Both answers are empty, like the reference's.".to_owned(),
        1 => "Both answers equal the reference's one row.".to_owned(),
        _ => format!("Both answers equal the reference's, all {rows}."),
    }
}

fn ways(found: &RowDifferences) -> String {
    if found.differing() == 0 { "no row differs".to_owned() } else { kinds(found) }
}

fn records(results: &TableResults) -> String {
    let (stable, candidate) = (&results.stable.ledger, &results.candidate.ledger);
    let all = counted(results.dataset.records, "records");
    if reasons(stable).is_empty() && reasons(candidate).is_empty() {
        return match results.dataset.records {
            0 => "There are no records.".to_owned(),
            1 => "Both use the only record.".to_owned(),
            _ => format!("Both use all {all}."),
        };
    }
    format!(
        "It leaves out {} of {all}{}, stable {}{}.",
        without(candidate),
        why(candidate),
        without(stable),
        why(stable)
    )
}

fn without(ledger: &Ledger) -> String {
    match left_out(ledger).iter().map(|kind| kind.1).sum() {
        0 => "none".to_owned(),
        records => count(records),
    }
}

fn why(ledger: &Ledger) -> String {
    let reasons = reasons(ledger);
    if reasons.is_empty() { reasons } else { format!(" ({reasons})") }
}
