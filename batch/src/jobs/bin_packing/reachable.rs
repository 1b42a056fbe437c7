//! The largest load that a bin can really have, which is a capacity just as good.

use super::sorted::Instance;

/// Says how many 64-bit words the table of loads may shift; 4 million take about 2 ms.
const SHIFTS: u64 = 4_000_000;

/// Returns the same problem in smaller numbers: sizes divided by their greatest common divisor, and the capacity
/// lowered to the largest sum of items that it can hold. Exactly the same sets of items fit into a bin.
pub(super) fn tightened(instance: &Instance) -> Instance {
    let divisor = instance.classes.iter().fold(0, |divisor, class| gcd(divisor, class.size)).max(1);
    let mut small = instance.clone();
    for class in &mut small.classes {
        class.size /= divisor;
    }
    small.capacity = instance.capacity / divisor;
    small.capacity = largest_load(&small).max(1);
    small
}

/// The largest sum of items up to the capacity (Bellman 1957), or the capacity where the table is too large.
fn largest_load(instance: &Instance) -> u64 {
    let total = instance.total();
    if total <= u128::from(instance.capacity) {
        return total as u64;
    }
    let words = instance.capacity / 64 + 1;
    let Some(mut shifts_left) = SHIFTS.checked_sub(words) else { return instance.capacity };
    let mut loads = Loads::new(instance.capacity as usize);
    // Small sizes last: large ones alone rarely fill a bin, but the order changes nothing in the result.
    for class in &instance.classes {
        for copies in doubling_copies(u64::from(class.count).min(instance.capacity / class.size)) {
            if loads.is_full() {
                return instance.capacity;
            }
            let Some(left) = shifts_left.checked_sub(words) else { return instance.capacity };
            shifts_left = left;
            loads.add((class.size * copies) as usize);
        }
    }
    loads.largest()
}

/// 1, 2, 4, ... and a rest, so that subsets of them make every number up to `count`.
fn doubling_copies(count: u64) -> impl Iterator<Item = u64> {
    let mut left = count;
    let mut next = 1;
    std::iter::from_fn(move || {
        let copies = left.min(next);
        left -= copies;
        next *= 2;
        (copies > 0).then_some(copies)
    })
}

fn gcd(mut left: u64, mut right: u64) -> u64 {
    while right > 0 {
        (left, right) = (right, left % right);
    }
    left
}

/// A bit for each load from 0 to the capacity: can it be reached?
struct Loads {
    words: Vec<u64>,
    capacity: usize,
}

impl Loads {
    fn new(capacity: usize) -> Self {
        let mut words = vec![0; capacity / 64 + 1];
        words[0] = 1;
        Self { words, capacity }
    }

    fn is_full(&self) -> bool {
        self.words[self.capacity / 64] >> (self.capacity % 64) & 1 == 1
    }

    /// Adds the loads that one more item makes; from the top down, so that it is used once.
    fn add(&mut self, size: usize) {
        let (whole, bits) = (size / 64, size % 64);
        for word in (whole..self.words.len()).rev() {
            let mut moved = self.words[word - whole] << bits;
            if bits > 0 && word > whole {
                moved |= self.words[word - whole - 1] >> (64 - bits);
            }
            self.words[word] |= moved;
        }
    }

    fn largest(&self) -> u64 {
        let reached = |load: &usize| self.words[load / 64] >> (load % 64) & 1 == 1;
        (0..=self.capacity).rev().find(reached).map_or(0, |load| load as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sorted::Class;
    use super::*;
    use datasets::SplitMix64;

    fn instance(capacity: u64, classes: &[(u64, u32)]) -> Instance {
        Instance { capacity, classes: classes.iter().map(|&(size, count)| Class { size, count }).collect() }
    }

    #[test]
    fn small_cases_by_hand() {
        // Sizes 6 and 4 are 3 and 2 in halves; 15 is 7, which 3 + 2 + 2 reach.
        assert_eq!(tightened(&instance(15, &[(6, 2), (4, 2)])), instance(7, &[(3, 2), (2, 2)]));
        assert_eq!(tightened(&instance(100, &[(34, 9)])), instance(2, &[(1, 9)]));
        assert_eq!(tightened(&instance(100, &[(35, 9), (34, 9)])), instance(70, &[(35, 9), (34, 9)]));
        assert_eq!(tightened(&instance(u64::MAX, &[(u64::MAX, 1)])), instance(1, &[(1, 1)]));
        assert_eq!(tightened(&instance(9, &[])), instance(1, &[]));
    }

    #[test]
    fn it_finds_the_largest_load_of_all_subsets() {
        let mut random = SplitMix64::new(5);
        for round in 0..500 {
            let capacity = random.uniform(1, 300);
            let mut sizes: Vec<u64> =
                (0..random.uniform(1, 10)).map(|_| random.uniform(1, capacity)).collect();
            sizes.sort_unstable_by(|left, right| right.cmp(left));
            let classes: Vec<(u64, u32)> =
                sizes.chunk_by(|left, right| left == right).map(|run| (run[0], run.len() as u32)).collect();
            let subset = |chosen: u32| {
                (0..sizes.len()).filter(move |item| chosen >> item & 1 == 1).map(|item| sizes[item])
            };
            let loads = (0..1_u32 << sizes.len()).map(|chosen| subset(chosen).sum::<u64>());
            let largest = loads.filter(|&load| load <= capacity).max().unwrap();
            assert_eq!(
                largest_load(&instance(capacity, &classes)),
                largest,
                "round {round}: {sizes:?} in {capacity}"
            );
        }
    }
}
