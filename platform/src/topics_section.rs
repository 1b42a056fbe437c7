//! `kafka = { … }` in `[replay]`, `[stable]` and `[candidate]`: a way to jobs that leads through a broker's topics. The broker
//! is an adapter's, which the program hands over when it has one.

mod format;
mod handover;

use std::{collections::BTreeMap, sync::OnceLock, time::Duration};

use datasets::ARRIVAL;
use replay::link::{JobTopics, Link, LinkFault, MessageValue, ReplayTopics, RowMessages, ThroughTopics};
use serde::{Deserialize, Serialize};

pub use format::{Checked, ValueForm};
pub use handover::{HandOverSection, StateForm};

use crate::{error::Error, limits::Length};

/// Starts a job behind topics.
pub type MakeLink = fn(&ThroughTopics) -> Result<Box<dyn Link>, LinkFault>;

static MAKE: OnceLock<MakeLink> = OnceLock::new();
/// The most partitions that a topic of a run has.
const MOST_PARTITIONS: u32 = 1000;
/// The longest name that an experiment may give: the broker's longest has 249, and the run adds its own end.
const LONGEST_NAME: usize = 200;
/// How long a job may take from its last record on.
const TIMEOUT: Duration = Duration::from_mins(5);

/// Hands over a broker's adapter, once; a second is ignored.
pub fn provide(make: MakeLink) {
    let _ = MAKE.set(make);
}

/// Returns the adapter, if this program has one.
pub(crate) fn adapter() -> Option<MakeLink> {
    MAKE.get().copied()
}

/// `kafka` in `[replay]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayKafka {
    /// Addresses of brokers, with commas between.
    pub bootstrap: Option<String>,
    /// Begins the name of each input topic.
    pub input: Option<String>,
    /// How many partitions an input topic has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<u32>,
    /// The columns that are a message's key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// The column that is the number of a message's partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// A message's headers, each with the column that holds its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The column that is a message's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Says what a message holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<MessageForm>,
    /// Settings of the client library.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

/// `kafka` in `[stable]` and `[candidate]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobKafka {
    /// Begins the name of each output topic.
    pub output: Option<String>,
    /// How many partitions an output topic has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<u32>,
    /// The columns that rows have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The columns that a message's key holds, or that name a row in a change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// How a table follows from the messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowsForm>,
    /// How their values are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<ValueForm>,
    /// The file with their schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The message of that schema, of Protobuf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The address of a schema registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// Says whether the values have a registry's frame, where their schema is a file's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub framed: Option<bool>,
    /// When the job is started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<StartForm>,
    /// The words that it writes when it is ready for records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<String>,
    /// How long it may take from its last record on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Length>,
    /// The job from which it takes over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover: Option<HandOverSection>,
}

/// Says what a message of the input holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageForm {
    /// The record as a JSON object.
    Record,
    /// The record with its offset.
    Envelope,
    /// The record without the columns that say where a message stood.
    Payload,
}

/// How a table follows from messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowsForm {
    /// Each is a row that stays.
    Append,
    /// The last of a key stays.
    Upsert,
    /// Each is a change of a row.
    Debezium,
}

/// When a job is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartForm {
    /// Before the first record: it runs on until its answer is settled.
    First,
    /// Behind the last record: it ends by itself when it has read its input.
    Last,
}

impl ReplayKafka {
    /// Returns what it says, once its values have been found to be possible. `header`: the columns of a record;
    /// `has_arrival`: whether there is known when one arrives.
    pub(crate) fn topics(&self, header: &str, has_arrival: bool) -> Result<ReplayTopics, Error> {
        let columns: Vec<&str> = header.split(',').collect();
        let partitions = partitions("[replay] kafka", self.partitions)?.unwrap_or(1);
        let named = self.key.iter().map(|column| ("key", column));
        let named = named.chain(self.partition.iter().map(|column| ("partition", column)));
        let named = named.chain(self.headers.values().map(|column| ("headers", column)));
        let time = self.timestamp.iter().filter(|column| !has_arrival || *column != ARRIVAL.name);
        for (name, column) in named.chain(time.map(|column| ("timestamp", column))) {
            if columns.contains(&column.as_str()) {
                continue;
            }
            let near = datasets::nearest(column, columns.iter().copied());
            let hint = near
                .map_or_else(|| format!("its columns are {header}"), |near| format!("did you mean {near}?"));
            let column = datasets::shown(column);
            return Err(Error::usage(format!("[replay] kafka.{name}: a record has no column '{column}'"))
                .with_hint(hint));
        }
        Ok(ReplayTopics {
            bootstrap: text("[replay] kafka.bootstrap", self.bootstrap.as_ref(), "127.0.0.1:9092")?
                .to_owned(),
            input: topic("[replay] kafka.input", self.input.as_ref(), "clicks")?,
            partitions,
            key: self.key.clone(),
            partition: self.partition.clone(),
            headers: self.headers.clone(),
            timestamp: self.timestamp.clone(),
            value: match self.value {
                Some(MessageForm::Envelope) => MessageValue::Envelope,
                Some(MessageForm::Payload) => MessageValue::Payload,
                Some(MessageForm::Record) | None => MessageValue::Record,
            },
            properties: self.properties.clone(),
        })
    }
}

