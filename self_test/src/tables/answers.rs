//! Changes of an answer, row by row.

use datasets::{Cells, Table};

/// Changes the numbers of a column, each with its row's number.
pub(super) fn each_number(table: &mut Table, column: &str, mut change: impl FnMut(usize, i128) -> i128) {
    let Some(column) = table.columns.iter_mut().find(|known| known.name == column) else { return };
    let narrow = |number: i128| i64::try_from(number).unwrap_or(i64::MAX);
    match &mut column.cells {
        Cells::Int(cells) => {
            cells.iter_mut().enumerate().for_each(|(row, cell)| *cell = narrow(change(row, (*cell).into())));
        }
        Cells::Wide(cells) => {
            cells.iter_mut().enumerate().for_each(|(row, cell)| *cell = change(row, *cell));
        }
        Cells::Maybe(cells) => {
            for (row, cell) in cells.iter_mut().enumerate() {
                *cell = cell.map(|number| narrow(change(row, number.into())));
            }
        }
        Cells::Text(_) | Cells::Written(_) => {}
    }
}

/// The numbers of a column, by row; `None` where there is none.
pub(super) fn numbers(table: &Table, column: &str) -> Vec<Option<i128>> {
    let Some(column) = table.columns.iter().find(|known| known.name == column) else { return Vec::new() };
    match &column.cells {
        Cells::Int(cells) => cells.iter().map(|&cell| Some(cell.into())).collect(),
        Cells::Wide(cells) => cells.iter().map(|&cell| Some(cell)).collect(),
        Cells::Maybe(cells) => cells.iter().map(|cell| cell.map(Into::into)).collect(),
        Cells::Text(cells) => cells.iter().map(|&cell| Some(cell.into())).collect(),
        Cells::Written(fields) => vec![None; fields.rows()],
    }
}

/// Keeps the rows that `keeps` likes.
pub(super) fn keep(table: &mut Table, keeps: impl Fn(usize) -> bool) {
    let rows: Vec<u32> = (0..table.rows()).filter(|&row| keeps(row)).map(|row| row as u32).collect();
    *table = table.picked(&rows);
}

/// Appends each row once more.
pub(super) fn double(table: &mut Table) {
    let rows = 0..table.rows() as u32;
    *table = table.picked(&rows.clone().chain(rows).collect::<Vec<u32>>());
}

/// As a 64-bit float holds it.
pub(super) fn through_a_float(number: i128) -> i128 {
    number as f64 as i128
}
