//! The head record: which store, whose, at which epoch, and a sum over all that it should hold.

use super::frame::{self, be64};
use crate::engine::FORMAT;

/// The key of the head record; no other key begins with this byte.
pub(super) const HEAD_KEY: &[u8] = &[0];

/// Describes what the head record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Tells stores apart: a folder whose manifest and engine come from different stores is refused.
    pub(super) id: u128,
    pub(super) incarnation: u64,
    pub(super) epoch: u64,
    pub(super) sum: Sum,
}

/// A count and a wrapping sum of the checksums of all frames: cheap to keep up to date, and off by one record is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sum {
    pub(super) frames: u64,
    pub(super) checksums: u64,
}

impl Sum {
    pub(super) fn add(&mut self, checksum: u64) {
        self.frames += 1;
        self.checksums = self.checksums.wrapping_add(checksum);
    }

    /// Takes out a frame that was added before.
    pub(super) fn remove(&mut self, checksum: u64) {
        self.frames = self.frames.wrapping_sub(1);
        self.checksums = self.checksums.wrapping_sub(checksum);
    }
}

impl Head {
    /// The head of a store that nobody has opened yet.
    pub(super) fn fresh(id: u128) -> Head {
        Head { id, incarnation: 0, epoch: 0, sum: Sum::default() }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(56);
        payload.extend(FORMAT.to_be_bytes());
        payload.extend(self.id.to_be_bytes());
        for field in [self.incarnation, self.epoch, self.sum.frames, self.sum.checksums] {
            payload.extend(field.to_be_bytes());
        }
        frame::encode(HEAD_KEY, 0, 1, payload.len() as u64, &payload).0
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Head, String> {
        let payload = frame::decode(HEAD_KEY, bytes).map_err(|what| format!("the head {what}"))?.payload;
        if payload.len() != 56 || be64(payload) != FORMAT {
            return Err("the head record is of another format than the manifest".to_owned());
        }
        Ok(Head {
            id: u128::from(be64(&payload[8..])) << 64 | u128::from(be64(&payload[16..])),
            incarnation: be64(&payload[24..]),
            epoch: be64(&payload[32..]),
            sum: Sum { frames: be64(&payload[40..]), checksums: be64(&payload[48..]) },
        })
    }
}