/// Holds what the experiment says of a job elsewhere than in its `kafka`.
pub(crate) struct Beside<'a> {
    /// `[stable]` or `[candidate]`.
    pub(crate) section: &'a str,
    /// The columns that name a row.
    pub(crate) key: &'a [String],
    /// All columns that the answer may have, where they are known.
    pub(crate) columns: Vec<String>,
    /// The column with a record's offset.
    pub(crate) offset: Option<&'a str>,
    pub(crate) close: &'a [String],
    /// Partitions of the input.
    pub(crate) partitions: u32,
    /// How many records there are.
    pub(crate) records: u64,
}

impl JobKafka {
    /// Returns what it says, once its values have been found to be possible.
    pub(crate) fn topics(&self, beside: &Beside<'_>) -> Result<JobTopics, Error> {
        let section = format!("{} kafka", beside.section);
        let rows = match self.rows {
            Some(RowsForm::Append) | None => RowMessages::Append,
            Some(RowsForm::Upsert) => RowMessages::Upsert,
            Some(RowsForm::Debezium) => RowMessages::Debezium,
        };
        if rows == RowMessages::Append && !self.key.is_empty() {
            return Err(Error::usage(format!(
                "{section}.key: a message's key says nothing of a row that only stays"
            ))
            .with_hint("rows = \"upsert\", or leave key out"));
        }
        if let Some(line) = beside.close.iter().find(|line| !line.trim_start().starts_with('{')) {
            let line = datasets::short_name(line);
            return Err(Error::usage(format!("{} close: '{line}' is no JSON object", beside.section))
                .with_hint(
                    "behind topics a closing record is a message's value, such as {\"user\":\"~end\"}",
                ));
        }
        let is_bounded = is_bounded(&section, self.start, self.ready.as_ref())?;
        let mut columns = if self.columns.is_empty() { beside.columns.clone() } else { self.columns.clone() };
        let aside = beside.offset.map(str::to_owned);
        columns.extend(aside.filter(|offset| !columns.contains(offset)));
        Ok(JobTopics {
            output: topic(&format!("{section}.output"), self.output.as_ref(), "counts")?,
            partitions: partitions(&section, self.partitions)?.unwrap_or(beside.partitions),
            columns,
            key: if self.key.is_empty() { beside.key.to_vec() } else { self.key.clone() },
            rows,
            format: self.format(&section)?,
            is_bounded,
            ready: self.ready.clone(),
            close: beside.close.to_vec(),
            timeout: self.timeout.map_or(TIMEOUT, |Length(ns)| Duration::from_nanos(ns)),
            is_copied: false,
            handover: self
                .handover
                .as_ref()
                .map(|handover| handover.read(&format!("{section}.handover"), self.start, beside))
                .transpose()?,
        })
    }
}

/// Returns whether a job is started behind its last record.
fn is_bounded(section: &str, start: Option<StartForm>, ready: Option<&String>) -> Result<bool, Error> {
    if ready.is_some_and(String::is_empty) {
        return Err(
            Error::usage(format!("{section}.ready: an empty text is said at once")).with_hint("leave it out")
        );
    }
    let is_bounded = start == Some(StartForm::Last);
    if let (true, Some(_)) = (is_bounded, ready) {
        return Err(Error::usage(format!(
            "{section}.ready: a job that is started last finds all records there"
        ))
        .with_hint("leave it out, or start = \"first\""));
    }
    Ok(is_bounded)
}

fn text<'a>(key: &str, value: Option<&'a String>, example: &str) -> Result<&'a str, Error> {
    match value.map(|text| text.trim()) {
        Some(text) if !text.is_empty() => Ok(text),
        _ => {
            Err(Error::usage(format!("{key} is missing")).with_hint(format!("set it, such as \"{example}\"")))
        }
    }
}

/// The beginning of a topic's name.
fn topic(key: &str, value: Option<&String>, example: &str) -> Result<String, Error> {
    let name = text(key, value, example)?;
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.len() <= LONGEST_NAME && name.chars().all(is_legal) {
        return Ok(name.to_owned());
    }
    Err(Error::usage(format!("{key}: '{}' can't begin a topic's name", datasets::short_name(name)))
        .with_hint(format!("at most {LONGEST_NAME} letters of a-z, digits, '.', '_' and '-'")))
}

fn partitions(section: &str, value: Option<u32>) -> Result<Option<u32>, Error> {
    match value {
        Some(count) if !(1..=MOST_PARTITIONS).contains(&count) => {
            Err(Error::usage(format!("{section}.partitions = {count}: it is from 1 to {MOST_PARTITIONS}")))
        }
        value => Ok(value),
    }
}
