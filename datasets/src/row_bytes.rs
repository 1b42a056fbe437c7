//! Rows of a [`Table`] as bytes and back, for whatever keeps them by key: a store, a map, a log of changes.
//!
//! A row is two strings of bytes, its key columns and all others. Keys sort by their bytes as rows sort in a settled
//! table. Equal cells give equal bytes, so that rows can be compared without being read back.
//!
//! | cell | bytes |
//! |---|---|
//! | whole number | 8 or 16 bytes, the greatest first, the sign's bit turned over |
//! | number that may be missing | `00`, or `01` and the number |
//! | text | its bytes, `00` written as `00 ff`, and `00 00` at its end |

use std::fmt;

use crate::{Cell, Cells, Keys, Table, shown};

const MISSING: u8 = 0;
const PRESENT: u8 = 1;
/// Stands in a text, behind a zero that is the text's own; it sorts behind [`TEXT_END`], as a longer text does.
const ZERO_IN_TEXT: u8 = 0xFF;
/// Ends a text, behind a zero.
const TEXT_END: u8 = 0;

/// Why bytes are no row of a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowBytesError {
    /// The bytes end within a cell.
    #[error(
        "row {row}, column {column}: the bytes end within the cell; they were cut, or are another table's"
    )]
    EndsEarly {
        /// The row, counted from 0 in the order given.
        row: usize,
        /// The name of the column.
        column: String,
    },
    /// Bytes follow the last cell.
    #[error("row {row}: {bytes} more bytes in its {part} than its columns take; they are another table's")]
    GoesOn {
        /// The row, counted from 0 in the order given.
        row: usize,
        /// The part of the row with too many bytes.
        part: RowPart,
        /// Says how many are too many.
        bytes: usize,
    },
    /// A byte stands where only some others can.
    #[error(
        "row {row}, column {column}: the byte {byte:#04x} marks no such cell; the bytes are another table's"
    )]
    WrongMark {
        /// The row, counted from 0 in the order given.
        row: usize,
        /// The name of the column.
        column: String,
        /// The byte.
        byte: u8,
    },
    /// A text isn't one of the dataset's.
    #[error(
        "row {row}, column {column}: the dataset doesn't hold the text '{}'; the row is another dataset's",
        shown(text)
    )]
    UnknownText {
        /// The row, counted from 0 in the order given.
        row: usize,
        /// The name of the column.
        column: String,
        /// The text.
        text: String,
    },
}

/// A part of a row as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowPart {
    /// The columns that name the row.
    Key,
    /// The other columns.
    Value,
}

impl fmt::Display for RowPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::Value => "value",
        })
    }
}

impl Cell {
    /// Appends the cell's bytes.
    #[inline]
    pub fn write(self, keys: &Keys, out: &mut Vec<u8>) {
        match self {
            Self::Int(number) => out.extend_from_slice(&flipped(number)),
            Self::Wide(number) => {
                out.extend_from_slice(&(number.cast_unsigned() ^ (1 << 127)).to_be_bytes());
            }
            Self::Maybe(None) => out.push(MISSING),
            Self::Maybe(Some(number)) => {
                out.push(PRESENT);
                out.extend_from_slice(&flipped(number));
            }
            Self::Text(text) => {
                write_escaped(keys.get(text), out);
                out.extend_from_slice(&[0, TEXT_END]);
            }
        }
    }
}

