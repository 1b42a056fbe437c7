//! Terminals: what one can show, and how much its user wants to hear.

use std::path::Path;

use crate::cli::Color;

/// Says how much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Volume {
    /// Nothing but errors.
    Quiet,
    #[default]
    Usual,
    /// Each step, too.
    Verbose,
}

/// Says how the steps of a run are told while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    Nothing,
    /// A line that is written over again and again.
    Bar,
    /// A line for each step.
    Lines,
}

/// Describes what a stream can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terminal {
    pub(crate) colors: bool,
    /// A line can be written over.
    pub(crate) moves: bool,
    /// Text can lead somewhere.
    pub(crate) links: bool,
}

impl Terminal {
    /// Asks the flag first, then the environment, then the stream.
    ///
    /// `NO_COLOR` (no-color.org) goes before `CLICOLOR_FORCE` and `CLICOLOR` (bixense.com/clicolors).
    pub(crate) fn of(is_terminal: bool, color: Color, env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let is_dumb = set("TERM").is_some_and(|term| term == "dumb");
        let moves = is_terminal && !is_dumb;
        let colors = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if set("NO_COLOR").is_some() => false,
            Color::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Color::Auto => moves && set("CLICOLOR").is_none_or(|value| value != "0"),
        };
        let links = match set("FORCE_HYPERLINK") {
            Some(value) => value != "0",
            None => moves && color != Color::Never && follows_links(set),
        };
        Self { colors, moves, links }
    }
}

/// Returns whether the terminal is one of those that are known to follow links; others may print them.
fn follows_links(set: impl Fn(&str) -> Option<String>) -> bool {
    let programs = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio"];
    let terms = ["xterm-kitty", "alacritty", "foot", "xterm-ghostty"];
    let is_one = |name: &str, known: &[&str]| set(name).is_some_and(|value| known.contains(&value.as_str()));
    let vte = set("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    is_one("TERM_PROGRAM", &programs)
        || is_one("TERM", &terms)
        || vte.is_some_and(|version| version >= 5000)
        || ["WT_SESSION", "KONSOLE_VERSION"].iter().any(|name| set(name).is_some())
}

/// Returns a text that leads to a file, by the sequence that terminals know as OSC 8.
pub(crate) fn link(path: &Path, text: &str) -> String {
    let Ok(whole) = std::path::absolute(path) else { return text.to_owned() };
    let encoded: String = whole.to_string_lossy().bytes().map(encoded).collect();
    let slash = if encoded.starts_with('/') { "" } else { "/" };
    format!("\x1b]8;;file://{slash}{encoded}\x1b\\{text}\x1b]8;;\x1b\\")
}

/// Writes a byte of a path as an address may hold it.
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(is_terminal: bool, color: Color, set: &[(&str, &str)]) -> Terminal {
        Terminal::of(is_terminal, color, |name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn flag_before_environment_before_stream() {
        let colors = |is_terminal, color, set: &[(&str, &str)]| terminal(is_terminal, color, set).colors;
        assert!(colors(true, Color::Auto, &[]) && !colors(false, Color::Auto, &[]));
        assert!(colors(false, Color::Always, &[("NO_COLOR", "1"), ("TERM", "dumb")]));
        assert!(!colors(true, Color::Never, &[("CLICOLOR_FORCE", "1")]));
        assert!(!colors(true, Color::Auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(colors(true, Color::Auto, &[("NO_COLOR", "")]));
        assert!(colors(false, Color::Auto, &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]));
        assert!(!colors(false, Color::Auto, &[("CLICOLOR_FORCE", "0")]));
        assert!(!colors(true, Color::Auto, &[("CLICOLOR", "0")]));
        assert!(!colors(true, Color::Auto, &[("TERM", "dumb")]));
    }

    #[test]
    fn a_dumb_terminal_is_written_to_line_by_line() {
        assert!(!terminal(true, Color::Always, &[("TERM", "dumb")]).moves);
        assert!(terminal(true, Color::Never, &[("TERM", "xterm")]).moves);
        assert!(!terminal(false, Color::Always, &[]).moves);
    }

    #[test]
    fn links_are_for_terminals_that_follow_them() {
        let links = |is_terminal, set: &[(&str, &str)]| terminal(is_terminal, Color::Auto, set).links;
        assert!(links(true, &[("TERM", "xterm-kitty")]) && !links(false, &[("TERM", "xterm-kitty")]));
        assert!(links(true, &[("VTE_VERSION", "7600")]) && !links(true, &[("VTE_VERSION", "4600")]));
        assert!(!links(true, &[("TERM", "xterm")]));
        assert!(links(false, &[("FORCE_HYPERLINK", "1")]));
        assert!(!links(true, &[("TERM", "xterm-kitty"), ("FORCE_HYPERLINK", "0")]));
        assert!(!links(true, &[("TERM", "dumb"), ("VTE_VERSION", "7600")]));
    }

    #[cfg(unix)]
    #[test]
    fn an_address_holds_nothing_that_a_terminal_would_obey() {
        let linked = link(Path::new("/a b/\u{1b}]8;;\u{7}é"), "text");
        assert_eq!(linked, "\x1b]8;;file:///a%20b/%1B%5D8%3B%3B%07%C3%A9\x1b\\text\x1b]8;;\x1b\\");
    }
}
