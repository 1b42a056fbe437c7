//! Takes a bounded slice of live topics, as JSON lines, without touching anybody's group: nothing is subscribed to and
//! nothing is committed.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer, base_consumer::PartitionQueue},
    error::KafkaError,
    message::{BorrowedMessage, Headers as _},
    metadata::{MetadataPartition, MetadataTopic},
};
use replay::{Control, Interrupted};
use serde_json::{Value, value::RawValue};

use crate::broker::{Broker, PATIENCE, Quiet};

/// A broker that gives nothing for so long is given up.
const STALL: Duration = Duration::from_secs(30);
/// Between two looks at the stop signal.
const NAP: Duration = Duration::from_millis(50);
/// So many places are named, where there are many.
const NAMED: usize = 3;

/// Says which slice is taken.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Addresses of brokers, with commas between.
    pub bootstrap: String,
    /// The topics.
    pub topics: Vec<String>,
    /// The first time that belongs to it, in milliseconds; all from the beginning without one.
    pub since_ms: Option<i64>,
    /// The first time that doesn't any more.
    pub until_ms: Option<i64>,
    /// Settings of the client library.
    pub properties: BTreeMap<String, String>,
}

/// Describes what was taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sliced {
    /// Lines written.
    pub lines: u64,
    /// Says what is to be known of it: records that the broker has deleted, messages that are no records.
    pub notes: Vec<String>,
}

/// Says why there is no slice.
#[derive(Debug)]
pub enum SliceError {
    /// It was told to stop.
    Interrupted,
    /// Says that what was asked for can't be.
    Usage(String, String),
    /// The broker failed, or what it gave can't be written.
    Failed(String),
}

