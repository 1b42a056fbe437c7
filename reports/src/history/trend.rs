//! One value over the runs of an experiment, as one page.

use maud::{DOCTYPE, Markup, html};

use super::outcome_and_commit;
use crate::{RunFigure, figures::over_runs, format::NONE, page::head};

/// One value over runs, from the first to the last.
#[derive(Debug, Clone)]
pub struct Trend {
    /// The experiment's name.
    pub experiment: String,
    /// Describes the value.
    pub about: &'static str,
    /// The runs that have it.
    pub points: Vec<TrendPoint>,
    /// Say how it has to be read, a sentence each.
    pub warnings: Vec<String>,
    /// The shell command that gives this again.
    pub command: String,
}

/// The value in one run.
#[derive(Debug, Clone)]
pub struct TrendPoint {
    /// The run's folder.
    pub run: String,
    /// When it began.
    pub started: String,
    /// The value.
    pub figure: RunFigure,
    /// The run's outcome, where it can be told.
    pub outcome: Option<compare::Outcome>,
    /// The commit in short; empty where none was noted.
    pub commit: String,
    /// It ran on another machine than the last run did, which counts where the value is the machine's.
    pub is_elsewhere: bool,
}

impl Trend {
    /// Returns in a sentence where the value went.
    pub fn sentence(&self) -> String {
        let [first, .., last] = self.points.as_slice() else {
            let value = self.points.first().map_or_else(|| NONE.to_owned(), |point| point.figure.text());
            return format!("{}: {value} in the only run", self.about);
        };
        let (from, to) = (first.figure.text(), last.figure.text());
        let runs = self.points.len();
        let has_interval = |point: &TrendPoint| point.figure.interval.is_some();
        let is_estimated = has_interval(first) && has_interval(last) && !first.is_elsewhere;
        if first.figure.is_machines && !is_estimated {
            return format!(
                "{}: {from} in the first and {to} in the last of {runs} runs, from which nothing can be told",
                self.about
            );
        }
        if first.figure.may_equal(&last.figure) {
            return format!(
                "{}: {from} in the first and {to} in the last of {runs} runs, no difference that can be told",
                self.about
            );
        }
        let way = if last.figure.value > first.figure.value { "rose" } else { "fell" };
        format!("{} {way} from {from} to {to} over {runs} runs", self.about)
    }
}

/// The whole document.
pub(crate) fn page(trend: &Trend) -> Markup {
    let sentence = crate::format::capital(&trend.sentence());
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&sentence))
            body {
                main {
                    header {
                        p class="dim" { (trend.experiment) }
                        h1 { (sentence) }
                        @for warning in &trend.warnings { p class="warning" { (warning) } }
                    }
                    (over_runs(&trend.points, &sentence))
                    (table(&trend.points))
                    section {
                        h2 id="repeat" { "Draw again" }
                        pre class="command" { (trend.command) }
                    }
                }
            }
        }
    }
}

fn table(points: &[TrendPoint]) -> Markup {
    html! {
        section {
            h2 id="runs" { "The runs" }
            div class="scroll" role="region" aria-labelledby="runs" tabindex="0" {
                table class="plain tight" {
                    thead {
                        tr { @for name in ["began", "value", "interval", "outcome", "commit", "run"] { th scope="col" { (name) } } }
                    }
                    tbody {
                        @for point in points {
                            tr {
                                th scope="row" { (point.started) @if point.is_elsewhere { small { "another machine" } } }
                                td { (point.figure.text()) }
                                td { (point.figure.interval_text().unwrap_or_else(|| NONE.to_owned())) }
                                (outcome_and_commit(point.outcome, &point.commit))
                                td { (point.run) }
                            }
                        }
                    }
                }
            }
        }
    }
}
