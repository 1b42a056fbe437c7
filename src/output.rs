//! Describes what people and programs read: text with colour where it is wanted, JSON on request, errors with hints.

use std::{
    fmt::Display,
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use compare::Outcome;
use platform::Error;
use serde::Serialize;

use crate::{
    browser,
    cli::Color,
    defused::{defused, defused_json},
    exit,
    terminal::{self, Telling, Terminal, Volume},
};

const ERROR_SCHEMA: &str = "counterpoint.error/1";

/// An error, for programs.
#[derive(Serialize)]
struct ToldError {
    schema: &'static str,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    exit_code: u8,
}

impl ToldError {
    /// Writes it as a line on stderr. With stderr gone there is nobody left to tell.
    fn print(&self) {
        let text = serde_json::to_string(self).expect("our types are plain data with string keys");
        let _ = writeln!(std::io::stderr(), "{}", defused_json(&harmless_json(&text)));
    }
}

/// Describes how this invocation prints.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) json: bool,
    volume: Volume,
    /// The page that is told of is opened, too.
    opens: bool,
    stdout: Terminal,
    stderr: Terminal,
    /// Why output was lost, if it was.
    lost: Arc<OnceLock<String>>,
}

impl Output {
    pub(crate) fn new(json: bool, color: Color, volume: Volume) -> Self {
        let of = |is_terminal| Terminal::of(is_terminal, color, |name| std::env::var(name).ok());
        Self {
            json,
            volume,
            opens: false,
            stdout: of(std::io::stdout().is_terminal()),
            stderr: of(std::io::stderr().is_terminal()),
            lost: Arc::default(),
        }
    }

    /// Returns it with the wish whether the page that is told of is to be opened.
    pub(crate) fn opening(&self, opens: bool) -> Self {
        Self { opens, ..self.clone() }
    }

    /// The last line: where the page is. A page that can't be opened changes nothing of what was found.
    pub(crate) fn page(&self, name: &str, path: &Path) {
        self.line(format_args!("\n{name:<8} {}", self.link(path)));
        if self.opens
            && let Err(error) = browser::show(path)
        {
            self.note(datasets::shown(&error.to_string()));
        }
    }

    /// Returns how much is said of what goes on meanwhile, on stderr.
    pub(crate) fn telling(&self) -> Telling {
        match self.volume {
            Volume::Verbose => Telling::Lines,
            Volume::Usual if self.stderr.moves => Telling::Bar,
            Volume::Usual | Volume::Quiet => Telling::Nothing,
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

    /// A line for people; with `--json` or `--quiet` there are none.
    pub(crate) fn line(&self, text: impl Display) {
        if !self.json && self.volume != Volume::Quiet {
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

    /// Returns the path of a file, which terminals that can make a link to it.
    pub(crate) fn link(&self, path: &Path) -> String {
        let text = datasets::shown_path(path);
        if self.stdout.links { terminal::link(path, &text) } else { text }
    }

    /// `error: …` and, when the cure is known, `hint: …`, on stderr; as one line of JSON where that is wanted.
    pub(crate) fn error(&self, error: &Error) {
        if self.json {
            let told = ToldError {
                schema: ERROR_SCHEMA,
                error: error.to_string(),
                hint: error.hint(),
                exit_code: exit::code(error),
            };
            told.print();
            return;
        }
        // Whatever stands in the message, it stays one harmless line each.
        let message = datasets::shown(&error.to_string()).to_string();
        let mut text = format!("{} {message}\n", paint("error:", "1;31", self.stderr.colors));
        if let Some(hint) = error.hint() {
            let word = paint("hint:", "1;36", self.stderr.colors);
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

    /// A note on stderr; with `--quiet` there are none.
    pub(crate) fn note(&self, text: impl Display) {
        if self.volume == Volume::Quiet {
            return;
        }
        let note = defused(&format!("{} {text}\n", paint("note:", "1;33", self.stderr.colors)));
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
        paint(word, colour, self.stdout.colors)
    }
}

/// Says why the command line doesn't parse, or prints the help that it asks for, and returns the code to end with.
pub(crate) fn wrong_use(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || !std::env::args_os().any(|argument| argument == "--json") {
        error.exit();
    }
    let text = error.render().to_string();
    let mut lines =
        text.lines().map(|line| line.trim_start_matches("error: ").trim()).filter(|line| !line.is_empty());
    let told = ToldError {
        schema: ERROR_SCHEMA,
        error: lines.next().unwrap_or_default().to_owned(),
        hint: Some(lines.collect::<Vec<_>>().join(" ")).filter(|hint| !hint.is_empty()),
        exit_code: exit::USAGE,
    };
    told.print();
    ExitCode::from(exit::USAGE)
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
