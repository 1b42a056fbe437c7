//! Packings by classes of equal size, in which a million bins may be one line.

use super::sorted::Sorted;

/// Describes what lies in a bin: classes and how many items of each.
pub(super) type Pattern = Vec<(u32, u32)>;

/// Bins by pattern, with the number of bins that have it.
#[derive(Debug, Clone, Default)]
pub(super) struct Solution {
    pub(super) loads: Vec<(Pattern, u32)>,
}

impl Solution {
    pub(super) fn bins(&self) -> u64 {
        self.loads.iter().map(|&(_, times)| u64::from(times)).sum()
    }

    pub(super) fn push(&mut self, pattern: Pattern, times: u32) {
        self.loads.push((pattern, times));
    }

    /// Appends a solution whose class `i` is class `origin[i]` here.
    pub(super) fn append(&mut self, other: &Solution, origin: &[u32]) {
        self.loads.extend(other.loads.iter().map(|(pattern, times)| {
            (pattern.iter().map(|&(class, copies)| (origin[class as usize], copies)).collect(), *times)
        }));
    }

    /// Deals the items out. Items of size 0 join the bin of the largest item. Bins are numbered by their item
    /// with the lowest offset.
    pub(super) fn packing(&self, sorted: &Sorted) -> Vec<u32> {
        let mut bins = vec![0; sorted.order.len()];
        let mut next = starts(sorted);
        let mut bin = 0;
        for (pattern, times) in &self.loads {
            for _ in 0..*times {
                for &(class, copies) in pattern {
                    let from = next[class as usize];
                    next[class as usize] += copies as usize;
                    for &offset in &sorted.order[from..next[class as usize]] {
                        bins[offset as usize] = bin;
                    }
                }
                bin += 1;
            }
        }
        number_by_first_appearance(&mut bins, bin.max(1));
        bins
    }
}

/// Where each class begins in the order.
fn starts(sorted: &Sorted) -> Vec<usize> {
    let counts = sorted.classes.iter().map(|class| class.count as usize);
    counts.scan(0, |start, count| Some(std::mem::replace(start, *start + count))).collect()
}

fn number_by_first_appearance(bins: &mut [u32], count: u32) {
    const UNSEEN: u32 = u32::MAX;
    let mut names = vec![UNSEEN; count as usize];
    let mut next = 0;
    for bin in bins {
        let name = &mut names[*bin as usize];
        if *name == UNSEEN {
            *name = next;
            next += 1;
        }
        *bin = *name;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::Item;

    #[test]
    fn items_are_dealt_by_offset_and_bins_numbered_by_appearance() {
        let sorted = Sorted::new(&[3, 5, 0, 3, 5, 4].map(|size| Item { size }));
        let mut solution = Solution::default();
        solution.push(vec![(0, 1), (2, 1)], 2);
        solution.push(vec![(1, 1)], 1);
        assert_eq!(solution.bins(), 3);
        assert_eq!(solution.packing(&sorted), [0, 0, 0, 1, 1, 2]);
    }

    #[test]
    fn items_of_size_zero_alone_take_one_bin() {
        let sorted = Sorted::new(&[Item { size: 0 }; 3]);
        assert_eq!(Solution::default().packing(&sorted), [0, 0, 0]);
    }
}
