//! S3-FIFO: three static FIFO queues.

use datasets::Request;

use super::{
    NOTHING_PROVEN, Policy,
    slots::{NONE, Slots},
};
use crate::Proven;

/// Holds new objects in a small queue, and those that were asked for again in a main one.
///
/// Yang, Zhang, Qiu, Yue and Rashmi, SOSP 2023, Algorithm 1. The small queue is a tenth of the cache. What leaves it after
/// two hits or more goes to the main queue; what leaves it after fewer is evicted, and a ghost of it stays in a queue as
/// long as the main one, nine tenths of the cache. An object whose ghost is there once the evictions for it are done goes
/// to the main queue at once, and its ghost goes. The main queue is a clock with counts: what was hit goes to its end with one hit less. Hits count
/// up to 3, and are forgotten on the way from the small queue to the main one.
///
/// The small queue is the one to evict from when it holds a tenth of the cache or more; the main one is too full when it
/// holds more than nine tenths. Sizes are measured in units of size, those of ghosts too. There are no ties: all queues
/// are in the order of arrival.
#[derive(Debug, Clone)]
pub struct S3Fifo {
    cache_size: u64,
    /// Says how much the queues hold, by [`Place`].
    sizes: [u64; 3],
    slots: Slots<Mark>,
    /// The queues, by [`Place`].
    queues: [u32; 3],
}

#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    place: Place,
    hits: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Small,
    Main,
    Ghost,
}

const MOST_HITS: u8 = 3;
/// An object that leaves the small queue with so many hits goes to the main one.
const HITS_FOR_MAIN: u8 = 2;

impl S3Fifo {
    /// No ratio is known.
    pub const PROVEN: Proven = NOTHING_PROVEN;

    /// Makes an empty cache.
    pub fn new(cache_size: u64) -> Self {
        let mut slots = Slots::new();
        let queues = [(); 3].map(|()| slots.list());
        Self { cache_size, sizes: [0; 3], slots, queues }
    }

    #[inline]
    fn push(&mut self, place: Place, key: u32, size: u64) {
        self.slots.insert(self.queues[place as usize], key, size, Mark { place, hits: 0 });
        self.sizes[place as usize] += size;
    }

    /// Moves an object to the end of a queue.
    #[inline]
    fn shift(&mut self, slot: u32, place: Place) {
        let (from, size) = (self.slots.get(slot).mark.place, self.slots.get(slot).size);
        self.sizes[from as usize] -= size;
        self.sizes[place as usize] += size;
        *self.slots.mark(slot) = Mark { place, hits: 0 };
        self.slots.renew(self.queues[place as usize], slot);
    }

    #[inline]
    fn oldest(&self, place: Place) -> Option<u32> {
        self.slots.oldest(self.queues[place as usize])
    }

    fn holds_more_than(&self, place: Place, tenths: u128) -> bool {
        u128::from(self.sizes[place as usize]) * 10 > u128::from(self.cache_size) * tenths
    }

    #[inline]
    fn evict(&mut self) {
        let small = u128::from(self.sizes[Place::Small as usize]) * 10;
        // With sizes, the main queue may be empty while the small one is less than a tenth.
        if small >= u128::from(self.cache_size) || self.oldest(Place::Main).is_none() {
            self.evict_from_small();
        } else {
            self.evict_from_main();
        }
    }

    fn evict_from_small(&mut self) {
        while let Some(oldest) = self.oldest(Place::Small) {
            if self.slots.get(oldest).mark.hits < HITS_FOR_MAIN {
                return self.leave_ghost(oldest);
            }
            self.shift(oldest, Place::Main);
            if self.holds_more_than(Place::Main, 9) {
                self.evict_from_main();
            }
        }
    }

    fn leave_ghost(&mut self, slot: u32) {
        self.shift(slot, Place::Ghost);
        while self.holds_more_than(Place::Ghost, 9)
            && let Some(oldest) = self.oldest(Place::Ghost)
        {
            self.discard(oldest);
        }
    }

    fn evict_from_main(&mut self) {
        while let Some(oldest) = self.oldest(Place::Main) {
            let Some(hits) = self.slots.get(oldest).mark.hits.checked_sub(1) else {
                return self.discard(oldest);
            };
            self.slots.mark(oldest).hits = hits;
            self.slots.renew(self.queues[Place::Main as usize], oldest);
        }
    }
}

impl Policy for S3Fifo {
    #[inline]
    fn find(&self, key: u32) -> Option<(u32, u64)> {
        let slot = self.slots.find(key);
        let node = self.slots.get(slot);
        (slot != NONE && node.mark.place != Place::Ghost).then_some((slot, node.size))
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        let mark = self.slots.mark(slot);
        mark.hits = (mark.hits + 1).min(MOST_HITS);
    }

    #[inline]
    fn admit(&mut self, request: &Request) {
        let Request { key, size } = *request;
        while self.sizes[Place::Small as usize] + self.sizes[Place::Main as usize] + size > self.cache_size {
            self.evict();
        }
        let ghost = self.slots.find(key);
        if ghost != NONE {
            self.discard(ghost);
        }
        self.push(if ghost == NONE { Place::Small } else { Place::Main }, key, size);
    }

    #[inline]
    fn discard(&mut self, slot: u32) {
        let place = self.slots.get(slot).mark.place;
        self.sizes[place as usize] -= self.slots.remove(slot);
    }
}
