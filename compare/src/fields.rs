//! Tables of fields that keep the type and the digits they were written with.

use std::collections::HashMap;

use serde::Serialize;

use crate::Alike;

/// A glance at a field stops after so many characters.
const MOST_CHARS: usize = 200;

/// Describes what kind of thing stands in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// The row has no such field.
    Missing,
    /// The format knows no types, as CSV.
    Untyped,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list or an object.
    Nested,
}

/// Describes what stands in a field, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A field of a format without types, such as CSV.
    Untyped(String),
    /// `null`, which is neither a missing field nor an empty one.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number of any length, digit by digit.
    Number(String),
    /// A text.
    Text(String),
    /// A list or an object: its text without blanks, the names of objects in order.
    Nested(String),
}

/// Describes what tells one field from another: where a type is known, that too.
type Sense<'a> = (Option<FieldKind>, &'a str);

impl Field {
    fn kind(&self) -> FieldKind {
        match self {
            Self::Untyped(_) => FieldKind::Untyped,
            Self::Null => FieldKind::Null,
            Self::Boolean(_) => FieldKind::Boolean,
            Self::Number(_) => FieldKind::Number,
            Self::Text(_) => FieldKind::Text,
            Self::Nested(_) => FieldKind::Nested,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Untyped(text) | Self::Number(text) | Self::Text(text) | Self::Nested(text) => text,
            Self::Null => "null",
            Self::Boolean(true) => "true",
            Self::Boolean(false) => "false",
        }
    }

    /// Its text, where that may be a number.
    pub(crate) fn number(&self) -> &str {
        match self {
            Self::Untyped(text) | Self::Number(text) => text,
            Self::Null | Self::Boolean(_) | Self::Text(_) | Self::Nested(_) => "",
        }
    }

    /// Returns whether the two say the same. A field without a type has only its text, and no text says `null`.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let typing = Typing::of(self, other);
        self.sense(typing) == other.sense(typing)
    }

    pub(crate) fn sense(&self, typing: Typing) -> Sense<'_> {
        match (typing, self) {
            (Typing::Typed, field) => (Some(field.kind()), field.text()),
            (Typing::Untyped, Self::Null) => (Some(FieldKind::Null), self.text()),
            (Typing::Untyped, field) => (None, field.text()),
        }
    }
}

/// Says whether types take part in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typing {
    /// Both sides have them.
    Typed,
    /// One side has none.
    Untyped,
}

impl Typing {
    fn of(left: &Field, right: &Field) -> Self {
        let has_none = |field: &Field| field.kind() == FieldKind::Untyped;
        if has_none(left) || has_none(right) { Self::Untyped } else { Self::Typed }
    }

    /// A table's fields are all of one format, so the first stands for all.
    pub(crate) fn of_tables(left: &Table, right: &Table) -> Self {
        let first = |table: &Table| table.rows.iter().find_map(|row| Some(row.fields.first()?.1.kind()));
        let has_none = |table| first(table) == Some(FieldKind::Untyped);
        if has_none(left) || has_none(right) { Self::Untyped } else { Self::Typed }
    }
}

/// A table of fields: a header, and rows that need not have all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The names of the columns, each once.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Table {
    /// Makes a table without types, each row with a field for each column.
    pub fn untyped(columns: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        let row = |(row, fields): (u64, Vec<String>)| Row {
            line: row + 2,
            fields: (0..).zip(fields.into_iter().map(Field::Untyped)).collect(),
        };
        Self { columns, rows: (0..).zip(rows).map(row).collect() }
    }

    /// Where each column stands.
    pub(crate) fn positions(&self) -> HashMap<&str, u32> {
        (0..).zip(&self.columns).map(|(at, name)| (name.as_str(), at)).collect()
    }
}

/// A row of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// The numbers of its columns, in order, and what stands there. A column that isn't named is missing.
    pub fields: Vec<(u32, Field)>,
}

impl Row {
    pub(crate) fn get(&self, column: u32) -> Option<&Field> {
        let at = self.fields.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        Some(&self.fields[at].1)
    }
}

/// Describes what is shown of a field: its kind and its text, cut when it is long.
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
    pub(crate) fn of(field: Option<&Field>) -> Self {
        match field {
            None => Self { kind: FieldKind::Missing, text: String::new(), cut_from_bytes: None },
            Some(field) => Self::new(field.kind(), field.text()),
        }
    }

    /// A glance at a text.
    pub(crate) fn new(kind: FieldKind, text: &str) -> Self {
        let end = text.char_indices().nth(MOST_CHARS).map(|(end, _)| end);
        let cut_from_bytes = end.map(|_| text.len() as u64);
        Self { kind, text: text[..end.unwrap_or(text.len())].to_owned(), cut_from_bytes }
    }
}

impl Glance {
    /// For people, told apart from what looks `alike`: a text that has a type stands in quotes, so that it isn't taken
    /// for another type.
    pub fn shown(&self, alike: &Alike) -> String {
        let text = alike.told_apart(&self.text);
        let more = self.cut_from_bytes.map_or(String::new(), |bytes| format!("… ({bytes} bytes)"));
        match self.kind {
            FieldKind::Missing => "(no field)".to_owned(),
            FieldKind::Untyped if text.is_empty() => "(empty)".to_owned(),
            FieldKind::Text => format!("\"{text}\"{more}"),
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
    fn types_are_kept_apart_where_both_have_them() {
        let typed = [
            Field::Null,
            Field::Boolean(true),
            Field::Number("1".into()),
            Field::Text("null".into()),
            Field::Text("true".into()),
            Field::Text("1".into()),
            Field::Text(String::new()),
            Field::Nested("[1]".into()),
            Field::Text("[1]".into()),
        ];
        for (i, left) in typed.iter().enumerate() {
            for (j, right) in typed.iter().enumerate() {
                assert_eq!(left.is_same(right), i == j, "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn without_types_the_text_decides_and_no_text_is_null() {
        let untyped = |text: &str| Field::Untyped(text.to_owned());
        for (field, text) in [
            (Field::Boolean(true), "true"),
            (Field::Number("1.50".into()), "1.50"),
            (Field::Text("1".into()), "1"),
            (Field::Text(String::new()), ""),
        ] {
            assert!(field.is_same(&untyped(text)) && untyped(text).is_same(&field), "{field:?}");
        }
        for text in ["null", "", "NULL"] {
            assert!(!Field::Null.is_same(&untyped(text)), "{text}");
        }
        assert!(!Field::Number("1.50".into()).is_same(&untyped("1.5")));
    }

    #[test]
    fn a_long_text_is_cut_with_its_length_said() {
        let text = "é".repeat(300);
        let glance = Glance::of(Some(&Field::Text(text)));
        let none = Alike::default();
        assert_eq!(glance.shown(&none), format!("\"{}\"… (600 bytes)", "é".repeat(200)));
        assert_eq!(Glance::of(Some(&Field::Number("1".into()))).shown(&none), "1");
    }
}
