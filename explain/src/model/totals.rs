//! Totals of each key.

use crate::{
    knobs::{Knobs, Sum},
    record::Record,
    rows::{NONE, Rows},
};

/// A key's records while they come.
#[derive(Debug, Default)]
pub(super) struct Total {
    count: i128,
    sum: Sum,
}

impl Total {
    /// Takes the key's next record.
    pub(super) fn push(&mut self, record: &Record) {
        self.count += 1;
        self.sum.add(record.value);
    }

    /// Adds the key's row.
    pub(super) fn end(self, rows: &mut Rows, key: i128, knobs: &Knobs) {
        if self.count > 0 {
            rows.insert([key, NONE, NONE], [self.count, self.sum.told(knobs.sums), NONE, NONE]);
        }
    }
}
