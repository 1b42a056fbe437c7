//! Tables for tests, as files would hold them.

use datasets::{Cells, FieldKind, Table, TableColumn, Written};

/// A field of a row, if the row has it.
pub(crate) type Cell = Option<(FieldKind, String)>;

/// A table of rows with fields as they were written, whose first columns name a row.
pub(crate) fn written(key_columns: usize, names: &[&str], rows: &[Vec<Cell>]) -> Table {
    let column = |(at, name): (usize, &&str)| {
        let mut fields = Written::default();
        for (row, cells) in rows.iter().enumerate() {
            if let Some((kind, text)) = &cells[at] {
                fields.push(row, *kind, text).expect("short");
            }
        }
        fields.pad(rows.len());
        TableColumn::new((*name).to_owned(), Cells::Written(fields))
    };
    Table::new(key_columns, names.iter().enumerate().map(column).collect())
}
