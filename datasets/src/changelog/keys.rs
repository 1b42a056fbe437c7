//! The key by which changes find their rows.

use super::columns::Columns;
use super::encoded::{Fields, write_field};
use super::event::{Cells, Event};
use crate::reading::short_name;
use crate::table::FieldKind;

/// Says how rows are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyedBy {
    /// By the key that every change brings, of these columns.
    Own(Vec<u32>),
    /// By columns of the rows.
    Columns(Vec<u32>),
    /// By all that they say: equal rows are counted.
    Whole,
}

impl KeyedBy {
    /// Decides by the first change that is of a row.
    pub(super) fn of(event: &Event, key: &[String], columns: &mut Columns) -> Result<Self, String> {
        if event.key.is_there {
            return Ok(Self::Own(event.key.columns.clone()));
        }
        if key.is_empty() {
            return Ok(Self::Whole);
        }
        if !event.after.is_there && !event.before.is_there {
            return Err(no_row(event));
        }
        let find = |name: &String| columns.find(name).ok_or_else(|| lacks(name, columns));
        Ok(Self::Columns(key.iter().map(find).collect::<Result<_, _>>()?))
    }

    pub(super) fn columns(&self) -> &[u32] {
        match self {
            Self::Own(columns) | Self::Columns(columns) => columns,
            Self::Whole => &[],
        }
    }

    /// Writes the key of a change.
    pub(super) fn write(&self, event: &Event, columns: &Columns, out: &mut Vec<u8>) -> Result<(), String> {
        out.clear();
        if let (Self::Own(_), false) = (self, event.key.is_there) {
            return Err("a change without a key, where others have one".to_owned());
        }
        if let (Self::Own(known), true) = (self, event.key.is_there)
            && (event.key.columns.len() != known.len()
                || known.iter().any(|of| event.key.field(*of).is_none()))
        {
            return Err(other_key(known, &event.key.columns, columns));
        }
        for &column in self.columns() {
            let parts = [&event.key, &event.after, &event.before];
            let field = parts.iter().find_map(|cells| cells.field(column));
            let name = &columns.names[column as usize];
            match field.filter(|field| field.kind != FieldKind::Missing) {
                None if parts.iter().all(|cells| !cells.is_there) => return Err(no_row(event)),
                None => return Err(lacks(name, columns)),
                Some(field) if field.kind == FieldKind::Unknown => {
                    return Err(format!("the key '{}' can't be known: {}", short_name(name), field.text));
                }
                Some(field) => write_field(field, out),
            }
        }
        Ok(())
    }

    /// Writes a key that stands by itself, such as the one that a row will have.
    pub(super) fn write_cells(&self, cells: &Cells, out: &mut Vec<u8>) {
        out.clear();
        for field in self.columns().iter().filter_map(|column| cells.field(*column)) {
            write_field(field, out);
        }
    }

    /// Shows a key as `id=5`; of rows without one, all that they say.
    pub(super) fn show(&self, key: &[u8], columns: &Columns) -> String {
        let fields = Fields(key);
        let of_all: Vec<u32> = (0..columns.names.len() as u32).collect();
        let numbers = if *self == Self::Whole { &of_all } else { self.columns() };
        let named = fields.zip(numbers).map(|(field, column)| {
            format!("{}={}", short_name(&columns.names[*column as usize]), short_name(field.text))
        });
        named.collect::<Vec<_>>().join(", ")
    }
}

fn other_key(known: &[u32], found: &[u32], columns: &Columns) -> String {
    let list = |numbers: &[u32]| {
        let names = numbers.iter().map(|number| short_name(&columns.names[*number as usize]));
        names.collect::<Vec<_>>().join(", ")
    };
    format!("the key is {} here and was {} before: what is one row can't be told", list(found), list(known))
}

fn no_row(event: &Event) -> String {
    format!("{} without a row, of which the key could be read", event.op.with_article())
}

fn lacks(name: &str, columns: &Columns) -> String {
    let known = columns.names.iter().map(String::as_str);
    let hint = crate::nearest::did_you_mean(name, known).map_or(String::new(), |hint| format!("; {hint}"));
    format!("no column '{}', which is of the key{hint}", short_name(name))
}
