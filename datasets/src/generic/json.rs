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
const FEW_NAMES: usize = 24;

/// The fields of an object in their order, each value as it stands.
pub(crate) struct Object<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

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
    let mut lines = Lines::new(MAX_RECORD_BYTES);
    while let Some((line, number)) = lines.next(source)? {
        on_line(line, number)?;
    }
    Ok(lines.passed)
}

/// Reads one line after the other, without its end.
pub(crate) struct Lines {
    longest: usize,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// So many bytes behind `at` are known to hold no line end.
    searched: usize,
    is_last: bool,
    /// The line at `at`.
    line: u64,
    pub(crate) passed: Passed,
}

impl Lines {
    pub(crate) fn new(longest: usize) -> Self {
        let buffer = vec![0; BUFFER_BYTES];
        let passed = Passed::default();
        Self { longest, buffer, at: 0, filled: 0, searched: 0, is_last: false, line: 1, passed }
    }

    /// Returns the next line that isn't blank, and its number.
    pub(crate) fn next(&mut self, source: &mut Source<'_>) -> Result<Option<(&[u8], u64)>, Error> {
        loop {
            let rest = &self.buffer[self.at..self.filled];
            let length = match memchr::memchr(b'\n', &rest[self.searched..]) {
                Some(length) => self.searched + length,
                None if self.is_last && rest.is_empty() => return Ok(None),
                None if self.is_last => rest.len(),
                None => {
                    self.searched = rest.len();
                    self.fill(source)?;
                    continue;
                }
            };
            let (from, line) = (self.at, self.line);
            self.at = (from + length + 1).min(self.filled);
            self.searched = 0;
            self.line += 1;
            if self.buffer[from..from + length].trim_ascii().is_empty() {
                self.passed.blank_lines += 1;
                continue;
            }
            return Ok(Some((&self.buffer[from..from + length], line)));
        }
    }

    fn fill(&mut self, source: &mut Source<'_>) -> Result<(), Error> {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        if self.filled == self.buffer.len() {
            if self.filled > self.longest {
                let most = self.longest >> 20;
                let place = Place::line(source.path(), self.line);
                return Err(place.rejects(format!("a record longer than {most} MiB")));
            }
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        let read = source.read(&mut self.buffer[self.filled..])?;
        self.filled += read;
        self.is_last = read == 0;
        self.skip_mark();
        Ok(())
    }

    /// Leaves out a byte order mark, once as much is there as shows it.
    fn skip_mark(&mut self) {
        let is_first = self.line == 1 && !self.passed.byte_order_mark && self.at == 0;
        if is_first && self.buffer[..self.filled].starts_with(BYTE_ORDER_MARK) {
            self.passed.byte_order_mark = true;
            self.at = BYTE_ORDER_MARK.len();
            self.searched = 0;
        }
    }
}

/// Reads a line as an object; the error is a message.
pub(crate) fn object(line: &[u8]) -> Result<Object<'_>, String> {
    // Once the text is known to be one, its parts needn't be looked at again.
    let line = str::from_utf8(line).map_err(|_| "not UTF-8 text".to_owned())?;
    serde_json::from_str(line).map_err(|error| explain(&error))
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
        let mut names = HashSet::new();
        while let Some(Borrowed(name)) = map.next_key::<Borrowed<'de>>()? {
            // Few names are found faster by looking at all of them.
            if fields.len() == FEW_NAMES {
                names.extend(fields.iter().map(|(name, _)| name.clone()));
            }
            let is_known = match fields.len() {
                0..FEW_NAMES => fields.iter().any(|(other, _)| *other == name),
                _ => !names.insert(name.clone()),
            };
            if is_known {
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
