//! Reads the changes of a file, in whatever form they are.

use std::path::Path;

use super::columns::{Columns, Shape};
use super::debezium::{Envelopes, Parsed};
use super::event::{Event, Op};
use super::fold::Fold;
use super::form::{ChangelogForm, ChangelogKind};
use super::op_rows::OpRows;
use super::print::{Prints, is_printed};
use super::tables::Tables;
use super::upsert::{Upserts, has_key_and_value};
use super::{Changelog, slots::Slot};
use crate::error::{Error, Place};
use crate::freeze::Go;
use crate::generic::{Lines, Opened, head, is_stdin};
use crate::reading::short_name;
use crate::rows::{RowsFormat, TimesSeen, open_rows};

/// A change of a row of a gigabyte is none that a database has sent.
const LONGEST_LINE: usize = 1 << 30;
/// As much is looked at to see how rows are written.
const HEAD_BYTES: usize = 8 << 20;
/// So many rows go by between two looks at whether to stop.
const ROWS_UNCHECKED: u64 = 4096;

/// Says how lines become changes.
#[derive(Debug)]
enum LineReader {
    Envelopes(Box<Envelopes>),
    Upserts(Upserts),
    Prints(Prints),
}

/// Changes on their way into a table.
#[derive(Debug)]
pub(super) struct Reading {
    shape: Shape,
    fold: Fold,
    notes: Vec<String>,
    only_scans: bool,
    scanned: u64,
}

impl Reading {
    pub(super) fn new(form: &ChangelogForm) -> Self {
        Self {
            shape: Shape { columns: Columns::new(&form.types), tables: Tables::new(&form.tables) },
            fold: Fold::new(form),
            notes: Vec::new(),
            only_scans: false,
            scanned: 0,
        }
    }

    /// Makes it pass all changes over once they are read.
    pub(super) fn only_scan(&mut self) {
        self.only_scans = true;
    }

    pub(super) fn scanned(&self) -> u64 {
        self.scanned
    }

    /// Reads all changes; returns whether their fields have kinds.
    pub(super) fn read(&mut self, path: &Path, form: &ChangelogForm, go: Go<'_>) -> Result<bool, Error> {
        match &form.kind {
            ChangelogKind::Debezium => {
                self.read_lines(path, form, LineReader::Envelopes(Box::default()), go)?;
                Ok(true)
            }
            ChangelogKind::Flink if is_printed_file(path)? => {
                self.read_lines(path, form, LineReader::Prints(Prints::new(&form.columns)), go)?;
                Ok(false)
            }
            ChangelogKind::Upsert if is_file_of_keys_and_values(path, form)? => {
                let upserts = Upserts::new(form.key.first().cloned());
                self.read_lines(path, form, LineReader::Upserts(upserts), go)?;
                Ok(true)
            }
            ChangelogKind::Flink | ChangelogKind::Upsert | ChangelogKind::Op(_) => {
                self.read_rows(path, form, go)
            }
        }
    }

    fn read_lines(
        &mut self,
        path: &Path,
        form: &ChangelogForm,
        mut reader: LineReader,
        go: Go<'_>,
    ) -> Result<(), Error> {
        let mut source = Opened::open_unhashed(path, form.rows.encoding.as_deref(), go)?;
        let mut lines = Lines::new(LONGEST_LINE);
        let mut event = Event::default();
        while let Some((line, number)) = lines.next(&mut source)? {
            event.clear();
            event.line = number;
            let parsed = match &mut reader {
                LineReader::Envelopes(envelopes) => envelopes.read(line, &mut event, &mut self.shape),
                LineReader::Upserts(upserts) => upserts.read(line, &mut event, &mut self.shape),
                LineReader::Prints(prints) => prints.read(line, &mut event, &mut self.shape.columns),
            };
            let taken = parsed.and_then(|parsed| self.take(parsed, &mut event));
            taken.map_err(|why| Place::line(path, number).rejects(why))?;
        }
        if let LineReader::Envelopes(envelopes) = reader {
            self.note_connectors(&envelopes);
        }
        Ok(())
    }

    fn take(&mut self, parsed: Parsed, event: &mut Event) -> Result<(), String> {
        match parsed {
            Parsed::Change => {
                if event.op != Op::Message && !self.shape.tables.all.is_empty() {
                    self.shape.tables.note(event.table, event.op, event.begins_snapshot);
                }
                self.apply(event)
            }
            Parsed::Other => {
                self.shape.tables.note(event.table, event.op, false);
                self.fold.facts.other_tables += 1;
                Ok(())
            }
            Parsed::NoRow => {
                self.fold.facts.without_rows += 1;
                Ok(())
            }
        }
    }

    fn apply(&mut self, event: &mut Event) -> Result<(), String> {
        self.scanned += 1;
        if self.only_scans { Ok(()) } else { self.fold.apply(event, &mut self.shape.columns) }
    }