/// Big-endian, so that the bytes of numbers sort as the numbers do.
fn flipped(number: i64) -> [u8; 8] {
    (number.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

fn write_escaped(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(zero) = memchr::memchr(0, rest) {
        out.extend_from_slice(&rest[..=zero]);
        out.push(ZERO_IN_TEXT);
        rest = &rest[zero + 1..];
    }
    out.extend_from_slice(rest);
}

impl Table {
    /// Appends the key columns of a row as bytes that sort as the rows of a settled table.
    pub fn write_key(&self, row: usize, keys: &Keys, out: &mut Vec<u8>) {
        for column in &self.columns[..self.key_columns] {
            column.cells.cell(row).write(keys, out);
        }
    }

    /// Appends the columns of a row that don't name it as bytes.
    pub fn write_value(&self, row: usize, keys: &Keys, out: &mut Vec<u8>) {
        for column in &self.columns[self.key_columns..] {
            column.cells.cell(row).write(keys, out);
        }
    }

    /// Reads rows back from the bytes of their keys and values, into a table with the columns of `like`, in the order
    /// given; texts are numbered as in `keys`.
    ///
    /// # Errors
    ///
    /// If a row's bytes aren't those of a row with these columns, or hold a text that `keys` doesn't.
    ///
    /// # Panics
    ///
    /// If a column of `like` is of fields as a file has them: rows are those of answers.
    pub fn from_row_bytes<'a>(
        like: &Self,
        rows: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        keys: &Keys,
    ) -> Result<Self, RowBytesError> {
        let mut table = like.without_rows();
        for (row, (key, value)) in rows.into_iter().enumerate() {
            let (names, others) = table.columns.split_at_mut(like.key_columns);
            for (columns, bytes, part) in [(names, key, RowPart::Key), (others, value, RowPart::Value)] {
                let mut rest = bytes;
                for column in columns {
                    let read = read(&column.cells, &mut rest, keys);
                    let cell = read.map_err(|wrong| wrong.at(row, column.name.to_string()))?;
                    column.cells.push(cell);
                }
                if !rest.is_empty() {
                    return Err(RowBytesError::GoesOn { row, part, bytes: rest.len() });
                }
            }
        }
        Ok(table)
    }
}

/// Why bytes are no cell, before it is known which one.
enum Wrong {
    EndsEarly,
    Mark(u8),
    Unknown(Vec<u8>),
}

impl Wrong {
    fn at(self, row: usize, column: String) -> RowBytesError {
        match self {
            Self::EndsEarly => RowBytesError::EndsEarly { row, column },
            Self::Mark(byte) => RowBytesError::WrongMark { row, column, byte },
            Self::Unknown(text) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                RowBytesError::UnknownText { row, column, text }
            }
        }
    }
}

/// Takes a cell such as those of `like` off the front.
fn read(like: &Cells, rest: &mut &[u8], keys: &Keys) -> Result<Cell, Wrong> {
    Ok(match like {
        Cells::Int(_) => Cell::Int(read_int(rest)?),
        Cells::Wide(_) => Cell::Wide((u128::from_be_bytes(take::<16>(rest)?) ^ (1 << 127)).cast_signed()),
        Cells::Maybe(_) => match take::<1>(rest)? {
            [MISSING] => Cell::Maybe(None),
            [PRESENT] => Cell::Maybe(Some(read_int(rest)?)),
            [other] => return Err(Wrong::Mark(other)),
        },
        Cells::Text(_) => {
            let text = read_text(rest)?;
            Cell::Text(keys.number(&text).ok_or(Wrong::Unknown(text))?)
        }
        Cells::Written(_) => panic!("a field as it was written is no cell of an answer"),
    })
}

fn read_int(rest: &mut &[u8]) -> Result<i64, Wrong> {
    Ok((u64::from_be_bytes(take(rest)?) ^ (1 << 63)).cast_signed())
}

