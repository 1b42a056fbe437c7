//! The states that rows went through, so that one can ask whether a row was right in between.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::columns::Columns;
use super::encoded::Fields;
use super::form::Remember;
use crate::table::{Field, FieldKind};

/// Remembers states by hashes of 64 bits: of a million, two are taken for each other once in 37 million changelogs.
#[derive(Debug, Default)]
pub struct States {
    names: Vec<String>,
    /// The number of each column, once it was seen.
    columns: Vec<Option<u32>>,
    most: usize,
    seen: HashSet<u64, FixedState>,
    is_full: bool,
    scratch: Vec<u8>,
}

impl States {
    pub(super) fn new(remember: &Remember) -> Self {
        let columns = vec![None; remember.columns.len()];
        Self { names: remember.columns.clone(), columns, most: remember.most, ..Self::default() }
    }

    /// Takes in the state of a row, unless something of it is unknown.
    pub(super) fn note(&mut self, row: &[u8], columns: &Columns) {
        for (number, name) in self.columns.iter_mut().zip(&self.names).filter(|(number, _)| number.is_none())
        {
            *number = columns.find(name);
        }
        let fields: Vec<Field<'_>> = Fields(row).collect();
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let is_known = self.columns.iter().all(|&column| {
            let field = column.and_then(|column| fields.get(column as usize).copied());
            write(field.unwrap_or(Field::MISSING), &mut scratch)
        });
        let hash = hash(&scratch);
        self.scratch = scratch;
        if !is_known || self.seen.contains(&hash) {
            return;
        }
        if self.seen.len() < self.most {
            self.seen.insert(hash);
        } else {
            self.is_full = true;
        }
    }

    /// Returns whether a row ever had these fields, as [`Changelog::ever_held`](super::Changelog::ever_held) says; none where that
    /// can't be known.
    pub fn ever_held(&self, fields: &[Field<'_>]) -> Option<bool> {
        let mut text = Vec::new();
        let is_known =
            fields.len() == self.columns.len() && fields.iter().all(|field| write(*field, &mut text));
        if !is_known {
            return None;
        }
        if self.seen.contains(&hash(&text)) {
            return Some(true);
        }
        (!self.is_full).then_some(false)
    }
}

/// Appends what a field says, whatever its kind; a field that is missing says as much as `null`.
fn write(field: Field<'_>, out: &mut Vec<u8>) -> bool {
    if field.kind.has_text() {
        out.extend_from_slice(&(field.text.len() as u64 + 1).to_le_bytes());
        out.extend_from_slice(field.text.as_bytes());
    } else {
        out.extend_from_slice(&[0; 8]);
    }
    field.kind != FieldKind::Unknown
}

fn hash(bytes: &[u8]) -> u64 {
    FixedState::default().hash_one(bytes)
}
