//! The open bins as a multiset of rooms, with the smallest room that still fits an item.

use std::collections::BTreeMap;

use super::super::shelves::RoomSet;

/// Capacities up to this have a counter for each room, and larger ones where there are as many sizes.
const DENSE: u64 = 1 << 15;

/// Rooms and how many bins have each.
pub(super) enum Rooms {
    /// A counter for each room up to the capacity, and a set of the rooms that have a bin.
    Dense { full: RoomSet, bins: Vec<u32> },
    /// Lists of rooms whose leading bits are equal, where the rooms are spread well enough.
    Lists(Lists),
    /// Any rooms.
    Tree(BTreeMap<u64, u32>),
}

impl Rooms {
    /// Starts without a bin, for about as many rooms as there are `classes`, none below `smallest`.
    pub(super) fn new(smallest: u64, capacity: u64, classes: usize) -> Self {
        if capacity < DENSE.max(classes as u64) {
            let capacity = capacity as usize;
            return Self::Dense { full: RoomSet::new(capacity), bins: vec![0; capacity + 1] };
        }
        Self::Lists(Lists::new(smallest, capacity, classes))
    }

    /// Takes out all bins with the smallest room that fits `size`.
    pub(super) fn take(&mut self, size: u64) -> Option<(u64, u32)> {
        match self {
            Self::Dense { full, bins } => {
                let room = full.first_from(size as usize)?;
                full.remove(room);
                Some((room as u64, std::mem::take(&mut bins[room])))
            }
            Self::Lists(lists) => lists.take(size),
            Self::Tree(bins) => {
                let (&room, &count) = bins.range(size..).next()?;
                bins.remove(&room);
                Some((room, count))
            }
        }
    }

    /// Adds bins with this much room.
    pub(super) fn put(&mut self, room: u64, count: u32) {
        if count == 0 {
            return;
        }
        match self {
            Self::Dense { full, bins } => {
                full.insert(room as usize);
                bins[room as usize] += count;
            }
            Self::Lists(lists) => {
                lists.put(room, count);
                if lists.are_crowded() {
                    *self = Self::Tree(lists.rooms());
                }
            }
            Self::Tree(bins) => *bins.entry(room).or_default() += count,
        }
    }
}

/// Ends a list, and the list of nodes that are free.
const NONE: u32 = u32::MAX;
/// Nodes that a visit may meet on average before a tree is faster.
const LONGEST: u64 = 12;

/// Linked lists in one row of nodes. A list holds the rooms with one position of the leading bit and the same few bits
/// below it: what is left in bins that are nearly full is far smaller than the rest, and there is much of it.
pub(super) struct Lists {
    /// The bits below the leading one that tell lists apart.
    bits: u32,
    /// The number that the list of the smallest room would have.
    first: usize,
    heads: Vec<u32>,
    /// The lists that aren't empty.
    full: RoomSet,
    nodes: Vec<Node>,
    free: u32,
    visits: u64,
    met: u64,
}

#[derive(Clone, Copy)]
struct Node {
    room: u64,
    bins: u32,
    next: u32,
}

impl Lists {
    fn new(smallest: u64, capacity: u64, classes: usize) -> Self {
        // A quarter as many lists as there are rooms, for each doubling of the room.
        let bits = (classes / 4).max(64).ilog2().min(capacity.ilog2());
        let mut lists = Self {
            bits,
            first: 0,
            heads: Vec::new(),
            full: RoomSet::new(0),
            nodes: Vec::with_capacity(classes / 2),
            free: NONE,
            visits: 0,
            met: 0,
        };
        lists.first = lists.list(smallest);
        let largest = lists.list(capacity);
        lists.heads = vec![NONE; largest + 1];
        lists.full = RoomSet::new(largest);
        lists
    }

    /// The list of a room, which never falls as the room grows.
    fn list(&self, room: u64) -> usize {
        let low = 1 << self.bits;
        if room < low {
            return room as usize - self.first;
        }
        let shift = room.ilog2() - self.bits;
        ((u64::from(shift) << self.bits) + (room >> shift)) as usize - self.first
    }

    fn are_crowded(&self) -> bool {
        self.met > LONGEST * (self.visits + 1000)
    }

