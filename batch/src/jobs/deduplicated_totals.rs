//! Count and sum of each key when a record may have been delivered more than once.

use datasets::{Cells, Delivery, Keys, Table, TableColumn};

use crate::answer::counted;
use crate::by_key::ByKey;
use crate::{Answer, Count};

/// One row for each key: `key`, `count`, `sum`, sorted by the key. Deliveries with one id are one event.
///
/// Deliveries of one id should be the same but for when they arrived. Where they differ in time, key or value, the
/// one that stands *first in the file* counts, as it would for any job that has to decide when it sees it, and
/// the id is counted as conflicting. So the order of the file changes the table only if there are such ids.
///
/// Counted: `events` (ids), `repeated deliveries` and `conflicting ids`.
///
/// # Panics
///
/// If an id or a key isn't a number of `keys`.
pub fn reference(records: &[Delivery], keys: &Keys) -> Answer {
    let firsts = Firsts::of(records, keys);
    let events = records.iter().zip(&firsts.is_first).filter(|&(_, &is_first)| is_first);
    let by_key = ByKey::new(events.map(|(record, _)| (record.key, record.value)), keys);

    let (mut names, mut counts, mut sums) = (Vec::new(), Vec::new(), Vec::new());
    for (key, values) in by_key.groups() {
        names.push(key);
        counts.push(counted(values));
        sums.push(values.iter().map(|&value| i128::from(value)).sum());
    }
    let columns = vec![
        TableColumn::new("key", Cells::Text(names)),
        TableColumn::new("count", Cells::Int(counts)),
        TableColumn::new("sum", Cells::Wide(sums)),
    ];
    let counts = vec![
        Count { name: "events", value: firsts.events },
        Count { name: "repeated deliveries", value: records.len() as u64 - firsts.events },
        Count { name: "conflicting ids", value: firsts.conflicting },
    ];
    Answer { table: Table::new(1, columns), counts }
}

/// Which deliveries are the first of their id.
struct Firsts {
    is_first: Vec<bool>,
    events: u64,
    conflicting: u64,
}

impl Firsts {
    fn of(records: &[Delivery], keys: &Keys) -> Self {
        // For each id where it stands first, and whether a later delivery contradicts that one.
        let mut seen: Vec<Option<(u32, bool)>> = vec![None; keys.len()];
        let (mut events, mut conflicting) = (0, 0);
        let mut is_first = Vec::with_capacity(records.len());
        for (record, at) in records.iter().zip(0_u32..) {
            let seen = &mut seen[record.id as usize];
            is_first.push(seen.is_none());
            match seen {
                None => {
                    events += 1;
                    *seen = Some((at, false));
                }
                Some((first, conflicts)) => {
                    if !*conflicts && records[*first as usize] != *record {
                        conflicting += 1;
                        *conflicts = true;
                    }
                }
            }
        }
        Self { is_first, events, conflicting }
    }
}
