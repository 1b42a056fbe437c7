//! The newest value of each key, as a compacted topic has it.

use serde_json::value::RawValue;

use super::columns::{Columns, Shape};
use super::connect;
use super::debezium::Parsed;
use super::envelope::{member, object, payload, some};
use super::event::{Cells, Event, Op};
use crate::generic::json_object;

/// Returns whether a line has a key beside its value.
pub(super) fn has_key_and_value(line: &[u8]) -> bool {
    json_object(line).is_ok_and(|object| {
        member(&object.0, "key").is_some() && object.0.iter().any(|(name, _)| name == "value")
    })
}

/// Reads lines of keys and values.
#[derive(Debug)]
pub(super) struct Upserts {
    /// The name of a key that is a single value.
    key_name: Option<String>,
    last_schema: String,
}

impl Upserts {
    pub(super) fn new(key_name: Option<String>) -> Self {
        Self { key_name, last_schema: String::new() }
    }

    pub(super) fn read(
        &mut self,
        line: &[u8],
        event: &mut Event,
        shape: &mut Shape,
    ) -> Result<Parsed, String> {
        let members = json_object(line).map_err(super::envelope::explain)?.0;
        let topic = member(&members, "topic").map(RawValue::get).unwrap_or_default().trim_matches('"');
        let Shape { columns, tables } = shape;
        event.table = if topic.is_empty() { tables.number("", "", 0)? } else { tables.of_topic(topic)? };
        if tables.is_passed_over(event.table) {
            return Ok(Parsed::Other);
        }
        let Some(key) = some(member(&members, "key")) else {
            return Err("a value without a key, of which nothing can be the newest".to_owned());
        };
        self.read_key(key, &mut event.key, columns)?;
        let Some(value) = some(member(&members, "value")) else {
            event.op = Op::Tombstone;
            return Ok(Parsed::Change);
        };
        let mut row = object(value, "value")?;
        if let Some(payload) = payload(&row) {
            let schema = member(&row, "schema").map_or("null", RawValue::get);
            if schema != "null" && schema != self.last_schema {
                connect::describe(schema, None, columns)?;
                schema.clone_into(&mut self.last_schema);
            }
            let Some(payload) = some(Some(payload)) else {
                event.op = Op::Tombstone;
                return Ok(Parsed::Change);
            };
            row = object(payload, "payload")?;
        }
        if member(&row, "op").is_some()
            && (member(&row, "after").is_some() || member(&row, "source").is_some())
        {
            return Err("an envelope of Debezium, expected a row: say 'debezium'".to_owned());
        }
        event.op = Op::Upsert;
        event.after.is_there = true;
        for (name, value) in row {
            columns.push_json(&name, value.get(), &mut event.after)?;
        }
        Ok(Parsed::Change)
    }

    fn read_key(&self, key: &RawValue, cells: &mut Cells, columns: &mut Columns) -> Result<(), String> {
        cells.is_there = true;
        let members = if key.get().starts_with('{') { object(key, "key")? } else { Vec::new() };
        let inner = payload(&members);
        let (key, members) = match inner {
            Some(inner) if inner.get().starts_with('{') => (inner, object(inner, "key")?),
            Some(inner) => (inner, Vec::new()),
            None => (key, members),
        };
        if members.is_empty() {
            let name = self.key_name.as_deref().unwrap_or("key");
            return columns.push_json(name, key.get(), cells);
        }
        for (name, value) in members {
            columns.push_json(&name, value.get(), cells)?;
        }
        Ok(())
    }
}
