//! Reading a table of CSV or JSONL, each field as it was written.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use datasets::{Cells, FieldKind, Table, TableColumn, Written};
use replay::Control;
use serde_json::value::RawValue;

use platform::Error;

/// Both tables are held in memory.
const MOST_BYTES: u64 = 4 << 30;
/// So many rows go by between two looks at whether to stop.
const ROWS_UNCHECKED: usize = 1024;
/// Values that are nested deeper aren't data; each level is read again.
const MOST_LEVELS: usize = 100;
/// A name is shown up to this many characters.
const MOST_CHARS: usize = 100;

/// Reads a table: JSONL by its name, otherwise CSV.
pub(super) fn read(path: &Path, control: &Control) -> Result<ReadTable, Error> {
    if path.is_dir() {
        let shown = datasets::shown_path(path);
        return Err(Error::usage(format!("{shown} is a folder"))
            .with_hint(format!("name the answer in it, such as {shown}/answers/candidate.csv")));
    }
    let read_as = match path.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson") => read_jsonl,
        _ => read_csv,
    };
    let read = read_as(path, control)?;
    if read.table.columns.is_empty() {
        return Err(Error::input(format!("{}: the file is empty", datasets::shown_path(path))));
    }
    Ok(read)
}

/// A name from a file, cut where it is long.
pub(super) fn short(name: &str) -> String {
    let head: String = name.chars().take(MOST_CHARS).collect();
    let more = if head.len() < name.len() { format!("… ({} bytes)", name.len()) } else { String::new() };
    format!("{}{more}", datasets::shown(&head))
}

/// A table that was read, and where its rows stand in the file.
pub(super) struct ReadTable {
    pub(super) table: Table,
    /// Rows that don't stand in the line behind the row before: their numbers, and their lines, counted from 1.
    jumps: Vec<(usize, u64)>,
}

impl ReadTable {
    /// The line of a row, both counted as errors count them: lines from 1, rows from 0.
    pub(super) fn line(&self, row: usize) -> u64 {
        let behind = self.jumps.partition_point(|&(jumped, _)| jumped <= row);
        let (jumped, line) = self.jumps[..behind].last().copied().unwrap_or((0, 1));
        line + (row - jumped) as u64
    }
}

/// A table that is being read.
#[derive(Default)]
struct Reading {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    fields: Vec<Written>,
    rows: usize,
    /// The line behind that of the last row.
    next_line: u64,
    jumps: Vec<(usize, u64)>,
}

impl Reading {
    /// The number of a column, which is a new one where the name is new.
    fn column(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len();
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        self.fields.push(Written::default());
        number
    }

    /// Appends a field of the row that is being read.
    fn push(&mut self, column: usize, kind: FieldKind, text: &str) -> Result<(), String> {
        self.fields[column].push(self.rows, kind, text)
    }

    /// Ends the row that is being read, which stands in this line.
    fn end_row(&mut self, line: u64) {
        if line != self.next_line {
            self.jumps.push((self.rows, line));
        }
        self.rows += 1;
        self.next_line = line + 1;
    }

    fn finish(self) -> ReadTable {
        let Self { names, mut fields, rows, jumps, .. } = self;
        for fields in &mut fields {
            fields.pad(rows);
        }
        let column = |(name, fields): (String, Written)| TableColumn::new(name, Cells::Written(fields));
        ReadTable { table: Table::new(0, names.into_iter().zip(fields).map(column).collect()), jumps }
    }
}

fn read_csv(path: &Path, control: &Control) -> Result<ReadTable, Error> {
    let shown = datasets::shown_path(path);
    let text = datasets::read_regular(path, MOST_BYTES, "compared in memory")?;
    datasets::check_csv(path, &text)?;
    let failed = |error: csv::Error| Error::input(format!("{shown}: {error}"));
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let mut table = Reading::default();
    for (at, name) in reader.headers().map_err(failed)?.iter().enumerate() {
        if table.column(name) != at {
            let twice = format!("column '{}' is there twice", short(name));
            return Err(Error::input(format!("{shown} line 1: {twice}")));
        }
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(failed)? {
        if table.rows % ROWS_UNCHECKED == 0 {
            control.check()?;
        }
        let line = record.position().map_or(0, csv::Position::line);
        for (column, field) in record.iter().enumerate() {
            table
                .push(column, FieldKind::Untyped, field)
                .map_err(|message| Error::input(format!("{shown} line {line}: {message}")))?;
        }
        table.end_row(line);
    }
    Ok(table.finish())
}

/// Each line an object. Its columns are those of all lines, in the order in which they appear.
fn read_jsonl(path: &Path, control: &Control) -> Result<ReadTable, Error> {
    let shown = datasets::shown_path(path);
    let text = datasets::read_regular_text(path, MOST_BYTES, "compared in memory")?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let mut table = Reading::default();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        if table.rows % ROWS_UNCHECKED == 0 {
            control.check()?;
        }
        row(text, &mut table).map_err(|message| Error::input(format!("{shown} line {line}: {message}")))?;
        table.end_row(line);
    }
    Ok(table.finish())
}

