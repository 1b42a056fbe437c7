//! The journal: what the rows of an epoch replace, so that an epoch that was cut short can be taken back.
//!
//! Its pieces are numbered from 0 on, and each epoch writes over those of the epoch before, which nobody needs: a piece
//! counts only if it is of the epoch after the head's.

use super::Deployment;
use super::record::{self, Fields, journal_key, put_counted, row_key};
use crate::engine::Write;

/// A piece is closed when it holds so many bytes.
const PIECE: usize = 16 << 10;

/// Pieces that an epoch leaves for the next to write over; more are deleted.
pub(super) const PIECES_TO_LEAVE: u32 = 4;

/// The pieces that an epoch has written so far.
pub(super) struct Journal {
    deployment: Deployment,
    epoch: u64,
    pieces: u32,
    payload: Vec<u8>,
}

impl Journal {
    pub(super) fn new(deployment: Deployment, epoch: u64, pieces: u32) -> Journal {
        Journal { deployment, epoch, pieces, payload: Vec::new() }
    }

    /// Notes what a key had, if anything; the piece that this completes goes to `writes`.
    pub(super) fn note(&mut self, key: &[u8], old: Option<&[u8]>, writes: &mut Vec<Write>) {
        put_counted(&mut self.payload, key);
        self.payload.push(u8::from(old.is_some()));
        put_counted(&mut self.payload, old.unwrap_or_default());
        if self.payload.len() >= PIECE {
            self.close(writes);
        }
    }

    /// Ends the piece under way; returns how many there are.
    pub(super) fn close(&mut self, writes: &mut Vec<Write>) -> u32 {
        if !self.payload.is_empty() {
            let key = journal_key(self.deployment, self.pieces);
            let bytes = record::seal(&key, self.epoch, &self.payload).0;
            writes.push((key, Some(bytes)));
            self.payload.clear();
            self.pieces += 1;
        }
        self.pieces
    }
}

/// The writes that put back what a piece has noted.
pub(super) fn undo(deployment: Deployment, payload: &[u8]) -> Option<Vec<Write>> {
    let mut fields = Fields(payload);
    let mut writes = Vec::new();
    while !fields.0.is_empty() {
        let key = fields.counted()?;
        let was_there = fields.byte()? == 1;
        let old = fields.counted()?;
        writes.push((row_key(deployment, key), was_there.then(|| old.to_vec())));
    }
    Some(writes)
}
