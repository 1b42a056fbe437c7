//! Bins that some optimal packing has, taken out before the search.

use super::solution::Solution;
use super::sorted::{Class, Instance};

/// A smaller instance and the bins that complete any optimal packing of it.
#[derive(Debug)]
pub(super) struct Reduced {
    pub(super) fixed: Solution,
    pub(super) rest: Instance,
    /// Class `i` of `rest` is class `origin[i]` of the whole.
    pub(super) origin: Vec<u32>,
}

/// Takes out items that fit beside no other, and pairs that dominate whatever else could lie beside the first
/// (the reduction of Martello & Toth 1990, for sets of one and two).
///
/// A pair dominates when it fills the bin, or when only one item fits beside the first and the second is the
/// largest that does: any packing can swap the two together without a new bin.
pub(super) fn reduce(instance: &Instance) -> Reduced {
    let mut counts = Counts::new(instance);
    let mut fixed = Solution::default();
    loop {
        let before = fixed.loads.len();
        for class in 0..instance.classes.len() {
            counts.settle(class, &mut fixed);
        }
        if fixed.loads.len() == before {
            return counts.into_reduced(fixed);
        }
    }
}

struct Counts<'a> {
    instance: &'a Instance,
    left: Vec<u32>,
}

impl<'a> Counts<'a> {
    fn new(instance: &'a Instance) -> Self {
        Self { instance, left: instance.classes.iter().map(|class| class.count).collect() }
    }

    /// Fixes bins with an item of this class for as long as a rule applies.
    fn settle(&mut self, class: usize, fixed: &mut Solution) {
        let room = self.instance.capacity - self.size(class);
        while self.left[class] > 0 {
            let Some(mate) = self.largest_beside(class, room) else {
                fixed.push(vec![(class as u32, 1)], std::mem::take(&mut self.left[class]));
                return;
            };
            if self.size(mate) < room && self.two_fit_beside(class, room) {
                return;
            }
            let times =
                if mate == class { self.left[class] / 2 } else { self.left[class].min(self.left[mate]) };
            self.left[class] -= times;
            self.left[mate] -= times;
            let pattern = if mate == class {
                vec![(class as u32, 2)]
            } else {
                vec![(class as u32, 1), (mate as u32, 1)]
            };
            fixed.push(pattern, times);
        }
    }

    fn size(&self, class: usize) -> u64 {
        self.instance.classes[class].size
    }

    /// The items of a class without the one in question.
    fn others(&self, class: usize, one_of: usize) -> u32 {
        self.left[class] - u32::from(class == one_of)
    }

    fn largest_beside(&self, class: usize, room: u64) -> Option<usize> {
        let first = self.instance.classes.partition_point(|other| other.size > room);
        (first..self.left.len()).find(|&other| self.others(other, class) > 0)
    }

    fn two_fit_beside(&self, class: usize, room: u64) -> bool {
        let mut needed = 2;
        let mut total = 0_u128;
        for other in (0..self.left.len()).rev() {
            let taken = self.others(other, class).min(needed);
            needed -= taken;
            total += u128::from(taken) * u128::from(self.size(other));
            if needed == 0 {
                return total <= u128::from(room);
            }
        }
        false
    }

    fn into_reduced(self, fixed: Solution) -> Reduced {
        let kept = || (0..self.left.len()).filter(|&class| self.left[class] > 0);
        let classes = kept().map(|class| Class { size: self.size(class), count: self.left[class] }).collect();
        let rest = Instance { capacity: self.instance.capacity, classes };
        Reduced { fixed, rest, origin: kept().map(|class| class as u32).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(capacity: u64, classes: &[(u64, u32)], bins: u64, rest: &[(u64, u32)]) {
        let classes = classes.iter().map(|&(size, count)| Class { size, count }).collect();
        let reduced = reduce(&Instance { capacity, classes });
        let left: Vec<(u64, u32)> =
            reduced.rest.classes.iter().map(|class| (class.size, class.count)).collect();
        assert_eq!((reduced.fixed.bins(), left.as_slice()), (bins, rest));
    }

    #[test]
    fn small_cases_by_hand() {
        check(10, &[], 0, &[]);
        check(10, &[(10, 2), (9, 1)], 3, &[]);
        check(10, &[(7, 3), (3, 2), (2, 1)], 3, &[]);
        check(10, &[(5, 5)], 3, &[]);
        // Beside a 6 there is room for one 4 or two 2s; the 4 fills the bin.
        check(10, &[(6, 1), (4, 1), (2, 4)], 1, &[(2, 4)]);
        // Three items of 3 and a rest: no single pair dominates.
        check(10, &[(3, 7)], 0, &[(3, 7)]);
    }
}
