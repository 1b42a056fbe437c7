//! Envelopes of Debezium.

use std::collections::{BTreeSet, HashMap};

use serde_json::value::RawValue;

use super::columns::{Columns, Shape};
use super::connect;
use super::envelope::{Frame, Members, Source, member, object, payload, some};
use super::event::{Cells, Event, Op};
use super::placeholder::UNSEEN;
use super::tables::Tables;
use crate::reading::short_name;

const RUN: &str = "__debezium.context.runId";
const NEW_KEY: &str = "__debezium.newkey";
const OLD_KEY: &str = "__debezium.oldkey";

/// Says what a line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed {
    Change,
    /// A change of a table that isn't read.
    Other,
    /// Something that is of no row.
    NoRow,
}

/// Reads one line after the other.
#[derive(Debug, Default)]
pub(super) struct Envelopes {
    /// The headers of the line before, which the next mostly repeats.
    last_headers: String,
    runs: HashMap<String, u32>,
    run: u32,
    last_schema: String,
    last_table: u16,
    last_topic: String,
    /// Connectors whose changes don't say where they stand in the log.
    pub(super) without_lsn: BTreeSet<String>,
}

impl Envelopes {
    pub(super) fn read(
        &mut self,
        line: &[u8],
        event: &mut Event,
        shape: &mut Shape,
    ) -> Result<Parsed, String> {
        let frame = Frame::read(line)?;
        let topic = frame.topic.map(text).transpose()?;
        let Some(value) = &frame.value else {
            event.table = match &topic {
                Some(topic) => shape.tables.of_topic(topic)?,
                // A line that is `null` and no more, as consumers print it.
                None if frame.key.is_none() => return Ok(Parsed::NoRow),
                None if shape.tables.all.is_empty() => shape.tables.number("", "", 0)?,
                None => self.last_table,
            };
            return self.tombstone(&frame, event, shape);
        };
        let Some(op) = member(value, "op").map(text).transpose()? else {
            return without_op(value);
        };
        let source = source_of(value)?;
        refuse_foreign(&source, value)?;
        event.op = op_of(&op)?;
        if event.op == Op::Message {
            return Ok(Parsed::Change);
        }
        event.table = self.find_table(&source, topic.as_deref(), &mut shape.tables)?;
        if shape.tables.is_passed_over(event.table) {
            return Ok(Parsed::Other);
        }
        let columns = &mut shape.columns;
        self.read_schema(frame.schema, columns)?;
        self.read_position(&source, event);
        self.read_headers(frame.headers, event, columns)?;
        read_key(frame.key, &mut event.key, columns)?;
        read_rows(value, event, columns)?;
        Ok(Parsed::Change)
    }

    /// Reads a key without a value.
    fn tombstone(
        &mut self,
        frame: &Frame<'_>,
        event: &mut Event,
        shape: &mut Shape,
    ) -> Result<Parsed, String> {
        event.op = Op::Tombstone;
        if shape.tables.is_passed_over(event.table) {
            return Ok(Parsed::Other);
        }
        self.read_headers(frame.headers, event, &mut shape.columns)?;
        read_key(frame.key, &mut event.key, &mut shape.columns)?;
        Ok(Parsed::Change)
    }

    /// Returns the number of the table that a change names, or else its topic.
    fn find_table(
        &mut self,
        source: &Source<'_>,
        topic: Option<&str>,
        tables: &mut Tables,
    ) -> Result<u16, String> {
        let table = source.table.as_ref().filter(|table| !table.0.is_empty());
        let number = match (table, topic) {
            (Some(table), topic) => {
                let schema = source.schema.as_ref().or(source.db.as_ref());
                let schema = schema.map_or("", |schema| schema.0.as_ref());
                let number = tables.number(schema, &table.0, self.last_table)?;
                if let Some(topic) =
                    topic.filter(|topic| number != self.last_table || *topic != self.last_topic)
                {
                    tables.note_topic(topic, number);
                    topic.clone_into(&mut self.last_topic);
                }
                number
            }
            (None, Some(topic)) => tables.of_topic(topic)?,
            (None, None) => tables.number("", "", 0)?,
        };
        self.last_table = number;
        Ok(number)
    }

    /// Reads the schema, which is the same in most lines.
    fn read_schema(&mut self, schema: Option<&str>, columns: &mut Columns) -> Result<(), String> {
        match schema {
            Some(schema) if schema != self.last_schema => {
                connect::describe(schema, Some("after"), columns)?;
                schema.clone_into(&mut self.last_schema);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn read_position(&mut self, source: &Source<'_>, event: &mut Event) {
        event.position.lsn = source.lsn.and_then(|lsn| lsn.get().parse().ok());
        event.position.committed = source.ts_ms.unwrap_or(0);
        let is_first = |word: &RawValue| word.get() == "\"first\"";
        event.begins_snapshot = event.op == Op::Read && source.snapshot.is_some_and(is_first);
        if let (None, Some(connector)) = (event.position.lsn, &source.connector)
            && !self.without_lsn.contains(connector.0.as_ref())
        {
            self.without_lsn.insert(connector.0.to_string());
        }
    }

    /// Reads the run and the keys that a changed key leads from and to.
    fn read_headers(
        &mut self,
        headers: Option<&RawValue>,
        event: &mut Event,
        columns: &mut Columns,
    ) -> Result<(), String> {
        let Some(headers) = headers else { return Ok(()) };
        if headers.get() == self.last_headers {
            event.position.run = self.run;
            return Ok(());
        }
        self.run = 0;
        for (name, value) in object(headers, "headers")? {
            match name.as_ref() {
                RUN => self.run = self.number_of_run(&text(value)?),
                NEW_KEY | OLD_KEY => read_key(Some(value), &mut event.other_key, columns)?,
                _ => {}
            }
        }
        event.position.run = self.run;
        self.last_headers.clear();
        if !event.other_key.is_there {
            self.last_headers.push_str(headers.get());
        }
        Ok(())
    }

    fn number_of_run(&mut self, run: &str) -> u32 {
        if let Some(&number) = self.runs.get(run) {
            return number;
        }
        let number = self.runs.len() as u32 + 1;
        self.runs.insert(run.to_owned(), number);
        number
    }

    /// Returns how many runs of the connector there were.
    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }
}

fn source_of<'a>(value: &Members<'a>) -> Result<Source<'a>, String> {
    let Some(source) = some(member(value, "source")) else { return Ok(Source::default()) };
    serde_json::from_str(source.get())
        .map_err(|error| format!("`source` can't be read: {}", crate::shown(&error.to_string())))
}

