//! Why two versions that saw the same records answer differently: what each does, and what that did here.

use compare::{Results, TableSide, Tables, VersionResult};
use maud::{Markup, html};

use crate::format::{count, counted, shorten};
use crate::part::Part;

/// Bounds what a version is said to do: it is a glance, not a document.
const MOST_CHARS: usize = 200;

/// The section, or nothing where the versions answer alike and leave out alike.
pub(crate) fn why(results: &Results, tables: &Tables<'_>) -> Option<Part> {
    let (stable, candidate) = (&results.stable, &results.candidate);
    let points = points(results, tables);
    let is_told = !points.is_empty() || [stable, candidate].iter().any(|version| !version.about.is_empty());
    let is_same = tables.changes.rows.differing() == 0 && stable.ledger == candidate.ledger;
    if !is_told || is_same {
        return None;
    }
    let body = html! {
        table class="facts" {
            tbody {
                (about(stable, "stable"))
                (about(candidate, "candidate"))
                @for (name, text) in points { tr { th scope="row" { (name) } td { (text) } } }
            }
        }
    };
    Some(Part::new("why", "Why do the two versions differ?", body))
}

fn about(version: &VersionResult, side: &'static str) -> Markup {
    html! {
        @if !version.about.is_empty() {
            tr { th scope="row" class=(side) { (version.job) } td { (shorten(&version.about, MOST_CHARS)) } }
        }
    }
}

/// Where one version moves event time with its records, as Flink, and the other between micro-batches, as Spark: what
/// that does, by the run's own counts.
fn points(results: &Results, tables: &Tables<'_>) -> Vec<(&'static str, String)> {
    let (stable, candidate) = (tables.stable, tables.candidate);
    let (record, batch) = match (stable.table.batches, candidate.table.batches) {
        (0, 1..) => (stable, candidate),
        (1.., 0) => (candidate, stable),
        (0, 0) | (1.., 1..) => return Vec::new(),
    };
    let mut points = vec![
        ("event time moves", event_time(results, record.version, batch)),
        ("late", late(record.version, batch.version)),
    ];
    if is_of_sessions(results) {
        points.push((
            "sessions",
            format!(
                "{} merges a record into the sessions it touches and then judges the session; {} judges the record alone, and drops it though its session may still be open.",
                record.version.job, batch.version.job
            ),
        ));
    }
    points.push(("end of input", end_of_input(results, record.version, batch)));
    points
}

fn event_time(
    results: &Results,
    record: &VersionResult,
    TableSide { version: batch, table }: TableSide<'_>,
) -> String {
    let batches = counted(table.batches, "micro-batches");
    match results.replay.trigger.as_str() {
        "record" => {
            format!("{} moves it with each record, {} after each batch of one.", record.job, batch.job)
        }
        trigger => format!(
            "{} moves it between its {batches} ({trigger}). Under this trigger {} moves it at the same edges; with \
             trigger record it would move it with each record.",
            batch.job, record.job
        ),
    }
}

fn late(record: &VersionResult, batch: &VersionResult) -> String {
    let fewer = if batch.ledger.late < record.ledger.late {
        ": the older that is, the fewer records are late"
    } else {
        ""
    };
    format!(
        "{} drops {}, {} {}. {} holds a record against event time as it stood before the record's own batch, or one \
         batch earlier still (Spark since 3.4){fewer}.",
        record.job,
        counted(record.ledger.late, "records"),
        batch.job,
        count(batch.ledger.late),
        batch.job
    )
}

fn is_of_sessions(results: &Results) -> bool {
    let window = results.parameters.get("window").map(ToString::to_string);
    results.parameters.contains_key("gap") || window.is_some_and(|window| window.starts_with("session:"))
}

fn end_of_input(
    results: &Results,
    record: &VersionResult,
    TableSide { version: batch, table }: TableSide<'_>,
) -> String {
    let drains = results.parameters.get("drain").is_some_and(|drain| drain.to_string() == "yes");
    if drains {
        return "Both emit whatever is still open: drain = yes.".to_owned();
    }
    let not_emitted = match batch.ledger.not_emitted {
        0 => "there was nothing else".to_owned(),
        records => format!("what is still open, {}, is never emitted", counted(records, "records")),
    };
    let missing = match (batch.ledger.not_emitted, table.divergence.missing) {
        (0, _) | (_, 0) => String::new(),
        (_, rows) => format!(
            " That leaves rows out of its answer: {} are missing. drain = yes would emit what is open.",
            count(rows)
        ),
    };
    format!(
        "{} emits whatever is still open. {} emits what event time has passed, and {not_emitted}.{missing}",
        record.job, batch.job
    )
}
