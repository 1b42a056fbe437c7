//! Describes what GitHub Actions reads from a log: annotations of our own, and none that somebody else put into our
//! text.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
};

use compare::{Outcome, Results, Suite, SuiteEnd, Timings};
use datasets::shown;
use platform::Error;

use crate::{defused::without_hashes, output::Output};

/// An annotation is a remark, not a report.
const MOST_CHARS: usize = 2_000;

/// The surroundings of a step of a workflow.
#[derive(Debug)]
pub(crate) struct GitHub {
    /// The file that the step's page is made of.
    summary: Option<PathBuf>,
}

impl GitHub {
    /// Tells by the environment whether this is one.
    pub(crate) fn from_env() -> Option<Self> {
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        (std::env::var("GITHUB_ACTIONS").ok()? == "true")
            .then(|| Self { summary: summary.map(PathBuf::from) })
    }

    /// Annotates the step with the verdict, and puts `summary` on its page.
    pub(crate) fn tell(&self, results: &Results, timings: &Timings, summary: &str, output: &Output) {
        let headline = reports::headline(results, timings);
        let title = match headline.scope.as_str() {
            "" => format!("Counterpoint: {}", word(headline.outcome)),
            scope => format!("Counterpoint: {} {scope}", word(headline.outcome)),
        };
        let message = format!("{}. {}", headline.sentence, headline.detail);
        output.workflow_command(&annotation(level(headline.outcome), &title, &message));
        self.append(summary, output);
    }

    /// Annotates the step with each experiment that didn't pass, and with what came of all, and puts a summary on its page.
    pub(crate) fn tell_suite(&self, suite: &Suite, output: &Output) {
        for entry in &suite.experiments {
            let name = &entry.name;
            let (level, what, said) = match &entry.end {
                SuiteEnd::Judged(judged) if judged.outcome == Outcome::Pass => continue,
                SuiteEnd::Judged(judged) => {
                    (level(judged.outcome), word(judged.outcome), judged.headline.clone())
                }
                SuiteEnd::Error(error) => ("error", "no verdict", error.message.clone()),
                SuiteEnd::NotRun { why } => ("warning", "not run", why.clone()),
            };
            output.workflow_command(&annotation(level, &format!("Counterpoint: {name}: {what}"), &said));
        }
        let level = if suite.exit_code == Some(0) { "notice" } else { "error" };
        output.workflow_command(&annotation(level, "Counterpoint", &reports::suite_line(suite)));
        self.append(&reports::suite_markdown(suite), output);
    }

    fn append(&self, summary: &str, output: &Output) {
        // The verdict stands, whether or not its page could be written.
        if let Some(path) = &self.summary
            && let Err(cause) = append(path, summary)
        {
            output.note(format_args!("the step's summary {}: {cause}", datasets::shown_path(path)));
        }
    }
}

/// The annotation of a gate that came to no verdict.
pub(crate) fn of_error(error: &Error) -> String {
    let hint = error.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
    annotation("error", "Counterpoint: no verdict", &format!("{error}{hint}"))
}

fn annotation(level: &str, title: &str, message: &str) -> String {
    let line = |text: &str| without_hashes(&shown(text).to_string());
    let message: String = line(message).chars().take(MOST_CHARS).collect();
    let title = data(&line(title)).replace(':', "%3A").replace(',', "%2C");
    format!("::{level} title={title}::{}", data(&message))
}

/// Escapes as the runner unescapes: the percent sign first, then the ends of lines.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn level(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "notice",
        Outcome::Inconclusive => "warning",
        Outcome::Fail | Outcome::Invalid => "error",
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Inconclusive => "inconclusive",
        Outcome::Fail => "fail",
        Outcome::Invalid => "invalid",
    }
}

fn append(path: &std::path::Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(format!("{text}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_one_line_and_escaped() {
        assert_eq!(
            annotation("error", "a: b, 5%", "5 % more\r\n::set-output name=x::y"),
            r"::error title=a%3A b%2C 5%25::5 %25 more\u{d}\u{a}::set-output name=x::y"
        );
        assert_eq!(data("%\r\n%0A"), "%25%0D%0A%250A");
        assert!(annotation("error", "t", &"x".repeat(10_000)).len() < 2_100);
    }

    #[test]
    fn each_outcome_has_its_level() {
        let outcomes = [Outcome::Pass, Outcome::Inconclusive, Outcome::Fail, Outcome::Invalid];
        assert_eq!(outcomes.map(level), ["notice", "warning", "error", "error"]);
    }
}
