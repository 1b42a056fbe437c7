//! Describes what falls due as event time goes on.

use std::{cmp::Reverse, collections::BinaryHeap};

/// Things by the (exclusive) end of their time; those of one end in their own order.
#[derive(Debug, Clone)]
pub(super) struct Due<T> {
    heap: BinaryHeap<Reverse<(i64, T)>>,
}

impl<T: Ord> Due<T> {
    #[inline]
    pub(super) fn push(&mut self, end_ms: i64, what: T) {
        self.heap.push(Reverse((end_ms, what)));
    }

    /// Takes out the first of those whose end is at most `to`.
    #[inline]
    pub(super) fn pop(&mut self, to: i64) -> Option<(i64, T)> {
        match self.heap.peek() {
            Some(Reverse((end_ms, _))) if *end_ms <= to => self.heap.pop().map(|Reverse(due)| due),
            _ => None,
        }
    }
}

#[cfg(test)]
impl<T> Due<T> {
    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }
}

impl<T: Ord> Default for Due<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new() }
    }
}

impl<T: Ord> FromIterator<(i64, T)> for Due<T> {
    fn from_iter<I: IntoIterator<Item = (i64, T)>>(due: I) -> Self {
        Self { heap: due.into_iter().map(Reverse).collect() }
    }
}