    fn put(&mut self, room: u64, bins: u32) {
        let list = self.list(room);
        let head = self.heads[list];
        if head == NONE {
            self.full.insert(list);
        }
        let node = Node { room, bins, next: head };
        self.heads[list] = self.place(node);
    }

    fn place(&mut self, node: Node) -> u32 {
        if self.free == NONE {
            self.nodes.push(node);
            return self.nodes.len() as u32 - 1;
        }
        let at = self.free;
        self.free = std::mem::replace(&mut self.nodes[at as usize], node).next;
        at
    }

    fn take(&mut self, size: u64) -> Option<(u64, u32)> {
        let list = self.list(size);
        if let Some(found) = self.take_from(list, size) {
            return Some(found);
        }
        let next = self.full.first_from(list + 1)?;
        self.take_from(next, size)
    }

    /// Takes the smallest room that fits out of a list. A room that stands there twice comes out in two visits.
    fn take_from(&mut self, list: usize, size: u64) -> Option<(u64, u32)> {
        self.visits += 1;
        let mut best: Option<(u64, u32, u32)> = None;
        let (mut before, mut at) = (NONE, self.heads[list]);
        while at != NONE {
            let Node { room, next, .. } = self.nodes[at as usize];
            if room >= size && best.is_none_or(|(least, ..)| room < least) {
                best = Some((room, before, at));
            }
            (before, at) = (at, next);
            self.met += 1;
        }
        let (room, before, at) = best?;
        let Node { bins, next, .. } = self.nodes[at as usize];
        match before {
            NONE => self.heads[list] = next,
            _ => self.nodes[before as usize].next = next,
        }
        if self.heads[list] == NONE {
            self.full.remove(list);
        }
        self.nodes[at as usize].next = std::mem::replace(&mut self.free, at);
        Some((room, bins))
    }

    fn rooms(&self) -> BTreeMap<u64, u32> {
        let mut rooms = BTreeMap::new();
        for &head in &self.heads {
            let mut at = head;
            while let Some(node) = self.nodes.get(at as usize) {
                *rooms.entry(node.room).or_default() += node.bins;
                at = node.next;
            }
        }
        rooms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    /// Rooms on `[low, high]`, against a tree; returns how they are kept in the end.
    fn agree(capacity: u64, (low, high): (u64, u64)) -> &'static str {
        let mut random = SplitMix64::new(4);
        let mut rooms = Rooms::new(low, capacity, 3000);
        let mut tree: BTreeMap<u64, u32> = BTreeMap::new();
        for step in 0..6000 {
            let room = random.uniform(low, high);
            rooms.put(room, step % 3);
            if step % 3 > 0 {
                *tree.entry(room).or_default() += step % 3;
            }
            if step % 4 == 0 {
                let size = random.uniform(low, high);
                let mut found = rooms.take(size);
                // Lists give a room that was put twice in two parts.
                while let Some((room, bins)) = found {
                    let left = tree.remove(&room).unwrap() - bins;
                    if left == 0 {
                        break;
                    }
                    tree.insert(room, left);
                    found = rooms.take(size);
                    assert_eq!(found.map(|(room, _)| room), Some(room), "capacity {capacity}, step {step}");
                }
                let larger = tree.range(size..).next().map(|(&room, _)| room);
                let taken = found.map(|(room, _)| room);
                assert!(larger.is_none_or(|larger| taken.is_some_and(|taken| taken < larger)), "{step}");
            }
        }
        match rooms {
            Rooms::Dense { .. } => "dense",
            Rooms::Lists(_) => "lists",
            Rooms::Tree(_) => "tree",
        }
    }

    #[test]
    fn all_ways_to_keep_rooms_agree() {
        for (capacity, way) in
            [(1, "dense"), (10_000, "dense"), (100_000, "lists"), (1 << 40, "lists"), (u64::MAX, "lists")]
        {
            assert_eq!(agree(capacity, (1, capacity)), way, "{capacity}");
        }
        // All rooms are in one list.
        assert_eq!(agree(u64::MAX, (1 << 63, (1 << 63) + (1 << 40))), "tree");
    }
}
