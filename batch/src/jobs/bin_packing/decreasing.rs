//! First fit decreasing and best fit decreasing.

use datasets::Item;

use super::check;
use super::max_tree::MaxTree;
use super::shelves::Shelves;
use super::sorted::{Class, Sorted};

/// First fit decreasing: by size descending (stable), each item into the earliest opened bin that fits.
///
/// Costs at most 11/9·OPT + 6/9 bins (Johnson 1973; Dósa 2007). O(n log n) time.
///
/// # Panics
/// If the capacity is 0 or an item is larger than it.
pub fn first_fit_decreasing(items: &[Item], capacity: u64) -> Vec<u32> {
    check(items, capacity);
    first_fit(&Sorted::new(items), capacity)
}

/// Best fit decreasing: by size descending (stable), each item into the fullest bin that fits, on ties the
/// earliest opened one.
///
/// Costs at most 11/9·OPT + 4 bins (Johnson, Demers, Ullman, Garey & Graham 1974). O(n log n) time.
///
/// # Panics
/// If the capacity is 0 or an item is larger than it.
pub fn best_fit_decreasing(items: &[Item], capacity: u64) -> Vec<u32> {
    check(items, capacity);
    best_fit(&Sorted::new(items), capacity)
}

/// The number of bins of a packing whose bins are numbered without gaps.
pub(super) fn cost(packing: &[u32]) -> u64 {
    packing.iter().max().map_or(0, |&last| u64::from(last) + 1)
}

pub(super) fn first_fit(sorted: &Sorted, capacity: u64) -> Vec<u32> {
    let mut bins = vec![0; sorted.order.len()];
    let mut tree = MaxTree::new(most_bins(sorted.total(), capacity, sorted.order.len() as u64), capacity);
    let mut order = sorted.order.iter();
    for &Class { size, count } in &sorted.classes {
        let (mut left, mut from) = (count, 0);
        // Rooms only shrink, so the next item of this size fits nowhere before the place of the last one.
        while left > 0 {
            let bin = tree.first_with_room(from, size).expect("there is a bin for each item");
            let placed = copies(tree.room(bin), size, left);
            for &offset in order.by_ref().take(placed as usize) {
                bins[offset as usize] = bin as u32;
            }
            tree.set(bin, tree.room(bin) - size * u64::from(placed));
            left -= placed;
            from = bin;
        }
    }
    bins
}

pub(super) fn best_fit(sorted: &Sorted, capacity: u64) -> Vec<u32> {
    let mut bins = vec![0; sorted.order.len()];
    let mut shelves = Shelves::new(capacity, sorted.order.len());
    let mut opened = 0;
    let mut order = sorted.order.iter();
    for &Class { size, count } in &sorted.classes {
        let mut left = count;
        while left > 0 {
            let (room, bin) = shelves.take(size).unwrap_or_else(|| {
                opened += 1;
                (capacity, opened - 1)
            });
            // After one item this bin is the fullest that fits, so the next ones follow it.
            let placed = copies(room, size, left);
            for &offset in order.by_ref().take(placed as usize) {
                bins[offset as usize] = bin;
            }
            shelves.put(room - size * u64::from(placed), bin);
            left -= placed;
        }
    }
    bins
}

/// Returns how many of `left` items of this size go into a bin with this much room.
pub(super) fn copies(room: u64, size: u64, left: u32) -> u32 {
    room.checked_div(size).and_then(|fit| u32::try_from(fit).ok()).map_or(left, |fit| fit.min(left))
}

/// Returns how many bins first fit opens at most: of any two bins opened one after the other, the loads together
/// exceed the capacity.
pub(super) fn most_bins(total: u128, capacity: u64, items: u64) -> usize {
    let twice_the_load = 2 * total / u128::from(capacity);
    u64::try_from(twice_the_load + 1).map_or(items, |bins| bins.min(items)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(sizes: &[u64]) -> Vec<Item> {
        sizes.iter().map(|&size| Item { size }).collect()
    }

    fn first(sizes: &[u64], capacity: u64) -> Vec<u32> {
        first_fit_decreasing(&items(sizes), capacity)
    }

    fn best(sizes: &[u64], capacity: u64) -> Vec<u32> {
        best_fit_decreasing(&items(sizes), capacity)
    }

    #[test]
    fn small_cases_by_hand() {
        assert!(first(&[], 10).is_empty());
        assert_eq!(first(&[0, 0], 10), [0, 0]);
        assert_eq!(first(&[10, 0, 10], 10), [0, 0, 1]);
        assert_eq!(first(&[4, 6, 3, 7], 10), [1, 1, 0, 0]);
        // The 3 fits both bins: first fit takes the first one, best fit the fuller one.
        assert_eq!(first(&[6, 5, 5, 3, 1], 10), [0, 1, 1, 0, 0]);
        assert_eq!(first(&[60, 55, 30, 10, 10], 100), [0, 1, 0, 0, 1]);
        assert_eq!(best(&[0, 0], 10), [0, 0]);
        assert_eq!(best(&[10, 0, 10], 10), [0, 0, 1]);
        assert_eq!(best(&[6, 7, 2, 2], 10), [1, 0, 0, 1]);
        assert_eq!(best(&[70, 71, 72, 28, 0], 100), [2, 1, 0, 0, 0]);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let most = u64::MAX;
        assert_eq!(first(&[most, most / 2, most / 2, 1], most), [0, 1, 1, 1]);
        assert_eq!(best(&[most, most / 2, most / 2, 1], most), [0, 1, 1, 1]);
    }

    #[test]
    #[should_panic(expected = "larger than the capacity")]
    fn an_item_that_fits_nowhere_is_refused() {
        first(&[11], 10);
    }
}
