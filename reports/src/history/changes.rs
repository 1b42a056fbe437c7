//! Shows as one page how runs differ.

use maud::{DOCTYPE, Markup, html};

use super::outcome_and_commit;
use crate::{format::NONE, page::head};

/// Holds runs side by side.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The runs, the one first to which the others are compared.
    pub columns: Vec<ChangesColumn>,
    /// Say why some of it is no comparison, a sentence each.
    pub warnings: Vec<String>,
    /// Their values, part by part.
    pub parts: Vec<ChangedPart>,
    /// The shell command that gives this again.
    pub command: String,
}

/// One of the runs.
#[derive(Debug, Clone)]
pub struct ChangesColumn {
    /// Its folder's name.
    pub name: String,
    /// When it began.
    pub started: String,
    /// Its outcome, where it can be told.
    pub outcome: Option<compare::Outcome>,
    /// The commit in short; empty where none was noted.
    pub commit: String,
    /// Where it ran.
    pub machine: String,
}

/// Values of one kind.
#[derive(Debug, Clone)]
pub struct ChangedPart {
    /// Names the kind.
    pub title: &'static str,
    /// Says how to read them.
    pub about: &'static str,
    /// The values, a row each.
    pub rows: Vec<ChangedRow>,
}

/// One value of all runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    /// Names the value.
    pub name: String,
    /// The value in each run; nothing where the run doesn't have it.
    pub cells: Vec<Option<String>>,
    /// Tells of each run whether its value is another than the first run's, beyond what estimates can tell.
    pub changed: Vec<bool>,
    /// Says more of it; may be empty.
    pub note: String,
}

impl ChangedRow {
    /// Returns whether any run's value is another than the first run's.
    pub fn is_changed(&self) -> bool {
        self.changed.contains(&true)
    }
}

impl Changes {
    /// Returns how many values changed.
    pub fn changed(&self) -> usize {
        self.parts.iter().flat_map(|part| &part.rows).filter(|row| row.is_changed()).count()
    }

    /// Returns in a sentence how many did.
    pub fn sentence(&self) -> String {
        let all: usize = self.parts.iter().map(|part| part.rows.len()).sum();
        match self.changed() {
            0 => format!("None of {all} values changed"),
            changed => format!("{changed} of {all} values changed"),
        }
    }
}

/// The whole document.
pub(crate) fn page(changes: &Changes) -> Markup {
    let sentence = changes.sentence();
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&sentence))
            body {
                main {
                    header {
                        p class="dim" { (changes.columns.len()) " runs side by side" }
                        h1 { (sentence) }
                        p class="lead" { "The first run is the one to which the others are compared. A value that changed is marked." }
                        @for warning in &changes.warnings { p class="warning" { (warning) } }
                    }
                    (runs(&changes.columns))
                    @for (at, part) in changes.parts.iter().enumerate() { (section(&changes.columns, part, at)) }
                    section {
                        h2 id="repeat" { "Compare again" }
                        pre class="command" { (changes.command) }
                    }
                }
            }
        }
    }
}

fn runs(columns: &[ChangesColumn]) -> Markup {
    html! {
        section {
            h2 id="runs" { "The runs" }
            div class="scroll" role="region" aria-labelledby="runs" tabindex="0" {
                table class="plain cells" {
                    thead { tr { @for name in ["", "run", "began", "outcome", "commit", "machine"] { th scope="col" { (name) } } } }
                    tbody {
                        @for (letter, column) in letters().zip(columns) {
                            tr {
                                th scope="row" { (letter) }
                                td { (column.name) }
                                td { (column.started) }
                                (outcome_and_commit(column.outcome, &column.commit))
                                td { (column.machine) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn section(columns: &[ChangesColumn], part: &ChangedPart, at: usize) -> Markup {
    let id = format!("part-{at}");
    html! {
        section {
            h2 id=(id) { (part.title) }
            @if !part.about.is_empty() { p class="notes" { (part.about) } }
            div class="scroll" role="region" aria-labelledby=(id) tabindex="0" {
                table class="plain" {
                    thead {
                        tr {
                            th scope="col" { "value" }
                            @for (letter, _) in letters().zip(columns) { th scope="col" { (letter) } }
                            th scope="col" class="meaning" { "note" }
                        }
                    }
                    tbody {
                        @for row in &part.rows {
                            tr {
                                th scope="row" { (row.name) }
                                @for (index, cell) in row.cells.iter().enumerate() {
                                    td {
                                        @let text = cell.as_deref().unwrap_or(NONE);
                                        @if row.changed.get(index) == Some(&true) { mark { (text) } }
                                        @else { (text) }
                                    }
                                }
                                td class="meaning dim" { (row.note) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns short names of runs: A to Z, then by number.
pub fn letters() -> impl Iterator<Item = String> {
    ('A'..='Z').map(String::from).chain((27..).map(|number: u32| number.to_string()))
}
