//! How two answers of the same question about different records become one: what a serving layer does with a batch view and
//! with what the speed layer has found since.
//!
//! A merge is a monoid over answers: associative, with the empty answer as its identity, and the answer to all records is
//! the merge of the answers to any two parts of them. That the laws hold is tested on the user's own records, for a merge
//! may be right for some data and wrong for other.

mod sessions;
mod windows;

use std::collections::BTreeMap;

use datasets::{Cell, Keys, Table};

pub use sessions::sessions;
pub use windows::windows;

/// The merge of a problem.
#[derive(Clone, Copy)]
pub struct Merge {
    /// Says how many key columns, from the last on, rows must share to have anything to do with each other: a merge of all
    /// rows is that of each such group by itself.
    pub group: usize,
    /// Puts the rows of two answers together, in the order of their keys.
    pub rows: fn(&Table, &Table, &Keys) -> Table,
}

/// Totals by key, each the sum of the two: the key, then numbers that add up.
pub fn totals(one: &Table, other: &Table, keys: &Keys) -> Table {
    fold(one, other, keys, |held, cells| {
        for (held, cell) in held.iter_mut().zip(cells) {
            *held = sum(*held, *cell);
        }
    })
}

/// The rows of both, one for each key; `merge` changes the other cells of a row by those of another with the same key.
fn fold(one: &Table, other: &Table, keys: &Keys, merge: impl Fn(&mut [Cell], &[Cell])) -> Table {
    let mut rows: BTreeMap<Vec<u8>, Vec<Cell>> = BTreeMap::new();
    for table in [one, other] {
        for row in 0..table.rows() {
            let mut key = Vec::new();
            table.write_key(row, keys, &mut key);
            let cells = cells(table, row);
            match rows.get_mut(&key) {
                Some(held) => merge(&mut held[table.key_columns..], &cells[table.key_columns..]),
                None => {
                    rows.insert(key, cells);
                }
            }
        }
    }
    let mut merged = one.without_rows();
    for cells in rows.values() {
        merged.push_row(cells);
    }
    merged
}

fn cells(table: &Table, row: usize) -> Vec<Cell> {
    table.columns.iter().map(|column| column.cells.cell(row)).collect()
}

/// Two numbers of one kind, added up. Counts and sums of what a dataset holds stay within their kinds.
fn sum(one: Cell, other: Cell) -> Cell {
    match (one, other) {
        (Cell::Int(one), Cell::Int(other)) => Cell::Int(one.saturating_add(other)),
        (Cell::Wide(one), Cell::Wide(other)) => Cell::Wide(one.saturating_add(other)),
        (one, _) => one,
    }
}

/// The smaller, or the greater, of two whole numbers.
fn extreme(one: Cell, other: Cell, of: fn(i64, i64) -> i64) -> Cell {
    match (one, other) {
        (Cell::Int(one), Cell::Int(other)) => Cell::Int(of(one, other)),
        (one, _) => one,
    }
}

/// The count, sum, least and greatest value of two sets of records together.
fn aggregates(held: &mut [Cell], cells: &[Cell]) {
    let [count, sums, least, greatest] = held else { return };
    *count = sum(*count, cells[0]);
    *sums = sum(*sums, cells[1]);
    *least = extreme(*least, cells[2], i64::min);
    *greatest = extreme(*greatest, cells[3], i64::max);
}
