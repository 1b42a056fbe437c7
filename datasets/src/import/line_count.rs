//! The number of the line at hand, in a file whose lines may end in any way.

/// Counts lines from 1. LF, CRLF and CR end one.
#[derive(Clone, Copy)]
pub(super) struct LineCount {
    pub(super) line: u64,
    pub(super) last: u8,
}

impl Default for LineCount {
    fn default() -> Self {
        Self { line: 1, last: 0 }
    }
}

impl LineCount {
    pub(super) fn count(&mut self, byte: u8) {
        let ends_line = byte == b'\r' || byte == b'\n' && self.last != b'\r';
        self.line += u64::from(ends_line);
        self.last = byte;
    }
}
