//! Rows whose fields are read as what their columns are said to hold.

use std::collections::BTreeMap;

use super::{ColumnType, Row, Rows};
use crate::error::{Error, Place};

/// Rows of which some columns are converted, each by its type.
pub struct TypedRows<'g> {
    rows: Box<dyn Rows + 'g>,
    /// The type of each column, if one is given.
    types: Vec<Option<ColumnType>>,
    read: Row,
    scratch: String,
}

impl<'g> TypedRows<'g> {
    /// Returns the rows with these types, by columns; columns that aren't there are no error.
    pub fn new(rows: Box<dyn Rows + 'g>, types: &BTreeMap<String, ColumnType>) -> Self {
        let types = rows.columns().iter().map(|column| types.get(column).copied()).collect();
        Self { rows, types, read: Row::default(), scratch: String::new() }
    }
}

impl Rows for TypedRows<'_> {
    fn columns(&self) -> &[String] {
        self.rows.columns()
    }

    fn is_typed(&self) -> bool {
        self.rows.is_typed()
    }

    fn types(&self) -> &[String] {
        self.rows.types()
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        if !self.rows.next(&mut self.read)? {
            row.clear();
            return Ok(false);
        }
        row.clear();
        for (column, field) in self.read.present() {
            let Some(Some(kind)) = self.types.get(column) else {
                row.push_at(column, field.kind, field.text);
                continue;
            };
            self.scratch.clear();
            match kind.convert(field, &mut self.scratch) {
                // A format without types has none because one column was converted.
                Ok(kind) if self.rows.is_typed() || !kind.has_text() => {
                    row.push_at(column, kind, &self.scratch);
                }
                Ok(_) => row.push_at(column, field.kind, &self.scratch),
                Err(why) => {
                    let name = crate::short_name(&self.rows.columns()[column]);
                    return Err(self.rows.place().rejects(format!("column '{name}': {why}")));
                }
            }
        }
        Ok(true)
    }

    fn place(&self) -> Place {
        self.rows.place()
    }

    fn notes(&self) -> Vec<String> {
        self.rows.notes()
    }
}
