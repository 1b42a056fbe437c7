//! CLOCK, also called second chance.

use datasets::Request;

use super::{
    Policy, conservative,
    slots::{NONE, Slots},
};
use crate::Proven;

/// Evicts the first object, in the order in which they came in, whose bit isn't set; those passed over lose their bit and
/// go to the end, as if a hand went round a clock.
///
/// The bit is set by each request, also by the one that brings the object in, as the hardware did for which Corbató wrote
/// it down in 1968. Where it isn't set then, as in other implementations, CLOCK is not conservative, and the proof of its
/// ratio doesn't hold.
#[derive(Debug, Clone)]
pub struct Clock {
    cache_size: u64,
    used: u64,
    /// Marked: whether the object's bit is set.
    slots: Slots<bool>,
    order: u32,
}

impl Clock {
    /// Makes an empty cache.
    pub fn new(cache_size: u64) -> Self {
        let mut slots = Slots::new();
        let order = slots.list();
        Self { cache_size, used: 0, slots, order }
    }

    /// Returns what is proved of it where all objects have size 1 and insertion is forced: `CLOCK ≤ k OPT`.
    pub fn proven(cache_size: u64) -> Proven {
        conservative(cache_size, "k = cache_size, objects of size 1, Sleator & Tarjan 1985, Torng 1998")
    }

    #[inline]
    fn evict(&mut self) {
        while let Some(oldest) = self.slots.oldest(self.order) {
            if std::mem::take(self.slots.mark(oldest)) {
                self.slots.renew(self.order, oldest);
            } else {
                return self.discard(oldest);
            }
        }
    }
}

impl Policy for Clock {
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
        self.slots.insert(self.order, request.key, request.size, true);
        self.used += request.size;
    }

    #[inline]
    fn discard(&mut self, slot: u32) {
        self.used -= self.slots.remove(slot);
    }
}
