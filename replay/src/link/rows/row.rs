//! One row that was read, its fields in the order of the table's columns.

use datasets::FieldKind;

/// Fields by their place in the table. One row is read after another into the same memory.
#[derive(Debug, Default)]
pub(super) struct Row {
    text: String,
    /// Each field's kind, and where its text stands; `None` where the row has no such field.
    fields: Vec<Option<(FieldKind, usize, usize)>>,
}

impl Row {
    /// Forgets the row before; there are `fields` places.
    pub(super) fn clear(&mut self, fields: usize) {
        self.text.clear();
        self.fields.clear();
        self.fields.resize(fields, None);
    }

    pub(super) fn set(&mut self, place: usize, kind: FieldKind, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.fields[place] = Some((kind, start, self.text.len()));
    }

    pub(super) fn field(&self, place: usize) -> Option<(FieldKind, &str)> {
        self.fields[place].map(|(kind, start, end)| (kind, &self.text[start..end]))
    }
}
