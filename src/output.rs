//! Describes what people and programs read: text with colour where it is wanted, JSON on request, errors with hints.

use std::{
    fmt::Display,
    io::{IsTerminal, Write},
    sync::{Arc, OnceLock},
};

use compare::Outcome;
use platform::Error;
use serde::Serialize;

use crate::{
    cli::Color,
    defused::{defused, defused_json},
};

/// Describes how this invocation prints.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) json: bool,
    stdout_color: bool,
    stderr_color: bool,
    /// Why output was lost, if it was.
    lost: Arc<OnceLock<String>>,
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
            lost: Arc::default(),
        }
    }

    /// To stdout. When the reader has gone (`| head`), that is no failure; anything else is, and is told at the end.
    fn print(&self, text: &str) {
        match std::io::stdout().write_all(text.as_bytes()) {
            Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => {
                self.lost.get_or_init(|| cause.to_string());
            }
            _ => {}
        }
    }

    /// Returns whether everything that was printed has been taken.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        let flushed =
            std::io::stdout().flush().err().filter(|cause| cause.kind() != std::io::ErrorKind::BrokenPipe);
        let lost = self.lost.get().cloned().or(flushed.map(|cause| cause.to_string()));
        lost.map_or(Ok(()), |cause| {
            let cause = std::io::Error::other(cause);
            Err(Error::System { action: "write to", path: "stdout".into(), cause })
        })
    }

    /// A line for people; with `--json` there are none.
    pub(crate) fn line(&self, text: impl Display) {
        if !self.json {
            self.print(&defused(&format!("{text}\n")));
        }
    }

    /// A text of this program's own, as it stands, for a file of whoever reads it; with `--json` there is none.
    pub(crate) fn raw(&self, text: &str) {
        if !self.json {
            self.print(text);
        }
    }

    /// The machine-readable result.
    pub(crate) fn json(&self, value: &impl Serialize) {
        if self.json {
            let text =
                serde_json::to_string_pretty(value).expect("our types are plain data with string keys");
            self.print(&(defused_json(&harmless_json(&text)) + "\n"));
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
        let _ = std::io::stderr().write_all(defused(&text).as_bytes());
    }

    /// A command to a CI system's runner, which reads both streams; stdout is for JSON where that is wanted.
    pub(crate) fn workflow_command(&self, command: &str) {
        if self.json {
            let _ = writeln!(std::io::stderr(), "{command}");
        } else {
            self.print(&format!("{command}\n"));
        }
    }

    /// A note on stderr.
    pub(crate) fn note(&self, text: impl Display) {
        let note = defused(&format!("{} {text}\n", paint("note:", "1;33", self.stderr_color)));
        let _ = std::io::stderr().write_all(note.as_bytes());
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

/// JSON as people's terminals may see it: what a terminal would obey or hide is written as `\u` escapes, which leave
/// the value what it is.
fn harmless_json(text: &str) -> String {
    let hidden = |c: &char| {
        c.is_control() && *c != '\n'
            || matches!(*c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    if !text.chars().any(|c| hidden(&c)) {
        return text.to_owned();
    }
    // All of these lie below U+10000, so one escape each is enough.
    text.chars().fold(String::new(), |out, c| {
        if hidden(&c) { format!("{out}\\u{:04x}", c as u32) } else { out + c.encode_utf8(&mut [0; 4]) }
    })
}

fn paint(text: &str, colour: &str, wanted: bool) -> String {
    if wanted { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_value_and_loses_its_teeth() {
        let name = "a\u{9b}31m\u{202e}b\u{7f}é😀\"";
        let text = serde_json::to_string(name).expect("a string");
        let harmless = harmless_json(&text);
        assert!(harmless.contains("\\u009b31m\\u202eb\\u007fé😀"), "{harmless}");
        assert_eq!(serde_json::from_str::<String>(&harmless).expect("JSON"), name);
    }
}
