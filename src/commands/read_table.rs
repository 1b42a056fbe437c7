//! Reading a table of CSV or JSONL, each field as it was written.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use compare::{Field, Row, Table};
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
pub(super) fn read(path: &Path, control: &Control) -> Result<Table, Error> {
    if path.is_dir() {
        let shown = datasets::shown_path(path);
        return Err(Error::usage(format!("{shown} is a folder"))
            .with_hint(format!("name the answer in it, such as {shown}/answers/candidate.csv")));
    }
    let read_as = match path.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson") => read_jsonl,
        _ => read_csv,
    };
    let table = read_as(path, control)?;
    if table.columns.is_empty() {
        return Err(Error::input(format!("{}: the file is empty", datasets::shown_path(path))));
    }
    Ok(table)
}

/// A name from a file, cut where it is long.
pub(super) fn short(name: &str) -> String {
    let head: String = name.chars().take(MOST_CHARS).collect();
    let more = if head.len() < name.len() { format!("… ({} bytes)", name.len()) } else { String::new() };
    format!("{}{more}", datasets::shown(&head))
}

fn read_csv(path: &Path, control: &Control) -> Result<Table, Error> {
    let shown = datasets::shown_path(path);
    let text = datasets::read_regular(path, MOST_BYTES, "compared in memory")?;
    datasets::check_csv(path, &text)?;
    let failed = |error: csv::Error| Error::input(format!("{shown}: {error}"));
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let mut columns = Columns::default();
    for (at, name) in (0..).zip(reader.headers().map_err(failed)?) {
        if columns.number(name) != at {
            let twice = format!("column '{}' is there twice", short(name));
            return Err(Error::input(format!("{shown} line 1: {twice}")));
        }
    }
    let mut rows = Vec::new();
    for (number, record) in reader.records().enumerate() {
        if number % ROWS_UNCHECKED == 0 {
            control.check()?;
        }
        let record = record.map_err(failed)?;
        let fields = record.iter().map(|field| Field::Untyped(field.to_owned()));
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(Row { line, fields: (0..).zip(fields).collect() });
    }
    Ok(Table { columns: columns.names, rows })
}

/// Each line an object. Its columns are those of all lines, in the order in which they appear.
fn read_jsonl(path: &Path, control: &Control) -> Result<Table, Error> {
    let shown = datasets::shown_path(path);
    let text = datasets::read_regular_text(path, MOST_BYTES, "compared in memory")?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let mut columns = Columns::default();
    let mut rows = Vec::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        if rows.len() % ROWS_UNCHECKED == 0 {
            control.check()?;
        }
        let fields = row(text, &mut columns)
            .map_err(|message| Error::input(format!("{shown} line {line}: {message}")))?;
        rows.push(Row { line, fields });
    }
    Ok(Table { columns: columns.names, rows })
}

/// The names of columns, each with its number.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Columns {
    /// The number of a column, which is a new one where the name is new.
    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

fn row(text: &str, columns: &mut Columns) -> Result<Vec<(u32, Field)>, String> {
    let Object(members) = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut fields = Vec::with_capacity(members.len());
    for (name, value) in members {
        fields.push((columns.number(&name), field(value.get())?));
    }
    // Most lines have their fields in the order of the first.
    if !fields.is_sorted_by_key(|(column, _)| *column) {
        fields.sort_by_key(|(column, _)| *column);
    }
    Ok(fields)
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
fn field(json: &str) -> Result<Field, String> {
    Ok(match json.as_bytes().first() {
        Some(b'"') => Field::Text(string(json)?),
        Some(b'{' | b'[') => {
            let mut text = String::with_capacity(json.len());
            canonical(json, 0, &mut text)?;
            Field::Nested(text)
        }
        Some(b'n') | None => Field::Null,
        Some(b't') => Field::Boolean(true),
        Some(b'f') => Field::Boolean(false),
        Some(_) => Field::Number(json.to_owned()),
    })
}

fn string(json: &str) -> Result<String, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
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
        Some(b'"') => out.push_str(&serde_json::Value::from(string(json)?).to_string()),
        Some(_) | None => out.push_str(json),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(json: &str) -> String {
        match field(json).expect("JSON") {
            Field::Nested(text) => text,
            other => panic!("{other:?}"),
        }
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
            assert_eq!(field(text), Ok(Field::Number(text.to_owned())));
        }
    }
}
