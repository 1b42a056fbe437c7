//! Takes a bounded slice of live topics, as JSON lines, without touching anybody's group: nothing is subscribed to and
//! nothing is committed.

mod parts;
mod told;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use datasets::TopicSlice;
use rdkafka::{
    Message as _,
    consumer::{BaseConsumer, Consumer, base_consumer::PartitionQueue},
    error::KafkaError,
};
use replay::{Control, Interrupted, link::MessageFormat};

use self::{parts::parts, told::Told};
use crate::{
    broker::{Broker, Quiet},
    format::Decoder,
};

/// A broker that gives nothing for so long is given up.
const STALL: Duration = Duration::from_secs(30);
/// Between two looks at the stop signal.
const NAP: Duration = Duration::from_millis(50);

/// Says which slice is taken.
#[derive(Debug, Clone, Default)]
pub struct Slice {
    /// Addresses of brokers, with commas between.
    pub bootstrap: String,
    /// The topics.
    pub topics: Vec<String>,
    /// The first time that belongs to it, in milliseconds; all from the beginning without one.
    pub since_ms: Option<i64>,
    /// The first time that doesn't any more.
    pub until_ms: Option<i64>,
    /// Partitions and their offsets, where not all are taken.
    pub offsets: Vec<OffsetRange>,
    /// How values are written.
    pub format: MessageFormat,
    /// By at most how much partitions run behind others when they are merged, in milliseconds, drawn by the seed.
    pub skew_ms: u64,
    /// Seeds that.
    pub seed: u64,
    /// Settings of the client library.
    pub properties: BTreeMap<String, String>,
}

/// A part of a partition: offsets from `from` to before `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetRange {
    /// The topic.
    pub topic: String,
    /// The partition's number.
    pub partition: i32,
    /// The first offset that is taken; the first that there is without one.
    pub from: Option<i64>,
    /// The first that isn't taken any more; what is there now without one.
    pub until: Option<i64>,
}

/// Describes what was taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sliced {
    /// Lines written.
    pub lines: u64,
    /// Says what was read.
    pub source: TopicSlice,
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
    /// By how much it runs behind.
    behind_ms: i64,
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
    let decoder = Decoder::new(&what.format).map_err(|why| {
        SliceError::Usage(why, "--value-schema is the file by which values are read".to_owned())
    })?;
    let broker = Broker::at(&what.bootstrap, &what.properties);
    let refused = |fault: replay::link::LinkFault| match fault {
        replay::link::LinkFault::NotStarted { why, hint } => SliceError::Usage(why, hint.to_owned()),
        other => SliceError::Failed(other.to_string()),
    };
    let client = Arc::new(broker.slicer().map_err(refused)?);
    broker.wait(&client, &what.topics[0]).map_err(refused)?;
    let mut told = Told::new(decoder);
    let mut parts = parts(&client, what, &mut told)?;
    loop {
        control.check()?;
        for part in &mut parts {
            part.fill(&client, what.topics.len() > 1, control, &mut told)?;
        }
        // Of two equal times that of the earlier partition comes first.
        let heads = parts.iter_mut().filter(|part| part.head.is_some());
        let due = |part: &&mut Part| {
            part.head.as_ref().map_or(i64::MAX, |head| head.time_ms.saturating_add(part.behind_ms))
        };
        let first = heads.min_by_key(due);
        let Some(head) = first.and_then(|part| part.head.take()) else { break };
        let is_in = what.since_ms.is_none_or(|since| head.time_ms >= since)
            && what.until_ms.is_none_or(|until| head.time_ms < until);
        if let (true, Some(line)) = (is_in, head.line) {
            out.write_all(&line)?;
            told.lines += 1;
        }
    }
    told.source.since_ms = what.since_ms;
    told.source.until_ms = what.until_ms;
    (told.source.skew_ms, told.source.skew_seed) =
        if what.skew_ms > 0 { (Some(what.skew_ms), Some(what.seed)) } else { (None, None) };
    Ok(told.finish(&parts))
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
                        line: told.line(&message, names_topic).map_err(SliceError::Failed)?,
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
