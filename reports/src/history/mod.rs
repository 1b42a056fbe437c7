//! Earlier runs side by side, and one value of them over time.

mod changes;
mod figure;
mod trend;

pub use changes::{ChangedPart, ChangedRow, Changes, ChangesColumn, letters};
pub use figure::{FigureUnit, RunFigure};
pub use trend::{Trend, TrendPoint};

pub(crate) use changes::page as changes_page;
pub(crate) use trend::page as trend_page;

use compare::Outcome;
use maud::{Markup, html};

use crate::{format::NONE, headline::outcome_word};

/// The two cells of a run that every table of runs has.
fn outcome_and_commit(outcome: Option<Outcome>, commit: &str) -> Markup {
    html! {
        @match outcome {
            Some(outcome) => td class=(outcome_word(outcome)) { (outcome_word(outcome)) },
            None => td { (NONE) },
        }
        td { @if commit.is_empty() { (NONE) } @else { (commit) } }
    }
}
