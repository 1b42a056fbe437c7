//! Rows that differ: column by column, and the first of them one by one.

use compare::{Alike, Role, RowCause, RowDifference, RowDifferences, Tables};
use maud::{Markup, html};

use crate::format::{capital, count, counted, duration, shorten};
use crate::part::Part;
use crate::times::{column_name, shown};

/// As many rows are shown of each comparison.
const MOST_ROWS: usize = 20;
/// As many columns are counted.
const MOST_COLUMNS: usize = 40;
/// As many columns of a row that differ.
const MOST_VALUES: usize = 4;
/// A cell is a glance, not a document.
const MOST_CHARS: usize = 120;

/// Holds what rows are called whose session merged into a longer one after they had been emitted.
pub(crate) const SUPERSEDED: &str = "of sessions that merged later";

/// Two answers and how they differ. *Missing* rows are in the left one only, *extra* ones in the right only.
struct Pair<'a> {
    name: &'static str,
    left: &'static str,
    right: &'static str,
    /// The versions whose rows are compared.
    roles: &'static [Role],
    found: &'a RowDifferences,
}

fn pairs<'a>(tables: &Tables<'a>) -> [Pair<'a>; 3] {
    [
        Pair {
            name: "stable against the reference",
            left: "reference",
            right: "stable",
            roles: &[Role::Stable],
            found: &tables.stable.table.divergence,
        },
        Pair {
            name: "candidate against the reference",
            left: "reference",
            right: "candidate",
            roles: &[Role::Candidate],
            found: &tables.candidate.table.divergence,
        },
        Pair {
            name: "candidate against stable",
            left: "stable",
            right: "candidate",
            roles: &Role::BOTH,
            found: &tables.changes.rows,
        },
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
        @for pair in &pairs { (worst(pair, tables)) }
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

/// Some of the rows that differ, folded.
fn worst(pair: &Pair<'_>, tables: &Tables<'_>) -> Markup {
    let differing = pair.found.differing();
    let shown = &pair.found.worst[..pair.found.worst.len().min(MOST_ROWS)];
    let alike = among(shown);
    let id = format!("rows-{}", pair.name.replace(' ', "-"));
    let keys = key_names(tables, shown);
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
                                @for name in &keys { th scope="col" { (shorten(&column_name(name), MOST_CHARS)) } }
                                @for name in ["is", "column", pair.left, pair.right, "why"] { th scope="col" { (name) } }
                            }
                        }
                        tbody { @for row in shown { (row_of(row, &keys, &alike, &why(pair, tables, key_of(row)))) } }
                    }
                }
                p class="notes" {
                    @if (shown.len() as u64) < differing { "Of each kind, from the first key to the last. " }
                    em { "Missing" } ": only " (pair.left) " has it; " em { "extra" } ": only " (pair.right) ". Of a changed row the \
                    first columns that differ are shown, of another the first of its values. Times are in UTC."
                    @if !tables.changes.causes.is_empty() {
                        " " em { "Why" } ": the record from which on the row isn\u{2019}t what the batch job says, found from what it holds."
                    }
                }
            }
        }
    }
}

/// The names of the columns of a key; a run of an older version tells only how many they are.
fn key_names(tables: &Tables<'_>, shown: &[RowDifference]) -> Vec<String> {
    let fields = shown.iter().map(|row| key_of(row).len()).max().unwrap_or(0);
    let known = &tables.changes.key_columns;
    if known.len() == fields {
        return known.clone();
    }
    (1..=fields).map(|at| if fields == 1 { "row".to_owned() } else { format!("key {at}") }).collect()
}

fn key_of(row: &RowDifference) -> &Vec<String> {
    match row {
        RowDifference::Missing { key, .. }
        | RowDifference::Extra { key, .. }
        | RowDifference::Superseded { key, .. }
        | RowDifference::Changed { key, .. } => key,
    }
}

/// Which record each version's row lacks, where that is known.
fn why(pair: &Pair<'_>, tables: &Tables<'_>, key: &[String]) -> Vec<String> {
    let causes =
        tables.changes.causes.iter().filter(|cause| cause.key == key && pair.roles.contains(&cause.role));
    let said = |cause: &RowCause| {
        let late = cause.behind_ms.map_or(String::new(), |behind| {
            format!(", which came {} behind event time", duration(behind as f64 * 1e6))
        });
        let whose = if pair.roles.len() > 1 { cause.role.name() } else { "it" };
        format!("{whose} lacks record {}{late}", count(cause.record))
    };
    causes.map(said).collect()
}

/// Says what the candidate's rows are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    Reference,
    Stable,
}

/// The texts of these rows that look like another of them.
fn among(rows: &[RowDifference]) -> Alike {
    Alike::among(rows.iter().flat_map(key_of).map(String::as_str))
}

