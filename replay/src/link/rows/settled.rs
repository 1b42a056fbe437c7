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
    /// Its rows, ascending, that come from a line behind the one that was asked about.
    pub(in crate::link) behind: Vec<u32>,
}

/// The name of a column that is there for as long as rows are sorted.
const LINE: &str = "";

/// Puts the rows in the order of their keys, the first `key` columns. `upserts`: of rows with one key the last stays, else
/// they are a fault. `after`: the line of the job's output behind which rows are counted apart.
pub(super) fn settle(
    read: &ReadTable,
    key: usize,
    upserts: bool,
    after: Option<u64>,
) -> Result<Settled, LinkFault> {
    let rows = read.table.rows();
    let lines = (0..rows).map(|row| read.line(row).cast_signed());
    let lines = after.map(|_| TableColumn::new(LINE, Cells::Int(lines.collect())));
    let columns: Vec<&TableColumn> = read.table.columns.iter().chain(&lines).collect();
    let mut table = Table::settled(key, &columns, &Keys::default());
    if !upserts && table.rows() < rows {
        return Err(twice(read, key));
    }
    let lines = after.and_then(|after| Some((after, table.columns.pop()?.cells)));
    let behind = match lines {
        Some((after, Cells::Int(lines))) => {
            let behind = |line: &i64| line.cast_unsigned() > after;
            (0..).zip(&lines).filter(|(_, line)| behind(line)).map(|(row, _)| row).collect()
        }
        _ => Vec::new(),
    };
    Ok(Settled { table, behind })
}

/// The first row whose key an earlier one has.
fn twice(read: &ReadTable, key: usize) -> LinkFault {
    let columns = &read.table.columns;
    let field = |row: usize, column: &TableColumn| match &column.cells {
        Cells::Written(fields) => (fields.field(row).kind, fields.field(row).text.to_owned()),
        Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) => {
            (Field::MISSING.kind, String::new())
        }
    };
    let mut known = BTreeMap::new();
    for row in 0..read.table.rows() {
        let named: Vec<_> = columns[..key].iter().map(|column| field(row, column)).collect();
        if let Some(&first) = known.get(&named) {
            let shown =
                columns.iter().zip(&named).map(|(column, (_, text))| format!("{}={text}", column.name));
            return LinkFault::TwoRows(Box::new(TwoRows {
                key: quoted(shown.collect::<Vec<_>>().join(", ").as_bytes()),
                rows: [first, row].map(|row| (read.line(row), shown_row(&read.table, row))),
            }));
        }
        known.insert(named, row);
    }
    LinkFault::Machine("two rows have one key, and then none did".to_owned())
}

fn shown_row(table: &Table, row: usize) -> String {
    let mut text = Vec::new();
    table.write_row(row, &Keys::default(), &mut text);
    quoted(text.strip_suffix(b"\n").unwrap_or(&text))
}
