//! The order of a column's values, so that rows can be sorted by counting.

/// For each row the number of its value in the order of a column's values, all below `different`.
pub(super) struct Ranks {
    pub(super) by_row: Vec<u32>,
    pub(super) different: usize,
}

impl Ranks {
    pub(super) fn new<T: Copy + Ord>(cells: &[T]) -> Self {
        let mut values = cells.to_vec();
        // Rows of one value often follow each other.
        values.dedup();
        values.sort_unstable();
        values.dedup();
        let mut last = None;
        let mut rank = |cell: T| match last {
            Some((value, rank)) if value == cell => rank,
            _ => {
                let rank = values.partition_point(|value| *value < cell) as u32;
                last = Some((cell, rank));
                rank
            }
        };
        Self { by_row: cells.iter().map(|&cell| rank(cell)).collect(), different: values.len() }
    }

    pub(super) fn of(&self, row: u32) -> u32 {
        self.by_row[row as usize]
    }

    /// Sorts rows by counting; those of one value stay in their order.
    pub(super) fn sort(&self, rows: &[u32]) -> Vec<u32> {
        let mut ends = vec![0_u32; self.different + 1];
        for &row in rows {
            ends[self.of(row) as usize + 1] += 1;
        }
        for rank in 0..self.different {
            ends[rank + 1] += ends[rank];
        }
        let mut sorted = vec![0; rows.len()];
        for &row in rows {
            let next = &mut ends[self.of(row) as usize];
            sorted[*next as usize] = row;
            *next += 1;
        }
        sorted
    }
}
