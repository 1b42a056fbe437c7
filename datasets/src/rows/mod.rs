//! Tables that are read row by row: from files of several formats, from folders, from whatever else makes rows.
//!
//! Nothing is kept of a row that was read, so a table may be longer than memory. Whoever adds a format implements
//! [`Rows`].

mod csv;
mod folder;
mod json;
mod listing;
mod lost;
mod provided;
mod row;
mod seen;
mod spark_log;
mod typed;
mod types;
mod whole;
mod writer;

use std::path::Path;

use crate::{
    Go,
    error::{Error, Place},
    generic::{Dialect, is_stdin},
};

pub(crate) use lost::NumbersSeen;
pub use lost::TimesSeen;
pub(crate) use provided::is_parquet_file;
pub use provided::{OpenParquet, provide_parquet};
pub use row::Row;
pub use typed::TypedRows;
#[cfg(test)]
pub(crate) use types::from_base64;
pub use types::{ColumnType, TimeStep, nanos_of};
pub(crate) use whole::{bytes_of_table, check_unchanged, parts};
pub use whole::{hash_of_table, is_table_of_rows, read_table_of_rows};
pub use writer::Writer;

/// A table that is read from its first row to its last.
pub trait Rows {
    /// Returns the names of all columns, each once.
    fn columns(&self) -> &[String];

    /// Returns whether its fields have kinds; those of CSV have none.
    fn is_typed(&self) -> bool;

    /// Returns what the type of each column is called, where the format gives columns types; otherwise nothing.
    fn types(&self) -> &[String] {
        &[]
    }

    /// Reads the next row into `row`, one field a column; false when there is none.
    fn next(&mut self, row: &mut Row) -> Result<bool, Error>;

    /// Returns where the row stands that was read last.
    fn place(&self) -> Place;

    /// Returns about which share of the table was read so far, where that can be guessed.
    fn share_read(&self) -> Option<f64> {
        None
    }

    /// Returns what there is to say of what was read so far, a sentence each: what was left out, or lost on the way here.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Says how the rows of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsFormat {
    /// Values with a delimiter between them, below a header.
    Csv,
    /// A JSON object a line.
    JsonLines,
    /// Columns in batches, as Parquet has them.
    Parquet,
}

impl RowsFormat {
    /// Returns the format of text that a file's name speaks of, whatever it is compressed with; CSV where it speaks of none.
    pub fn of(path: &Path) -> Self {
        match last_ending(path).as_deref() {
            Some("jsonl" | "ndjson" | "json") => Self::JsonLines,
            _ => Self::Csv,
        }
    }
}

/// Describes how a table is written that is read row by row.
#[derive(Debug, Clone, Default)]
pub struct RowsForm {
    /// The format; without it, the one that the file's name speaks of.
    pub format: Option<RowsFormat>,
    /// Holds what separates and quotes the fields of CSV; without it, commas, or tabs where the file's name ends in `.tsv`.
    pub dialect: Option<Dialect>,
    /// The name of the text's encoding; UTF-8 where it is none.
    pub encoding: Option<String>,
    /// How CSV spells a missing value, outside of quotes. Without it, as its writer does; without one, no value is missing.
    pub null: Option<String>,
    /// Who wrote the table, where that is known.
    pub writer: Option<Writer>,
    /// The names of the columns of CSV that doesn't begin with them.
    pub columns: Vec<String>,
}

impl RowsForm {
    fn dialect(&self, path: &Path) -> Dialect {
        let of_name = || match last_ending(path).as_deref() {
            Some("tsv" | "tab") => Dialect { delimiter: b'\t', ..Dialect::default() },
            _ => Dialect::default(),
        };
        let escape = self.writer.and_then(|writer| writer.habits().escape);
        self.dialect.unwrap_or_else(|| Dialect { escape, ..of_name() })
    }

    /// Returns how a missing value is spelled in CSV.
    fn null(&self) -> Option<&str> {
        let of_writer = || match self.writer?.habits().empty {
            writer::Empty::Null => Some(""),
            writer::Empty::NullOrText => None,
        };
        self.null.as_deref().or_else(of_writer)
    }
}

/// Returns the ending of a file's name, in small letters, without that of what it is compressed with.
fn last_ending(path: &Path) -> Option<String> {
    let ending = |path: &Path| Some(path.extension()?.to_str()?.to_ascii_lowercase());
    match ending(path)?.as_str() {
        "gz" | "zst" | "zstd" => ending(Path::new(path.file_stem()?)),
        other => Some(other.to_owned()),
    }
}

/// Opens a table: a file of CSV, of JSON lines, plain or compressed, or of Parquet, or a folder of such files.
pub fn open_rows<'g>(path: &Path, form: &RowsForm, go: Go<'g>) -> Result<Box<dyn Rows + 'g>, Error> {
    if !is_stdin(path) && path.is_dir() {
        return Ok(Box::new(folder::FolderRows::open(path, form, go)?));
    }
    open_file(path, form, go)
}

/// Opens a file of rows.
fn open_file<'g>(path: &Path, form: &RowsForm, go: Go<'g>) -> Result<Box<dyn Rows + 'g>, Error> {
    let format = match form.format {
        Some(format) => format,
        None if is_stdin(path) => RowsFormat::of(path),
        None => RowsFormat::of_file(path)?,
    };
    Ok(match format {
        RowsFormat::Csv => Box::new(csv::CsvRows::open(path, form, go)?),
        RowsFormat::JsonLines => Box::new(json::JsonRows::open(path, form, go)?),
        RowsFormat::Parquet => provided::open(path, go)?,
    })
}
