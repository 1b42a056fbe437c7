//! A job's stderr: the beginning and the end are kept, however much there is.

use std::collections::VecDeque;

use crate::link_error::quoted;

/// Bytes kept of the beginning, and as many of the end.
const KEPT: usize = 64 * 1024;
/// Lines that a message shows.
const LAST_WORDS: usize = 3;

/// The first and the last 64 KiB.
#[derive(Debug, Default)]
pub(super) struct Kept {
    first: Vec<u8>,
    last: VecDeque<u8>,
}

impl Kept {
    pub(super) fn push(&mut self, piece: &[u8]) {
        let (begin, more) = piece.split_at(piece.len().min(KEPT - self.first.len()));
        self.first.extend_from_slice(begin);
        // Of a piece larger than all that is kept, the end is enough.
        let more = &more[more.len().saturating_sub(KEPT)..];
        let surplus = (self.last.len() + more.len()).saturating_sub(KEPT);
        self.last.drain(..surplus);
        self.last.extend(more);
    }

    /// Returns the words that a message ends with: the last lines that say something, made harmless, in one line.
    pub(super) fn last_words(&self) -> String {
        self.last_words_of("stderr")
    }

    /// Returns the same of another pipe.
    pub(super) fn last_words_of(&self, pipe: &str) -> String {
        let words = self.last_lines();
        if words.is_empty() { words } else { format!("its {pipe} ends with: {words}") }
    }

    fn last_lines(&self) -> String {
        let mut bytes = self.first.clone();
        bytes.extend(&self.last);
        let lines = bytes.rsplit(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        let mut words: Vec<String> =
            lines.filter(|line| !line.is_empty()).take(LAST_WORDS).map(quoted).collect();
        words.reverse();
        words.join(" | ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_are_kept() {
        let all: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251) as u8).collect();
        for size in [1, 1000, KEPT - 1, KEPT, 3 * KEPT, all.len()] {
            let mut kept = Kept::default();
            all.chunks(size).for_each(|piece| kept.push(piece));
            assert!(kept.first == all[..KEPT], "pieces of {size}");
            assert!(kept.last.iter().eq(&all[all.len() - KEPT..]), "pieces of {size}");
        }
    }

    #[test]
    fn the_last_lines_are_shown_in_one() {
        let mut kept = Kept::default();
        kept.push(b"a\n\nb\r\n  c \x1b[0m\nd\n\n");
        assert_eq!(kept.last_words(), "its stderr ends with: b | c \\u{1b}[0m | d");
        assert_eq!(Kept::default().last_words(), "");
    }
}
