//! Turns a finished run into HTML.
//!
//! [`html`] renders one page: no script, no network, no external resource. [`headline()`] says the verdict in plain
//! text, in the same words as the page, for a terminal or a log.
//!
//! Nothing is computed here that is not in the run: numbers are scaled, rounded and given their unit.

mod details;
mod figures;
mod format;
mod headline;
mod page;
mod rows;
mod style;
mod table;

pub use headline::{Headline, headline};

/// Everything that a report shows.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What is the same when the run is repeated.
    pub results: &'a compare::Results,
    /// What differs from one run to the next.
    pub timings: &'a compare::Timings,
    /// The resolved `experiment.toml`: every default, seed and hash written out.
    pub experiment: &'a str,
    /// The shell command that repeats the run.
    pub command: &'a str,
}

/// The run as one HTML page that needs nothing beside itself.
///
/// Names come from files and jobs that may be hostile: markup in them is escaped, and control characters and
/// bidirectional marks are shown as `\u{1b}`. The same run gives the same bytes.
pub fn html(run: &Run<'_>) -> String {
    format::show_hidden(&page::page(run).into_string())
}
