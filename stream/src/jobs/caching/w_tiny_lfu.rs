//! W-TinyLFU: a small window, and admission to the main cache by frequency.

use datasets::Request;

use super::{
    NOTHING_PROVEN, Policy,
    slots::{NONE, Slots},
};
use crate::Proven;

/// Takes new objects into a window, and from there into the main cache those that were asked for more often than what they
/// would evict.
///
/// Einziger, Friedman and Manes, ACM TOS 2017. The window is an LRU list of a hundredth of the cache, at least 1. The main
/// cache is a segmented LRU: a hit in its probation moves the object to the protected part, four fifths of it, whose oldest
/// go back to probation. What leaves the window is admitted if there is room, or if it was asked for more often than the
/// oldest on probation (of the protected part, where nothing is on probation), which it evicts; on a tie, or with fewer,
/// it is evicted itself.
///
/// Frequencies are exact counts up to 15 of all objects ever asked for, halved whenever the sample is full: when ten times
/// as many requests were counted as the cache holds objects, after which half of that sample counts as seen. The paper's
/// count–min sketch and doorkeeper approximate just this in less memory; what collides in them would depend on a hash.
///
/// An object larger than the window still comes in through it, and makes the main cache smaller while it is there.
#[derive(Debug, Clone)]
pub struct WTinyLfu {
    cache_size: u64,
    limits: Limits,
    /// Says how much the lists hold, by [`Place`].
    sizes: [u64; 3],
    objects: u64,
    /// Marked: the list that the object is in.
    slots: Slots<Place>,
    /// The lists, by [`Place`].
    lists: [u32; 3],
    frequencies: Frequencies,
}

/// Describes how much the parts should hold.
#[derive(Debug, Clone, Copy)]
struct Limits {
    window: u64,
    main: u64,
    protected: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Window,
    Probation,
    Protected,
}

impl WTinyLfu {
    /// No ratio is known.
    pub const PROVEN: Proven = NOTHING_PROVEN;

    /// Makes an empty cache.
    pub fn new(cache_size: u64) -> Self {
        let window = (cache_size / 100).max(1).min(cache_size);
        let main = cache_size - window;
        let protected = (u128::from(main) * 8 / 10) as u64;
        let mut slots = Slots::new();
        let lists = [(); 3].map(|()| slots.list());
        let (limits, frequencies) = (Limits { window, main, protected }, Frequencies::default());
        Self { cache_size, limits, sizes: [0; 3], objects: 0, slots, lists, frequencies }
    }

    #[inline]
    fn size(&self, place: Place) -> u64 {
        self.sizes[place as usize]
    }

    fn oldest(&self, place: Place) -> Option<u32> {
        self.slots.oldest(self.lists[place as usize])
    }

    /// Makes an object the newest of a list.
    #[inline]
    fn shift(&mut self, slot: u32, place: Place) {
        let from = std::mem::replace(self.slots.mark(slot), place);
        let size = self.slots.get(slot).size;
        self.sizes[from as usize] -= size;
        self.sizes[place as usize] += size;
        self.slots.renew(self.lists[place as usize], slot);
    }

    #[inline]
    fn count(&mut self, key: u32) {
        self.frequencies.count(key);
        let used: u64 = self.sizes.iter().sum();
        // The cache holds `objects · cache_size / used` of such objects; with sizes of 1 that is its size.
        let sample = 10 * u128::from(self.cache_size) * u128::from(self.objects);
        if used > 0 && u128::from(self.frequencies.counted) * u128::from(used) >= sample {
            self.frequencies.halve();
        }
    }

    /// Returns what the main cache would evict.
    #[inline]
    fn victim(&self) -> Option<u32> {
        self.oldest(Place::Probation).or_else(|| self.oldest(Place::Protected))
    }

    /// Moves an object from the window into the main cache, or evicts it.
    fn settle(&mut self, candidate: u32) {
        let frequency = self.frequency(candidate);
        let size = self.slots.get(candidate).size;
        while self.size(Place::Probation) + self.size(Place::Protected) + size > self.limits.main {
            match self.victim() {
                Some(victim) if frequency > self.frequency(victim) => self.discard(victim),
                Some(_) | None => return self.discard(candidate),
            }
        }
        self.shift(candidate, Place::Probation);
    }

    #[inline]
    fn frequency(&self, slot: u32) -> u8 {
        self.frequencies.of(self.slots.get(slot).key)
    }
}

impl Policy for WTinyLfu {
    #[inline]
    fn find(&self, key: u32) -> Option<(u32, u64)> {
        let slot = self.slots.find(key);
        (slot != NONE).then(|| (slot, self.slots.get(slot).size))
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.count(self.slots.get(slot).key);
        match self.slots.get(slot).mark {
            Place::Window => self.shift(slot, Place::Window),
            Place::Probation | Place::Protected => self.shift(slot, Place::Protected),
        }
        while self.size(Place::Protected) > self.limits.protected
            && let Some(oldest) = self.oldest(Place::Protected)
        {
            self.shift(oldest, Place::Probation);
        }
    }

    #[inline]
    fn admit(&mut self, request: &Request) {
        let Request { key, size } = *request;
        self.count(key);
        while self.size(Place::Window) + size > self.limits.window
            && let Some(oldest) = self.oldest(Place::Window)
        {
            self.settle(oldest);
        }
        while self.sizes.iter().sum::<u64>() + size > self.cache_size
            && let Some(victim) = self.victim()
        {
            self.discard(victim);
        }
        self.slots.insert(self.lists[Place::Window as usize], key, size, Place::Window);
        self.sizes[Place::Window as usize] += size;
        self.objects += 1;
    }

    #[inline]
    fn discard(&mut self, slot: u32) {
        let place = self.slots.get(slot).mark;
        self.sizes[place as usize] -= self.slots.remove(slot);
        self.objects -= 1;
    }
}

/// Describes how often each object was asked for lately.
#[derive(Debug, Clone, Default)]
struct Frequencies {
    /// By key: the count, and in which round it was noted.
    counts: Vec<(u8, u32)>,
    /// Says how many times all counts were halved: done to each when it is looked at.
    round: u32,
    /// Says how many requests were counted, halved like the counts.
    counted: u64,
}

const MOST: u8 = 15;

impl Frequencies {
    #[inline]
    fn of(&self, key: u32) -> u8 {
        let (count, round) = self.counts.get(key as usize).copied().unwrap_or_default();
        count.checked_shr(self.round - round).unwrap_or(0)
    }

    #[inline]
    fn count(&mut self, key: u32) {
        if key as usize >= self.counts.len() {
            self.counts.resize((key as usize + 1).next_power_of_two(), (0, 0));
        }
        self.counts[key as usize] = ((self.of(key) + 1).min(MOST), self.round);
        self.counted += 1;
    }

    fn halve(&mut self) {
        self.round += 1;
        self.counted /= 2;
    }
}
