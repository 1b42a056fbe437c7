//! Bytes in pieces of any size in, whole lines out.

/// Describes what has been read and not yet been taken as a line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Before this, everything has been taken.
    start: usize,
    /// Before this, there is no line end that hasn't been taken.
    searched: usize,
}

/// Returns how many lines end in these bytes.
pub(super) fn count(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// A line is longer than allowed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Lines {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(piece);
    }

    /// The next whole line, without its end.
    pub(super) fn next(&mut self, limit: usize) -> Result<Option<&[u8]>, TooLong> {
        let end = memchr::memchr(b'\n', &self.bytes[self.searched..]);
        let (from, to) = (self.start, end.map_or(self.bytes.len(), |end| self.searched + end));
        if to - from > limit {
            return Err(TooLong);
        }
        if end.is_none() {
            self.searched = to;
            return Ok(None);
        }
        (self.start, self.searched) = (to + 1, to + 1);
        Ok(Some(&self.bytes[from..to]))
    }

    /// Returns what has not been taken.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_without_end_is_refused_as_soon_as_it_is_too_long() {
        let mut lines = Lines::default();
        lines.push(b"12345");
        assert_eq!(lines.next(5), Ok(None));
        lines.push(b"6");
        assert_eq!(lines.next(5), Err(TooLong));
        assert_eq!(lines.next(6), Ok(None));
        lines.push(b"\n7");
        assert_eq!(lines.next(5), Err(TooLong));
        assert_eq!(lines.next(6), Ok(Some(&b"123456"[..])));
        assert_eq!(lines.next(6), Ok(None));
        assert_eq!(lines.rest(), b"7");
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_the_pieces(
            pieces in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..9), 0..20)
        ) {
            let whole = pieces.concat();
            let mut expected: Vec<&[u8]> = whole.split(|&byte| byte == b'\n').collect();
            let rest = expected.pop().expect("a split has one part at least");
            let mut lines = Lines::default();
            let mut found: Vec<Vec<u8>> = Vec::new();
            for piece in &pieces {
                lines.push(piece);
                while let Some(line) = lines.next(usize::MAX).expect("no limit") {
                    found.push(line.to_vec());
                }
            }
            prop_assert_eq!(found, expected);
            prop_assert_eq!(lines.rest(), rest);
        }
    }
}
