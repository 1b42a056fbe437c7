//! Reads the records of a source that is JSON lines.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::csv::{BYTE_ORDER_MARK, MAX_FIELD_BYTES, MAX_RECORD_BYTES, Passed};
use super::open::Source;
use crate::error::{Error, Place};

const BUFFER_BYTES: usize = 256 * 1024;

/// The fields of an object in their order, each value as it stands.
pub(super) struct Object<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

/// A value of a record, ready to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Missing,
    Text(Cow<'a, str>),
    /// A number or a truth value as it stands.
    Bare(&'a str),
    /// A list or an object, without blanks.
    Nested(String),
}

/// Hands on each line that isn't blank, with its number.
pub(super) fn each_line(
    source: &mut Source<'_>,
    mut on_line: impl FnMut(&[u8], u64) -> Result<(), Error>,
) -> Result<Passed, Error> {
    let mut passed = Passed::default();
    let mut buffer = vec![0; BUFFER_BYTES];
    let (mut filled, mut line) = (0, 1);
    loop {
        let read = source.read(&mut buffer[filled..])?;
        filled += read;
        let mut at = 0;
        if line == 1 && buffer[..filled].starts_with(BYTE_ORDER_MARK) {
            passed.byte_order_mark = true;
            at = BYTE_ORDER_MARK.len();
        }
        loop {
            let rest = &buffer[at..filled];
            let length = match memchr::memchr(b'\n', rest) {
                Some(length) => length,
                None if read == 0 && !rest.is_empty() => rest.len(),
                None => break,
            };
            if rest[..length].trim_ascii().is_empty() {
                passed.blank_lines += 1;
            } else {
                on_line(&rest[..length], line)?;
            }
            line += 1;
            at = (at + length + 1).min(filled);
        }
        if read == 0 {
            return Ok(passed);
        }
        // The mark stays until a line has been read, so that it is known again.
        let keep = if line == 1 { 0 } else { at };
        buffer.copy_within(keep..filled, 0);
        filled -= keep;
        if filled == buffer.len() {
            if filled > MAX_RECORD_BYTES {
                return Err(Place::line(source.path(), line).rejects("a record longer than 8 MiB"));
            }
            buffer.resize(2 * buffer.len(), 0);
        }
    }
}

/// Reads a line as an object; the error is a message.
pub(super) fn object(line: &[u8]) -> Result<Object<'_>, String> {
    if str::from_utf8(line).is_err() {
        return Err("not UTF-8 text".to_owned());
    }
    serde_json::from_slice(line).map_err(|error| explain(&error))
}

/// Reads a value of an object; the error is a message.
pub(super) fn value(raw: &RawValue) -> Result<Value<'_>, String> {
    let text = raw.get();
    if text.len() > MAX_FIELD_BYTES {
        return Err("a value longer than 1 MiB".to_owned());
    }
    Ok(match text.as_bytes()[0] {
        b'n' => Value::Missing,
        b'"' => Value::Text(serde_json::from_str::<Borrowed<'_>>(text).map_err(|error| explain(&error))?.0),
        b'{' | b'[' => {
            // The numbers in it stay as they stand; names that stand twice would be lost.
            serde_json::from_str::<NoDuplicates>(text).map_err(|error| explain(&error))?;
            Value::Nested(compact(text))
        }
        _ => Value::Bare(text),
    })
}

/// The reader of JSON in few words, without its own line and column.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    format!("not an object of JSON in one line: {}, at byte {}", crate::shown(message), error.column())
}

/// A text of JSON, borrowed where nothing is escaped in it.
#[derive(serde::Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

/// Returns JSON without blanks between its signs.
fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut is_text, mut is_escaped) = (false, false);
    for sign in text.chars() {
        if is_text {
            is_text = is_escaped || sign != '"';
            is_escaped = !is_escaped && sign == '\\';
        } else if sign.is_ascii_whitespace() {
            continue;
        } else {
            is_text = sign == '"';
        }
        out.push(sign);
    }
    out
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut fields: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
        while let Some(Borrowed(name)) = map.next_key::<Borrowed<'de>>()? {
            if fields.iter().any(|(other, _)| *other == name) {
                return Err(twice(&name));
            }
            fields.push((name, map.next_value()?));
        }
        Ok(Object(fields))
    }
}

fn twice<E: de::Error>(name: &str) -> E {
    E::custom(format!("the name `{name}` stands twice"))
}

/// Any JSON in which no object has a name twice.
struct NoDuplicates;

impl<'de> Deserialize<'de> for NoDuplicates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = NoDuplicates;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NoDuplicates, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.contains(&name) {
                return Err(twice(&name));
            }
            names.insert(name);
            map.next_value::<NoDuplicates>()?;
        }
        Ok(NoDuplicates)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<NoDuplicates, A::Error> {
        while list.next_element::<NoDuplicates>()?.is_some() {}
        Ok(NoDuplicates)
    }

    fn visit_unit<E>(self) -> Result<NoDuplicates, E> {
        Ok(NoDuplicates)
    }

    fn visit_bool<E>(self, _: bool) -> Result<NoDuplicates, E> {
        Ok(NoDuplicates)
    }

    fn visit_u64<E>(self, _: u64) -> Result<NoDuplicates, E> {
        Ok(NoDuplicates)
    }

    fn visit_i64<E>(self, _: i64) -> Result<NoDuplicates, E> {
        Ok(NoDuplicates)
    }

    fn visit_f64<E>(self, _: f64) -> Result<NoDuplicates, E> {
        Ok(NoDuplicates)
    }

    fn visit_str<E>(self, _: &str) -> Result<NoDuplicates, E> {
        Ok(NoDuplicates)
    }
}