fn row_of(row: &RowDifference, keys: &[String], alike: &Alike, why: &[String]) -> Markup {
    let kind = match row {
        RowDifference::Missing { .. } => "missing",
        RowDifference::Extra { .. } => "extra",
        RowDifference::Superseded { .. } => "of a session that merged later",
        RowDifference::Changed { .. } => "changed",
    };
    let changes = changes_of(row);
    html! {
        tr {
            @for (at, name) in keys.iter().enumerate() {
                @let field = key_of(row).get(at).map_or("", String::as_str);
                @let text = shown(name, &alike.told_apart(field));
                @if at == 0 { th scope="row" { (cell(&text)) } } @else { td { (cell(&text)) } }
            }
            td { (kind) }
            td { @for (column, _) in &changes { span class="line" { (cell(&column_name(column))) } } }
            @for side in 0..2 {
                td {
                    @for (column, values) in &changes {
                        span class="line" { (values[side].map_or_else(no_value, |value| cell(&shown(column, value)))) }
                    }
                }
            }
            td class="meaning" { @for line in why { span class="line" { (line) } } }
        }
    }
}

/// The columns in which a row differs, each with what stands on the left and on the right; of a row that one side alone has
/// the first of its values, and nothing on the other side.
fn changes_of(row: &RowDifference) -> Vec<(&str, [Option<&str>; 2])> {
    let changes: Vec<_> = match row {
        RowDifference::Changed { column, left, right, others, .. } => {
            let first = (column.as_str(), [left, right].map(|value| Some(value.as_str())));
            let others = others.iter().map(|[column, left, right]| {
                (column.as_str(), [left, right].map(|value| Some(value.as_str())))
            });
            std::iter::once(first).chain(others).collect()
        }
        RowDifference::Missing { values, .. } => {
            values.iter().map(|[column, value]| (column.as_str(), [Some(value.as_str()), None])).collect()
        }
        RowDifference::Extra { values, .. } | RowDifference::Superseded { values, .. } => {
            values.iter().map(|[column, value]| (column.as_str(), [None, Some(value.as_str())])).collect()
        }
    };
    changes.into_iter().take(MOST_VALUES).collect()
}

/// Stands for a value of a row that isn't there.
fn no_value() -> Markup {
    html! { i class="dim" { "no row" } }
}

/// A cell as it stands in the answer; an empty one is said to be empty.
fn cell(text: &str) -> Markup {
    html! {
        @if text.is_empty() { i class="dim" { "empty" } } @else { code { (shorten(text, MOST_CHARS)) } }
    }
}

/// The first rows that differ, each as a sentence, for where there are no tables: at most `most`.
pub(crate) fn sentences(tables: &Tables<'_>, against: Against, most: usize) -> Vec<String> {
    let [_, of_reference, of_stable] = &pairs(tables);
    let (pair, left) = match against {
        Against::Reference => (of_reference, "the reference"),
        Against::Stable => (of_stable, "stable"),
    };
    let quoted = |column: &str, text: &str| format!("'{}'", shorten(&shown(column, text), MOST_CHARS));
    let rows = &pair.found.worst[..pair.found.worst.len().min(most).min(MOST_ROWS)];
    let (alike, names) = (among(rows), key_names(tables, rows));
    let list = |key: &[String]| list(key, &names, &alike);
    let said = |row: &RowDifference| match row {
        RowDifference::Missing { key, .. } => format!("missing: {}", list(key)),
        RowDifference::Extra { key, .. } => format!("extra: {}", list(key)),
        RowDifference::Superseded { key, .. } => format!("of a session that merged later: {}", list(key)),
        RowDifference::Changed { key, .. } => {
            let changes = changes_of(row).into_iter().map(|(column, values)| {
                let name = shorten(&column_name(column), MOST_CHARS);
                let [was, is] = values.map(|value| quoted(column, value.unwrap_or_default()));
                format!("{name} is {was} in {left}, {is} in the candidate")
            });
            format!("changed: {}: {}", list(key), changes.collect::<Vec<_>>().join("; "))
        }
    };
    let with_why = |row: &RowDifference| {
        let why = why(pair, tables, key_of(row)).join("; ");
        if why.is_empty() { said(row) } else { format!("{} ({why})", said(row)) }
    };
    rows.iter().map(with_why).collect()
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
    let names = &tables.changes.key_columns;
    Some(format!(
        "The first record that parts the two is the one at offset {}{late}: {with} has taken it into the row {}, and {without} \
         has there what was true before it.{told}",
        count(found.record),
        list(&found.key, names, &alike)
    ))
}

/// A row's key, its fields in quotes so that an empty one is seen, times as times.
fn list(key: &[String], names: &[String], alike: &Alike) -> String {
    let field = |(at, field): (usize, &String)| {
        let name = names.get(at).map_or("", String::as_str);
        format!("'{}'", shorten(&shown(name, &alike.told_apart(field)), MOST_CHARS))
    };
    key.iter().enumerate().map(field).collect::<Vec<_>>().join(", ")
}
