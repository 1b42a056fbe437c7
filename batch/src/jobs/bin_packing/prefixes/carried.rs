//! A packing that is carried from prefix to prefix: most of its bins stay, a few are packed anew with what came in.

use std::cmp::Reverse;

use datasets::SplitMix64;

use super::super::slack::{Sight, minimum_slack};
use super::super::solution::{Pattern, Solution};
use super::super::sorted::{Class, Instance};
use super::super::work::Work;
use super::census::Census;

/// Any number will do; it is fixed so that the bounds are the same every time.
const SEED: u64 = 0xCA441;
/// Bins of each kind that are packed anew in a try, and how often before there are more.
const FIRST_BINS: u32 = 16;
const TRIES: u32 = 8;
const MORE: u32 = 4;
/// New items for each class from which full bins are made again.
const REUSED_FROM: u64 = 4;

/// Bins with like contents.
struct Load {
    pattern: Pattern,
    times: u32,
    slack: u64,
}

/// A packing of some of a prefix's items, by the classes of an exact census.
pub(super) struct Carried<'a> {
    census: &'a Census,
    /// The bins that are full.
    full: Vec<Load>,
    /// The others.
    loose: Vec<Load>,
    /// Holds how many items of each class they have.
    held: Vec<u32>,
    random: SplitMix64,
}

impl<'a> Carried<'a> {
    /// Starts with an empty packing.
    pub(super) fn new(census: &'a Census) -> Self {
        let held = vec![0; census.smallest.len()];
        Self { census, full: Vec::new(), loose: Vec::new(), held, random: SplitMix64::new(SEED) }
    }

    /// Packs all of these items, no fewer of any class than are packed, and returns the number of bins. It tries again
    /// until there are no more than `wanted` or the work is spent; `None` if it is spent before the first packing.
    pub(super) fn pack(&mut self, counts: &[u32], wanted: u64, work: &mut Work) -> Option<u64> {
        self.loosen(FIRST_BINS);
        self.reuse(counts, work);
        let first = self.pack_rest(counts, &mut Sight::Full, work)?;
        self.add_all(first);
        let mut best = self.bins();
        for tried in 1.. {
            if best <= wanted || work.is_spent() {
                break;
            }
            let removed = self.loosen(FIRST_BINS.saturating_mul(MORE.saturating_pow(tried / TRIES)));
            let kept = self.bins();
            let mut random = self.random.clone();
            let packed = self.pack_rest(counts, &mut Sight::Blurred(&mut random), work);
            self.random = random;
            match packed {
                Some(packed) if kept + packed.bins() <= best => {
                    best = kept + packed.bins();
                    self.add_all(packed);
                }
                _ => removed.into_iter().for_each(|load| self.add(load.pattern, load.times)),
            }
        }
        Some(best)
    }

    /// Where there are many items of each class, fills bins like full ones for as long as there are items for them.
    fn reuse(&mut self, counts: &[u32], work: &mut Work) {
        let new = counts.iter().zip(&self.held).map(|(count, held)| u64::from(count - held)).sum::<u64>();
        if new < REUSED_FROM * counts.len() as u64 {
            return;
        }
        work.spend(10 * self.full.len() as u64);
        for load in &mut self.full {
            let fits =
                |&(class, copies): &(u32, u32)| (counts[class as usize] - self.held[class as usize]) / copies;
            let times = load.pattern.iter().map(fits).min().unwrap_or(0);
            load.times += times;
            for &(class, copies) in &load.pattern {
                self.held[class as usize] += copies * times;
            }
        }
    }

    /// Takes another packing of these items, whose classes are those that have any.
    pub(super) fn replace(&mut self, solution: &Solution, counts: &[u32]) {
        self.full.clear();
        self.loose.clear();
        self.held.fill(0);
        let mut whole = Solution::default();
        whole.append(solution, &present(counts));
        self.add_all(whole);
    }

    fn bins(&self) -> u64 {
        self.full.iter().chain(&self.loose).map(|load| u64::from(load.times)).sum()
    }

    /// Packs the items that aren't packed.
    fn pack_rest(&self, counts: &[u32], sight: &mut Sight<'_>, work: &mut Work) -> Option<Solution> {
        let left: Vec<u32> = counts.iter().zip(&self.held).map(|(count, held)| count - held).collect();
        let origin = present(&left);
        let class =
            |&class: &u32| Class { size: self.census.smallest[class as usize], count: left[class as usize] };
        let rest = Instance { capacity: self.census.capacity, classes: origin.iter().map(class).collect() };
        let packed = minimum_slack(&rest, sight, work)?;
        let mut whole = Solution::default();
        whole.append(&packed, &origin);
        Some(whole)
    }

    fn add_all(&mut self, solution: Solution) {
        solution.loads.into_iter().for_each(|(pattern, times)| self.add(pattern, times));
    }