fn row(text: &str, table: &mut Reading) -> Result<(), String> {
    let Object(members) = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for (name, value) in members {
        let (kind, text) = field(value.get())?;
        let column = table.column(&name);
        table.push(column, kind, &text)?;
    }
    Ok(())
}

/// The members of a JSON object in their order, each name once: a plain map would keep the last of two silently.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Object<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut members: HashMap<String, usize> = HashMap::new();
        let mut values: Vec<&RawValue> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            match members.entry(name) {
                Entry::Occupied(known) => {
                    let message = format!("field '{}' is there twice", short(known.key()));
                    return Err(serde::de::Error::custom(message));
                }
                Entry::Vacant(new) => new.insert(values.len()),
            };
            values.push(value);
        }
        let mut members: Vec<(String, usize)> = members.into_iter().collect();
        members.sort_unstable_by_key(|(_, at)| *at);
        Ok(Object(members.into_iter().map(|(name, at)| (name, values[at])).collect()))
    }
}

/// A value by its text, which is JSON: numbers keep their digits.
fn field(json: &str) -> Result<(FieldKind, Cow<'_, str>), String> {
    Ok(match json.as_bytes().first() {
        Some(b'"') => (FieldKind::Text, string(json)?),
        Some(b'{' | b'[') => {
            let mut text = String::with_capacity(json.len());
            canonical(json, 0, &mut text)?;
            (FieldKind::Nested, text.into())
        }
        Some(b'n') | None => (FieldKind::Null, "null".into()),
        Some(b't' | b'f') => (FieldKind::Boolean, json.into()),
        Some(_) => (FieldKind::Number, json.into()),
    })
}

/// The text within quotes; one without escapes stands there as it is.
fn string(json: &str) -> Result<Cow<'_, str>, String> {
    match json.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(text) if !text.contains('\\') => Ok(text.into()),
        _ => serde_json::from_str(json).map(Cow::Owned).map_err(|error| error.to_string()),
    }
}

/// Appends a value without blanks, names in order, every text written in one way.
fn canonical(json: &str, level: usize, out: &mut String) -> Result<(), String> {
    if level > MOST_LEVELS {
        return Err(format!("a value that is nested more than {MOST_LEVELS} levels deep"));
    }
    match json.as_bytes().first() {
        Some(b'{') => {
            let Object(mut members) = serde_json::from_str(json).map_err(|error| error.to_string())?;
            members.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                out.push_str(&serde_json::Value::from(name.as_str()).to_string());
                out.push(':');
                canonical(value.get(), level + 1, out)?;
            }
            out.push('}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|error| error.to_string())?;
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                canonical(item.get(), level + 1, out)?;
            }
            out.push(']');
        }
        Some(b'"') => out.push_str(&serde_json::Value::from(string(json)?.as_ref()).to_string()),
        Some(_) | None => out.push_str(json),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(json: &str) -> String {
        let (kind, text) = field(json).expect("JSON");
        assert_eq!(kind, FieldKind::Nested);
        text.into_owned()
    }

    #[test]
    fn nested_values_have_one_text() {
        let expected = r#"{"a":[1.50,null,"é"],"b":{}}"#;
        assert_eq!(nested(expected), expected);
        assert_eq!(nested(r#"{ "b" : { }, "a":[ 1.50 , null,"\u00e9"] }"#), expected);
        assert_ne!(nested("[1]"), nested("[1.0]"));
        assert_ne!(nested("[1]"), nested("[\"1\"]"));
        assert!(field(r#"{"a":1,"a":1}"#).is_err_and(|why| why.contains("'a' is there twice")));
    }

    #[test]
    fn depth_has_a_bound() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(field(&deep(MOST_LEVELS)).is_ok());
        assert!(field(&deep(100_000)).is_err_and(|why| why.contains("100 levels")));
    }

    #[test]
    fn numbers_keep_their_digits() {
        for text in ["18446744073709551617", "-0", "1e400", "0.1000", "1E+2"] {
            assert_eq!(field(text), Ok((FieldKind::Number, text.into())));
        }
    }
}
