//! The sizes of all items as classes, and how many items of each a growing prefix holds.

use datasets::Item;

use super::super::sorted::{Class, Instance, Sorted};

/// Sizes that are told apart at most; where there are more, neighbours are taken together.
const MOST_CLASSES: usize = 1 << 16;

/// The classes of all items: one size each, or as many neighbouring sizes as needed to have few classes.
pub(super) struct Census {
    pub(super) capacity: u64,
    /// The largest size of each class, descending, without 0.
    largest: Vec<u64>,
    /// The smallest size of each class.
    pub(super) smallest: Vec<u64>,
    /// The class of each item; those of size 0 are of one class more.
    class_of: Vec<u32>,
    /// Says whether each class has one size.
    pub(super) is_exact: bool,
}

impl Census {
    pub(super) fn new(items: &[Item], capacity: u64) -> Self {
        let Sorted { order, classes } = Sorted::new(items);
        let class_of = vec![0; items.len()];
        let mut census =
            Self { capacity, largest: Vec::new(), smallest: Vec::new(), class_of, is_exact: true };
        let sizes = classes.partition_point(|class| class.size > 0);
        let (above_0, of_size_0) = classes.split_at(sizes);
        let together = sizes.div_ceil(MOST_CLASSES).max(1);
        for neighbours in above_0.chunks(together) {
            census.largest.push(neighbours[0].size);
            census.smallest.push(neighbours[neighbours.len() - 1].size);
        }
        let mut order = order.iter();
        for (number, neighbours) in above_0.chunks(together).chain([of_size_0]).enumerate() {
            let count = neighbours.iter().map(|class| class.count as usize).sum();
            for &offset in order.by_ref().take(count) {
                census.class_of[offset as usize] = number as u32;
            }
        }
        census.is_exact = together == 1;
        census
    }
}

/// A prefix that grows.
pub(super) struct Growing<'a> {
    census: &'a Census,
    /// Holds the items of each class, and those of size 0.
    counts: Vec<u32>,
    items: usize,
}

impl<'a> Growing<'a> {
    pub(super) fn new(census: &'a Census) -> Self {
        Self { census, counts: vec![0; census.largest.len() + 1], items: 0 }
    }

    /// Takes in the items up to `prefix`, which is no shorter than the last one.
    pub(super) fn grow_to(&mut self, prefix: usize) {
        for &class in &self.census.class_of[self.items..prefix] {
            self.counts[class as usize] += 1;
        }
        self.items = prefix;
    }

    /// Returns the items of each class.
    pub(super) fn counts(&self) -> &[u32] {
        &self.counts[..self.census.largest.len()]
    }

    /// Returns the prefix as an instance whose items are no smaller than they are, so that its packings can be had.
    pub(super) fn no_smaller(&self) -> Instance {
        self.instance(&self.census.largest)
    }

    /// Returns the prefix as an instance whose items are no larger than they are, so that its lower bounds hold.
    pub(super) fn no_larger(&self) -> Instance {
        self.instance(&self.census.smallest)
    }

    fn instance(&self, sizes: &[u64]) -> Instance {
        let classes = sizes.iter().zip(&self.counts);
        let classes = classes.filter(|&(_, &count)| count > 0).map(|(&size, &count)| Class { size, count });
        Instance { capacity: self.census.capacity, classes: classes.collect() }
    }

    /// Returns how many items the first classes have, for each number of classes from 0 on.
    pub(super) fn cumulative(&self) -> Vec<u32> {
        let sums = self.counts.iter().scan(0, |sum, &count| Some(std::mem::replace(sum, *sum + count)));
        sums.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn a_prefix_is_what_sorting_it_gives() {
        let items = [5, 0, 7, 5, 0, 2, 7, 7, 1].map(|size| Item { size });
        let census = Census::new(&items, 10);
        assert_eq!(census.smallest, [7, 5, 2, 1]);
        let mut growing = Growing::new(&census);
        for prefix in [0, 1, 4, 4, 8, 9] {
            growing.grow_to(prefix);
            assert_eq!(growing.no_larger(), Sorted::new(&items[..prefix]).instance(10));
            let at_least = |size| items[..prefix].iter().filter(|item| item.size >= size).count() as u32;
            assert_eq!(growing.cumulative(), [0, at_least(7), at_least(5), at_least(2), at_least(1)]);
        }
    }

    #[test]
    fn sizes_taken_together_are_rounded_up_and_down() {
        let mut random = SplitMix64::new(7);
        let items: Vec<Item> = (0..150_000).map(|_| Item { size: random.uniform(0, 1 << 50) }).collect();
        let census = Census::new(&items, 1 << 50);
        assert!(!census.is_exact && census.smallest.len() <= MOST_CLASSES);
        let mut growing = Growing::new(&census);
        for prefix in [1, 1000, 150_000] {
            growing.grow_to(prefix);
            let mut sizes: Vec<u64> =
                items[..prefix].iter().map(|item| item.size).filter(|&size| size > 0).collect();
            sizes.sort_unstable_by(|left, right| right.cmp(left));
            let each = |instance: Instance| {
                let copies = |class: Class| std::iter::repeat_n(class.size, class.count as usize);
                instance.classes.into_iter().flat_map(copies).collect::<Vec<u64>>()
            };
            let (larger, smaller) = (each(growing.no_smaller()), each(growing.no_larger()));
            assert_eq!((larger.len(), smaller.len()), (sizes.len(), sizes.len()));
            assert!(larger.iter().zip(&sizes).all(|(larger, size)| larger >= size), "{prefix}");
            assert!(smaller.iter().zip(&sizes).all(|(smaller, size)| smaller <= size), "{prefix}");
        }
    }
}