fn read_text(rest: &mut &[u8]) -> Result<Vec<u8>, Wrong> {
    let mut text = Vec::new();
    loop {
        let zero = memchr::memchr(0, rest).ok_or(Wrong::EndsEarly)?;
        text.extend_from_slice(&rest[..zero]);
        *rest = &rest[zero + 1..];
        match take::<1>(rest)? {
            [TEXT_END] => return Ok(text),
            [ZERO_IN_TEXT] => text.push(0),
            [other] => return Err(Wrong::Mark(other)),
        }
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Wrong> {
    let (front, behind) = rest.split_first_chunk::<N>().ok_or(Wrong::EndsEarly)?;
    *rest = behind;
    Ok(*front)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::TableColumn;

    const TEXTS: [&[u8]; 9] = [b"b", b"", b"a", b"\0", b"a\0", b"a\0\xff", b"a\x01", b"\xff", b"\0\0"];

    fn keys() -> Keys {
        let mut keys = Keys::default();
        for text in TEXTS {
            keys.intern(text);
        }
        keys
    }

    type Row = (i64, Option<i64>, u32, i128);

    /// All columns in the key and once more in the value.
    fn table(rows: &[Row]) -> Table {
        let columns = [
            Cells::Int(rows.iter().map(|row| row.0).collect()),
            Cells::Maybe(rows.iter().map(|row| row.1).collect()),
            Cells::Text(rows.iter().map(|row| row.2).collect()),
            Cells::Wide(rows.iter().map(|row| row.3).collect()),
        ];
        let column = |cells| TableColumn::new("start_ms", cells);
        Table::new(4, columns.iter().chain(&columns).cloned().map(column).collect())
    }

    fn int() -> impl Strategy<Value = i64> {
        prop_oneof![4 => -2_i64..=2, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
    }

    fn row() -> impl Strategy<Value = Row> {
        let wide = prop_oneof![-2_i128..=2, any::<i128>(), Just(i128::MIN), Just(i128::MAX)];
        (int(), prop::option::of(int()), 0..TEXTS.len() as u32, wide)
    }

    /// A row's key and value.
    type Bytes = (Vec<u8>, Vec<u8>);

    fn bytes(table: &Table) -> Vec<Bytes> {
        let both = |row| {
            let (mut key, mut value) = (Vec::new(), Vec::new());
            table.write_key(row, &keys(), &mut key);
            table.write_value(row, &keys(), &mut value);
            (key, value)
        };
        (0..table.rows()).map(both).collect()
    }

    fn read_back(like: &Table, rows: &[Bytes]) -> Result<Table, RowBytesError> {
        Table::from_row_bytes(like, rows.iter().map(|(key, value)| (&key[..], &value[..])), &keys())
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were(rows in prop::collection::vec(row(), 0..8)) {
            let mut table = table(&rows);
            table.restore_unit(100);
            prop_assert_eq!(read_back(&table, &bytes(&table)), Ok(table));
        }

        #[test]
        fn keys_sort_by_their_bytes_as_rows_do(rows in prop::collection::vec(row(), 0..12)) {
            let mut settled = table(&rows);
            settled.settle(&keys());
            let mut written: Vec<_> = bytes(&table(&rows)).into_iter().map(|(key, _)| key).collect();
            written.sort();
            written.dedup();
            let in_order: Vec<_> = bytes(&settled).into_iter().map(|(key, _)| key).collect();
            prop_assert_eq!(written, in_order);
        }

        #[test]
        fn a_row_that_was_cut_is_never_read(row in row(), cut in any::<prop::sample::Index>()) {
            let whole = bytes(&table(&[row]));
            for is_key in [true, false] {
                let mut bytes = whole.clone();
                let part = if is_key { &mut bytes[0].0 } else { &mut bytes[0].1 };
                part.truncate(cut.index(part.len()));
                let error = read_back(&table(&[]), &bytes).expect_err("cut");
                prop_assert!(matches!(error, RowBytesError::EndsEarly { row: 0, .. }), "{error}");
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop_oneof![Just(0), Just(1), any::<u8>()], 0..60)) {
            if let Ok(read) = read_back(&table(&[]), &[(bytes.clone(), bytes.clone())]) {
                prop_assert_eq!(self::bytes(&read), [(bytes.clone(), bytes)]);
            }
        }
    }

    #[test]
    fn the_bytes_are_as_the_table_says() {
        let [(key, _)] = <[_; 1]>::try_from(bytes(&table(&[(-1, Some(2), 4, 1)]))).expect("one row");
        let expected: &[&[u8]] = &[
            &[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            &[1, 0x80, 0, 0, 0, 0, 0, 0, 2],
            &[b'a', 0, 0xFF, 0, 0],
            &[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ];
        assert_eq!(key, expected.concat());
    }

    #[test]
    fn an_error_says_where_and_why() {
        let whole = bytes(&table(&[(1, None, 0, 1)]));
        let message = |change: &dyn Fn(&mut Bytes)| {
            let mut rows = whole.clone();
            change(&mut rows[0]);
            read_back(&table(&[]), &rows).expect_err("wrong").to_string()
        };
        assert_eq!(
            message(&|(_, value)| value.push(7)),
            "row 0: 1 more bytes in its value than its columns take; they are another table's"
        );
        assert_eq!(
            message(&|(key, _)| key[8] = 2),
            "row 0, column start_ms: the byte 0x02 marks no such cell; the bytes are another table's"
        );
        assert_eq!(
            message(&|(key, _)| key[9] = b'z'),
            "row 0, column start_ms: the dataset doesn't hold the text 'z'; the row is another dataset's"
        );
    }
}