    fn read_rows(&mut self, path: &Path, form: &ChangelogForm, go: Go<'_>) -> Result<bool, Error> {
        let rows = open_rows(path, &form.rows, go)?;
        let mut rows = OpRows::new(rows, form, &mut self.shape.columns, &Place::file(path))?;
        let mut event = Event::default();
        while rows.next(&mut event, &mut self.shape.columns)? {
            self.apply(&mut event).map_err(|why| Place::line(path, event.line).rejects(why))?;
            event.clear();
            if self.scanned.is_multiple_of(ROWS_UNCHECKED) && !go() {
                return Err(Error::Interrupted);
            }
        }
        self.notes.extend(rows.notes());
        Ok(rows.is_typed())
    }

    fn note_connectors(&mut self, envelopes: &Envelopes) {
        if envelopes.runs() > 1 && !envelopes.without_lsn.is_empty() {
            let names: Vec<String> = envelopes.without_lsn.iter().map(|name| short_name(name)).collect();
            self.notes.push(format!(
                "changes of {} don't say where they stand in the log: those that {} runs of the connector sent twice can't be told",
                names.join(", "),
                envelopes.runs()
            ));
        }
    }

    /// Ends reading: checks that all that was asked for was there, and makes the table.
    pub(super) fn finish(mut self, path: &Path, is_typed: bool) -> Result<Changelog, Error> {
        self.check_tables(path)?;
        if self.shape.columns.names.is_empty() {
            return Err(Place::file(path).rejects("holds no change of a row"));
        }
        let rows: Vec<Slot> = self.fold.finish(&self.shape.columns);
        let notes = self.all_notes();
        let have_times = self.shape.columns.have_times();
        let times = have_times.into_iter().map(|has_times| has_times.then(TimesSeen::default)).collect();
        Ok(Changelog {
            path: path.to_owned(),
            columns: self.shape.columns.names,
            is_typed,
            rows: rows.into_iter(),
            current: None,
            facts: self.fold.facts.clone(),
            notes,
            states: self.fold.take_states(),
            times,
            line: None,
        })
    }

    fn check_tables(&self, path: &Path) -> Result<(), Error> {
        let names = self.shape.tables.names();
        let shown =
            |name: &&str| if name.is_empty() { "one without a name".to_owned() } else { short_name(name) };
        let all: Vec<String> = names.iter().map(shown).collect();
        if let Some(lacking) = self.shape.tables.lacking() {
            let message = match names[..] {
                [] | [""] => {
                    format!("no changes of table '{}', the changes name no table", short_name(lacking))
                }
                _ => format!("no changes of table '{}', there are: {}", short_name(lacking), all.join(", ")),
            };
            let bare = names.iter().map(|name| name.rsplit_once('.').map_or(*name, |(_, table)| table));
            let hint = crate::nearest::did_you_mean(lacking, names.iter().copied())
                .or_else(|| crate::nearest::did_you_mean(lacking, bare));
            return Err(Place::file(path).rejects(message).with_hint(hint));
        }
        if self.shape.tables.is_undecided() {
            let message = format!("holds changes of several tables: {}", all.join(", "));
            let hint = "pick one with '--table'".to_owned();
            return Err(Place::file(path).rejects(message).with_hint(hint));
        }
        Ok(())
    }

    fn all_notes(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        notes.extend(self.shape.tables.notes());
        let facts = &self.fold.facts;
        if facts.repeats > 0 {
            notes.push(format!("{} changes were sent again after a crash, and left out", facts.repeats));
        }
        if self.fold.is_whole() {
            notes.push(
                "the rows have no key: they are told apart by all that they say, and equal ones counted"
                    .to_owned(),
            );
        }
        if facts.has_forgotten {
            notes.push(
                "more keys are gone than can be remembered: one that came back may count twice".to_owned(),
            );
        }
        // The type may be that of a column of the other side.
        for name in self.shape.columns.unseen_types() {
            let known = self.shape.columns.names.iter().map(String::as_str);
            let hint =
                crate::nearest::did_you_mean(name, known).map_or(String::new(), |hint| format!("; {hint}"));
            notes.push(format!(
                "no change has the column '{}', for which a type is declared{hint}",
                short_name(name)
            ));
        }
        notes.extend(self.shape.columns.lost_digits());
        for (column, nulls) in self.shape.columns.null_decimals() {
            notes.push(format!(
                "{nulls} values of the decimals in '{}' were NULL, or NaN, which the connector writes so",
                short_name(column)
            ));
        }
        notes
    }
}

fn first_lines(path: &Path) -> Result<Vec<String>, Error> {
    let head = head(path, HEAD_BYTES)?;
    let text = String::from_utf8_lossy(&head).into_owned();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    Ok(text.lines().filter(|line| !line.trim().is_empty()).take(2).map(str::to_owned).collect())
}

/// Returns whether one of the first two lines of a file was written by Flink's print connector; the first may name the columns.
pub fn is_printed_file(path: &Path) -> Result<bool, Error> {
    // Of what comes through stdin nothing is known before it is read.
    Ok(!is_stdin(path) && first_lines(path)?.iter().any(|line| is_printed(line)))
}

fn is_file_of_keys_and_values(path: &Path, form: &ChangelogForm) -> Result<bool, Error> {
    if is_stdin(path) {
        return Ok(false);
    }
    if form.rows.format.map_or_else(|| RowsFormat::of_file(path), Ok)? != RowsFormat::JsonLines {
        return Ok(false);
    }
    Ok(first_lines(path)?.first().is_some_and(|line| has_key_and_value(line.as_bytes())))
}
