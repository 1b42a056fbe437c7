//! Refined harmonic: harmonic(20) in which items just above 1/3 wait for items just above 1/2.

use std::collections::VecDeque;

use datasets::Item;

use super::{Harmonic, proven};
use crate::{Job, Proven};

/// Better than first fit in the worst case, by mending harmonic's worst waste: a bin with one item just above
/// C/2 and nothing else.
///
/// Items in (C/2, 59/96 C] are *halves*, those in (C/3, 37/96 C] are *thirds*; one of each always fits a bin. A
/// seventh of the thirds is set aside, one to a bin, to meet halves; the other thirds go two to a bin. All other
/// items are packed as by harmonic(20), the class (1/3, 1/2] losing its thirds and (1/2, 1] its halves.
///
/// Lee and Lee's rule in the form that Seiden (2002, "Super Harmonic") gave it: the j-th third is set aside when
/// fewer than ⌊j/7⌋ have been so far.
#[derive(Debug, Clone)]
pub struct RefinedHarmonic {
    capacity: u64,
    /// The largest half: 59/96 of the capacity, rounded down.
    half_limit: u64,
    /// The largest third: 37/96 of the capacity, rounded down.
    third_limit: u64,
    /// Everything that is neither a half nor a third. Its bin numbers are its own: see `numbers`.
    others: Harmonic,
    /// The number that each bin of `others` has here.
    numbers: Vec<u32>,
    opened: u32,
    /// Bins with one half that have room for a third, the earliest first.
    halves: VecDeque<u32>,
    /// Bins with one third set aside that have room for a half, the earliest first.
    waiting_thirds: VecDeque<u32>,
    /// The bin with one of two thirds, if any.
    single_third: Option<u32>,
    thirds: u64,
    thirds_set_aside: u64,
}

/// The classes of the harmonic algorithm underneath, and the share of thirds set aside is one in `SHARE`.
const CLASSES: u32 = 20;
const SHARE: u64 = 7;

impl RefinedHarmonic {
    /// 373/228, reached by sizes just above 1/2, 1/4 and 1/5 with sand: 1 + 1/3 + 1/4 + 1/19.
    pub const PROVEN: Proven = proven(373.0 / 228.0, None, "Lee & Lee 1985");

    /// With no bin open.
    pub fn new(capacity: u64) -> Self {
        let share = |of_96: u128| (u128::from(capacity) * of_96 / 96) as u64;
        Self {
            capacity,
            half_limit: share(59),
            third_limit: share(37),
            others: Harmonic::new(capacity, CLASSES),
            numbers: Vec::new(),
            opened: 0,
            halves: VecDeque::new(),
            waiting_thirds: VecDeque::new(),
            single_third: None,
            thirds: 0,
            thirds_set_aside: 0,
        }
    }

    fn open(&mut self) -> u32 {
        self.opened += 1;
        self.opened - 1
    }

    fn push_half(&mut self) -> u32 {
        self.waiting_thirds.pop_front().unwrap_or_else(|| {
            let bin = self.open();
            self.halves.push_back(bin);
            bin
        })
    }

    fn push_third(&mut self) -> u32 {
        self.thirds += 1;
        if self.thirds_set_aside < self.thirds / SHARE {
            self.thirds_set_aside += 1;
            return self.halves.pop_front().unwrap_or_else(|| {
                let bin = self.open();
                self.waiting_thirds.push_back(bin);
                bin
            });
        }
        self.single_third.take().unwrap_or_else(|| {
            let bin = self.open();
            self.single_third = Some(bin);
            bin
        })
    }

    fn push_other(&mut self, item: Item) -> u32 {
        let bin = self.others.push(&item) as usize;
        if bin == self.numbers.len() {
            let number = self.open();
            self.numbers.push(number);
        }
        self.numbers[bin]
    }
}

impl Job<Item> for RefinedHarmonic {
    #[inline]
    fn push(&mut self, item: &Item) -> u32 {
        // A quotient of 1 is a size above 1/2, one of 2 a size above 1/3.
        match self.capacity.checked_div(item.size) {
            Some(1) if item.size <= self.half_limit && item.size > self.capacity - item.size => {
                self.push_half()
            }
            Some(2) if item.size <= self.third_limit => self.push_third(),
            _ => self.push_other(*item),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(capacity: u64, sizes: impl IntoIterator<Item = u64>) -> u32 {
        let mut job = RefinedHarmonic::new(capacity);
        sizes.into_iter().map(|size| job.push(&Item { size }) + 1).max().unwrap_or(0)
    }

    #[test]
    fn thirds_alone_cost_four_sevenths_each() {
        // One in seven alone in its bin, six in three bins: 4/7, where the optimum is 1/2.
        assert_eq!(cost(960, [330; 700]), 400);
    }

    #[test]
    fn halves_meet_the_thirds_that_were_set_aside() {
        // 700 thirds make 300 full bins and 100 that wait; 100 halves join those.
        assert_eq!(cost(960, [330; 700].into_iter().chain([500; 100])), 400);
        assert_eq!(cost(960, [500; 100].into_iter().chain([330; 700])), 400);
    }

    #[test]
    fn a_half_and_a_third_at_their_limits_fill_a_bin_exactly() {
        let mut job = RefinedHarmonic::new(96);
        let bins: Vec<u32> = [37; 7].into_iter().chain([59]).map(|size| job.push(&Item { size })).collect();
        assert_eq!(bins, [0, 0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(cost(96, [37, 37, 37, 37, 37, 37, 37, 60]), 5);
    }

    #[test]
    fn its_worst_case_comes_near_the_proven_ratio() {
        // Just above 1/2, 1/4 and 1/5, and sand for the rest, each kind by itself: 1.633 of 1.636 a bin.
        let (capacity, bins) = (1_000_000, 1140);
        let kind = |size: u64, count: usize| std::iter::repeat_n(size, count);
        let sand = 50; // The three leave 49,997 of each bin: 999 grains.
        let sizes = kind(sand, 999 * bins)
            .chain(kind(200_001, bins))
            .chain(kind(250_001, bins))
            .chain(kind(500_001, bins));
        // Each half alone, quarters by three, fifths by four, sand to the brim: 1140 + 380 + 285 + 57.
        assert_eq!(cost(capacity, sizes), 1862);
    }
}
