//! Bins by residual capacity, for moderate capacities: a bit set of the residuals in use, a queue of bins for each.

use std::{cmp::Reverse, collections::BinaryHeap};

/// For each residual capacity from 0 to the full one, the bins that have it; earliest opened first.
///
/// The earliest stands in a small array of its own and the others behind it: most residuals have one bin or none,
/// and then the memory of the others is never touched.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    bits: BitSet,
    /// By residual: the earliest bin, with [`MORE`] set when there are others. Without a bin, anything.
    earliest: Vec<u32>,
    /// By residual: the other bins.
    others: Vec<Queue>,
}

/// The bit of an `earliest` entry that says that others stand behind it. Bins are numbered below it.
const MORE: u32 = 1 << 31;

/// Bins, earliest first, put in order only when one is asked for.
///
/// Nearly all bins end up nearly full and are never asked for again, so adding one is a plain append. Taking one is
/// O(log n), averaged over the additions before it.
#[derive(Debug, Clone, Default)]
struct Queue {
    ordered: BinaryHeap<Reverse<u32>>,
    added: Vec<Reverse<u32>>,
}

impl Queue {
    fn pop(&mut self) -> Option<u32> {
        self.ordered.extend(self.added.drain(..));
        self.ordered.pop().map(|Reverse(bin)| bin)
    }
}

impl Dense {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            bits: BitSet::new(capacity + 1),
            earliest: vec![0; capacity + 1],
            others: vec![Queue::default(); capacity + 1],
        }
    }

    #[inline]
    pub(super) fn insert(&mut self, residual: usize, bin: u32) {
        debug_assert!(bin < MORE, "bins are numbered below 2^31");
        if self.bits.insert(residual) {
            self.earliest[residual] = bin;
        } else {
            let earliest = self.earliest[residual] & !MORE;
            self.earliest[residual] = earliest.min(bin) | MORE;
            self.others[residual].added.push(Reverse(earliest.max(bin)));
        }
    }

    #[inline]
    pub(super) fn take_tightest(&mut self, size: usize) -> Option<(usize, u32)> {
        let residual = self.bits.first_from(size)?;
        let entry = self.earliest[residual];
        if entry & MORE == 0 {
            self.bits.remove(residual);
        } else {
            self.promote(residual);
        }
        Some((residual, entry & !MORE))
    }

    /// Moves the earliest of the others up.
    fn promote(&mut self, residual: usize) {
        let others = &mut self.others[residual];
        let next = others.pop().expect("there are others where the bit says so");
        self.earliest[residual] = if others.ordered.is_empty() { next } else { next | MORE };
    }

    pub(super) fn largest(&self) -> Option<usize> {
        self.bits.last()
    }
}

/// A set of small numbers: a bit for each, a summary bit for each word of those, and another for each word of
/// summaries. Three levels written out, because a loop over levels costs a third more.
#[derive(Debug, Clone)]
struct BitSet {
    numbers: Vec<u64>,
    words: Vec<u64>,
    /// One bit for 64 × 64 × 64 numbers' worth of words; searched from end to end, for there are few.
    top: Vec<u64>,
}

impl BitSet {
    fn new(size: usize) -> Self {
        let words_for = |bits: usize| vec![0; bits.div_ceil(64)];
        let numbers = words_for(size);
        let words = words_for(numbers.len());
        let top = words_for(words.len());
        Self { numbers, words, top }
    }

    /// Adds `number`; whether it was absent.
    #[inline]
    fn insert(&mut self, number: usize) -> bool {
        let word = &mut self.numbers[number / 64];
        let before = *word;
        *word |= bit(number);
        if before == 0 {
            self.words[number / 64 / 64] |= bit(number / 64);
            self.top[number / 64 / 64 / 64] |= bit(number / 64 / 64);
        }
        before & bit(number) == 0
    }

    #[inline]
    fn remove(&mut self, number: usize) {
        self.numbers[number / 64] &= !bit(number);
        if self.numbers[number / 64] == 0 {
            self.words[number / 64 / 64] &= !bit(number / 64);
            if self.words[number / 64 / 64] == 0 {
                self.top[number / 64 / 64 / 64] &= !bit(number / 64 / 64);
            }
        }
    }

    /// The least number in the set that is at least `number`.
    #[inline]
    fn first_from(&self, number: usize) -> Option<usize> {
        if let Some(found) = next_in(&self.numbers, number) {
            return Some(found);
        }
        let word = if let Some(word) = next_in(&self.words, number / 64 + 1) {
            word
        } else {
            let next = number / 64 / 64 + 1;
            let above = (next / 64..self.top.len()).find_map(|at| next_in(&self.top, next.max(at * 64)))?;
            above * 64 + self.words[above].trailing_zeros() as usize
        };
        Some(word * 64 + self.numbers[word].trailing_zeros() as usize)
    }

    /// The greatest number in the set.
    fn last(&self) -> Option<usize> {
        let highest = |word: u64| 63 - word.leading_zeros() as usize;
        let at = self.top.iter().rposition(|&word| word != 0)?;
        let above = at * 64 + highest(self.top[at]);
        let word = above * 64 + highest(self.words[above]);
        Some(word * 64 + highest(self.numbers[word]))
    }
}

fn bit(number: usize) -> u64 {
    1 << (number % 64)
}

/// The first set bit from `index` on, in the word that holds `index`.
#[inline]
fn next_in(words: &[u64], index: usize) -> Option<usize> {
    let rest = words.get(index / 64)? >> (index % 64);
    (rest != 0).then(|| index + rest.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn bit_set_agrees_with_a_tree(
            size in prop::sample::select(vec![1_usize, 63, 64, 65, 4096, 4097, 300_000]),
            steps in prop::collection::vec((any::<u32>(), any::<bool>()), 1..200),
        ) {
            let mut bits = BitSet::new(size);
            let mut tree = BTreeSet::new();
            for (number, add) in steps {
                let number = number as usize % size;
                if add { bits.insert(number); tree.insert(number); }
                else { bits.remove(number); tree.remove(&number); }
                for from in [0, number.saturating_sub(1), number, (number + 1).min(size - 1), size - 1] {
                    prop_assert_eq!(bits.first_from(from), tree.range(from..).next().copied());
                }
                prop_assert_eq!(bits.last(), tree.last().copied());
            }
        }
    }
}
