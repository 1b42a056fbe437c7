//! One row, with room that is used again for the next.

use crate::table::{Field, FieldKind};

/// Holds the fields of a row, in the order of the columns. A field that is missing takes no room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    text: String,
    fields: Vec<Part>,
    /// The column of the field that comes next.
    next: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    column: u32,
    kind: FieldKind,
    end: usize,
}

impl Row {
    /// Takes all fields out.
    pub fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        self.next = 0;
    }

    /// Appends the field of the column behind that of the last one; one that is missing has its turn, too.
    #[inline]
    pub fn push(&mut self, kind: FieldKind, text: &str) {
        self.push_at(self.next, kind, text);
    }

    /// Appends a field, whose text `write` appends to what it is given.
    pub fn push_with(&mut self, kind: FieldKind, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.push(kind, "");
    }

    /// Appends the field of a column behind that of the last one; those between are missing.
    #[inline]
    pub fn push_at(&mut self, column: usize, kind: FieldKind, text: &str) {
        debug_assert!(self.next <= column);
        self.next = column + 1;
        if kind == FieldKind::Missing {
            return;
        }
        self.text.push_str(text);
        self.fields.push(Part { column: column as u32, kind, end: self.text.len() });
    }

    /// Returns how many fields there are, up to the last that isn't missing.
    pub fn len(&self) -> usize {
        self.next
    }

    /// Returns whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.next == 0
    }

    /// Returns whether there are so many fields, of which none is missing.
    pub fn is_full(&self, columns: usize) -> bool {
        self.fields.len() == columns
    }

    /// Returns the field of a column; one of kind [`Missing`](FieldKind::Missing) where the row has none.
    #[inline]
    pub fn field(&self, column: usize) -> Field<'_> {
        match self.fields.get(column) {
            // Where none before it is missing, it stands where one looks first.
            Some(part) if part.column as usize == column => self.at(column, *part),
            _ => match self.fields.binary_search_by_key(&(column as u32), |part| part.column) {
                Ok(at) => self.at(at, self.fields[at]),
                Err(_) => Field::MISSING,
            },
        }
    }

    #[inline]
    fn at(&self, at: usize, part: Part) -> Field<'_> {
        let start = if at == 0 { 0 } else { self.fields[at - 1].end };
        Field { kind: part.kind, text: &self.text[start..part.end] }
    }

    /// Returns all fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        (0..self.next).map(|column| self.field(column))
    }

    /// Returns the fields that aren't missing, each with the number of its column, in order.
    pub fn present(&self) -> impl Iterator<Item = (usize, Field<'_>)> {
        self.fields.iter().enumerate().map(|(at, part)| (part.column as usize, self.at(at, *part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_columns() {
        let mut row = Row::default();
        row.push(FieldKind::Text, "a");
        row.push(FieldKind::Missing, "");
        row.push_at(3, FieldKind::Number, "1");
        row.push(FieldKind::Null, "null");
        let texts: Vec<(FieldKind, &str)> =
            (0..6).map(|column| (row.field(column).kind, row.field(column).text)).collect();
        let missing = (FieldKind::Missing, "");
        assert_eq!(texts[..4], [(FieldKind::Text, "a"), missing, missing, (FieldKind::Number, "1")]);
        assert_eq!(texts[4..], [(FieldKind::Null, "null"), missing]);
        assert_eq!(row.present().map(|(column, _)| column).collect::<Vec<_>>(), [0, 3, 4]);
    }
}
