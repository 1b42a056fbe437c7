//! A table in which columns of the key are moved by a constant.

use datasets::{Error, FieldKind, Place, Row, Rows};

use super::span::Unit;

/// The rows of a table, each value of some columns a constant further on; it is written as the number that it is, in both
/// tables alike.
pub(super) struct ShiftedRows<'a> {
    rows: &'a mut dyn Rows,
    /// For each column, what it counts and by how much it is moved, where it is.
    moved: Vec<Option<(Unit, i128)>>,
    read: Row,
}

impl<'a> ShiftedRows<'a> {
    pub(super) fn new(rows: &'a mut dyn Rows, columns: &[String], unit: Unit, by: i128) -> Self {
        let moved = |name: &String| columns.contains(name).then_some((unit, by));
        let moved = rows.columns().iter().map(moved).collect();
        Self { rows, moved, read: Row::default() }
    }
}

impl Rows for ShiftedRows<'_> {
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
        row.clear();
        if !self.rows.next(&mut self.read)? {
            return Ok(false);
        }
        for (at, field) in self.read.present() {
            match self.moved[at].and_then(|(unit, by)| unit.value(field)?.checked_add(by)) {
                Some(value) => row.push_at(at, FieldKind::Number, &value.to_string()),
                None => row.push_at(at, field.kind, field.text),
            }
        }
        Ok(true)
    }

    fn place(&self) -> Place {
        self.rows.place()
    }
}
