//! Turns a finished run, or two tables that were compared, into HTML, and for a CI system into `JUnit` XML and Markdown.
//!
//! [`html`] renders one page: no network, no external resource, and one script of its own, which nothing on it needs: it sorts
//! and searches tables, and shows values under the pointer. [`headline()`] says the verdict in plain
//! text, in the same words as the page, for a terminal or a log. [`junit()`] lists the checks as test cases,
//! [`markdown()`] tells a pull request what was found.
//!
//! Nothing is computed here that is not in the run: numbers are scaled, rounded and given their unit.

mod architectures;
mod checklist;
mod comparison;
mod crashes;
mod details;
mod differences;
mod expected;
mod explanation;
mod figures;
mod format;
mod guarantee;
mod handover;
mod headline;
mod history;
mod junit;
mod ledger;
mod lives;
mod markdown;
mod page;
mod part;
mod replay;
mod rows;
mod sides;
mod speed;
mod style;
mod suite;
mod sweep;
mod times;
mod why;

pub use architectures::architectures;
pub use comparison::{ComparedSide, Comparison};
pub use explanation::why as why_rows_differ;
pub use headline::{Headline, headline, outcome_word};
pub use history::{
    ChangedPart, ChangedRow, Changes, ChangesColumn, FigureUnit, RunFigure, Trend, TrendPoint, letters,
};
pub use replay::{ReplayFact, ReplayPage, ReplayPart};
pub use speed::speeds;
pub use suite::{SUITE_HEADS, SuiteRow, suite_line};

/// A check's number in its unit, for where lines do not break.
pub fn in_unit(value: f64, unit: compare::Unit) -> String {
    format::plain_spaces(&format::in_unit(value, unit))
}

/// Everything that a report shows.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Holds what is the same when the run is repeated.
    pub results: &'a compare::Results,
    /// Holds what differs from one run to the next.
    pub timings: &'a compare::Timings,
    /// The resolved `experiment.toml`: every default, seed and hash written out.
    pub experiment: &'a str,
    /// The shell command that repeats the run.
    pub command: &'a str,
    /// The experiment's file, relative to the repository it is in; none where flags described it.
    pub file: Option<&'a str>,
    /// The run's other files, as they are called from its folder: the page links them.
    pub files: &'a [String],
}

/// The run as one HTML page that needs nothing beside itself.
///
/// Names come from files and jobs that may be hostile: markup in them is escaped, and control characters and
/// bidirectional marks are shown as `\u{1b}`. The same run gives the same bytes.
pub fn html(run: &Run<'_>) -> String {
    format::show_hidden(&page::page(run).into_string())
}

/// Two tables that were compared as one HTML page that needs nothing beside itself; text from them is shown as in [`html`].
pub fn comparison_html(comparison: &Comparison<'_>) -> String {
    format::show_hidden(&comparison::page(comparison).into_string())
}

/// Renders runs side by side as one HTML page that needs nothing beside itself; text from them is shown as in [`html`].
pub fn changes_html(changes: &Changes) -> String {
    format::show_hidden(&history::changes_page(changes).into_string())
}

/// The replay of one job, as one HTML page that needs nothing beside itself; text from it is shown as in [`html`].
pub fn replay_html(replay: &ReplayPage) -> String {
    format::show_hidden(&replay::page(replay).into_string())
}

/// One value over runs, as one HTML page that needs nothing beside itself; text from them is shown as in [`html`].
pub fn trend_html(trend: &Trend) -> String {
    format::show_hidden(&history::trend_page(trend).into_string())
}

/// Two tables that were compared as Markdown for a pull request; text from them stays text, as in [`markdown()`].
pub fn comparison_markdown(comparison: &Comparison<'_>) -> String {
    markdown::comparison::document(comparison)
}

/// The run's checks as `JUnit` XML, a test case for each.
///
/// A check that fails is a failure. One that could not be decided, or not trusted, is an error whose type says which:
/// `inconclusive` or `invalid`. Characters that XML has no place for are shown as on the page.
pub fn junit(run: &Run<'_>) -> String {
    junit::document(run)
}

/// The run as Markdown for a pull request: the verdict, the checks, what was compared, and how to repeat it.
///
/// Text from files and jobs stays text: nothing in it becomes markup, HTML, a link or a mention of anybody.
pub fn markdown(run: &Run<'_>) -> String {
    markdown::document(run)
}

/// Several experiments that were run together as one HTML page beside their folders; text from them is shown as in
/// [`html`].
pub fn suite_html(suite: &compare::Suite) -> String {
    format::show_hidden(&suite::page::page(suite).into_string())
}

/// Several experiments as `JUnit` XML, a suite for each, with the checks of its run as in [`junit()`].
///
/// `runs` has the results and timings of each experiment in the suite's order, and nothing for one without a verdict,
/// which is an error, or was skipped.
pub fn suite_junit(
    suite: &compare::Suite,
    runs: &[Option<(&compare::Results, &compare::Timings)>],
) -> String {
    junit::suite(suite, runs)
}

/// Several experiments as Markdown for a pull request; text from them stays text, as in [`markdown()`].
pub fn suite_markdown(suite: &compare::Suite) -> String {
    suite::markdown::document(suite)
}
