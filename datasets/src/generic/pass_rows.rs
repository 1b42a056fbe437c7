//! The pass over tables that are read row by row: Parquet files, and folders of parts.

use std::path::Path;

use super::csv::Row as SinkRow;
use super::data_file::DataFile;
use super::header::Header;
use super::open::Packing;
use super::pass::{Outcome, Pass};
use super::rows::{Dialect, Piece, Shape};
use super::{GenericOptions, csv::Passed};
use crate::error::Error;
use crate::rows::{self, Row, RowsForm, RowsFormat};
use crate::schema::Looks;
use crate::table::FieldKind;

/// After so many rows it is told how far the reading is.
const ROWS_UNTOLD: u64 = 1024;

/// Returns whether a source is read row by row.
pub(crate) fn is_of_rows(path: &Path, options: &GenericOptions) -> Result<bool, Error> {
    if super::is_stdin(path) {
        return Ok(false);
    }
    Ok(path.is_dir() || options.format.is_none() && rows::is_parquet_file(path)?)
}

/// Returns how the rows of a source are read. What text says unquoted and empty is missing.
pub(crate) fn form(path: &Path, options: &GenericOptions) -> Result<RowsForm, Error> {
    let is_parquet = !path.is_dir();
    let source = options.form;
    let of_text = [
        ("--trim", source.trim),
        ("--max-ratio", options.max_ratio.is_some()),
        ("--delimiter and --quote", is_parquet && source.dialect != Dialect::default()),
        ("--encoding", is_parquet && options.encoding.is_some()),
    ];
    if let Some((flag, _)) = of_text.iter().find(|(_, is_given)| *is_given) {
        let what = if is_parquet { "a Parquet file" } else { "a folder of parts" };
        return Err(Error::usage(format!("{flag} says how a file of text is written, and this is {what}")));
    }
    let dialect = (source.dialect != Dialect::default()).then_some(source.dialect);
    let null = Some(String::new());
    Ok(RowsForm {
        format: options.format,
        dialect,
        encoding: options.encoding.clone(),
        null,
        ..RowsForm::default()
    })
}

impl Pass<'_> {
    pub(super) fn rows(&self, out: DataFile<'_>, looks: Looks) -> Result<Outcome, Error> {
        let form = form(self.path, self.options)?;
        let before = rows::hash_of_table(self.path, self.go())?;
        let mut rows = rows::open_rows(self.path, &form, self.go())?;
        let meter = &self.options.meter;
        meter.begin(Some(rows::bytes_of_table(self.path)?));
        let header = Header::new(self.path, rows.columns(), self.options)?;
        let mut sink = self.sink(&header, out, looks)?;
        sink.form.is_json = rows.is_typed();
        let (mut row, mut text, mut pieces) = (Row::default(), Vec::new(), Vec::new());
        for line in 1_u64.. {
            if !rows.next(&mut row)? {
                break;
            }
            if line.is_multiple_of(ROWS_UNTOLD) {
                rows.share_read().into_iter().for_each(|share| meter.reach(share));
            }
            lay_out(&row, &mut text, &mut pieces);
            let whole = 0..text.len();
            let row = SinkRow { text: &text, pieces: &pieces, whole, line, is_utf8: true, has_quotes: true };
            sink.row(&row, || rows.place())?;
        }
        meter.reach(1.0);
        let notes = rows.notes();
        drop(rows);
        rows::check_unchanged(self.path, before, self.go())?;
        let mut outcome = self.finish(&header, sink, (Some(before), Packing::Plain), Passed::default())?;
        outcome.notes.extend(notes);
        Ok(outcome)
    }
}

/// Writes the fields of a row into one text, as a source of text would have them.
fn lay_out(row: &Row, text: &mut Vec<u8>, pieces: &mut Vec<Piece>) {
    text.clear();
    pieces.clear();
    for field in row.fields() {
        if !pieces.is_empty() {
            text.push(b',');
        }
        let start = text.len();
        let shape = match field.kind {
            FieldKind::Missing | FieldKind::Null | FieldKind::Unknown => Shape::Plain,
            // A text that is empty isn't missing, and one of digits is no number.
            FieldKind::Text => Shape::Quoted,
            _ if field.text.is_empty() => Shape::Quoted,
            _ => Shape::Plain,
        };
        if field.kind.has_text() {
            text.extend_from_slice(field.text.as_bytes());
        }
        pieces.push(Piece { start, end: text.len(), shape });
    }
}

/// Returns what the format of a source is called in its manifest.
pub(super) fn name_of_format(path: &Path, options: &GenericOptions) -> Option<String> {
    let of_parts = |format: RowsFormat| match format {
        RowsFormat::Csv => "csv",
        RowsFormat::JsonLines => "jsonl",
        RowsFormat::Parquet => "parquet",
    };
    if !path.is_dir() {
        return Some(of_parts(RowsFormat::Parquet).to_owned());
    }
    let first = rows::parts(path).ok()?.into_iter().next()?;
    let format = options.format.map_or_else(|| RowsFormat::of_file(&first).ok(), Some)?;
    Some(format!("folder of {}", of_parts(format)))
}
