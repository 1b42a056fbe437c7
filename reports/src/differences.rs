//! Rows that differ: column by column, and the first of them one by one.

use compare::{Alike, Role, RowDifference, RowDifferences, Tables};
use maud::{Markup, html};

use crate::format::{capital, count, counted, duration, shorten};
use crate::part::Part;

/// As many rows are shown of each comparison.
const MOST_ROWS: usize = 20;
/// As many columns are counted.
const MOST_COLUMNS: usize = 40;
/// A cell is a glance, not a document.
const MOST_CHARS: usize = 120;

/// Holds what rows are called whose session merged into a longer one after they had been emitted.
pub(crate) const SUPERSEDED: &str = "of sessions that merged later";

/// Two answers and how they differ. *Missing* rows are in the left one only, *extra* ones in the right only.
struct Pair<'a> {
    name: &'static str,
    left: &'static str,
    right: &'static str,
    found: &'a RowDifferences,
}

fn pairs<'a>(tables: &Tables<'a>) -> [Pair<'a>; 3] {
    let pair = |name, left, right, found| Pair { name, left, right, found };
    [
        pair("stable against the reference", "reference", "stable", &tables.stable.table.divergence),
        pair("candidate against the reference", "reference", "candidate", &tables.candidate.table.divergence),
        pair("candidate against stable", "stable", "candidate", &tables.changes.rows),
    ]
}

/// The section, or nothing where no row differs.
pub(crate) fn differences(tables: &Tables<'_>, notes: &[String]) -> Option<Part> {
    let pairs = pairs(tables);
    if pairs.iter().all(|pair| pair.found.differing() == 0) {
        return None;
    }
    let body = html! {
        @for note in notes { p { "About the reference: " (note) } }
        @if let Some(sentence) = parting(tables) { p { (sentence) } }
        (by_column(&pairs))
        @for pair in &pairs { (worst(pair)) }
    };
    Some(Part::new("differences", "Row by row", body))
}

/// In which ways rows differ: `29 changed, 12 missing`, or `none`.
pub(crate) fn kinds(found: &RowDifferences) -> String {
    let kinds = [
        (found.changed, "changed"),
        (found.missing, "missing"),
        (found.extra.saturating_sub(found.superseded), "extra"),
        (found.superseded, SUPERSEDED),
    ];
    let present = kinds.into_iter().filter(|kind| kind.0 > 0);
    let present: Vec<_> = present.map(|(rows, kind)| format!("{} {kind}", count(rows))).collect();
    if present.is_empty() { "none".to_owned() } else { present.join(", ") }
}

