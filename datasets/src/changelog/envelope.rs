//! The parts of a line of Debezium, before anything is made of them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::connect::Text;
use crate::generic::json_object;

/// The part of `source` that is looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Source<'a> {
    #[serde(borrow)]
    pub(super) connector: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) schema: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) table: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) db: Option<Text<'a>>,
    /// A number of PostgreSQL; a text of others, which may rise in other ways.
    #[serde(borrow)]
    pub(super) lsn: Option<&'a RawValue>,
    pub(super) ts_ms: Option<i64>,
    /// Several words, or a truth value in old versions.
    #[serde(borrow)]
    pub(super) snapshot: Option<&'a RawValue>,
}

/// A line as a tool writes it that keeps what stands beside the value, or the value alone.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    pub(super) topic: Option<&'a RawValue>,
    pub(super) headers: Option<&'a RawValue>,
    pub(super) key: Option<&'a RawValue>,
    /// The value's members; none of a tombstone.
    pub(super) value: Option<Members<'a>>,
    /// The schema that the value brings.
    pub(super) schema: Option<&'a str>,
}

pub(super) type Members<'a> = Vec<(std::borrow::Cow<'a, str>, &'a RawValue)>;

impl<'a> Frame<'a> {
    pub(super) fn read(line: &'a [u8]) -> Result<Self, String> {
        let mut frame = Frame::default();
        if line.trim_ascii() == b"null" {
            return Ok(frame);
        }
        let members = json_object(line).map_err(explain)?.0;
        let value = match member(&members, "value") {
            Some(value) if member(&members, "op").is_none() => {
                frame.topic = member(&members, "topic");
                frame.headers = some(member(&members, "headers"));
                frame.key = some(member(&members, "key"));
                match some(Some(value)) {
                    None => return Ok(frame),
                    Some(value) => object(value, "value")?,
                }
            }
            _ => members,
        };
        let Some(payload) = payload(&value) else {
            frame.value = Some(value);
            return Ok(frame);
        };
        frame.schema = some(member(&value, "schema")).map(RawValue::get);
        if let Some(payload) = some(Some(payload)) {
            frame.value = Some(object(payload, "payload")?);
        }
        Ok(frame)
    }
}

/// Returns the payload of an object that brings its schema.
pub(super) fn payload<'a>(members: &[(std::borrow::Cow<'a, str>, &'a RawValue)]) -> Option<&'a RawValue> {
    if members.len() != 2 || member(members, "schema").is_none() {
        return None;
    }
    member(members, "payload")
}

pub(super) fn member<'a>(
    members: &[(std::borrow::Cow<'a, str>, &'a RawValue)],
    name: &str,
) -> Option<&'a RawValue> {
    members.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
}

/// Returns a value that isn't `null`.
pub(super) fn some(value: Option<&RawValue>) -> Option<&RawValue> {
    value.filter(|value| value.get() != "null")
}

/// Returns the members of an object; the error says which part of the line isn't one.
pub(super) fn object<'a>(value: &'a RawValue, part: &str) -> Result<Members<'a>, String> {
    if !value.get().starts_with('{') {
        let shown = crate::shown::quoted(value.get().as_bytes());
        return Err(format!("`{part}` is {shown}, expected an object"));
    }
    Ok(json_object(value.get().as_bytes()).map_err(explain)?.0)
}

/// Says of a line that stops too early that it does.
pub(super) fn explain(why: String) -> String {
    if why.contains("EOF while parsing") {
        format!(
            "{why}; the line is cut short: the file was cut in the middle of a change, or is still being written"
        )
    } else {
        why
    }
}
