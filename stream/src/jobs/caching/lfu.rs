//! Least frequently used.

use datasets::Request;

use super::{
    NOTHING_PROVEN, Policy,
    slots::{NONE, Slots},
};
use crate::Proven;

/// Evicts the object with the fewest requests since it came in, the least recently used among equals.
///
/// Counts begin at 1 and end with an eviction: what comes in again counts from 1. Objects of one count are a list, and the
/// lists are in the order of their counts, so that a request takes constant time (Shah, Mitra and Matani 2010).
#[derive(Debug, Clone)]
pub struct Lfu {
    cache_size: u64,
    used: u64,
    /// Marked: the object's group.
    slots: Slots<u32>,
    /// A ring in the order of the counts, closed by the first, which has count 0 and no objects.
    groups: Vec<Group>,
    free: Vec<u32>,
}

/// Objects with one count.
#[derive(Debug, Clone)]
struct Group {
    count: u64,
    list: u32,
    lower: u32,
    higher: u32,
}

/// The group that closes the ring.
const END: u32 = 0;

impl Lfu {
    /// The ratio has no bound (Sleator & Tarjan 1985): an object that was asked for often stays for ever.
    pub const PROVEN: Proven = NOTHING_PROVEN;

    /// Makes an empty cache.
    pub fn new(cache_size: u64) -> Self {
        let end = Group { count: 0, list: NONE, lower: END, higher: END };
        Self { cache_size, used: 0, slots: Slots::new(), groups: vec![end], free: Vec::new() }
    }

    /// The group with one more request than `group`; it is made where there is none.
    #[inline]
    fn next(&mut self, group: u32) -> u32 {
        let Group { count, higher, .. } = self.groups[group as usize];
        if higher != END && self.groups[higher as usize].count == count + 1 {
            return higher;
        }
        let made = self.free.pop().unwrap_or_else(|| {
            let list = self.slots.list();
            self.groups.push(Group { count: 0, list, lower: END, higher: END });
            self.groups.len() as u32 - 1
        });
        let new = &mut self.groups[made as usize];
        (new.count, new.lower, new.higher) = (count + 1, group, higher);
        self.groups[group as usize].higher = made;
        self.groups[higher as usize].lower = made;
        made
    }

    /// Takes a group without objects out of the ring.
    #[inline]
    fn tidy(&mut self, group: u32) {
        let Group { list, lower, higher, .. } = self.groups[group as usize];
        if self.slots.oldest(list).is_none() {
            self.groups[lower as usize].higher = higher;
            self.groups[higher as usize].lower = lower;
            self.free.push(group);
        }
    }
}

impl Policy for Lfu {
    #[inline]
    fn find(&self, key: u32) -> Option<(u32, u64)> {
        let slot = self.slots.find(key);
        (slot != NONE).then(|| (slot, self.slots.get(slot).size))
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        let group = self.slots.get(slot).mark;
        let next = self.next(group);
        *self.slots.mark(slot) = next;
        self.slots.renew(self.groups[next as usize].list, slot);
        self.tidy(group);
    }

    #[inline]
    fn admit(&mut self, request: &Request) {
        while self.used + request.size > self.cache_size
            && let Some(oldest) =
                self.slots.oldest(self.groups[self.groups[END as usize].higher as usize].list)
        {
            self.discard(oldest);
        }
        let first = self.next(END);
        self.slots.insert(self.groups[first as usize].list, request.key, request.size, first);
        self.used += request.size;
    }

    #[inline]
    fn discard(&mut self, slot: u32) {
        let group = self.slots.get(slot).mark;
        self.used -= self.slots.remove(slot);
        self.tidy(group);
    }
}
