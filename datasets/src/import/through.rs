//! Imports what is not a plain file of UTF-8 in the usual form: it is read as any file is that has no problem, into a file
//! that an importer reads then. Messages speak of the source all the same.

use std::path::Path;

use super::{Format, ImportOptions, Imported, import_while};
use crate::column::ColumnKind;
use crate::error::{Error, Place};
use crate::freeze::Go;
use crate::generic::{
    GenericOptions, Passage, SourceForm, form_of_rows, is_of_rows, is_packed, is_stdin, name_of, pass_table,
    pass_text,
};
use crate::rejected::{Rejected, count};
use crate::rows::open_rows;
use crate::source::Source;

/// Reads a file of any form and checks all of it, as long as `go` says so; nothing is written. `source` says how it is written,
/// and what of it is kept.
pub fn import_any(
    path: &Path,
    format: Format,
    options: &ImportOptions,
    source: &GenericOptions,
    go: Go<'_>,
) -> Result<Imported, Error> {
    let is_table = matches!(format, Format::Csv | Format::Tsv | Format::JsonLines);
    let form = SourceForm { trim: false, ..source.form };
    let is_odd = form != SourceForm::default() || source.sample.is_some() || !source.mask.is_empty();
    if is_odd && !is_table {
        return Err(Error::usage(format!("{format} files have no columns that could be spoken of")));
    }
    let is_of_rows = is_table && is_of_rows(path, source)?;
    let is_usual =
        !is_odd && !is_of_rows && source.encoding.is_none() && !is_stdin(path) && !is_packed(path)?;
    if is_usual && (format == Format::Csv || !is_table) {
        return import_while(path, format, options, go);
    }
    let folder = tempfile::tempdir().map_err(Error::system("create a folder in", &std::env::temp_dir()))?;
    let file = folder.path().join("records.csv");
    let has_types = format == Format::JsonLines || is_of_rows && has_types(path, source, go)?;
    let passage = if is_table {
        pass_table(path, &for_passage(options, source, has_types), &file, go)?
    } else {
        pass_text(path, source, &file, go)?
    };
    if is_table {
        refuse_repeated(path, options, &passage)?;
    }
    let inner = ImportOptions {
        name: Some(options.name.clone().unwrap_or_else(|| name_of(path))),
        trim: false,
        ..options.clone()
    };
    let read_as = if is_table { Format::Csv } else { format };
    let map = Map { path, file: &file, passage: &passage, is_table, is_of_rows };
    let mut imported = import_while(&file, read_as, &inner, go).map_err(|error| map.error(error))?;
    map.describe(&mut imported, options, format);
    Ok(imported)
}

/// Returns whether a table that is read row by row says which of its values are missing.
fn has_types(path: &Path, source: &GenericOptions, go: Go<'_>) -> Result<bool, Error> {
    Ok(open_rows(path, &form_of_rows(path, source)?, go)?.is_typed())
}

/// Returns how the source is read: a value of a text that is missing makes a bad row, for records have none.
fn for_passage(options: &ImportOptions, source: &GenericOptions, has_types: bool) -> GenericOptions {
    let named = |column: &str| options.renamed.get(column).cloned().unwrap_or_else(|| column.to_owned());
    let texts = options
        .columns
        .iter()
        .filter(|column| column.kind == ColumnKind::Text && !options.constants.contains_key(column.name));
    let needed = if has_types { texts.map(|column| named(column.name)).collect() } else { Vec::new() };
    let key = if source.key.is_empty() { vec![named(crate::KEY.name)] } else { source.key.clone() };
    GenericOptions { key, needed, bad_rows: options.bad_rows, ..source.clone() }
}

/// Refuses to read a column whose name stands more than once.
fn refuse_repeated(path: &Path, options: &ImportOptions, passage: &Passage) -> Result<(), Error> {
    let own = options.columns.iter().chain(options.optional).map(|column| column.name);
    let names = own.map(|name| options.renamed.get(name).map_or(name, String::as_str));
    match names.into_iter().find(|name| passage.repeated.contains(*name)) {
        Some(name) => {
            let name = crate::shown::quoted(name.as_bytes());
            Err(Place::line(path, 1).rejects(format!("column {name} stands twice")))
        }
        None => Ok(()),
    }
}

/// Says what in the source a place in the file between is.
struct Map<'a> {
    path: &'a Path,
    file: &'a Path,
    passage: &'a Passage,
    is_table: bool,
    is_of_rows: bool,
}

impl Map<'_> {
    fn error(&self, error: Error) -> Error {
        match error {
            Error::Input { place, message, hint } if place.file == self.file => {
                let line = place.line.map(|line| self.line(line));
                Error::Input { place: Place { file: self.path.to_owned(), line, copy: None }, message, hint }
            }
            other => other,
        }
    }

    /// Returns the line of the source that a line of the file between stems from.
    fn line(&self, line: u64) -> u64 {
        if !self.is_table {
            return line;
        }
        // The file between has as many line ends in its texts as the source, so both go on alike within a record.
        let record = self.passage.starts.partition_point(|start| *start <= line);
        match record.checked_sub(1) {
            Some(record) => self.passage.lines[record] + (line - self.passage.starts[record]),
            None => 1,
        }
    }

    /// Says where the instances really come from.
    fn describe(&self, imported: &mut Imported, options: &ImportOptions, format: Format) {
        for instance in &mut imported.instances {
            let Source { time_unit, time_zone, unit, rounded, sorted_by, instance: which, .. } =
                std::mem::take(&mut instance.source);
            instance.source = Source {
                time_unit,
                time_zone,
                unit,
                rounded,
                sorted_by,
                instance: which,
                format: self
                    .passage
                    .source
                    .format
                    .clone()
                    .filter(|_| self.is_of_rows)
                    .or_else(|| Some(format.name().to_owned())),
                renamed: options.renamed.clone(),
                constants: options.constants.clone(),
                ..self.passage.source.clone()
            };
            let mapped = instance.rejected.iter().map(|row| Rejected {
                line: self.line(row.line),
                reason: row.reason.clone(),
                row: if self.passage.is_secret { Vec::new() } else { row.row.clone() },
            });
            let mut rejected: Vec<Rejected> = mapped.chain(self.passage.rejected.iter().cloned()).collect();
            rejected.sort_by_key(|row| row.line);
            imported.summary.rejected = count(&rejected);
            instance.rejected = rejected;
        }
        imported.summary.blank_lines += self.passage.blank_lines;
        imported.summary.warnings.extend(self.passage.notes.iter().cloned());
    }
}
