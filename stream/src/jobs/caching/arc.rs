//! ARC, the adaptive replacement cache.

use datasets::Request;

use super::{
    Policy,
    slots::{NONE, Slots},
};
use crate::Proven;

/// Holds objects that were asked for once and those that were asked for again in two LRU lists, and learns from ghosts how
/// much room each should have.
///
/// Megiddo and Modha, FAST 2003, Figure 4. Ghosts of what was evicted from either list stand in a list each; a request
/// whose object has one moves the target of the first list by 1, or by the ratio of the ghost lists' sizes where that is
/// more: up for a ghost of the first list, down for one of the second. The target is a fraction, as in the paper. The
/// first list loses its oldest object when it is above its target, also when it is exactly at it and the request's ghost
/// is in the second; otherwise the second does. The first list and its ghosts hold no more than the cache, all four lists
/// no more than twice that; where a cache of one-time objects leaves no ghosts, its oldest object goes without one.
///
/// With sizes, lists and ghosts are measured in units of size, and the target moves by the request's size times as much.
#[derive(Debug, Clone)]
pub struct Arc {
    cache_size: u64,
    /// Says how much the lists hold, by [`Place`].
    sizes: [u64; 4],
    /// Marked: the list that the object is in.
    slots: Slots<Place>,
    /// The lists, by [`Place`].
    lists: [u32; 4],
    /// Says how much the first list should hold: `p` in the paper.
    target: f64,
}

/// The lists, with their names in the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// T1.
    #[default]
    Once,
    /// T2.
    Again,
    /// B1.
    OnceGhost,
    /// B2.
    AgainGhost,
}

impl Arc {
    /// Makes an empty cache.
    pub fn new(cache_size: u64) -> Self {
        let mut slots = Slots::new();
        let lists = [(); 4].map(|()| slots.list());
        Self { cache_size, sizes: [0; 4], slots, lists, target: 0.0 }
    }

    /// Returns what is proved of it where all objects have size 1 and insertion is forced: `ARC ≤ 4 k OPT`, and no better
    /// than `k + 1`.
    pub fn proven(cache_size: u64) -> Proven {
        let asymptotic = Some(4.0 * cache_size as f64);
        Proven {
            asymptotic,
            absolute: None,
            constant: None,
            source: "4 k, k = cache_size, objects of size 1, Consuegra, Martinez, Narasimhan et al. 2015",
        }
    }

    #[inline]
    fn size(&self, place: Place) -> u64 {
        self.sizes[place as usize]
    }

    #[inline]
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
    fn insert(&mut self, request: &Request, place: Place) {
        self.slots.insert(self.lists[place as usize], request.key, request.size, place);
        self.sizes[place as usize] += request.size;
    }

    /// Moves the target for a ghost in `place`.
    fn adapt(&mut self, place: Place, request: &Request) {
        let (once, again) = (self.size(Place::OnceGhost) as f64, self.size(Place::AgainGhost) as f64);
        let size = request.size as f64;
        self.target = if place == Place::OnceGhost {
            (self.target + (again / once).max(1.0) * size).min(self.cache_size as f64)
        } else {
            (self.target - (once / again).max(1.0) * size).max(0.0)
        };
    }

    /// Evicts, leaving ghosts, until `size` fits.
    #[inline]
    fn replace(&mut self, size: u64, is_again_ghost: bool) {
        while self.size(Place::Once) + self.size(Place::Again) + size > self.cache_size {
            let once = self.size(Place::Once) as f64;
            let is_above = once > self.target || is_again_ghost && once >= self.target;
            match (self.oldest(Place::Once), self.oldest(Place::Again)) {
                (Some(once), again) if is_above || again.is_none() => self.shift(once, Place::OnceGhost),
                (_, Some(again)) => self.shift(again, Place::AgainGhost),
                (_, None) => return,
            }
        }
    }

    /// Makes the lists short enough for an object that has no ghost.
    #[inline]
    fn shorten(&mut self, size: u64) {
        while self.size(Place::Once) + self.size(Place::OnceGhost) + size > self.cache_size
            && let Some(oldest) = self.oldest(Place::OnceGhost).or_else(|| self.oldest(Place::Once))
        {
            self.discard(oldest);
        }
        let both = 2 * u128::from(self.cache_size);
        while self.sizes.iter().map(|&size| u128::from(size)).sum::<u128>() + u128::from(size) > both
            && let Some(oldest) = self.oldest(Place::AgainGhost)
        {
            self.discard(oldest);
        }
    }
}

impl Policy for Arc {
    #[inline]
    fn find(&self, key: u32) -> Option<(u32, u64)> {
        let slot = self.slots.find(key);
        let node = self.slots.get(slot);
        (slot != NONE && matches!(node.mark, Place::Once | Place::Again)).then_some((slot, node.size))
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.shift(slot, Place::Again);
    }

    #[inline]
    fn admit(&mut self, request: &Request) {
        let ghost = self.slots.find(request.key);
        if ghost == NONE {
            self.shorten(request.size);
            self.replace(request.size, false);
            self.insert(request, Place::Once);
        } else {
            let place = self.slots.get(ghost).mark;
            self.adapt(place, request);
            self.replace(request.size, place == Place::AgainGhost);
            self.discard(ghost);
            self.insert(request, Place::Again);
        }
    }

    #[inline]
    fn discard(&mut self, slot: u32) {
        let place = self.slots.get(slot).mark;
        self.sizes[place as usize] -= self.slots.remove(slot);
    }
}