impl From<Interrupted> for SliceError {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<io::Error> for SliceError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

fn failed(error: &KafkaError) -> SliceError {
    SliceError::Failed(format!("the broker fails: {}", datasets::shown(&error.to_string())))
}

/// A partition of the slice, and the message that comes next of it.
struct Part {
    topic: String,
    partition: i32,
    queue: PartitionQueue<Quiet>,
    /// The offset behind the last one that belongs to the slice.
    end: i64,
    next: i64,
    has_gaps: bool,
    head: Option<Head>,
    is_over: bool,
}

struct Head {
    time_ms: i64,
    line: Option<Vec<u8>>,
}

/// Writes the messages of a slice, a JSON object a line: the fields of the value, and where it stood. Those of several
/// partitions are merged by their times, and each partition stays in its order.
pub fn slice(what: &Slice, control: &Control, out: &mut dyn Write) -> Result<Sliced, SliceError> {
    let broker = Broker::at(&what.bootstrap, &what.properties);
    let refused = |fault: replay::link::LinkFault| match fault {
        replay::link::LinkFault::NotStarted { why, hint } => SliceError::Usage(why, hint.to_owned()),
        other => SliceError::Failed(other.to_string()),
    };
    let client = Arc::new(broker.slicer().map_err(refused)?);
    broker.wait(&client, &what.topics[0]).map_err(refused)?;
    let mut told = Told::default();
    let mut parts = parts(&client, what, &mut told)?;
    loop {
        control.check()?;
        for part in &mut parts {
            part.fill(&client, what.topics.len() > 1, control, &mut told)?;
        }
        // Of two equal times that of the earlier partition comes first.
        let heads = parts.iter_mut().filter(|part| part.head.is_some());
        let first = heads.min_by_key(|part| part.head.as_ref().map_or(i64::MAX, |head| head.time_ms));
        let Some(head) = first.and_then(|part| part.head.take()) else { break };
        let is_in = what.since_ms.is_none_or(|since| head.time_ms >= since)
            && what.until_ms.is_none_or(|until| head.time_ms < until);
        if let (true, Some(line)) = (is_in, head.line) {
            out.write_all(&line)?;
            told.lines += 1;
        }
    }
    Ok(told.finish(&parts))
}

/// The partitions of the topics, from where the slice may begin to where they end now.
fn parts(client: &Arc<BaseConsumer<Quiet>>, what: &Slice, told: &mut Told) -> Result<Vec<Part>, SliceError> {
    let (mut all, mut ends) = (TopicPartitionList::new(), Vec::new());
    for topic in &what.topics {
        let metadata = client.fetch_metadata(Some(topic), PATIENCE).map_err(|error| failed(&error))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
        let Some(found) = found.filter(|found| !found.partitions().is_empty()) else {
            return Err(unknown(client, topic));
        };
        let mut partitions: Vec<i32> = found.partitions().iter().map(MetadataPartition::id).collect();
        partitions.sort_unstable();
        for partition in partitions {
            let (first, end) =
                client.fetch_watermarks(topic, partition, PATIENCE).map_err(|error| failed(&error))?;
            let start = start(client, what, topic, partition)?.unwrap_or(first).max(first);
            if first > 0 && start == first {
                let topic = datasets::shown(topic);
                told.notes.push(format!(
                    "partition {partition} of {topic} begins at offset {first}: the broker has deleted what was before"
                ));
            }
            if start < end {
                all.add_partition_offset(topic, partition, Offset::Offset(start))
                    .map_err(|error| failed(&error))?;
                ends.push((topic.clone(), partition, start, end));
            }
        }
    }
    client.assign(&all).map_err(|error| failed(&error))?;
    ends.into_iter()
        .map(|(topic, partition, next, end)| {
            let queue = client.split_partition_queue(&topic, partition);
            let queue =
                queue.ok_or_else(|| SliceError::Failed(format!("{topic} has lost partition {partition}")))?;
            Ok(Part { topic, partition, queue, end, next, has_gaps: false, head: None, is_over: false })
        })
        .collect()
}

/// The first offset whose time is in the slice. Behind it there may be earlier times, which are left out as they are read.
fn start(
    client: &BaseConsumer<Quiet>,
    what: &Slice,
    topic: &str,
    partition: i32,
) -> Result<Option<i64>, SliceError> {
    let Some(since) = what.since_ms else { return Ok(None) };
    let mut asked = TopicPartitionList::new();
    asked.add_partition_offset(topic, partition, Offset::Offset(since)).map_err(|error| failed(&error))?;
    let found = client.offsets_for_times(asked, PATIENCE).map_err(|error| failed(&error))?;
    Ok(match found.find_partition(topic, partition).map(|found| found.offset()) {
        Some(Offset::Offset(offset)) => Some(offset),
        // Nothing is as late.
        _ => Some(i64::MAX),
    })
}

/// A topic that isn't there, with the nearest that is.
fn unknown(client: &BaseConsumer<Quiet>, topic: &str) -> SliceError {
    let all = client.fetch_metadata(None, PATIENCE);
    let there = |found: &&MetadataTopic| found.error().is_none() && !found.partitions().is_empty();
    let names: Vec<String> = all.map_or_else(
        |_| Vec::new(),
        |all| all.topics().iter().filter(there).map(|found| found.name().to_owned()).collect(),
    );
    let near = datasets::nearest(topic, names.iter().map(String::as_str));
    let hint = near.map_or_else(
        || "the broker makes no topic by being asked".to_owned(),
        |near| format!("did you mean {near}?"),
    );
    SliceError::Usage(format!("there is no topic '{}'", datasets::shown(topic)), hint)
}

impl Part {
    /// Waits for the next message, unless there is one or none is left.
    fn fill(
        &mut self,
        client: &BaseConsumer<Quiet>,
        names_topic: bool,
        control: &Control,
        told: &mut Told,
    ) -> Result<(), SliceError> {
        let start = Instant::now();
        while self.head.is_none() && !self.is_over {
            match self.queue.poll(NAP) {
                Some(Ok(message)) => {
                    if message.offset() >= self.end {
                        self.is_over = true;
                        break;
                    }
                    self.has_gaps |= message.offset() != self.next;
                    self.next = message.offset() + 1;
                    self.is_over = self.next >= self.end;
                    self.head = Some(Head {
                        time_ms: message.timestamp().to_millis().unwrap_or(0),
                        line: told.line(&message, names_topic),
                    });
                }
                // What is between it and the end are markers of transactions.
                Some(Err(KafkaError::PartitionEOF(_))) => self.is_over = true,
                Some(Err(error)) if !crate::hearing::may_pass(&error) => return Err(failed(&error)),
                None | Some(Err(_)) => {
                    control.check()?;
                    // Its own events come here: that a broker is gone, say.
                    let _ = client.poll(Duration::ZERO);
                    if start.elapsed() >= STALL {
                        let (topic, words) = (datasets::shown(&self.topic), client.context().last_words());
                        return Err(SliceError::Failed(format!(
                            "partition {} of {topic} gives nothing for {} s {words}",
                            self.partition,
                            STALL.as_secs()
                        )));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Gathers what is to be known.
#[derive(Default)]
struct Told {
    lines: u64,
    notes: Vec<String>,
    tombstones: u64,
    strange: u64,
}

impl Told {
    /// The line of a message; `None` for one without a value.
    fn line(&mut self, message: &BorrowedMessage<'_>, names_topic: bool) -> Option<Vec<u8>> {
        let Some(value) = message.payload() else {
            self.tombstones += 1;
            return None;
        };
        let text = str::from_utf8(value).ok().map(str::trim);
        let fields = text.and_then(|text| {
            let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
            is_json.then(|| text.strip_prefix('{')).flatten()
        });
        let Some(rest) = fields else {
            self.strange += 1;
            if self.strange <= NAMED as u64 {
                let (topic, partition) = (datasets::shown(message.topic()), message.partition());
                let offset = message.offset();
                self.notes.push(format!("no JSON object: partition {partition}, offset {offset} of {topic}"));
            }
            // Whoever reads the lines finds it to be a bad row.
            let mut line =
                value.iter().map(|&byte| if byte == b'\n' { b' ' } else { byte }).collect::<Vec<u8>>();
            line.push(b'\n');
            return Some(line);
        };
        let mut begin = place(message, names_topic);
        if !rest.trim_start().starts_with('}') {
            begin.push(b',');
        }
        begin.extend(rest.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
        begin.push(b'\n');
        Some(begin)
    }

    fn finish(mut self, parts: &[Part]) -> Sliced {
        if self.strange > NAMED as u64 {
            self.notes.push(format!("messages that are no JSON object: {}", self.strange));
        }
        if self.tombstones > 0 {
            self.notes.push(format!("messages without a value, which are left out: {}", self.tombstones));
        }
        let gaps = parts.iter().filter(|part| part.has_gaps).count();
        if gaps > 0 {
            let what = "their topic is compacted, or written to in transactions";
            self.notes.push(format!("partitions whose offsets have gaps: {gaps}; {what}"));
        }
        Sliced { lines: self.lines, notes: self.notes }
    }
}

/// The beginning of a line that says where a message stood: its time, partition and offset, its key and its headers.
fn place(message: &BorrowedMessage<'_>, names_topic: bool) -> Vec<u8> {
    let mut place = vec![b'{'];
    let mut field = |name: &str, value: Value| {
        place.extend_from_slice(if place.len() > 1 { b"," } else { b"" });
        place.extend_from_slice(format!("{}:{value}", Value::from(name)).as_bytes());
    };
    if names_topic {
        field("kafka_topic", message.topic().into());
    }
    field("kafka_timestamp", message.timestamp().to_millis().into());
    field("kafka_partition", message.partition().into());
    field("kafka_offset", message.offset().into());
    field("kafka_key", message.key().map(String::from_utf8_lossy).into());
    for header in message.headers().into_iter().flat_map(|headers| headers.iter()) {
        field(&format!("kafka_header_{}", header.key), header.value.map(String::from_utf8_lossy).into());
    }
    place
}
