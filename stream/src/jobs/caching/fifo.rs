//! First in, first out.

use datasets::Request;

use super::{
    Policy, conservative,
    slots::{NONE, Slots},
};
use crate::Proven;

/// Evicts the object that came in longest ago; a hit changes nothing. There are no ties: one object comes in at a time.
#[derive(Debug, Clone)]
pub struct Fifo {
    cache_size: u64,
    used: u64,
    slots: Slots<()>,
    order: u32,
}

impl Fifo {
    /// Makes an empty cache.
    pub fn new(cache_size: u64) -> Self {
        let mut slots = Slots::new();
        let order = slots.list();
        Self { cache_size, used: 0, slots, order }
    }

    /// Returns what is proved of it where all objects have size 1 and insertion is forced: `FIFO ≤ k OPT`.
    pub fn proven(cache_size: u64) -> Proven {
        conservative(cache_size, "k = cache_size, objects of size 1, Sleator & Tarjan 1985")
    }
}

impl Policy for Fifo {
    #[inline]
    fn find(&self, key: u32) -> Option<(u32, u64)> {
        let slot = self.slots.find(key);
        (slot != NONE).then(|| (slot, self.slots.get(slot).size))
    }

    #[inline]
    fn hit(&mut self, _: u32) {}

    #[inline]
    fn admit(&mut self, request: &Request) {
        while self.used + request.size > self.cache_size
            && let Some(oldest) = self.slots.oldest(self.order)
        {
            self.discard(oldest);
        }
        self.slots.insert(self.order, request.key, request.size, ());
        self.used += request.size;
    }

    #[inline]
    fn discard(&mut self, slot: u32) {
        self.used -= self.slots.remove(slot);
    }
}
