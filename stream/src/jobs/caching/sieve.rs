//! SIEVE.

use datasets::Request;

use super::{
    NOTHING_PROVEN, Policy,
    slots::{NONE, Slots},
};
use crate::Proven;

/// Evicts the first object whose bit isn't set, by a hand that goes from the oldest to the newest, takes the bits of those
/// that it passes and leaves them where they are.
///
/// Zhang, Yang, Yue, Vigfusson and Rashmi, NSDI 2024, Algorithm 1. A hit sets the bit; an object comes in as the newest,
/// without it. The hand begins at the oldest, stays where an eviction left it, and after the newest begins again. There
/// are no ties, ghosts or thresholds.
#[derive(Debug, Clone)]
pub struct Sieve {
    cache_size: u64,
    used: u64,
    /// Marked: whether the object's bit is set.
    slots: Slots<bool>,
    order: u32,
    /// Where the next search begins; [`NONE`] for the oldest.
    hand: u32,
}

impl Sieve {
    /// No ratio is known.
    pub const PROVEN: Proven = NOTHING_PROVEN;

    /// Makes an empty cache.
    pub fn new(cache_size: u64) -> Self {
        let mut slots = Slots::new();
        let order = slots.list();
        Self { cache_size, used: 0, slots, order, hand: NONE }
    }

    #[inline]
    fn evict(&mut self) {
        let Some(oldest) = self.slots.oldest(self.order) else { return };
        let mut at = if self.hand == NONE { oldest } else { self.hand };
        while std::mem::take(self.slots.mark(at)) {
            at = self.slots.newer(self.order, at).unwrap_or(oldest);
        }
        self.hand = at;
        self.discard(at);
    }
}

impl Policy for Sieve {
    #[inline]
    fn find(&self, key: u32) -> Option<(u32, u64)> {
        let slot = self.slots.find(key);
        (slot != NONE).then(|| (slot, self.slots.get(slot).size))
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        *self.slots.mark(slot) = true;
    }

    #[inline]
    fn admit(&mut self, request: &Request) {
        while self.used + request.size > self.cache_size {
            self.evict();
        }
        self.slots.insert(self.order, request.key, request.size, false);
        self.used += request.size;
    }

    /// The hand goes on from an object that is dropped under it.
    #[inline]
    fn discard(&mut self, slot: u32) {
        if self.hand == slot {
            self.hand = self.slots.newer(self.order, slot).unwrap_or(NONE);
        }
        self.used -= self.slots.remove(slot);
    }
}
