//! The items in descending order, and the same items as classes of equal size.

use std::cmp::Reverse;

use datasets::Item;

/// Items of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) size: u64,
    pub(super) count: u32,
}

/// Describes what most methods need to know of a dataset: which sizes there are, how often, and the capacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instance {
    pub(super) capacity: u64,
    /// By size, descending; sizes and counts above 0, no size twice.
    pub(super) classes: Vec<Class>,
}

impl Instance {
    /// The sum of all sizes.
    pub(super) fn total(&self) -> u128 {
        total(&self.classes)
    }

    /// The number of items.
    pub(super) fn len(&self) -> u64 {
        self.classes.iter().map(|class| u64::from(class.count)).sum()
    }
}

/// The items by size, descending; equal sizes by offset.
#[derive(Debug)]
pub(super) struct Sorted {
    /// The offsets of the items, largest item first.
    pub(super) order: Vec<u32>,
    /// The runs of equal size in `order`; the last one may hold the items of size 0.
    pub(super) classes: Vec<Class>,
}

impl Sorted {
    /// Sorts by counting where sizes are small, else by comparing.
    pub(super) fn new(items: &[Item]) -> Self {
        assert!(u32::try_from(items.len()).is_ok(), "bins and offsets are numbered with 32 bits");
        let largest = items.iter().map(|item| item.size).max().unwrap_or(0);
        // A counter is 4 bytes, so counting never takes more memory than sorting pairs would.
        match usize::try_from(largest) {
            Ok(largest) if largest < items.len().max(1 << 16) => Self::by_counting(items, largest),
            _ => Self::by_comparing(items),
        }
    }

    fn by_counting(items: &[Item], largest: usize) -> Self {
        let mut counts = vec![0_u32; largest + 1];
        for item in items {
            counts[item.size as usize] += 1;
        }
        let mut classes = Vec::new();
        let mut start = 0;
        for (size, slot) in counts.iter_mut().enumerate().rev() {
            let count = *slot;
            if count > 0 {
                classes.push(Class { size: size as u64, count });
            }
            *slot = start;
            start += count;
        }
        let mut order = vec![0; items.len()];
        for (offset, item) in items.iter().enumerate() {
            let slot = &mut counts[item.size as usize];
            order[*slot as usize] = offset as u32;
            *slot += 1;
        }
        Self { order, classes }
    }

    fn by_comparing(items: &[Item]) -> Self {
        let mut pairs: Vec<_> =
            items.iter().enumerate().map(|(offset, item)| (Reverse(item.size), offset as u32)).collect();
        pairs.sort_unstable();
        let order = pairs.iter().map(|&(_, offset)| offset).collect();
        let classes = pairs
            .chunk_by(|left, right| left.0 == right.0)
            .map(|run| Class { size: run[0].0.0, count: run.len() as u32 })
            .collect();
        Self { order, classes }
    }

    /// The sum of all sizes.
    pub(super) fn total(&self) -> u128 {
        total(&self.classes)
    }

    /// The instance without its items of size 0, which never cost a bin where there is another item.
    pub(super) fn instance(&self, capacity: u64) -> Instance {
        let classes = self.classes.iter().copied().filter(|class| class.size > 0).collect();
        Instance { capacity, classes }
    }
}

fn total(classes: &[Class]) -> u128 {
    classes.iter().map(|class| u128::from(class.size) * u128::from(class.count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sizes: &[u64], order: &[u32], classes: &[(u64, u32)]) {
        let items: Vec<Item> = sizes.iter().map(|&size| Item { size }).collect();
        let largest = sizes.iter().max().copied().unwrap_or(0) as usize;
        for sorted in [Sorted::by_comparing(&items), Sorted::by_counting(&items, largest)] {
            assert_eq!(sorted.order, order);
            let found: Vec<(u64, u32)> =
                sorted.classes.iter().map(|class| (class.size, class.count)).collect();
            assert_eq!(found, classes);
        }
    }

    #[test]
    fn both_sorts_are_descending_and_stable() {
        check(&[], &[], &[]);
        check(&[5], &[0], &[(5, 1)]);
        check(&[0, 0], &[0, 1], &[(0, 2)]);
        check(&[2, 7, 0, 2, 7, 3], &[1, 4, 5, 0, 3, 2], &[(7, 2), (3, 1), (2, 2), (0, 1)]);
    }

    #[test]
    fn the_largest_sizes_are_sorted_too() {
        let sorted = Sorted::new(&[Item { size: u64::MAX - 1 }, Item { size: u64::MAX }]);
        assert_eq!(sorted.order, [1, 0]);
        assert_eq!(sorted.instance(u64::MAX).total(), 2 * u128::from(u64::MAX) - 1);
    }
}
