//! Tables for tests, as files would hold them.

use datasets::{Cells, FieldKind, Keys, Table, TableColumn, Written};

use super::{Comparing, Listed, TableComparison, TableError, compare_tables};
use crate::Rules;

/// A field of a row, if the row has it.
pub(crate) type Cell = Option<(FieldKind, String)>;

/// A table of rows with fields as they were written.
pub(crate) fn written(names: &[&str], rows: &[Vec<Cell>]) -> Table {
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
    Table::new(0, names.iter().enumerate().map(column).collect())
}

/// A table without types, as CSV has it.
pub(crate) fn untyped<'a>(names: &[&str], rows: impl IntoIterator<Item = Vec<&'a str>>) -> Table {
    let cell = |text: &str| Some((FieldKind::Untyped, text.to_owned()));
    let rows: Vec<Vec<Cell>> = rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect();
    written(names, &rows)
}

/// Compares two tables by the columns `key`.
pub(crate) fn compared(
    left: &Table,
    right: &Table,
    key: &[&str],
    rules: &Rules,
) -> Result<TableComparison, TableError> {
    let key: Vec<String> = key.iter().map(|name| (*name).to_owned()).collect();
    let keys = Keys::default();
    let how = Comparing { key: &key, rules, keys: &keys, listed: Listed::OF_TABLES, go_on: &|| true };
    compare_tables(left, right, &how)
}
