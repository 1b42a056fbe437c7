//! The number of bins that best and first fit decreasing open, from counts alone: bins with like contents are one step.

use super::super::decreasing::{copies, most_bins};
use super::super::max_tree::MaxTree;
use super::super::sorted::{Class, Instance};
use super::rooms::Rooms;

/// How items of one class go into bins that all have the same room; what is left over is placed next.
struct Share {
    /// The items that a bin takes.
    each: u32,
    /// The bins that take them.
    bins: u32,
}

impl Share {
    fn new(room: u64, bins: u32, size: u64, left: u32) -> Self {
        // Most often; the others take two divisions.
        let each = if room - size < size || left == 1 { 1 } else { copies(room, size, left) };
        let filled = if each == 1 { left } else { left / each };
        Self { each, bins: filled.min(bins) }
    }

    fn items(&self) -> u32 {
        self.each * self.bins
    }

    fn room(&self, room: u64, size: u64) -> u64 {
        room - size * u64::from(self.each)
    }
}

/// Returns the bins of [`best_fit_decreasing`](super::super::best_fit_decreasing): which of two bins with equal room
/// is taken makes no difference to their number.
pub(super) fn best_fit_bins(instance: &Instance) -> u64 {
    let (capacity, classes) = (instance.capacity, &instance.classes);
    let smallest = classes.last().map_or(0, |class| class.size);
    let mut rooms = Rooms::new(smallest, capacity, classes.len());
    // Rooms that fit nothing any more are left out.
    let put = |rooms: &mut Rooms, room: u64, bins| {
        if room >= smallest {
            rooms.put(room, bins);
        }
    };
    let mut opened = 0;
    for &Class { size, count } in classes {
        let mut left = count;
        while left > 0 {
            // Beside a larger item no item of more than half the capacity fits.
            let found = if size > capacity - size { None } else { rooms.take(size) };
            let (room, bins) = found.unwrap_or((capacity, u32::MAX));
            let share = Share::new(room, bins, size, left);
            put(&mut rooms, share.room(room, size), share.bins);
            match found {
                Some(_) => put(&mut rooms, room, bins - share.bins),
                None => opened += u64::from(share.bins),
            }
            left -= share.items();
        }
    }
    opened
}

/// Returns the bins of [`first_fit_decreasing`](super::super::first_fit_decreasing).
///
/// Neighbours with equal room are a run, which stands in the tree at its first bin; its other bins seem to be full.
pub(super) fn first_fit_bins(instance: &Instance) -> u64 {
    let most = most_bins(instance.total(), instance.capacity, instance.len());
    if most == 0 {
        return 0;
    }
    let mut tree = MaxTree::new(most, 0);
    let mut lengths = vec![0; most];
    tree.set(0, instance.capacity);
    lengths[0] = most as u32;
    let mut opened = 0;
    for &Class { size, count } in &instance.classes {
        let (mut left, mut from) = (count, 0);
        while left > 0 {
            let first = tree.first_with_room(from, size).expect("there is a bin for each item");
            let (room, bins) = (tree.room(first), lengths[first]);
            let share = Share::new(room, bins, size, left);
            tree.set(first, share.room(room, size));
            lengths[first] = share.bins;
            let next = first + share.bins as usize;
            if share.bins < bins {
                tree.set(next, room);
                lengths[next] = bins - share.bins;
            }
            opened = opened.max(next);
            left -= share.items();
            from = first;
        }
    }
    opened as u64
}

#[cfg(test)]
mod tests {
    use super::super::super::decreasing::{best_fit, cost, first_fit};
    use super::super::super::sorted::Sorted;
    use super::*;
    use datasets::{Item, SplitMix64};

    /// The packings that are counted here are built there.
    #[test]
    fn they_are_the_bins_of_the_packings() {
        let mut random = SplitMix64::new(6);
        for round in 0..600 {
            let capacity = match round % 4 {
                0 => random.uniform(1, 30),
                1 => random.uniform(100, 1000),
                2 => 20_000,
                _ => u64::MAX - random.uniform(0, 5),
            };
            let low = if round % 3 == 0 { 0 } else { capacity / random.uniform(3, 40) };
            let high = capacity / random.uniform(1, 2);
            let items: Vec<Item> = (0..random.uniform(0, 400))
                .map(|_| Item { size: random.uniform(low.min(high), high) })
                .collect();
            let sorted = Sorted::new(&items);
            let instance = sorted.instance(capacity);
            // Items of size 0 alone take a bin, and are in no instance.
            let least = u64::from(instance.classes.is_empty() && !items.is_empty());
            let counted = [best_fit_bins(&instance), first_fit_bins(&instance)];
            let built = [best_fit(&sorted, capacity), first_fit(&sorted, capacity)];
            assert_eq!(
                counted.map(|bins| bins + least),
                built.map(|packing| cost(&packing)),
                "round {round}"
            );
        }
    }
}
