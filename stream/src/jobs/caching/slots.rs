//! Objects in numbered slots, linked into lists: flat arrays, no allocation for each object.

/// No slot.
pub(super) const NONE: u32 = 0;

/// Objects by key, each in one list.
///
/// Keys are small numbers, so where an object is stands in an array by key. A list is a ring of slots, closed by a slot
/// that holds no object and whose number is the list's.
#[derive(Debug, Clone)]
pub(super) struct Slots<M> {
    nodes: Vec<Node<M>>,
    /// By key: the object's slot, or [`NONE`].
    by_key: Vec<u32>,
    free: Vec<u32>,
}

/// An object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<M> {
    older: u32,
    newer: u32,
    pub(super) key: u32,
    /// Holds what the policy notes of it.
    pub(super) mark: M,
    pub(super) size: u64,
}

impl<M: Copy + Default> Slots<M> {
    pub(super) fn new() -> Self {
        let mut slots = Self { nodes: Vec::new(), by_key: Vec::new(), free: Vec::new() };
        let none = slots.list();
        debug_assert_eq!(none, NONE);
        slots
    }

    /// Makes an empty list.
    pub(super) fn list(&mut self) -> u32 {
        let list = self.nodes.len() as u32;
        self.nodes.push(Node { older: list, newer: list, key: 0, mark: M::default(), size: 0 });
        list
    }

    /// The slot of an object, or [`NONE`].
    #[inline]
    pub(super) fn find(&self, key: u32) -> u32 {
        self.by_key.get(key as usize).copied().unwrap_or(NONE)
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> &Node<M> {
        &self.nodes[slot as usize]
    }

    #[inline]
    pub(super) fn mark(&mut self, slot: u32) -> &mut M {
        &mut self.nodes[slot as usize].mark
    }

    /// The object of a list that came in, or was moved up, longest ago.
    #[inline]
    pub(super) fn oldest(&self, list: u32) -> Option<u32> {
        self.newer(list, list)
    }

    /// The object of a list that came after `slot`.
    #[inline]
    pub(super) fn newer(&self, list: u32, slot: u32) -> Option<u32> {
        let newer = self.nodes[slot as usize].newer;
        (newer != list).then_some(newer)
    }

    /// Adds an object that isn't there, as the newest of a list.
    #[inline]
    pub(super) fn insert(&mut self, list: u32, key: u32, size: u64, mark: M) -> u32 {
        let node = Node { older: NONE, newer: NONE, key, mark, size };
        let slot = if let Some(slot) = self.free.pop() {
            self.nodes[slot as usize] = node;
            slot
        } else {
            self.nodes.push(node);
            self.nodes.len() as u32 - 1
        };
        if key as usize >= self.by_key.len() {
            self.by_key.resize((key as usize + 1).next_power_of_two(), NONE);
        }
        self.by_key[key as usize] = slot;
        self.link(list, slot);
        slot
    }

    /// Makes an object the newest of a list.
    #[inline]
    pub(super) fn renew(&mut self, list: u32, slot: u32) {
        if self.nodes[list as usize].older != slot {
            self.unlink(slot);
            self.link(list, slot);
        }
    }

    /// Forgets an object; returns its size.
    #[inline]
    pub(super) fn remove(&mut self, slot: u32) -> u64 {
        self.unlink(slot);
        let Node { key, size, .. } = self.nodes[slot as usize];
        self.by_key[key as usize] = NONE;
        self.free.push(slot);
        size
    }

    #[inline]
    fn link(&mut self, list: u32, slot: u32) {
        let newest = std::mem::replace(&mut self.nodes[list as usize].older, slot);
        self.nodes[newest as usize].newer = slot;
        let node = &mut self.nodes[slot as usize];
        (node.older, node.newer) = (newest, list);
    }

    #[inline]
    fn unlink(&mut self, slot: u32) {
        let Node { older, newer, .. } = self.nodes[slot as usize];
        self.nodes[older as usize].newer = newer;
        self.nodes[newer as usize].older = older;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(slots: &Slots<()>, list: u32) -> Vec<u32> {
        let next = |slot: &u32| slots.newer(list, *slot);
        std::iter::successors(slots.oldest(list), next).map(|slot| slots.get(slot).key).collect()
    }

    #[test]
    fn lists_keep_their_order() {
        let mut slots = Slots::new();
        let (a, b) = (slots.list(), slots.list());
        for key in [7, 3, 9] {
            slots.insert(a, key, 1, ());
        }
        assert_eq!((keys(&slots, a), keys(&slots, b)), (vec![7, 3, 9], vec![]));
        slots.renew(a, slots.find(7));
        slots.renew(a, slots.find(7));
        slots.renew(b, slots.find(3));
        assert_eq!((keys(&slots, a), keys(&slots, b)), (vec![9, 7], vec![3]));
        assert_eq!(slots.remove(slots.find(9)), 1);
        assert_eq!((slots.find(9), slots.find(100)), (NONE, NONE));
        let slot = slots.insert(b, 5, 4, ());
        assert_eq!((keys(&slots, a), keys(&slots, b), slots.get(slot).size), (vec![7], vec![3, 5], 4));
    }
}