/// Refuses what has other envelopes than those of tables.
fn refuse_foreign(source: &Source<'_>, value: &Members<'_>) -> Result<(), String> {
    let is_mongo = source.connector.as_ref().is_some_and(|connector| connector.0 == "mongodb");
    let has_text = |name| member(value, name).is_some_and(|row: &RawValue| row.get().starts_with('"'));
    if is_mongo || has_text("after") || has_text("before") {
        return Err(
            "an envelope of MongoDB, whose documents are texts: expected rows with columns".to_owned()
        );
    }
    Ok(())
}

fn op_of(word: &str) -> Result<Op, String> {
    Ok(match word {
        "c" => Op::Insert,
        "r" => Op::Read,
        "u" => Op::Update,
        "d" => Op::Delete,
        "t" => Op::Truncate,
        "m" => Op::Message,
        _ => {
            let shown = crate::shown::quoted(word.as_bytes());
            return Err(format!("unknown op {shown}, expected one of: c, r, u, d, t, m"));
        }
    })
}

/// Tells what a value is that says no operation.
fn without_op(value: &Members<'_>) -> Result<Parsed, String> {
    let has = |name| member(value, name).is_some();
    let is_transaction = has("status") && has("id");
    let is_heartbeat = value.len() == 1 && has("ts_ms");
    if is_transaction || is_heartbeat || has("ddl") || has("tableChanges") {
        return Ok(Parsed::NoRow);
    }
    let names: Vec<String> = value.iter().take(8).map(|(name, _)| short_name(name)).collect();
    let hint = if has("__op") {
        "; the envelope was taken off: say 'op:__op'"
    } else if has("before") || has("after") {
        ""
    } else {
        "; for values that are rows themselves, say 'upsert'"
    };
    Err(format!("no envelope: it has no `op`, but {}{hint}", names.join(", ")))
}

fn read_key(key: Option<&RawValue>, cells: &mut Cells, columns: &mut Columns) -> Result<(), String> {
    let Some(key) = key else { return Ok(()) };
    // Tools that print headers write the JSON in them as a text.
    let inner = if key.get().starts_with("\"{") { Some(text(key)?) } else { None };
    let inner: Option<&RawValue> = inner.as_deref().map(serde_json::from_str).transpose().map_err(|_| {
        format!("a key is {}, expected an object", crate::shown::quoted(key.get().as_bytes()))
    })?;
    let mut members = object(inner.unwrap_or(key), "key")?;
    if let Some(payload) = payload(&members) {
        let Some(payload) = some(Some(payload)) else { return Ok(()) };
        members = object(payload, "key")?;
    }
    cells.is_there = !members.is_empty();
    for (name, value) in members {
        columns.push_json(&name, value.get(), cells)?;
    }
    Ok(())
}

/// Reads the row after the change, and the one before it where it may be needed.
fn read_rows(value: &Members<'_>, event: &mut Event, columns: &mut Columns) -> Result<(), String> {
    if let Some(after) = some(member(value, "after")) {
        read_row(after, "after", &mut event.after, columns)?;
    }
    let needs_after = matches!(event.op, Op::Insert | Op::Read | Op::Update);
    if needs_after && !event.after.is_there {
        return Err(format!("{} without `after`", event.op.with_article()));
    }
    let is_unseen = |cells: &Cells| cells.row.fields().any(|field| field.text == UNSEEN);
    let needs_before = !event.key.is_there || (event.op == Op::Update && is_unseen(&event.after));
    if let Some(before) = some(member(value, "before")).filter(|_| needs_before) {
        read_row(before, "before", &mut event.before, columns)?;
    }
    Ok(())
}

fn read_row(row: &RawValue, part: &str, cells: &mut Cells, columns: &mut Columns) -> Result<(), String> {
    cells.is_there = true;
    for (name, value) in object(row, part)? {
        columns.push_json(&name, value.get(), cells)?;
    }
    Ok(())
}

/// Returns the text of a value that is one.
fn text(value: &RawValue) -> Result<std::borrow::Cow<'_, str>, String> {
    let read: Result<connect::Text<'_>, _> = serde_json::from_str(value.get());
    read.map(|text| text.0)
        .map_err(|_| format!("{} is no text", crate::shown::quoted(value.get().as_bytes())))
}
