//! Rows that are taken many at a time, where tables agree in all of them.

/// Says when to hold a whole block of rows against another: mostly there is nothing to be found in them.
#[derive(Default)]
pub(crate) struct Blocks {
    /// So many rows are still to be taken one by one, for the block that they stand in has a difference.
    singly: usize,
}

impl Blocks {
    /// Says how many rows a block has.
    pub(crate) const ROWS: usize = 256;

    /// Returns whether the next block of rows can be passed over, for `agree` finds that all tables have the same in
    /// it.
    pub(crate) fn skip(&mut self, agree: impl FnOnce() -> bool) -> bool {
        if self.singly > 0 {
            self.singly -= 1;
            return false;
        }
        let skips = agree();
        self.singly = if skips { 0 } else { Self::ROWS };
        skips
    }
}
