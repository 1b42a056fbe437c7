//! Readings with the row of a table that was valid when they were taken.

use std::collections::BTreeMap;

use datasets::Side;

use crate::{
    knobs::{Bounds, Judged, Knobs, Late, Sum, Ties, Unmatched},
    record::Record,
    rows::{NONE, Rows},
};

/// Adds a key's rows.
pub(super) fn add(rows: &mut Rows, key: i128, group: &mut Vec<Record>, knobs: &Knobs) {
    let readings_first = knobs.bounds == Bounds::NearExclusive;
    let order = |record: &Record| (record.time_ms, (record.side == Side::Left) != readings_first);
    match knobs.ties {
        Ties::Arrived => {}
        // The sort is stable: rows of one time stay in the order in which they came.
        Ties::Last => group.sort_by_key(order),
        Ties::First => {
            group.reverse();
            group.sort_by_key(order);
        }
    }
    if let Late::Dropped(judged) = knobs.late
        && knobs.ties != Ties::Arrived
    {
        come_late(group, judged, knobs);
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
                sum.add(record.value);
            }
        }
    }
    for (attribute, (count, sum)) in found {
        rows.insert([key, attribute, NONE], [count, sum.told(knobs.sums), NONE, NONE]);
    }
}

/// A row of the table that comes late is of no use to readings that have been given: it is as if it were valid from the watermark
/// on, but where a newer one is.
fn come_late(group: &mut Vec<Record>, judged: Judged, knobs: &Knobs) {
    let mut placed: Vec<(i64, bool, usize, Record)> = Vec::with_capacity(group.len());
    for (place, record) in group.drain(..).enumerate() {
        let is_row = record.side == Side::Right;
        let watermark = judged.watermark(&record, knobs.times).filter(|_| is_row).unwrap_or(record.time_ms);
        placed.push((record.time_ms.max(watermark), !is_row, place, record));
    }
    if knobs.bounds == Bounds::NearExclusive {
        placed.sort_by_key(|(from, is_reading, place, _)| (*from, !is_reading, *place));
    } else {
        placed.sort_by_key(|(from, is_reading, place, _)| (*from, *is_reading, *place));
    }
    let mut newest = None;
    placed.retain(|(_, is_reading, place, _)| {
        let is_newer = newest.is_none_or(|newest| newest < *place);
        if !is_reading && is_newer {
            newest = Some(*place);
        }
        *is_reading || is_newer
    });
    group.extend(placed.into_iter().map(|(.., record)| record));
}
