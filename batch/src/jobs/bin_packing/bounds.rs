//! Lower bounds that take one pass over the sizes: L1 and L2.

use datasets::Item;

use super::check;
use super::sorted::{Class, Instance, Sorted};

/// L1: the total of all sizes divided by the capacity, rounded up, in bins.
///
/// A dataset with items of size 0 only needs one bin.
///
/// # Panics
/// If the capacity is 0 or an item is larger than it.
pub fn l1(items: &[Item], capacity: u64) -> u64 {
    at_least_one(items, capacity, load_bound)
}

/// L2 of Martello & Toth (1990), over all thresholds, in bins. It is never below [`l1`].
///
/// For a threshold K, items above C − K take a bin each and leave nothing for items of at least K; the other
/// items above C/2 take a bin each too; what items in K ..= C/2 don't fit beside the latter needs more bins.
///
/// # Panics
/// If the capacity is 0 or an item is larger than it.
pub fn l2(items: &[Item], capacity: u64) -> u64 {
    at_least_one(items, capacity, threshold_bound)
}

/// Applies a bound to the items above 0; items of size 0 need a bin if nothing else does.
pub(super) fn at_least_one(items: &[Item], capacity: u64, bound: fn(&Instance) -> u64) -> u64 {
    check(items, capacity);
    bound(&Sorted::new(items).instance(capacity)).max(u64::from(!items.is_empty()))
}

/// L1 of an instance.
pub(super) fn load_bound(instance: &Instance) -> u64 {
    instance.total().div_ceil(u128::from(instance.capacity)) as u64
}

/// L2 of an instance.
pub(super) fn threshold_bound(instance: &Instance) -> u64 {
    let (capacity, classes) = (instance.capacity, &instance.classes);
    let split = classes.partition_point(|class| class.size > capacity - class.size);
    let (large, small) = classes.split_at(split);
    let alone = count(large);
    // With a falling threshold, `small_total` gains classes from the front and `beside` from the back.
    let (mut small_total, mut beside) = (0, LargeItems { left: large, count: 0, total: 0 });
    // At threshold 0 nothing is left out, which is L1; the smallest size stands for it.
    let mut overflow = 0;
    for class in small {
        small_total += u128::from(class.size) * u128::from(class.count);
        beside.admit(capacity - class.size);
        let room = beside.count * u128::from(capacity) - beside.total;
        overflow = overflow.max(small_total.saturating_sub(room));
    }
    alone + overflow.div_ceil(u128::from(capacity)) as u64
}

/// The items above C/2 that leave room for a threshold, gathered while the threshold falls.
struct LargeItems<'a> {
    left: &'a [Class],
    count: u128,
    total: u128,
}

impl LargeItems<'_> {
    /// Adds the items of at most `size`, the smallest first.
    fn admit(&mut self, size: u64) {
        while let Some((class, rest)) = self.left.split_last()
            && class.size <= size
        {
            self.count += u128::from(class.count);
            self.total += u128::from(class.count) * u128::from(class.size);
            self.left = rest;
        }
    }
}

fn count(classes: &[Class]) -> u64 {
    classes.iter().map(|class| u64::from(class.count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_bounds(sizes: &[u64], capacity: u64, first: u64, second: u64) {
        let items: Vec<Item> = sizes.iter().map(|&size| Item { size }).collect();
        assert_eq!((l1(&items, capacity), l2(&items, capacity)), (first, second), "{sizes:?} in {capacity}");
    }

    #[test]
    fn small_cases_by_hand() {
        check_bounds(&[], 10, 0, 0);
        check_bounds(&[0, 0], 10, 1, 1);
        check_bounds(&[5, 5, 5], 10, 2, 2);
        check_bounds(&[6, 6, 6], 10, 2, 3);
        check_bounds(&[1, 9, 9, 9], 10, 3, 3);
        check_bounds(&[u64::MAX; 3], u64::MAX, 3, 3);
        // Two items of 6 leave 4 each, where a 5 does not fit.
        check_bounds(&[6, 6, 5], 10, 2, 3);
    }

    #[test]
    fn the_example_of_martello_and_toth() {
        // Knapsack Problems (1990), chapter 8.
        check_bounds(&[70, 60, 50, 33, 33, 33, 11, 7, 3], 100, 3, 4);
    }
}
