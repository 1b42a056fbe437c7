//! Holds what one read of a log gives.

use super::frame::Frame;

/// Entries that were read together. Whoever reads keeps one and hands it over again: its buffers are used anew.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    payloads: Vec<u8>,
    entries: Vec<Held>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    offset: u64,
    time_ms: i64,
    begin: usize,
    end: usize,
}

impl Batch {
    /// Returns an empty one.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the `n`th entry: its offset, its time and its payload.
    pub fn get(&self, n: usize) -> Option<(u64, i64, &[u8])> {
        self.entries.get(n).map(|held| self.shown(held))
    }

    /// Goes over offset, time and payload of each entry, in the order of the log.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, i64, &[u8])> + DoubleEndedIterator {
        self.entries.iter().map(|held| self.shown(held))
    }

    /// Takes all out; the room stays.
    pub fn clear(&mut self) {
        self.payloads.clear();
        self.entries.clear();
    }

    /// Adds an entry: for whoever reads from elsewhere, and for tests.
    pub fn push(&mut self, offset: u64, time_ms: i64, payload: &[u8]) {
        let begin = self.payloads.len();
        self.payloads.extend_from_slice(payload);
        self.entries.push(Held { offset, time_ms, begin, end: self.payloads.len() });
    }

    /// Takes note of an entry whose payload will be so many bytes behind all that is held, once [`Batch::hold`] is called.
    pub(super) fn note(&mut self, frame: Frame, behind: usize) {
        let begin = self.payloads.len() + behind;
        let Frame { offset, time_ms, length, .. } = frame;
        self.entries.push(Held { offset, time_ms, begin, end: begin + length });
    }

    /// Holds the bytes of the entries that were noted; there may be others between.
    pub(super) fn hold(&mut self, bytes: &[u8]) {
        self.payloads.extend_from_slice(bytes);
    }

    fn shown(&self, held: &Held) -> (u64, i64, &[u8]) {
        (held.offset, held.time_ms, &self.payloads[held.begin..held.end])
    }
}
