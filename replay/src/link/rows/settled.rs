//! The table that follows from all rows.

use std::collections::BTreeMap;

use datasets::{Cells, Field, Keys, ReadTable, Table, TableColumn};

use crate::{
    link::{LinkFault, TwoRows},
    link_error::quoted,
};

/// A job's table, sorted by its key.
#[derive(Debug)]
pub(in crate::link) struct Settled {
    pub(in crate::link) table: Table,
    /// Its rows, ascending, that come from a line behind the mark.
    pub(in crate::link) behind: Vec<u32>,
    /// Keys with a row before the mark and one behind it, where that is allowed.
    pub(in crate::link) again: u64,
}

/// A line of the job's output: rows that come behind it are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::link) struct Mark {
    /// The line's number.
    pub(in crate::link) after: u64,
    /// Says whether a row behind it may have the key of one before, in whose place it comes.
    pub(in crate::link) may_repeat: bool,
}

/// The name of a column that is there for as long as rows are sorted.
const LINE: &str = "";

/// Puts the rows in the order of their keys, the first `key` columns. `upserts`: of rows with one key the last stays, else
/// they are a fault.
pub(super) fn settle(
    read: &ReadTable,
    key: usize,
    upserts: bool,
    mark: Option<Mark>,
) -> Result<Settled, LinkFault> {
    let rows = read.table.rows();
    let lines = (0..rows).map(|row| read.line(row).cast_signed());
    let lines = mark.map(|_| TableColumn::new(LINE, Cells::Int(lines.collect())));
    let columns: Vec<&TableColumn> = read.table.columns.iter().chain(&lines).collect();
    let mut table = Table::settled(key, &columns, &Keys::default());
    let again = if upserts || table.rows() == rows { 0 } else { repeated(read, key, mark)? };
    let lines = mark.and_then(|mark| Some((mark, table.columns.pop()?.cells)));
    let behind = match lines {
        Some((mark, Cells::Int(lines))) => {
            let behind = |line: &i64| line.cast_unsigned() > mark.after;
            (0..).zip(&lines).filter(|(_, line)| behind(line)).map(|(row, _)| row).collect()
        }
        _ => Vec::new(),
    };
    Ok(Settled { table, behind, again })
}

/// Counts the keys with rows on both sides of a mark that allows for it. Any other row whose key an earlier one has is a fault.
fn repeated(read: &ReadTable, key: usize, mark: Option<Mark>) -> Result<u64, LinkFault> {
    let columns = &read.table.columns;
    let field = |row: usize, column: &TableColumn| match &column.cells {
        Cells::Written(fields) => (fields.field(row).kind, fields.field(row).text.to_owned()),
        Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) => {
            (Field::MISSING.kind, String::new())
        }
    };
    let mark = mark.filter(|mark| mark.may_repeat);
    let is_behind = |row: usize| mark.is_some_and(|mark| read.line(row) > mark.after);
    let (mut known, mut again) = (BTreeMap::new(), 0);
    for row in 0..read.table.rows() {
        let named: Vec<_> = columns[..key].iter().map(|column| field(row, column)).collect();
        match known.get(&named) {
            None => {}
            Some(&first) if is_behind(first) != is_behind(row) => again += 1,
            Some(&first) => {
                let shown =
                    columns.iter().zip(&named).map(|(column, (_, text))| format!("{}={text}", column.name));
                return Err(LinkFault::TwoRows(Box::new(TwoRows {
                    key: quoted(shown.collect::<Vec<_>>().join(", ").as_bytes()),
                    rows: [first, row].map(|row| (read.line(row), shown_row(&read.table, row))),
                })));
            }
        }
        known.insert(named, row);
    }
    Ok(again)
}

fn shown_row(table: &Table, row: usize) -> String {
    let mut text = Vec::new();
    table.write_row(row, &Keys::default(), &mut text);
    quoted(text.strip_suffix(b"\n").unwrap_or(&text))
}
