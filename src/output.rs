//! What people and programs read: text with colour where it is wanted, JSON on request, errors with hints.

use std::{
    fmt::Display,
    io::{IsTerminal, Write},
};

use compare::Outcome;
use serde::Serialize;

use crate::{cli::Color, error::Error};

/// How this invocation prints.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) json: bool,
    stdout_color: bool,
    stderr_color: bool,
}

impl Output {
    pub(crate) fn new(json: bool, color: Color) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let wanted = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !plain,
        };
        Self {
            json,
            stdout_color: wanted(std::io::stdout().is_terminal()),
            stderr_color: wanted(std::io::stderr().is_terminal()),
        }
    }

    /// A line for people; with `--json` there are none.
    pub(crate) fn line(&self, text: impl Display) {
        if !self.json {
            print(&format!("{text}\n"));
        }
    }

    /// The machine-readable result.
    pub(crate) fn json(&self, value: &impl Serialize) {
        if self.json {
            let text =
                serde_json::to_string_pretty(value).expect("our types are plain data with string keys");
            print(&(text + "\n"));
        }
    }

    /// `error: …` and, when the cure is known, `hint: …`, on stderr.
    pub(crate) fn error(&self, error: &Error) {
        // Whatever stands in the message, it stays one harmless line each.
        let message = datasets::shown(&error.to_string()).to_string();
        let mut text = format!("{} {message}\n", paint("error:", "1;31", self.stderr_color));
        if let Some(hint) = error.hint() {
            let word = paint("hint:", "1;36", self.stderr_color);
            text = format!("{text}{word} {}\n", datasets::shown(&hint));
        }
        // With stderr gone there is nobody left to tell.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// A note on stderr.
    pub(crate) fn note(&self, text: impl Display) {
        let _ = writeln!(std::io::stderr(), "{} {text}", paint("note:", "1;33", self.stderr_color));
    }

    /// An outcome as a coloured word.
    pub(crate) fn outcome(&self, outcome: Outcome) -> String {
        let (word, colour) = match outcome {
            Outcome::Pass => ("pass", "1;32"),
            Outcome::Inconclusive => ("inconclusive", "1;33"),
            Outcome::Fail => ("fail", "1;31"),
            Outcome::Invalid => ("invalid", "1;35"),
        };
        paint(word, colour, self.stdout_color)
    }
}

/// To stdout; when the reader has gone (`| head`), that is no failure.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn paint(text: &str, colour: &str, wanted: bool) -> String {
    if wanted { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
}
