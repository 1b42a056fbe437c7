//! First in, first out.

use datasets::Request;

use super::{Lru, Policy};
use crate::Proven;

/// Evicts the object that came in longest ago; a hit changes nothing. There are no ties: one object comes in at a time.
///
/// That is [`Lru`] without its hits.
#[derive(Debug, Clone)]
pub struct Fifo(Lru);

impl Fifo {
    /// Makes an empty cache.
    pub fn new(cache_size: u64) -> Self {
        Self(Lru::new(cache_size))
    }

    /// Returns what is proved of it where all objects have size 1 and insertion is forced: `FIFO ≤ k OPT`.
    pub fn proven(cache_size: u64) -> Proven {
        Lru::proven(cache_size)
    }
}

impl Policy for Fifo {
    #[inline]
    fn find(&self, key: u32) -> Option<(u32, u64)> {
        self.0.find(key)
    }

    #[inline]
    fn hit(&mut self, _: u32) {}

    #[inline]
    fn admit(&mut self, request: &Request) {
        self.0.admit(request);
    }

    #[inline]
    fn discard(&mut self, slot: u32) {
        self.0.discard(slot);
    }
}
