//! Reading tables as people have them, CSV or JSON lines, each field as it was written.

mod csv_text;
mod json;

use std::{collections::HashMap, path::Path};

use crate::{
    Go,
    error::{Error, Place},
    files::read_regular,
    table::{Cells, FieldKind, Table, TableColumn, Written},
};

pub(crate) use json::field as json_field;
pub use json::{json_fields, json_row};

/// A table is held in memory.
const MOST_BYTES: u64 = 4 << 30;
/// So many rows go by between two looks at whether to stop.
const ROWS_UNCHECKED: usize = 1024;
/// A name is shown up to this many characters.
const MOST_CHARS: usize = 100;

/// Says how the rows of a table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values with a header.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

impl TableFormat {
    /// Returns the format that a file's name speaks of: JSON lines by `.jsonl` or `.ndjson`, otherwise CSV.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("jsonl" | "ndjson") => Self::JsonLines,
            _ => Self::Csv,
        }
    }
}

/// Reads a table from a file of the format that its name speaks of.
pub fn read_table(path: &Path, go: Go<'_>) -> Result<ReadTable, Error> {
    let bytes = read_regular(path, MOST_BYTES, "compared in memory")?;
    read_table_text(path, &bytes, TableFormat::of(path), go)
}

/// Reads a table from its text; `origin` is what messages call it: a file's path, or whatever else it came from.
pub fn read_table_text(
    origin: &Path,
    bytes: &[u8],
    format: TableFormat,
    go: Go<'_>,
) -> Result<ReadTable, Error> {
    let read = match format {
        TableFormat::Csv => csv_text::read(origin, bytes, go),
        TableFormat::JsonLines => json::read(origin, bytes, go),
    }?;
    if read.table.columns.is_empty() {
        return Err(Place::file(origin).rejects("the file is empty"));
    }
    Ok(read)
}

/// Returns a name from a file, cut where it is long and harmless for a terminal.
pub fn short_name(name: &str) -> String {
    let head: String = name.chars().take(MOST_CHARS).collect();
    let more = if head.len() < name.len() { format!("… ({} bytes)", name.len()) } else { String::new() };
    format!("{}{more}", crate::shown(&head))
}

fn check(go: Go<'_>, rows: usize) -> Result<(), Error> {
    if rows.is_multiple_of(ROWS_UNCHECKED) && !go() { Err(Error::Interrupted) } else { Ok(()) }
}

/// A table that was read, and where its rows stand in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadTable {
    /// The table; none of its columns is a key's yet.
    pub table: Table,
    /// Rows that don't stand in the line behind the row before: their numbers, and their lines, counted from 1.
    jumps: Vec<(usize, u64)>,
}

impl ReadTable {
    /// Returns the line of a row, both counted as errors count them: lines from 1, rows from 0.
    pub fn line(&self, row: usize) -> u64 {
        let behind = self.jumps.partition_point(|&(jumped, _)| jumped <= row);
        let (jumped, line) = self.jumps[..behind].last().copied().unwrap_or((0, 1));
        line + (row - jumped) as u64
    }
}

/// A table that is being read, field by field.
#[derive(Debug, Default)]
pub struct Reading {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    fields: Vec<Written>,
    rows: usize,
    /// The line behind that of the last row.
    next_line: u64,
    jumps: Vec<(usize, u64)>,
}

impl Reading {
    /// Returns the number of a column, which is a new one where the name is new.
    pub fn column(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len();
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        self.fields.push(Written::default());
        number
    }

    /// Returns the names of the columns so far.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns how many rows have been read.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Appends a field of the row that is being read; the columns of a row come in any order, each once.
    pub fn push(&mut self, column: usize, kind: FieldKind, text: &str) -> Result<(), String> {
        self.fields[column].push(self.rows, kind, text)
    }

    /// Ends the row that is being read, which stands in this line.
    pub fn end_row(&mut self, line: u64) {
        if line != self.next_line {
            self.jumps.push((self.rows, line));
        }
        self.rows += 1;
        self.next_line = line + 1;
    }

    /// Returns the table; rows without a field in a column have a gap there.
    pub fn finish(self) -> ReadTable {
        let Self { names, mut fields, rows, jumps, .. } = self;
        for fields in &mut fields {
            fields.pad(rows);
        }
        let column = |(name, fields): (String, Written)| TableColumn::new(name, Cells::Written(fields));
        ReadTable { table: Table::new(0, names.into_iter().zip(fields).map(column).collect()), jumps }
    }
}
