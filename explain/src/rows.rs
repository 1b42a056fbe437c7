//! Rows of an answer as numbers, so that many answers can be made and held against each other.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use datasets::{Cells, Keys, Table};

use crate::Asked;

/// The columns that name a row: as many as a problem has, then [`NONE`].
pub(crate) type Key = [i128; 3];
/// The columns behind them.
pub(crate) type Values = [i128; 4];
/// A number that is missing; no dataset holds it, for values have 64 bits and sums a few more.
pub(crate) const NONE: i128 = i128::MIN;

/// An answer: each key once.
pub(crate) type Rows = ByKey<Values>;
/// Something of each row.
pub(crate) type ByKey<T> = HashMap<Key, T, BuildHasherDefault<KeyHasher>>;

/// Hashes keys of rows as the few words that they are: most of an explanation is to find rows by their keys.
#[derive(Debug, Default)]
pub(crate) struct KeyHasher(u64);

/// Large and odd, with bits as a fraction of pi has them.
const FACTOR: u128 = 0x243f_6a88_85a3_08d3;

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word).wrapping_mul(FACTOR);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The columns behind the key that a problem's answer has.
fn value_columns(asked: Asked) -> &'static [&'static str] {
    match asked {
        Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Sessions { .. } => {
            &["count", "sum", "min", "max"]
        }
        Asked::Totals | Asked::AsOf => &["count", "sum"],
        Asked::Within { .. } => &["pairs", "order_value", "payment_value"],
    }
}

/// Which of these columns a table has.
pub(crate) fn told(table: &Table, asked: Asked) -> [bool; 4] {
    let mut told = [false; 4];
    for (told, name) in told.iter_mut().zip(value_columns(asked)) {
        *told = table.columns.iter().any(|column| column.name == *name);
    }
    told
}

/// Takes a table's rows, in which values may be lacking; nothing where it has columns that no answer has, or texts that aren't
/// the dataset's.
pub(crate) fn rows_of(table: &Table, asked: Asked, keys: &Keys) -> Option<Rows> {
    let (named, others) = table.columns.split_at(table.key_columns);
    if named.len() > 3 {
        return None;
    }
    let place = |name: &str| value_columns(asked).iter().position(|known| *known == name);
    let places: Vec<usize> = others.iter().map(|column| place(&column.name)).collect::<Option<_>>()?;
    let are_known = |cells: &Cells| match cells {
        Cells::Text(texts) => texts.iter().all(|text| (*text as usize) < keys.len()),
        _ => true,
    };
    if !table.columns.iter().all(|column| are_known(&column.cells)) {
        return None;
    }
    let mut rows = Rows::default();
    rows.reserve(table.rows());
    for row in 0..table.rows() {
        let mut values = [NONE; 4];
        for (place, column) in places.iter().zip(others) {
            values[*place] = number(&column.cells, row)?;
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
