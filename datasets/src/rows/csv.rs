//! Rows of CSV, which knows no types.

use std::collections::HashSet;
use std::path::Path;

use super::{Row, Rows, RowsForm};
use crate::{
    Go,
    error::{Error, Place},
    generic::{CsvRow, Dialect, Longest, Opened, Piece, RowsOfCsv, Shape, unquote},
    reading::short_name,
    table::FieldKind,
};

const QUOTE: u8 = b'"';

pub(super) struct CsvRows<'g> {
    source: Opened<'g>,
    rows: RowsOfCsv,
    columns: Vec<String>,
    quote: u8,
    null: Option<String>,
    /// Says whether the columns' names come from elsewhere, and no row was read yet.
    expects_first: bool,
    is_named: bool,
    line: u64,
    scratch: Vec<u8>,
}

impl<'g> CsvRows<'g> {
    pub(super) fn open(path: &Path, form: &RowsForm, go: Go<'g>) -> Result<Self, Error> {
        let source = Opened::open_unhashed(path, form.encoding.as_deref(), go)?;
        let dialect = form.dialect(path);
        let mut rows = Self {
            source,
            rows: RowsOfCsv::new(dialect, Longest::OF_TABLES).unchecked(),
            columns: Vec::new(),
            quote: dialect.quote.unwrap_or(QUOTE),
            null: form.null().map(str::to_owned),
            expects_first: !form.columns.is_empty(),
            is_named: !form.columns.is_empty(),
            line: 1,
            scratch: Vec::new(),
        };
        if form.columns.is_empty() {
            let headless = form.writer.filter(|writer| !writer.has_header());
            if let Some(writer) = headless {
                let message = format!("{} writes CSV without the names of its columns", writer.title());
                return Err(Place::file(path)
                    .rejects(message)
                    .with_hint("name them with --columns, --left-columns or --right-columns".to_owned()));
            }
            rows.read_header(dialect)?;
        } else {
            rows.columns.clone_from(&form.columns);
            rows.check_names(1)?;
        }
        Ok(rows)
    }

    fn read_header(&mut self, dialect: Dialect) -> Result<(), Error> {
        let path = self.source.path().to_owned();
        let Some(row) = self.rows.next(&mut self.source)? else {
            return Err(Place::file(&path).rejects("the file is empty"));
        };
        let line = row.line;
        let name = |piece: &Piece| {
            let mut name = Vec::new();
            unquote(row.text, *piece, dialect.quote.unwrap_or(QUOTE), &mut name);
            String::from_utf8(name).map_err(|_| not_text(&Place::line(&path, line)))
        };
        self.columns = row.pieces.iter().map(name).collect::<Result<_, _>>()?;
        self.check_names(line)
    }

    fn check_names(&self, line: u64) -> Result<(), Error> {
        let mut seen = HashSet::new();
        if let Some(name) = self.columns.iter().find(|name| !seen.insert(name.as_str())) {
            let message = format!("column '{}' is there twice", short_name(name));
            return Err(Place::line(self.source.path(), line).rejects(message));
        }
        Ok(())
    }
}

impl Rows for CsvRows<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn is_typed(&self) -> bool {
        false
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        row.clear();
        let Some(read) = self.rows.next(&mut self.source)? else { return Ok(false) };
        self.line = read.line;
        if read.pieces.len() != self.columns.len() {
            let what = if self.is_named { "there are names for" } else { "the header has" };
            let fields = crate::counted(read.pieces.len() as u64, "fields");
            let message = format!("{fields}, {what} {}", self.columns.len());
            return Err(Place::line(self.source.path(), self.line).rejects(message));
        }
        if std::mem::take(&mut self.expects_first) && is_header(&read, &self.columns) {
            return Err(Place::line(self.source.path(), self.line)
                .rejects("the first row names the columns, which are named already")
                .with_hint("leave --columns, --left-columns or --right-columns out".to_owned()));
        }
        let Some(text) = text_of(&read) else {
            return Err(not_text(&Place::line(self.source.path(), self.line)));
        };
        let start = read.whole.start;
        for piece in read.pieces {
            if matches!(piece.shape, Shape::Doubled | Shape::Escaped(_)) {
                self.scratch.clear();
                unquote(read.text, *piece, self.quote, &mut self.scratch);
                row.push(FieldKind::Untyped, &String::from_utf8_lossy(&self.scratch));
                continue;
            }
            let value = &text[piece.start - start..piece.end - start];
            let is_null = piece.shape == Shape::Plain && self.null.as_deref() == Some(value);
            if is_null {
                row.push(FieldKind::Null, "null");
            } else {
                row.push(FieldKind::Untyped, value);
            }
        }
        Ok(true)
    }

    fn share_read(&self) -> Option<f64> {
        self.source.share_read()
    }

    fn place(&self) -> Place {
        Place::line(self.source.path(), self.line)
    }
}

fn not_text(place: &Place) -> Error {
    let hint = "convert it first, such as with iconv; 'counterpoint freeze --encoding' reads others, too";
    place.clone().rejects("not UTF-8 text").with_hint(hint.to_owned())
}

/// Returns whether the fields of a row are the names of their columns.
fn is_header(row: &CsvRow<'_>, columns: &[String]) -> bool {
    let mut pairs = row.pieces.iter().zip(columns);
    pairs.all(|(piece, name)| row.text.get(piece.start..piece.end) == Some(name.as_bytes()))
}

/// Returns the text of a row, where it is one.
fn text_of<'a>(row: &CsvRow<'a>) -> Option<&'a str> {
    str::from_utf8(&row.text[row.whole.clone()]).ok()
}
