//! Describes what the verdict's line says beside the verdict: how far the answers are off, and how much they leave out.

use compare::{DatasetId, Ledger, Results, Tables, Unit};

use crate::format::{count, counted, in_unit, percent};
use crate::handover;

/// Rejected records beyond this share of all are named apart from others that are left out.
const MOST_REJECTED: f64 = 0.01;

/// Returns what a reader of the one line has to know, in the order of importance; nothing where there is nothing to
/// say.
pub(super) fn caveats(results: &Results) -> Vec<String> {
    let of_tables = results
        .tables()
        .map(|tables| [answers(results, &tables), handover::caveat(&tables), left_out(&tables)]);
    of_tables.into_iter().flatten().chain([refused_at_freeze(&results.dataset)]).flatten().collect()
}

/// The rows that decided.
pub(super) fn got_worse(rows: f64, unit: Unit, stable: &str) -> String {
    let (noun, is) = if (rows, unit) == (1.0, Unit::Rows) { ("row", "is") } else { ("rows", "are") };
    let of = if unit == Unit::Part { "of the rows" } else { noun };
    format!("{} {of} of its answer {is} worse than {stable}'s", in_unit(rows, unit))
}

/// The rows of both answers that differ from the reference: two versions that are wrong alike show no difference.
fn answers(results: &Results, tables: &Tables<'_>) -> Option<String> {
    let [stable, candidate] = [tables.stable, tables.candidate].map(|side| side.table.divergence.differing());
    let (name, both) = (&results.stable.job, tables.changes.wrong_in_both);
    let rows = |wrong: u64| of(wrong, results.reference.rows, "rows");
    let said = match (stable, candidate) {
        (0, 0) => return None,
        (0, _) => format!("it is wrong in {}, {name} in none", rows(candidate)),
        (_, 0) => format!("it is right in every row, {name} wrong in {}", rows(stable)),
        _ if stable == candidate && both == candidate => {
            format!("both are wrong in the same {}", rows(candidate))
        }
        _ => {
            format!(
                "it is wrong in {}, {name} in {}, both in {}",
                rows(candidate),
                count(stable),
                or_none(both)
            )
        }
    };
    Some(said + &allowed(results).unwrap_or_default())
}

/// The limit that lets wrong rows pass.
fn allowed(results: &Results) -> Option<String> {
    let check = results.verdict.checks.iter().find(|check| check.name == "divergence")?;
    let is_allowed = check.value > 0.0 && check.outcome == compare::Outcome::Pass;
    is_allowed.then(|| format!(", {} allowed", in_unit(check.limit, check.unit)))
}

/// The records that are in no row of the candidate's answer.
fn left_out(tables: &Tables<'_>) -> Option<String> {
    let (stable, ledger) = (tables.stable.version, &tables.candidate.version.ledger);
    let (mine, theirs) = (ledger.left_out(), stable.ledger.left_out());
    if mine == 0 {
        return None;
    }
    let records = of(mine, ledger.records, "records");
    let rejected = rejected(ledger);
    Some(if *ledger == stable.ledger {
        format!("both leave out {records}{rejected}")
    } else {
        format!("it leaves out {records}{rejected}, {} {}", stable.job, or_none(theirs))
    })
}

fn rejected(ledger: &Ledger) -> String {
    let Ledger { rejected, records, .. } = *ledger;
    if rejected as f64 <= MOST_REJECTED * records as f64 {
        return String::new();
    }
    let rejected = if rejected == ledger.left_out() { "all".to_owned() } else { count(rejected) };
    format!(", {rejected} of them rejected")
}

/// Rows of the source that never became records: no version saw them.
fn refused_at_freeze(dataset: &DatasetId) -> Option<String> {
    let rejected = dataset.rejected;
    let rows = dataset.records.saturating_add(rejected);
    (rejected > 0).then(|| format!("{} of the source are not in the dataset", of(rejected, rows, "rows")))
}

fn or_none(number: u64) -> String {
    if number == 0 { "none".to_owned() } else { count(number) }
}

/// `49 of 300 rows (16.33 %)`.
fn of(part: u64, whole: u64, plural: &str) -> String {
    if part > whole {
        return format!("{}, more than the {} that there are to be", counted(part, plural), count(whole));
    }
    let share = percent(part as f64 / whole.max(1) as f64);
    format!("{} of {} ({share})", count(part), counted(whole, plural))
}
