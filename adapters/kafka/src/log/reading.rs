//! Reads the messages of a log at their offsets in the topic, and a log's entries out of them.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};
use store::log::{Batch, LogError, Read};

use super::{
    message::{self, Message, Says},
    walk::Placed,
};
use crate::{
    broker::{Broker, Quiet},
    hearing::may_pass,
};

/// A broker that is away for so long is given up. Whoever waits for a job that reads gives up later.
const WAIT: Duration = Duration::from_secs(20);
const NAP: Duration = Duration::from_millis(100);

/// Says where a log is kept, and where in there each of its entries is. The one who appends and all who read share it.
pub(super) struct Shelf {
    pub(super) broker: Broker,
    pub(super) topic: String,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    /// In the order of their offsets.
    placed: Vec<Placed>,
    end: u64,
    bytes: u64,
}

impl Shelf {
    pub(super) fn new(broker: Broker, topic: &str) -> Self {
        Self { broker, topic: topic.to_owned(), known: RwLock::default() }
    }

    /// Tells whoever reads of whole appends, up to the log's `end`.
    pub(super) fn tell(&self, found: impl Iterator<Item = Placed>, end: u64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for placed in found {
            known.bytes += placed.bytes;
            known.placed.push(placed);
        }
        known.end = end;
    }

    pub(super) fn end(&self) -> u64 {
        self.known.read().unwrap_or_else(PoisonError::into_inner).end
    }

    pub(super) fn bytes(&self) -> u64 {
        self.known.read().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Returns the message that entry `offset` is in.
    fn place_of(&self, offset: u64) -> Option<Placed> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let after = known.placed.partition_point(|placed| placed.first <= offset);
        known.placed.get(after.checked_sub(1)?).copied()
    }

    /// Returns the first message with an entry at or after `time_ms`.
    pub(super) fn reaching(&self, time_ms: i64) -> Option<Placed> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.placed.iter().find(|placed| placed.latest_ms >= time_ms).copied()
    }

    /// Names the place, for errors.
    pub(super) fn place(&self) -> String {
        format!("kafka://{}/{}", datasets::shown(self.broker.bootstrap()), datasets::shown(&self.topic))
    }

    /// Returns the error of a message that isn't what it must be.
    pub(super) fn spoilt(&self, message: i64, what: &str) -> LogError {
        LogError::Spoilt {
            place: self.place(),
            what: format!("the message at partition 0, offset {message}: {what}"),
            hint: "a log's topic belongs to one run, and nobody else writes to it or shortens it: begin anew",
        }
    }

    pub(super) fn away(&self, to: impl Into<String>, cause: impl Into<String>) -> LogError {
        LogError::Away { place: self.place(), to: to.into(), cause: cause.into() }
    }
}

/// A client at a place of a topic's one partition.
pub(super) struct Tape {
    client: BaseConsumer<Quiet>,
    /// The offset of the message that comes next; nothing before the first.
    next: Option<i64>,
}

impl Tape {
    pub(super) fn new(shelf: &Shelf) -> Result<Self, LogError> {
        let client = shelf.broker.reader().map_err(super::topic::unreachable)?;
        Ok(Self { client, next: None })
    }

    /// Reads the message at this offset, which is known to be there.
    pub(super) fn read(&mut self, shelf: &Shelf, offset: i64) -> Result<Vec<u8>, LogError> {
        if self.next.is_none_or(|next| offset < next) {
            let mut only = TopicPartitionList::new();
            let assigned = only
                .add_partition_offset(&shelf.topic, 0, Offset::Offset(offset))
                .and_then(|()| self.client.assign(&only));
            assigned.map_err(|error| shelf.away("read", said(&error)))?;
        }
        let (began, mut last) = (Instant::now(), None);
        loop {
            match self.client.poll(NAP) {
                // What is void, between two appends.
                Some(Ok(message)) if message.offset() < offset => {}
                Some(Ok(message)) if message.offset() == offset => {
                    self.next = Some(offset + 1);
                    return Ok(message.payload().unwrap_or_default().to_owned());
                }
                Some(Ok(message)) => {
                    let found = message.offset();
                    return Err(shelf.spoilt(offset, &format!("it is gone, the next one has offset {found}")));
                }
                Some(Err(error)) if is_gone(&error) => {
                    return Err(shelf.spoilt(offset, "it is gone: the topic was shortened, or made anew"));
                }
                Some(Err(error)) => last = Some(error),
                None => {}
            }
            if began.elapsed() >= WAIT {
                return Err(self.gives_nothing(shelf, offset, last.as_ref()));
            }
            if last.as_ref().is_some_and(|error| !may_pass(error) && !is_unknown(error)) {
                return Err(shelf.away(format!("read offset {offset}"), said_of(last.as_ref())));
            }
        }
    }

