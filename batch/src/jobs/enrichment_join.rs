//! Each reading with the attribute that was valid when it was taken.

use datasets::{Cells, Keys, Side, Sided, Table, TableColumn};

use crate::answer::counted;
use crate::by_key::ByKey;
use crate::{Answer, Count};

/// A temporal (as-of) join: a row (right) says which attribute its key has from its time on, until the key's next row;
/// a reading (left) gets the one that is valid at its event time, its own millisecond included. Of rows of one key
/// and time the last in the file is valid.
///
/// One table row for each key and attribute: `key`, `attribute` (empty for readings before the key's first row),
/// `count` and `sum` of the readings, sorted by the first two, no attribute before any. The order of the file changes the table
/// only where rows of one key and time differ.
///
/// Counted: `readings with an attribute`, `readings without an attribute`, `rows replaced at their own time`.
///
/// # Panics
///
/// If a key isn't a number of `keys`.
pub fn reference(records: &[Sided], keys: &Keys) -> Answer {
    let entries = records.iter().map(|record| (record.key, Entry::of(record)));
    let mut by_key = ByKey::new(entries, keys);
    // Rows before the readings of their millisecond; the sort is stable, so rows of one time keep the file's order.
    by_key.sort_groups(|entry| (entry.time_ms, entry.side == Side::Left));

    let mut enriched = Enriched::default();
    let mut readings = Vec::new();
    for (key, group) in by_key.groups() {
        enriched.replaced += replaced(group);
        attach(group, &mut readings);
        readings.sort_unstable();
        for alike in readings.chunk_by(|(before, _), (attribute, _)| before == attribute) {
            enriched.push(key, alike);
        }
        readings.clear();
    }
    enriched.into_answer()
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    time_ms: i64,
    side: Side,
    value: i64,
}

impl Entry {
    fn of(record: &Sided) -> Self {
        Self { time_ms: record.time_ms, side: record.side, value: record.value }
    }
}

/// A reading's attribute and its value.
type Reading = (Option<i64>, i64);

/// Appends the readings of a key.
fn attach(group: &[Entry], readings: &mut Vec<Reading>) {
    let mut attribute = None;
    for entry in group {
        match entry.side {
            Side::Left => readings.push((attribute, entry.value)),
            Side::Right => attribute = Some(entry.value),
        }
    }
}

/// Returns how many rows of a key were never valid, as another one has the same time and stands later in the file.
fn replaced(group: &[Entry]) -> u64 {
    let is_row = |entry: &Entry| entry.side == Side::Right;
    let pairs = group.iter().zip(group.iter().skip(1));
    pairs.filter(|(row, next)| is_row(row) && is_row(next) && row.time_ms == next.time_ms).count() as u64
}

/// The table while it grows, column by column, in its final order.
#[derive(Debug, Default)]
struct Enriched {
    keys: Vec<u32>,
    attributes: Vec<Option<i64>>,
    counts: Vec<i64>,
    sums: Vec<i128>,
    attached: u64,
    unattached: u64,
    replaced: u64,
}

impl Enriched {
    /// Appends a row of readings, at least one, that have one key and attribute.
    fn push(&mut self, key: u32, readings: &[Reading]) {
        let (attribute, _) = readings[0];
        let tally = if attribute.is_some() { &mut self.attached } else { &mut self.unattached };
        *tally += readings.len() as u64;
        self.keys.push(key);
        self.attributes.push(attribute);
        self.counts.push(counted(readings));
        self.sums.push(readings.iter().map(|&(_, value)| i128::from(value)).sum());
    }

    fn into_answer(self) -> Answer {
        let counts = vec![
            Count { name: "readings with an attribute", value: self.attached },
            Count { name: "readings without an attribute", value: self.unattached },
            Count { name: "rows replaced at their own time", value: self.replaced },
        ];
        let columns = vec![
            TableColumn::new("key", Cells::Text(self.keys)),
            TableColumn::new("attribute", Cells::Maybe(self.attributes)),
            TableColumn::new("count", Cells::Int(self.counts)),
            TableColumn::new("sum", Cells::Wide(self.sums)),
        ];
        Answer { table: Table::new(2, columns), counts }
    }
}
