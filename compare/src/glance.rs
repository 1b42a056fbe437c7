//! A look at a cell, short enough to be listed.

use datasets::{Cells, FieldKind, Keys, Table};
use serde::Serialize;

use crate::Alike;

/// Describes what is shown of a cell: its kind and its text, cut when it is long.
///
/// It comes from a file: escape it wherever it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Glance {
    /// Holds what kind of thing it is.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// Its text, or the first characters of it.
    pub text: String,
    /// Says how long all of it is, where it was cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_from_bytes: Option<u64>,
}

impl Glance {
    /// A glance at a text, of at most `most_chars` characters.
    pub(crate) fn new(kind: FieldKind, text: &str, most_chars: usize) -> Self {
        let end = text.char_indices().nth(most_chars).map(|(end, _)| end);
        let cut_from_bytes = end.map(|_| text.len() as u64);
        Self { kind, text: text[..end.unwrap_or(text.len())].to_owned(), cut_from_bytes }
    }

    /// A glance at a cell of a table.
    pub(crate) fn of(table: &Table, column: usize, row: usize, keys: &Keys, most_chars: usize) -> Self {
        let kind = match &table.columns[column].cells {
            Cells::Written(fields) => {
                let field = fields.field(row);
                return Self::new(field.kind, field.text, most_chars);
            }
            Cells::Maybe(cells) if cells[row].is_none() => FieldKind::Null,
            Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) => FieldKind::Number,
            Cells::Text(_) => FieldKind::Text,
        };
        Self::new(kind, &table.text(column, row, keys), most_chars)
    }

    /// For people, told apart from what looks `alike`: a text that has a type stands in quotes, so that it isn't taken
    /// for another type.
    pub fn shown(&self, alike: &Alike) -> String {
        let text = alike.told_apart(&self.text);
        let more = self.cut_from_bytes.map_or(String::new(), |bytes| format!("… ({bytes} bytes)"));
        match self.kind {
            FieldKind::Missing => "(no field)".to_owned(),
            FieldKind::Untyped if text.is_empty() => "(empty)".to_owned(),
            FieldKind::Text => format!("\"{text}\"{more}"),
            FieldKind::Unknown => format!("(unknown: {text})"),
            FieldKind::Untyped
            | FieldKind::Null
            | FieldKind::Boolean
            | FieldKind::Number
            | FieldKind::Nested => format!("{text}{more}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_with_its_length_said() {
        let none = Alike::default();
        let glance = Glance::new(FieldKind::Text, &"é".repeat(300), 200);
        assert_eq!(glance.shown(&none), format!("\"{}\"… (600 bytes)", "é".repeat(200)));
        assert_eq!(Glance::new(FieldKind::Text, &"é".repeat(200), 200).cut_from_bytes, None);
        assert_eq!(Glance::new(FieldKind::Number, "1", 200).shown(&none), "1");
    }
}
