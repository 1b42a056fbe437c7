//! Answers as maps of numbers, which are easily changed.

use std::collections::BTreeMap;

use datasets::{Cells, Table, TableColumn};

pub(crate) type Row = Vec<Option<i128>>;
/// Each row's key, and what it holds.
pub(crate) type Rows = BTreeMap<Row, Row>;

fn cell(cells: &Cells, row: usize) -> Option<i128> {
    match cells {
        Cells::Int(cells) => Some(cells[row].into()),
        Cells::Wide(cells) => Some(cells[row]),
        Cells::Maybe(cells) => cells[row].map(i128::from),
        Cells::Text(cells) => Some(cells[row].into()),
        Cells::Written(_) => panic!("no answer is written"),
    }
}

pub(crate) fn rows(table: &Table) -> Rows {
    let row = |row: usize| {
        let mut cells: Row = table.columns.iter().map(|column| cell(&column.cells, row)).collect();
        let others = cells.split_off(table.key_columns);
        (cells, others)
    };
    (0..table.rows()).map(row).collect()
}

/// Makes a table of rows, with the columns of `like`.
pub(crate) fn table(rows: &Rows, like: &Table) -> Table {
    let all: Vec<Row> = rows.iter().map(|(key, others)| [&key[..], &others[..]].concat()).collect();
    let columns = like.columns.iter().enumerate().map(|(place, column)| {
        let cells = all.iter().map(|row| row[place]);
        let cells = match column.cells {
            Cells::Int(_) => Cells::Int(cells.map(|cell| cell.expect("a number") as i64).collect()),
            Cells::Wide(_) => Cells::Wide(cells.map(|cell| cell.expect("a number")).collect()),
            Cells::Maybe(_) => Cells::Maybe(cells.map(|cell| cell.map(|cell| cell as i64)).collect()),
            Cells::Text(_) => Cells::Text(cells.map(|cell| cell.expect("a text") as u32).collect()),
            Cells::Written(_) => panic!("no answer is written"),
        };
        TableColumn::new(column.name.clone(), cells)
    });
    Table::new(like.key_columns, columns.collect())
}
