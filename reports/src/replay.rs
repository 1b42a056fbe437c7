//! The replay of one job, as one page.

use maud::{DOCTYPE, Markup, html};

use crate::page::head;

/// The replay of one job: what came of it.
#[derive(Debug, Clone)]
pub struct ReplayPage {
    /// Names the job and the dataset.
    pub title: String,
    /// Says what keeps it from being trusted, a sentence each.
    pub doubts: Vec<String>,
    /// It can't be trusted at all.
    pub is_invalid: bool,
    /// Holds how it was fed, and from what.
    pub setting: Vec<ReplayFact>,
    /// Holds what came of it.
    pub parts: Vec<ReplayPart>,
    /// The run's files, relative to the page.
    pub files: Vec<&'static str>,
}

/// Facts of one kind.
#[derive(Debug, Clone)]
pub struct ReplayPart {
    /// Names the kind.
    pub title: &'static str,
    /// The facts.
    pub facts: Vec<ReplayFact>,
}

/// A name with one value. Both may come from a file: escape them wherever they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayFact {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The whole document.
pub(crate) fn page(replayed: &ReplayPage) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&replayed.title))
            body {
                main {
                    header {
                        p class="dim" { "One job, replayed alone: nothing it is compared with, and no verdict." }
                        h1 {
                            @if replayed.is_invalid { span class="badge invalid" { "Invalid" } " " }
                            (replayed.title)
                        }
                        @for doubt in &replayed.doubts { p class="warning" { (crate::format::capital(doubt)) "." } }
                        p class="dim" {
                            "Files: "
                            @for (at, file) in replayed.files.iter().enumerate() {
                                @if at > 0 { ", " }
                                a href=(file) { (file) }
                            }
                        }
                    }
                    @for (at, part) in replayed.parts.iter().enumerate() { (section(part.title, &part.facts, at)) }
                    (section("How it was fed", &replayed.setting, replayed.parts.len()))
                }
            }
        }
    }
}

fn section(title: &str, facts: &[ReplayFact], at: usize) -> Markup {
    let id = format!("part-{at}");
    html! {
        section {
            h2 id=(id) { (title) }
            div class="scroll" role="region" aria-labelledby=(id) tabindex="0" {
                table class="plain tight" {
                    thead { tr { th scope="col" { "what" } th scope="col" { "value" } } }
                    tbody { @for fact in facts { tr { th scope="row" { (fact.name) } td { (fact.value) } } } }
                }
            }
        }
    }
}
