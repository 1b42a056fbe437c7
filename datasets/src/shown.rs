//! Display safety: text from a file, made harmless before a person or a terminal sees it.

use std::fmt;
use std::path::Path;

/// The most characters of a value that a message quotes.
const QUOTED_CHARS: usize = 60;

/// Text with everything escaped that could move a cursor, end a line or turn the reading direction.
///
/// Made by [`shown`].
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(&'a str);

/// Shows text that came from a file, a folder's name or a command line.
///
/// Control characters (ESC and newlines among them), line and paragraph separators and bidirectional
/// marks come out as `\u{..}`; all else stays.
///
/// ```
/// assert_eq!(datasets::shown("red \u{1b}[31m").to_string(), r"red \u{1b}[31m");
/// ```
pub fn shown(text: &str) -> Shown<'_> {
    Shown(text)
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for c in self.0.chars() {
            if is_harmless(c) { f.write_char(c)? } else { write!(f, "\\u{{{:x}}}", u32::from(c))? }
        }
        Ok(())
    }
}

/// Shows a path the way [`shown`] shows text.
pub fn shown_path(path: &Path) -> String {
    shown(&path.to_string_lossy()).to_string()
}

/// A value from a file between backquotes: escaped, and cut when it is long.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    // Four bytes hold any character, so this much is enough and a value of a gigabyte costs nothing.
    let cut = &bytes[..bytes.len().min(4 * (QUOTED_CHARS + 1))];
    let text = String::from_utf8_lossy(cut);
    let head: String = text.chars().take(QUOTED_CHARS).collect();
    let more = if text.chars().count() > QUOTED_CHARS { "…" } else { "" };
    format!("`{}{more}`", shown(&head))
}

/// A word as a shell takes it: in quotes where it has to be.
pub fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A count with what is counted, which is given in the plural: `421 bins`, `1 bin`, `1 row of sessions`.
pub fn counted(count: u64, plural: &str) -> String {
    if count != 1 {
        return format!("{count} {plural}");
    }
    let words: Vec<&str> = plural.split(' ').collect();
    let noun = words.iter().position(|word| word.ends_with('s'));
    let word = |(at, word): (usize, &&str)| match noun {
        Some(noun) if noun == at => word.strip_suffix('s').unwrap_or(word).to_owned(),
        Some(_) | None => (*word).to_owned(),
    };
    format!("{count} {}", words.iter().enumerate().map(word).collect::<Vec<_>>().join(" "))
}

fn is_harmless(c: char) -> bool {
    let turns_or_breaks = matches!(c,
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !c.is_control() && !turns_or_breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(shown(text).to_string(), expected);
    }

    #[test]
    fn controls_and_marks_are_escaped_and_the_rest_is_kept() {
        check("plain, ünïcode ✓ <script>", "plain, ünïcode ✓ <script>");
        check("\u{1b}[2J", r"\u{1b}[2J");
        check("a\nb\r\tc\0", r"a\u{a}b\u{d}\u{9}c\u{0}");
        check("\u{7f}\u{80}\u{9b}\u{9f}", r"\u{7f}\u{80}\u{9b}\u{9f}");
        check("\u{202a}\u{202e}\u{2066}\u{2069}", r"\u{202a}\u{202e}\u{2066}\u{2069}");
        check("\u{200e}\u{200f}\u{2028}\u{2029}", r"\u{200e}\u{200f}\u{2028}\u{2029}");
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, expected) in [
            ("size=weight", "size=weight"),
            ("size= size", "'size= size'"),
            ("it's $HOME", r"'it'\''s $HOME'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(word), expected);
        }
        assert_eq!((counted(1, "bins"), counted(0, "bins")), ("1 bin".into(), "0 bins".into()));
        assert_eq!(counted(1, "records in no window"), "1 record in no window");
        assert_eq!(counted(1, "record-window pairs"), "1 record-window pair");
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(quoted(b"short"), "`short`");
        assert_eq!(quoted("é".repeat(60).as_bytes()), format!("`{}`", "é".repeat(60)));
        assert_eq!(quoted("é".repeat(5000).as_bytes()), format!("`{}…`", "é".repeat(60)));
        assert_eq!(quoted(b"\xff\x1b"), "`\u{fffd}\\u{1b}`");
    }
}
