//! Totals of each key.

use crate::{
    knobs::{Knobs, Sum},
    record::Record,
    rows::{NONE, Rows},
};

/// Adds a key's row.
pub(super) fn add(rows: &mut Rows, key: i128, group: &[Record], knobs: &Knobs) {
    if group.is_empty() {
        return;
    }
    let mut sum = Sum::default();
    for record in group {
        sum.add(record.value.into());
    }
    rows.insert([key, NONE, NONE], [group.len() as i128, sum.told(knobs.sums), NONE, NONE]);
}
