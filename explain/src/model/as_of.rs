//! Readings with the row of a table that was valid when they were taken.

use std::collections::BTreeMap;

use datasets::Side;

use crate::{
    knobs::{Bounds, Knobs, Sum, Ties, Unmatched},
    record::Record,
    rows::{NONE, Rows},
};

/// Adds a key's rows.
pub(super) fn add(rows: &mut Rows, key: i128, group: &mut [Record], knobs: &Knobs) {
    let readings_first = knobs.bounds == Bounds::NearExclusive;
    match knobs.ties {
        Ties::Arrived => {}
        // The sort is stable: rows of one time stay in the order in which they came.
        Ties::Last => {
            group.sort_by_key(|record| (record.time_ms, (record.side == Side::Left) != readings_first));
        }
        Ties::First => {
            group.reverse();
            group.sort_by_key(|record| (record.time_ms, (record.side == Side::Left) != readings_first));
        }
    }
    let mut attribute = NONE;
    let mut found: BTreeMap<i128, (i128, Sum)> = BTreeMap::new();
    for record in group.iter() {
        match record.side {
            Side::Right => attribute = record.value.into(),
            Side::Left if attribute == NONE && knobs.unmatched == Unmatched::Missing => {}
            Side::Left => {
                let (count, sum) = found.entry(attribute).or_default();
                *count += 1;
                sum.add(record.value.into());
            }
        }
    }
    for (attribute, (count, sum)) in found {
        rows.insert([key, attribute, NONE], [count, sum.told(knobs.sums), NONE, NONE]);
    }
}
