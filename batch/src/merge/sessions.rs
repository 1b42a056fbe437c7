//! Sessions: those of one answer may be joined by those of the other, so that several become one.

use std::collections::BTreeMap;

use datasets::{Cell, Keys, Table};

use super::{aggregates, cells};

/// The bounds of a session; a session ends a gap after its last record.
fn bounds(cells: &[Cell]) -> (i64, i64) {
    match cells {
        [Cell::Int(start), Cell::Int(end), ..] => (*start, *end),
        _ => (0, 0),
    }
}

/// Sessions of a key that touch are one: the later one begins no later than the earlier one ends.
pub fn sessions(one: &Table, other: &Table, keys: &Keys) -> Table {
    let mut by_key: BTreeMap<&[u8], Vec<Vec<Cell>>> = BTreeMap::new();
    for table in [one, other] {
        for row in 0..table.rows() {
            let cells = cells(table, row);
            let Cell::Text(key) = cells[2] else { continue };
            by_key.entry(keys.get(key)).or_default().push(cells);
        }
    }
    let mut merged = one.without_rows();
    for mut rows in by_key.into_values() {
        rows.sort_by_key(|cells| bounds(cells));
        let mut rows = rows.into_iter();
        let Some(mut held) = rows.next() else { continue };
        for cells in rows {
            if bounds(&cells).0 <= bounds(&held).1 {
                held[1] = Cell::Int(bounds(&held).1.max(bounds(&cells).1));
                aggregates(&mut held[3..], &cells[3..]);
            } else {
                merged.push_row(&held);
                held = cells;
            }
        }
        merged.push_row(&held);
    }
    merged.settle(keys);
    merged
}