/// In how many of the changed rows each column has another value.
fn by_column(pairs: &[Pair<'_>; 3]) -> Markup {
    let mut columns: Vec<&str> =
        pairs.iter().flat_map(|pair| pair.found.changed_by_column.keys().map(String::as_str)).collect();
    columns.sort_unstable();
    columns.dedup();
    let rows = |pair: &Pair<'_>, column: &str| pair.found.changed_by_column.get(column).copied().unwrap_or(0);
    columns.retain(|column| pairs.iter().any(|pair| rows(pair, column) > 0));
    html! {
        @if !columns.is_empty() {
            div class="scroll" role="region" aria-labelledby="differences" tabindex="0" {
                table class="plain" {
                    thead {
                        tr {
                            th scope="col" { "changed rows, by column" }
                            @for pair in pairs { th scope="col" { b { (pair.name) } } }
                        }
                    }
                    tbody {
                        @for column in columns.iter().take(MOST_COLUMNS) {
                            tr {
                                th scope="row" { code { (shorten(column, MOST_CHARS)) } }
                                @for pair in pairs { td { (count(rows(pair, column))) } }
                            }
                        }
                    }
                }
            }
            p class="notes" {
                "A row that is changed in two columns counts in both. "
                @if columns.len() > MOST_COLUMNS { (MOST_COLUMNS) " of " (count(columns.len() as u64)) " columns." }
            }
        }
    }
}

/// The first rows that differ, folded.
fn worst(pair: &Pair<'_>) -> Markup {
    let differing = pair.found.differing();
    let shown = &pair.found.worst[..pair.found.worst.len().min(MOST_ROWS)];
    let alike = among(shown);
    let id = format!("rows-{}", pair.name.replace(' ', "-"));
    html! {
        @if differing == 0 {
            p class="notes" { "No row differs: " (pair.name) "." }
        } @else {
            details {
                summary id=(id) {
                    (capital(pair.name)) ": " (count(shown.len() as u64)) " of " (counted(differing, "rows"))
                }
                div class="scroll" role="region" aria-labelledby=(id) tabindex="0" {
                    table class="plain rows" {
                        thead {
                            tr {
                                @for name in ["row", "is", "column", pair.left, pair.right] { th scope="col" { (name) } }
                            }
                        }
                        tbody { @for row in shown { (row_of(row, &alike)) } }
                    }
                }
                p class="notes" {
                    "The first by their key. " em { "Missing" } ": only " (pair.left) " has it; " em { "extra" } ": only "
                    (pair.right) ". Of a changed row the first column that differs is shown."
                }
            }
        }
    }
}

/// The texts of these rows that look like another of them.
fn among(rows: &[RowDifference]) -> Alike {
    let texts = rows.iter().flat_map(|row| match row {
        RowDifference::Missing { key }
        | RowDifference::Extra { key }
        | RowDifference::Superseded { key }
        | RowDifference::Changed { key, .. } => key.iter(),
    });
    Alike::among(texts.map(String::as_str))
}

fn row_of(row: &RowDifference, alike: &Alike) -> Markup {
    let (key, kind, change) = match row {
        RowDifference::Missing { key } => (key, "missing", None),
        RowDifference::Extra { key } => (key, "extra", None),
        RowDifference::Superseded { key } => (key, "of a session that merged later", None),
        RowDifference::Changed { key, column, left, right } => (key, "changed", Some([column, left, right])),
    };
    html! {
        tr {
            th scope="row" { @for field in key { (cell(&alike.told_apart(field))) " " } }
            td { (kind) }
            @for index in 0..3 { td { @if let Some(change) = change { (cell(change[index])) } } }
        }
    }
}

/// A cell as it stands in the answer; an empty one is said to be empty.
fn cell(text: &str) -> Markup {
    html! {
        @if text.is_empty() { i class="dim" { "empty" } } @else { code { (shorten(text, MOST_CHARS)) } }
    }
}

/// The first rows that differ, each as a sentence, for where there are no tables: at most `most`.
pub(crate) fn sentences(found: &RowDifferences, left: &str, right: &str, most: usize) -> Vec<String> {
    let quoted = |text: &str| format!("'{}'", shorten(text, MOST_CHARS));
    let rows = &found.worst[..found.worst.len().min(most).min(MOST_ROWS)];
    let alike = among(rows);
    let list = |key: &[String]| list(key, &alike);
    let said = |row: &RowDifference| match row {
        RowDifference::Missing { key } => format!("missing: {}", list(key)),
        RowDifference::Extra { key } => format!("extra: {}", list(key)),
        RowDifference::Superseded { key } => format!("of a session that merged later: {}", list(key)),
        RowDifference::Changed { key, column, left: was, right: is } => format!(
            "changed: {}: {} is {} in {left}, {} in {right}",
            list(key),
            shorten(column, MOST_CHARS),
            quoted(was),
            quoted(is)
        ),
    };
    rows.iter().map(said).collect()
}

/// The first record that parts the two versions, as a sentence, where rows tell it.
pub(crate) fn parting(tables: &Tables<'_>) -> Option<String> {
    let found = tables.changes.parting.as_ref()?;
    let (with, without) = match found.without {
        Role::Stable => ("the candidate", "stable"),
        Role::Candidate => ("stable", "the candidate"),
    };
    let late = found.behind_ms.map_or(String::new(), |behind| {
        format!(", which came {} behind the newest event time", duration(behind as f64 * 1e6))
    });
    let told = if found.told < found.rows {
        format!(" {} of {} that differ tell such a record.", count(found.told), counted(found.rows, "rows"))
    } else {
        String::new()
    };
    let alike = Alike::among(found.key.iter().map(String::as_str));
    Some(format!(
        "The first record that parts the two is the one at offset {}{late}: {with} has taken it into the row {}, and {without} \
         has there what was true before it.{told}",
        count(found.record),
        list(&found.key, &alike)
    ))
}

/// A row's key, its fields in quotes so that an empty one is seen.
fn list(key: &[String], alike: &Alike) -> String {
    key.iter()
        .map(|field| format!("'{}'", shorten(&alike.told_apart(field), MOST_CHARS)))
        .collect::<Vec<_>>()
        .join(", ")
}
