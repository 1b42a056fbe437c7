//! A set of rows, a bit each.

/// Holds which rows of a table are marked.
#[derive(Debug)]
pub(crate) struct Marks(Vec<u64>);

impl Marks {
    pub(crate) fn new(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    pub(crate) fn mark(&mut self, row: usize) {
        self.0[row / 64] |= 1 << (row % 64);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Returns the marked rows, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> {
        let marked = self.0.iter().enumerate().filter(|(_, word)| **word > 0);
        marked.flat_map(|(at, word)| {
            (0..64).filter(move |bit| word >> bit & 1 > 0).map(move |bit| 64 * at + bit)
        })
    }
}
