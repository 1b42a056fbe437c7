//! The columns of the rows that a job emits, which its first line names.

use datasets::{FieldKind, json_fields};

use super::{
    csv_row::{Fields, NoField},
    row::Row,
};
use crate::{
    link::{Emit, Format, LinkFault},
    link_error::quoted,
};

/// Marks bytes that some programs begin a text with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Describes where the fields of a row belong.
#[derive(Debug)]
pub(super) struct Columns {
    format: Format,
    /// The columns of the table: those of its key, then the others in the job's order.
    pub(super) table: Vec<String>,
    /// Says how many of them are the key's.
    pub(super) key: usize,
    /// By the job's columns: their names, and their places in a [`Row`].
    places: Vec<(String, usize)>,
    /// The places of sign and offset, behind those of the table.
    pub(super) sign: Option<usize>,
    pub(super) offset: Option<usize>,
}

/// Says why a line is no row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRow {
    /// Its quotes aren't closed: it goes on in the next line.
    GoesOn,
    /// It isn't as it must be.
    Bad(String),
}

impl From<String> for NoRow {
    fn from(why: String) -> Self {
        Self::Bad(why)
    }
}

impl Columns {
    /// Reads the line that names them.
    pub(super) fn read(line: &[u8], emit: &Emit) -> Result<Self, LinkFault> {
        let names = match emit.format {
            Format::Csv => csv_names(line),
            Format::Json => json_names(line),
        };
        names
            .and_then(|names| Self::of(&names, emit))
            .map_err(|why| LinkFault::Columns { line: quoted(line), why })
    }

    fn of(own: &[String], emit: &Emit) -> Result<Self, String> {
        let here = |own: &String| emit.rename.get(own).unwrap_or(own).clone();
        let names = &own.iter().map(here).collect::<Vec<_>>();
        let shown = |name: &str| datasets::short_name(name);
        if let Some((_, twice)) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Err(format!("has the column '{}' twice", shown(twice)));
        }
        if let Some(missing) = emit
            .key
            .iter()
            .map(String::as_str)
            .chain(emit.aside())
            .find(|name| !names.iter().any(|n| n == name))
        {
            return Err(format!("lacks the column '{}'", shown(missing)));
        }
        let is_aside = |name: &String| emit.aside().any(|aside| aside == name);
        let values = names.iter().filter(|name| !emit.key.contains(name) && !is_aside(name));
        let table: Vec<String> = emit.key.iter().chain(values).cloned().collect();
        let aside: Vec<&str> = emit.aside().collect();
        let all = || table.iter().map(String::as_str).chain(aside.iter().copied());
        let place = |name: &str| all().position(|other| other == name);
        let places =
            own.iter().zip(names).filter_map(|(own, name)| Some((own.clone(), place(name)?))).collect();
        let offset = emit.offset.as_deref().and_then(place);
        let sign = (aside.len() > usize::from(offset.is_some())).then_some(table.len());
        Ok(Self { format: emit.format, key: emit.key.len(), places, sign, offset, table })
    }

    /// Reads a line into `row`.
    pub(super) fn row(&self, line: &[u8], row: &mut Row) -> Result<(), NoRow> {
        row.clear(self.places.len());
        if memchr::memchr(0, line).is_some() {
            return Err("has a NUL byte".to_owned().into());
        }
        match self.format {
            Format::Csv => self.csv_row(line, row)?,
            Format::Json => self.json_row(utf8(line)?, row)?,
        }
        match (0..self.key).find(|&place| row.field(place).is_none()) {
            Some(place) => Err(format!("has no '{}'", datasets::shown(&self.table[place])).into()),
            None => Ok(()),
        }
    }

    fn csv_row(&self, line: &[u8], row: &mut Row) -> Result<(), NoRow> {
        let mut fields = 0;
        for field in Fields::of(line.strip_suffix(b"\r").unwrap_or(line)) {
            let field = field.map_err(open_or_behind)?;
            if let Some((_, place)) = self.places.get(fields) {
                row.set(*place, FieldKind::Untyped, utf8(&field.text)?);
            }
            fields += 1;
        }
        if fields == self.places.len() {
            return Ok(());
        }
        Err(format!("has {fields} fields where the header has {}", self.places.len()).into())
    }

    fn json_row(&self, line: &str, row: &mut Row) -> Result<(), String> {
        let mut next = 0;
        json_fields(line, |name, kind, text| {
            // Most rows have their fields in the order of the columns.
            let is_named = |(known, _): &&(String, usize)| known == name;
            let place = self.places.get(next).filter(is_named).or_else(|| self.places.iter().find(is_named));
            let Some(&(_, place)) = place else {
                return Err(format!(
                    "has '{}', which its first line doesn't name",
                    datasets::short_name(name)
                ));
            };
            next += 1;
            row.set(place, kind, text);
            Ok(())
        })
        .map_err(|why| if why.starts_with("has ") { why } else { not_json(line, &why) })
    }
}

fn open_or_behind(no: NoField) -> NoRow {
    match no {
        NoField::Open => NoRow::GoesOn,
        NoField::Behind => NoRow::Bad("has something behind a closing quote".to_owned()),
    }
}

fn utf8(text: &[u8]) -> Result<&str, String> {
    str::from_utf8(text).map_err(|_| "isn't UTF-8".to_owned())
}

fn not_json(line: &str, why: &str) -> String {
    let is_number = |word: &str| matches!(word, "NaN" | "Infinity");
    match line.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| is_number(word)) {
        Some(word) => format!("has {word}, which JSON doesn't know: write it as a text"),
        None => format!("is no JSON object: {why}"),
    }
}

/// The names of a header.
fn csv_names(line: &[u8]) -> Result<Vec<String>, String> {
    if line.starts_with(BYTE_ORDER_MARK) {
        return Err("begins with a byte order mark: write UTF-8 without one".to_owned());
    }
    let name = |field: Result<super::csv_row::CsvField<'_>, NoField>| match field {
        Ok(field) if field.text.is_empty() => Err("has a column without a name".to_owned()),
        Ok(field) => utf8(&field.text).map(str::to_owned),
        Err(_) => Err("has quotes that aren't closed".to_owned()),
    };
    Fields::of(line.strip_suffix(b"\r").unwrap_or(line)).map(name).collect()
}

/// The names of `{"columns":["a","b"]}`.
fn json_names(line: &[u8]) -> Result<Vec<String>, String> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct First {
        columns: Vec<String>,
    }
    let first: First = serde_json::from_slice(line).map_err(|_| "isn't {\"columns\":[…]}".to_owned())?;
    let has_no_name = first.columns.iter().any(String::is_empty);
    if has_no_name { Err("has a column without a name".to_owned()) } else { Ok(first.columns) }
}
