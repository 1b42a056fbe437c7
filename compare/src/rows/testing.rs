//! Tables in memory.

use std::path::Path;

use datasets::{Error, FieldKind, Place, Row, Rows};

pub(crate) type Cell = (FieldKind, String);

/// A table in memory.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) is_typed: bool,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) at: usize,
}

impl Rows for Table {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn is_typed(&self) -> bool {
        self.is_typed
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        row.clear();
        let Some(cells) = self.rows.get(self.at) else { return Ok(false) };
        for (kind, text) in cells {
            row.push(*kind, text);
        }
        self.at += 1;
        Ok(true)
    }

    fn place(&self) -> Place {
        Place::line(Path::new("table"), self.at as u64)
    }
}

pub(crate) fn table(columns: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    let columns = columns.iter().map(ToString::to_string).collect();
    Table { columns, is_typed: false, rows, at: 0 }
}