    fn add(&mut self, mut pattern: Pattern, times: u32) {
        // Bin completion names the class of a bin's first item apart from further items of it.
        pattern.dedup_by(|next, first| {
            let is_same = next.0 == first.0;
            first.1 += if is_same { next.1 } else { 0 };
            is_same
        });
        let mut slack = self.census.capacity;
        for &(class, copies) in &pattern {
            self.held[class as usize] += copies * times;
            slack -= self.census.smallest[class as usize] * u64::from(copies);
        }
        let kind = if slack == 0 { &mut self.full } else { &mut self.loose };
        kind.push(Load { pattern, times, slack });
    }

    /// Takes out up to `bins` bins with the most room, and as many full ones by chance.
    fn loosen(&mut self, bins: u32) -> Vec<Load> {
        let most = bins as usize;
        if most < self.loose.len() {
            self.loose.select_nth_unstable_by_key(most, |load| Reverse(load.slack));
        }
        let mut removed = Vec::new();
        let mut left = bins;
        for load in self.loose.iter_mut().take(most) {
            left -= take(load, left, &mut self.held, &mut removed);
        }
        self.loose.retain(|load| load.times > 0);
        let mut left = bins;
        while left > 0 && !self.full.is_empty() {
            let at = self.random.uniform(0, self.full.len() as u64 - 1) as usize;
            left -= take(&mut self.full[at], left.min(1 + bins / 16), &mut self.held, &mut removed);
            if self.full[at].times == 0 {
                self.full.swap_remove(at);
            }
        }
        removed
    }
}

/// Takes up to `most` bins of a load, and returns how many.
fn take(load: &mut Load, most: u32, held: &mut [u32], removed: &mut Vec<Load>) -> u32 {
    let times = load.times.min(most);
    if times > 0 {
        for &(class, copies) in &load.pattern {
            held[class as usize] -= copies * times;
        }
        load.times -= times;
        removed.push(Load { pattern: load.pattern.clone(), times, slack: load.slack });
    }
    times
}

/// The classes that have items.
fn present(counts: &[u32]) -> Vec<u32> {
    (0..counts.len()).filter(|&class| counts[class] > 0).map(|class| class as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::exact::{check_solution, optimum};
    use super::super::super::search::search;
    use super::super::census::Growing;
    use super::*;
    use datasets::Item;

    /// The packing as one of the prefix's own instance.
    fn solution(carried: &Carried<'_>, counts: &[u32]) -> Solution {
        let present = present(counts);
        let own = |class: u32| present.iter().position(|&other| other == class).unwrap() as u32;
        let mut solution = Solution::default();
        for load in carried.full.iter().chain(&carried.loose) {
            let pattern = load.pattern.iter().map(|&(class, copies)| (own(class), copies)).collect();
            solution.push(pattern, load.times);
        }
        solution
    }

    #[test]
    fn it_packs_each_item_of_each_prefix_once() {
        let mut random = SplitMix64::new(61);
        for round in 0..60 {
            let capacity = random.uniform(20, 60);
            // Few sizes, so that there are many items of each.
            let step = random.uniform(1, 9);
            let items: Vec<Item> = (0..300)
                .map(|_| Item { size: (random.uniform(1, capacity) / step * step).clamp(1, capacity) })
                .collect();
            let census = Census::new(&items, capacity);
            let (mut growing, mut carried) = (Growing::new(&census), Carried::new(&census));
            for prefix in [4, 9, 60, 61, 150, 300] {
                growing.grow_to(prefix);
                let (counts, instance) = (growing.counts(), growing.no_smaller());
                // Now and then there is too little work for it.
                let mut work = Work::new(if random.uniform(0, 4) == 0 { 200 } else { 300_000 });
                let packed = carried.pack(counts, 0, &mut work);
                if let Some(bins) = packed {
                    let solution = solution(&carried, counts);
                    check_solution(&solution, &instance);
                    assert_eq!(solution.bins(), bins, "round {round}");
                    assert!(prefix > 9 || bins >= optimum(&instance), "round {round}");
                }
                if random.uniform(0, 3) == 0
                    && let Some((better, _)) = search(&instance, 0, 1000, &mut Work::new(100_000)).packing
                {
                    carried.replace(&better, counts);
                    check_solution(&solution(&carried, counts), &instance);
                }
            }
        }
    }

    #[test]
    fn a_class_that_stands_twice_in_a_bin_is_one() {
        let items = [Item { size: 3 }; 8];
        let census = Census::new(&items, 9);
        let (mut growing, mut carried) = (Growing::new(&census), Carried::new(&census));
        growing.grow_to(3);
        let mut full = Solution::default();
        full.push(vec![(0, 1), (0, 2)], 1);
        carried.replace(&full, growing.counts());
        growing.grow_to(8);
        assert_eq!(carried.pack(growing.counts(), 3, &mut Work::new(100_000)), Some(3));
        check_solution(&solution(&carried, growing.counts()), &growing.no_smaller());
    }
}
