//! Rows that closing records have added, taken out of what a job gives.

use datasets::{Cells, Table};

use super::filter::{Filter, Rows, Side};
use crate::error::Error;

/// A row of one table.
struct Row<'a> {
    table: &'a Table,
    row: usize,
}

impl Rows for Row<'_> {
    fn field(&self, side: Side, column: &str) -> Option<&str> {
        // All that a job's own rule can speak of is its own row.
        if side != Side::Candidate {
            return None;
        }
        field(self.table, column, self.row)
    }
}

/// Returns the text of a field, where the column is there and the field has one.
pub(crate) fn field<'a>(table: &'a Table, column: &str, row: usize) -> Option<&'a str> {
    let column = table.columns.iter().find(|own| own.name == column)?;
    match &column.cells {
        Cells::Written(fields) => {
            let field = fields.field(row);
            field.kind.has_text().then_some(field.text)
        }
        Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) => None,
    }
}

/// Takes the rows out that closing has added.
pub(crate) fn leave_out(table: &mut Table, filter: &Filter) -> Result<(), Error> {
    for column in filter.columns() {
        known(table, "leave_out", column)?;
    }
    let stays = |row: &u32| !filter.holds(&Row { table, row: *row as usize });
    let rows: Vec<u32> = (0..table.rows() as u32).filter(stays).collect();
    if rows.len() < table.rows() {
        *table = table.picked(&rows);
    }
    Ok(())
}

/// Refuses a column that a table doesn't have; `key` is where it was named.
pub(crate) fn known(table: &Table, key: &str, column: &str) -> Result<(), Error> {
    let names = || table.columns.iter().map(|column| &*column.name);
    if names().any(|name| name == column) {
        return Ok(());
    }
    let hint = datasets::nearest(column, names()).map_or_else(
        || format!("its columns are {}", names().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near}?"),
    );
    Err(Error::usage(format!("{key}: the answer has no column '{}'", datasets::shown(column)))
        .with_hint(hint))
}
