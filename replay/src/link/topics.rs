//! Describes a way to a job that leads through the topics of a message broker. An adapter makes a [`Link`](super::Link) of
//! it; nothing here knows a broker.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::process::Launch;

/// Says how the replay reaches the broker, and what becomes of a record there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayTopics {
    /// Addresses of brokers, `host:port`, with commas between.
    pub bootstrap: String,
    /// Begins the name of the topic with the records; the rest of it is the run's.
    pub input: String,
    /// How many partitions it has.
    pub partitions: u32,
    /// The columns whose values are a message's key, which goes to a partition by it. Without any, records go to the
    /// partitions in turn.
    pub key: Vec<String>,
    /// The column that holds the number of a message's partition, in the place of the key or the turn.
    pub partition: Option<String>,
    /// The headers of a message: each by its name, with the column that holds its value.
    pub headers: BTreeMap<String, String>,
    /// The column that holds a message's time, in whole milliseconds; `None` for the time when it is sent.
    pub timestamp: Option<String>,
    /// Says what a message holds.
    pub value: MessageValue,
    /// Settings of the client library, by its own names.
    pub properties: BTreeMap<String, String>,
}

/// Says what the value of a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageValue {
    /// The record, as a JSON object: `{"user":"a","amount":1.50}`.
    #[default]
    Record,
    /// The record with its offset, as a job on stdin gets it: `{"offset":0,"record":{"user":"a","amount":1.50}}`.
    Envelope,
    /// The record without what a slice of a topic says of where a message stood: the columns that begin with `kafka_`.
    Payload,
}

/// Says how the value of a message is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFormat {
    /// Names the way in which it is encoded.
    pub encoding: Encoding,
    /// The file with its schema.
    pub schema: Option<PathBuf>,
    /// The message of the schema, of Protobuf.
    pub message: Option<String>,
    /// The address of a registry that knows schemas by their ids.
    pub registry: Option<String>,
    /// Says whether a zero and the schema's id stand before it.
    pub is_framed: bool,
}

/// Names a way to encode values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// A JSON object.
    #[default]
    Json,
    /// A record of Avro.
    Avro,
    /// A message of Protobuf.
    Protobuf,
}

impl Encoding {
    /// The name by which a registry calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Avro => "AVRO",
            Self::Protobuf => "PROTOBUF",
        }
    }
}

/// The columns of what is copied: what names a row, and the record that made it due.
pub(super) const COPIED: [&str; 2] = ["record", "offset"];
/// How long copies may take from the last record on: the topics' clients are there, and nobody computes anything.
const COPIES: Duration = Duration::from_secs(10);

/// Says how one version is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobTopics {
    /// Begins the name of the topic with its rows.
    pub output: String,
    /// How many partitions that has.
    pub partitions: u32,
    /// The columns that its rows may have.
    pub columns: Vec<String>,
    /// The columns that the key of a message holds.
    pub key: Vec<String>,
    /// How a table follows from the messages.
    pub rows: RowMessages,
    /// How their values are written.
    pub format: MessageFormat,
    /// Says whether it is started when all records are there, and ends by itself when it has read them.
    pub is_bounded: bool,
    /// The words that it writes when it is ready for records.
    pub ready: Option<String>,
    /// Closing records, each a message's value: every partition gets them behind its last record.
    pub close: Vec<String>,
    /// How long it may take from the last record on.
    pub timeout: Duration,
    /// The job that runs before it, and leaves its state to it.
    pub handover: Option<HandOver>,
    /// Says that no program is started: the link itself sends a row back for each record, with its number as `record` and as
    /// `offset`. Records come as envelopes.
    pub is_copied: bool,
}

impl JobTopics {
    /// Returns the topics of nobody, behind which the link itself copies: what that takes is the broker's own share.
    #[must_use]
    pub fn copying(&self) -> Self {
        Self {
            output: self.output.clone(),
            partitions: self.partitions,
            columns: COPIED.map(str::to_owned).into(),
            key: Vec::new(),
            rows: RowMessages::Append,
            format: MessageFormat::default(),
            is_bounded: false,
            ready: None,
            close: Vec::new(),
            timeout: COPIES,
            handover: None,
            is_copied: true,
        }
    }
}

/// Describes a job that is sent the first records, is ended, and leaves its state to the version, which is sent the others. Both
/// read one input and write one output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// The program and its arguments; all else about it is as of the version.
    pub command: Vec<String>,
    /// It is sent so many records.
    pub at: u64,
    /// Says whether the version finds the state that it has left.
    pub carries_state: bool,
    /// Says whether it is started when its records are there, and ends by itself when it has read them.
    pub is_bounded: bool,
    /// The words that it writes when it is ready for records.
    pub ready: Option<String>,
}

/// Says on which side of a hand-over a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is ended, and leaves its state.
    Before,
    /// It takes over.
    After,
}

impl Phase {
    /// Returns its name, as a job is told it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// Says how a table follows from messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowMessages {
    /// Each message is a row that stays.
    #[default]
    Append,
    /// The last message of a key stays, and one without a value takes the row back.
    Upsert,
    /// Each message is a change of a row: an object with `op`, `before` and `after`.
    Debezium,
}

impl RowMessages {
    /// The column in which the lines of a link say whether they give a row or take it back, where rows are taken back.
    pub fn sign(self) -> Option<&'static str> {
        match self {
            Self::Append => None,
            Self::Upsert | Self::Debezium => Some("counterpoint sign"),
        }
    }
}

/// Describes a job behind topics: everything that an adapter has to know.
#[derive(Debug, Clone)]
pub struct ThroughTopics {
    /// The program that is the job, or that runs it somewhere else.
    pub launch: Launch,
    /// The way of the records.
    pub replay: ReplayTopics,
    /// The way of the rows.
    pub job: JobTopics,
}
