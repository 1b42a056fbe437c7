//! Rows of an answer as numbers, so that many answers can be made and held against each other.

use datasets::{Cells, Keys, Table};

/// The columns that name a row: as many as a problem has, then [`NONE`].
pub(crate) type Key = [i128; 3];
/// The columns behind them.
pub(crate) type Values = [i128; 4];
/// A number that is missing; no dataset holds it, for values have 64 bits and sums a few more.
pub(crate) const NONE: i128 = i128::MIN;

/// An answer: each key once.
pub(crate) type Rows = foldhash::HashMap<Key, Values>;

/// Takes a table's rows; nothing where it has more columns than any problem's answer, or texts that aren't the dataset's.
pub(crate) fn rows_of(table: &Table) -> Option<Rows> {
    let (named, others) = table.columns.split_at(table.key_columns);
    if named.len() > 3 || others.len() > 4 {
        return None;
    }
    let mut rows = Rows::default();
    for row in 0..table.rows() {
        let mut values = [NONE; 4];
        for (place, column) in values.iter_mut().zip(others) {
            *place = number(&column.cells, row)?;
        }
        rows.insert(key_of(table, row)?, values);
    }
    Some(rows)
}

fn number(cells: &Cells, row: usize) -> Option<i128> {
    match cells {
        Cells::Int(cells) => Some(i128::from(cells[row])),
        Cells::Wide(cells) => Some(cells[row]),
        Cells::Maybe(cells) => Some(cells[row].map_or(NONE, i128::from)),
        Cells::Text(cells) => Some(i128::from(cells[row])),
        Cells::Written(_) => None,
    }
}

fn key_of(table: &Table, row: usize) -> Option<Key> {
    let mut key = [NONE; 3];
    for (place, column) in key.iter_mut().zip(&table.columns[..table.key_columns]) {
        *place = number(&column.cells, row)?;
    }
    Some(key)
}

/// Returns keys as texts, each of the first table that has it.
pub(crate) fn key_texts(tables: [&Table; 2], wanted: &[Key], keys: &Keys) -> Vec<Vec<String>> {
    let text = |key: &Key| {
        tables.iter().find_map(|table| {
            let row = (0..table.rows()).find(|row| key_of(table, *row).as_ref() == Some(key))?;
            Some((0..table.key_columns).map(|column| table.text(column, row, keys)).collect())
        })
    };
    wanted.iter().filter_map(text).collect()
}
