//! One row, with room that is used again for the next.

use crate::table::{Field, FieldKind};

/// Holds the fields of a row, in the order of the columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    text: String,
    fields: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    kind: FieldKind,
    end: usize,
}

impl Row {
    /// Takes all fields out.
    pub fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
    }

    /// Appends a field.
    #[inline]
    pub fn push(&mut self, kind: FieldKind, text: &str) {
        self.text.push_str(text);
        self.fields.push(Part { kind, end: self.text.len() });
    }

    /// Appends a field whose text `write` appends to what it is given.
    pub fn push_with(&mut self, kind: FieldKind, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.fields.push(Part { kind, end: self.text.len() });
    }

    /// Returns how many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns a field; one of kind [`Missing`](FieldKind::Missing) where the row has none.
    #[inline]
    pub fn field(&self, at: usize) -> Field<'_> {
        let Some(part) = self.fields.get(at) else { return Field::MISSING };
        let start = if at == 0 { 0 } else { self.fields[at - 1].end };
        Field { kind: part.kind, text: &self.text[start..part.end] }
    }

    /// Returns all fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        let mut start = 0;
        self.fields.iter().map(move |part| {
            let text = &self.text[start..part.end];
            start = part.end;
            Field { kind: part.kind, text }
        })
    }
}