    fn gives_nothing(&self, shelf: &Shelf, offset: i64, last: Option<&KafkaError>) -> LogError {
        if last.is_some_and(is_unknown) {
            return super::topic::not_there(shelf);
        }
        let words = self.client.context().last_words();
        let words = if words.is_empty() { said_of(last) } else { words };
        shelf.away(format!("read offset {offset}"), format!("nothing came for {} s {words}", WAIT.as_secs()))
    }
}

fn said(error: &KafkaError) -> String {
    datasets::shown(&error.to_string()).to_string()
}

fn said_of(error: Option<&KafkaError>) -> String {
    error.map(said).unwrap_or_default()
}

fn is_gone(error: &KafkaError) -> bool {
    matches!(
        error,
        KafkaError::MessageConsumption(
            RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange
        )
    )
}

/// A server that has just started may not know its topics yet.
fn is_unknown(error: &KafkaError) -> bool {
    matches!(
        error,
        KafkaError::MessageConsumption(
            RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition
        )
    )
}

/// A reader of a log in a topic, with a client of its own once it has read something.
pub(super) struct TopicReader {
    shelf: Arc<Shelf>,
    /// The offset that is read next.
    at: u64,
    tape: Option<Tape>,
    /// The entries of the message that was read last.
    held: Batch,
    /// An error that came behind good entries, which were given first.
    failed: Option<LogError>,
}

impl TopicReader {
    pub(super) fn new(shelf: Arc<Shelf>, at: u64) -> Self {
        Self { shelf, at, tape: None, held: Batch::new(), failed: None }
    }

    /// Holds the message that the next entry is in.
    fn fill(&mut self) -> Result<(), LogError> {
        let first = self.held.get(0).map(|(offset, ..)| offset);
        if first.is_some_and(|first| (first..first + self.held.len() as u64).contains(&self.at)) {
            return Ok(());
        }
        self.held.clear();
        let Some(placed) = self.shelf.place_of(self.at) else { return Ok(()) };
        let tape = match &mut self.tape {
            Some(tape) => tape,
            none => none.insert(Tape::new(&self.shelf)?),
        };
        let read = tape.read(&self.shelf, placed.message);
        if read.is_err() {
            self.tape = None;
        }
        let bytes = read?;
        let wrong = |what: &str| self.shelf.spoilt(placed.message, what);
        match message::decode(&bytes) {
            Ok(Message { says: Says::Entries(entries), .. }) if entries.first == placed.first => {
                for (offset, time_ms, payload) in entries.iter() {
                    self.held.push(offset, time_ms, payload);
                }
                Ok(())
            }
            Ok(_) => Err(wrong(&format!("it doesn't begin with entry {}, as it did", placed.first))),
            Err(what) => Err(wrong(&what)),
        }
    }

    /// Takes what is held from the next entry on.
    fn take(&mut self, most: usize, batch: &mut Batch) {
        let first = self.held.get(0).map_or(self.at, |(offset, ..)| offset);
        let skipped = self.at.saturating_sub(first) as usize;
        for (offset, time_ms, payload) in self.held.iter().skip(skipped).take(most) {
            batch.push(offset, time_ms, payload);
            self.at = offset + 1;
        }
    }
}

impl Read for TopicReader {
    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<usize, LogError> {
        batch.clear();
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let end = self.shelf.end();
        while batch.len() < most && self.at < end {
            match self.fill() {
                Ok(()) => self.take(most - batch.len(), batch),
                Err(error) if batch.is_empty() => return Err(error),
                // What came before it is good. The next call tells at once, and doesn't wait for the broker a second time: whoever
                // waits for a reader would take that for a reader that hangs.
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(batch.len())
    }

    fn position(&self) -> u64 {
        self.at
    }
}
