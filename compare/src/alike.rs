//! Texts that look alike and aren't the same, told apart by their code points.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use unicode_normalization::UnicodeNormalization as _;

/// Characters that take no room.
const INVISIBLE: [char; 6] = ['\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];

/// Those texts of a listing that look like another of them: composed and decomposed accents, blanks at the ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alike(HashSet<String>);

impl Alike {
    /// Finds them among the texts of a listing.
    pub fn among<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut by_look: HashMap<String, HashSet<&str>> = HashMap::new();
        for text in texts {
            by_look.entry(look(text)).or_default().insert(text);
        }
        let alike = by_look.into_values().filter(|texts| texts.len() > 1).flatten();
        Self(alike.map(str::to_owned).collect())
    }

    /// Returns the name of a column likewise; one that is empty is said to be none.
    pub fn column<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if name.is_empty() { Cow::Borrowed("(no name)") } else { self.told_apart(name) }
    }

    /// The text; where it looks like another, with all that a reader can't see as `\u{..}`.
    pub fn told_apart<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.0.contains(text) {
            return Cow::Borrowed(text);
        }
        let inner = text.trim_matches(' ').len();
        let start = text.len() - text.trim_start_matches(' ').len();
        let mut shown = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            let is_blank_at_end = c == ' ' && !(start..start + inner).contains(&at);
            if c.is_ascii() && !is_blank_at_end {
                shown.push(c);
            } else {
                write!(shown, "\\u{{{:x}}}", u32::from(c)).expect("a string takes everything");
            }
        }
        Cow::Owned(shown)
    }
}

/// Returns what a text looks like.
fn look(text: &str) -> String {
    let visible: String = text.nfkc().filter(|c| !INVISIBLE.contains(c)).collect();
    visible.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_another_is_escaped() {
        let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
        let alike = Alike::among([composed, decomposed, "na\u{ef}ve", "a", " a", "b"]);
        assert_eq!(alike.told_apart(composed), r"caf\u{e9}");
        assert_eq!(alike.told_apart(decomposed), r"cafe\u{301}");
        assert_eq!(alike.told_apart("na\u{ef}ve"), "na\u{ef}ve");
        assert_eq!((alike.told_apart("a"), alike.told_apart(" a")), ("a".into(), r"\u{20}a".into()));
        assert_eq!(Alike::among(["x", "x"]), Alike::default());
        assert_eq!(Alike::among(["a\u{200b}", "a"]).told_apart("a\u{200b}"), r"a\u{200b}");
    }
}
