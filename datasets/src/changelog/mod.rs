//! Changelogs: changes of rows, of which a table is made.
//!
//! A database's or an engine's changes are read one by one and folded by key into the table that they end with, which is read
//! like any other [`Rows`]. Memory grows with that table, not with the changes. What can't be known of a cell is
//! [`FieldKind::Unknown`](crate::FieldKind::Unknown), and changes that can't be are counted and named.

mod columns;
mod connect;
mod debezium;
mod encoded;
mod envelope;
mod event;
mod facts;
mod fold;
mod form;
mod keys;
mod op_rows;
mod placeholder;
mod print;
mod repeats;
mod resolve;
mod slots;
mod source;
mod states;
mod tables;
mod upsert;
mod whole;

use std::path::{Path, PathBuf};

use self::slots::Slot;
use self::source::Reading;
use self::states::States;
use crate::error::{Error, Place};
use crate::freeze::Go;
use crate::rows::{Row, Rows, TimesSeen};
use crate::table::Field;

pub use facts::{ChangelogFacts, Illegal, IllegalChange, IllegalKind, MostChanged, TransientRow};
pub use form::{ChangelogForm, ChangelogKind, Remember};
pub use source::is_printed_file;
pub use states::States as PastStates;

/// The table that a changelog ends with.
#[derive(Debug)]
pub struct Changelog {
    path: PathBuf,
    columns: Vec<String>,
    is_typed: bool,
    rows: std::vec::IntoIter<Slot>,
    current: Option<Slot>,
    facts: ChangelogFacts,
    notes: Vec<String>,
    states: Option<States>,
    /// How fine the times of the rows are that were read so far, of each column that holds times.
    times: Vec<Option<TimesSeen>>,
    line: Option<u64>,
}

/// Reads all changes of a file and makes the table that they end with.
pub fn open_changelog(path: &Path, form: &ChangelogForm, go: Go<'_>) -> Result<Changelog, Error> {
    let mut reading = Reading::new(form);
    let is_typed = reading.read(path, form, go)?;
    reading.finish(path, is_typed)
}

/// Reads all changes of a file and makes nothing of them; returns how many there are. It says how much of the time that
/// [`open_changelog`] takes is reading.
pub fn scan_changelog(path: &Path, form: &ChangelogForm, go: Go<'_>) -> Result<u64, Error> {
    let mut reading = Reading::new(form);
    reading.only_scan();
    reading.read(path, form, go)?;
    Ok(reading.scanned())
}

impl Changelog {
    /// Returns what the changes say beside the table.
    pub fn facts(&self) -> &ChangelogFacts {
        &self.facts
    }

    /// Returns how fine the times of each column were in the rows that were read so far.
    pub fn times(&self) -> impl Iterator<Item = (&str, TimesSeen)> {
        let columns = self.columns.iter().zip(&self.times);
        columns.filter_map(|(name, seen)| Some((name.as_str(), (*seen)?)))
    }

    /// Returns whether some row ever had these fields, one for each of the [remembered](Remember) columns in their order;
    /// none where that isn't known: nothing was remembered, not all could be, or a field is unknown itself. Fields are the
    /// same where their texts are, whatever their kinds; one that is missing is the same as `null`.
    pub fn ever_held(&self, fields: &[Field<'_>]) -> Option<bool> {
        self.states.as_ref()?.ever_held(fields)
    }

    /// Takes out the states that were remembered, so that they can be asked while the rows are read.
    pub fn take_states(&mut self) -> Option<PastStates> {
        self.states.take()
    }
}

impl Rows for Changelog {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn is_typed(&self) -> bool {
        self.is_typed
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        match &mut self.current {
            // Equal rows of a table without a key.
            Some(slot) if slot.count > 1 => slot.count -= 1,
            _ => self.current = self.rows.next(),
        }
        let Some(slot) = &self.current else {
            row.clear();
            return Ok(false);
        };
        self.line = Some(slot.line);
        encoded::decode(&slot.row, self.columns.len(), row);
        for (at, seen) in self.times.iter_mut().enumerate() {
            let field = row.field(at);
            if let (Some(seen), true) = (seen, field.kind.has_text()) {
                seen.note(field.text);
            }
        }
        Ok(true)
    }

    /// Returns the line of the last change of the row.
    fn place(&self) -> Place {
        Place { file: self.path.clone(), line: self.line, copy: None }
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
