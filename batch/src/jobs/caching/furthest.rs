//! A set of times whose last can be found: a bit for each, and summaries of 64 bits above them.

/// Times below a limit.
///
/// What is held is known by when it is asked for next. No two objects are asked for at one time, so times are enough.
#[derive(Debug)]
pub(super) struct Furthest {
    /// The first level has a bit for each time, each other one a bit for each word below.
    levels: Vec<Vec<u64>>,
}

impl Furthest {
    pub(super) fn new(limit: usize) -> Self {
        let mut levels = vec![vec![0; limit.div_ceil(64).max(1)]];
        while let Some(words) = levels.last().map(Vec::len).filter(|&words| words > 1) {
            levels.push(vec![0; words.div_ceil(64)]);
        }
        Self { levels }
    }

    pub(super) fn contains(&self, time: u32) -> bool {
        self.levels[0][time as usize / 64] >> (time % 64) & 1 == 1
    }

    pub(super) fn insert(&mut self, time: u32) {
        let mut at = time as usize;
        for level in &mut self.levels {
            let word = &mut level[at / 64];
            let was_empty = *word == 0;
            *word |= 1 << (at % 64);
            if !was_empty {
                return;
            }
            at /= 64;
        }
    }

    pub(super) fn remove(&mut self, time: u32) {
        let mut at = time as usize;
        for level in &mut self.levels {
            let word = &mut level[at / 64];
            *word &= !(1 << (at % 64));
            if *word != 0 {
                return;
            }
            at /= 64;
        }
    }

    /// The last time of all.
    pub(super) fn last(&self) -> Option<u32> {
        let mut at = 0;
        for level in self.levels.iter().rev() {
            let zeros = level[at].leading_zeros();
            at = at * 64 + 63_usize.checked_sub(zeros as usize)?;
        }
        Some(at as u32)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use datasets::SplitMix64;

    #[test]
    fn it_is_a_set() {
        let mut random = SplitMix64::new(1);
        for limit in [1, 63, 64, 65, 4096, 4097, 300_000] {
            let (mut set, mut expected) = (Furthest::new(limit), BTreeSet::new());
            for _ in 0..2000 {
                let time = random.uniform(0, limit as u64 - 1) as u32;
                if random.uniform(0, 1) == 0 {
                    set.insert(time);
                    expected.insert(time);
                } else {
                    set.remove(time);
                    expected.remove(&time);
                }
                assert_eq!(set.last(), expected.last().copied());
                assert_eq!(set.contains(time), expected.contains(&time));
            }
        }
    }
}
