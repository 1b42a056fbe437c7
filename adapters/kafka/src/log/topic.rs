//! A log in a topic, to append to and to read: made, taken over, removed.

use std::sync::Arc;

use rdkafka::consumer::{BaseConsumer, Consumer};
use replay::link::LinkFault;
use store::log::{Append, Batch, Elsewhere, Entry, Keeper, Kept, LogError, PAYLOAD_LIMIT, Read};

use super::{
    message::{self, Author, Says},
    reading::{Shelf, Tape, TopicReader},
    walk::Walk,
    writing::Pen,
};
use crate::{
    broker::{Broker, PATIENCE, Quiet},
    notes::{self, Note, Place},
    topics::{ByAdmin, MakeTopics, NewTopic, fresh},
};

/// An append is cut into messages of about this size: what one fetch brings.
const MESSAGE: usize = 1 << 20;
/// Entries that are held in memory where many are read.
const AT_ONCE: usize = 1_000;

/// Makes, opens and removes logs in topics.
pub const KEEPER: Keeper = Keeper {
    fresh: |name| Ok(format!("{name}.{}.log", fresh().map_err(unreachable)?)),
    create: |place| {
        let broker = Broker::at(&place.address, &place.settings);
        let topics = ByAdmin::new(&broker).map_err(unreachable)?;
        let log = TopicLog::create(place, &topics)?;
        notes::sweep(&notes::folder(), &Place::of(&place.address, &topics), &topics);
        Ok(Box::new(log))
    },
    note: |place| {
        let id = place.name.rsplit('.').nth(1).unwrap_or_default();
        // Whoever isn't there is waited for once.
        let (shelf, _) = reached(place)?;
        let topics = ByAdmin::new(&shelf.broker).map_err(unreachable)?;
        let here = Place::of(&place.address, &topics);
        let note = Note::write(&notes::folder(), id, (&here, ""), &[topic_of(place)]);
        Ok(Box::new(note.map_err(unreachable)?))
    },
    open: |place| Ok(Box::new(TopicLog::open(place)?)),
    remove: |place| {
        let broker = Broker::at(&place.address, &place.settings);
        let topics = ByAdmin::new(&broker).map_err(unreachable)?;
        topics.remove(&[topic_of(place)], "").map_err(unreachable)
    },
};

/// A log in a topic, which this process owns. See the [module's words](super).
pub struct TopicLog {
    shelf: Arc<Shelf>,
    walk: Walk,
    /// Names this process; the owner that the walk has found may be somebody else.
    author: Author,
    /// Nothing after a failure, of which nobody knows what it has left.
    pen: Option<Pen>,
    /// The number under which this process goes on after a failure, until that is done.
    next: Option<u64>,
}

impl TopicLog {
    /// Makes an empty log in a topic that isn't there yet.
    pub fn create(place: &Elsewhere, topics: &dyn MakeTopics) -> Result<Self, LogError> {
        let (shelf, asker) = reached(place)?;
        drop(asker);
        topics.make(&[topic_of(place)]).map_err(|unmade| unreachable(unmade.fault))?;
        let made = Made { topics, topic: topic_of(place) };
        let author = Author { log: number()?, owner: number()? };
        let mut log = Self { shelf: Arc::new(shelf), walk: Walk::default(), author, pen: None, next: None };
        log.say(&[message::control(author, &Says::Begins)])?;
        log.check_owner()?;
        std::mem::forget(made);
        Ok(log)
    }

    /// Opens the log in a topic: reads all of it, and takes it over.
    pub fn open(place: &Elsewhere) -> Result<Self, LogError> {
        let (shelf, asker) = reached(place)?;
        let end = whole(&shelf, &asker)?;
        drop(asker);
        let mut walk = Walk::default();
        read_up_to(&shelf, &mut walk, end)?;
        let Some(before) = walk.author() else {
            return Err(LogError::Spoilt {
                place: shelf.place(),
                what: "the topic is empty, so there is no log in it".to_owned(),
                hint: GONE,
            });
        };
        let author = Author { owner: number()?, ..before };
        let mut log = Self { shelf: Arc::new(shelf), walk, author, pen: None, next: None };
        log.say(&[message::control(author, &Says::Taken)])?;
        log.check_owner()?;
        log.tell();
        Ok(log)
    }

    /// Sends messages, and goes on over whatever the topic holds up to them.
    fn say(&mut self, values: &[Vec<u8>]) -> Result<(), LogError> {
        let mut pen = match self.pen.take() {
            Some(pen) => pen,
            None => Pen::new(&self.shelf.broker, &self.shelf.topic).map_err(unreachable)?,
        };
        let stored = pen.write(values).map_err(|cause| self.shelf.away("append", cause))?;
        let next = self.walk.next();
        if stored.iter().copied().eq((next..).take(values.len())) {
            for (&at, value) in stored.iter().zip(values) {
                self.walk.take(at, value).map_err(|what| self.shelf.spoilt(at, &what))?;
            }
            self.pen = Some(pen);
            return Ok(());
        }
        let last = stored.iter().copied().max().unwrap_or(next);
        if last < next {
            return Err(self
                .shelf
                .spoilt(last, "it was stored before what is there: the topic was made anew"));
        }
        read_up_to(&self.shelf, &mut self.walk, last + 1)?;
        // Only now is it known what stands there: without a pen the next append settles that first.
        self.pen = Some(pen);
        Ok(())
    }

    fn check_owner(&self) -> Result<(), LogError> {
        if self.walk.author() == Some(self.author) {
            return Ok(());
        }
        Err(LogError::TakenOver { place: self.shelf.place(), end: self.shelf.end() })
    }

    /// Tells whoever reads what was found to be there.
    fn tell(&mut self) {
        let end = self.walk.end();
        self.shelf.tell(self.walk.found(), end);
    }

    /// After a failure: says where the log ends, whatever the broker has stored or will.
    fn settle(&mut self) -> Result<(), LogError> {
        if self.pen.is_some() {
            return self.check_owner();
        }
        // The same number each time this is tried: of those that fail, some may be stored.
        let next = match self.next {
            Some(next) => next,
            None => *self.next.insert(number()?),
        };
        self.say(&[message::control(self.author, &Says::Void { next, end: self.shelf.end() })])?;
        if self.walk.author().is_some_and(|author| author.owner == next) {
            self.author.owner = next;
            self.next = None;
        }
        self.check_owner()
    }

    fn check_lengths(&self, entries: &[Entry<'_>]) -> Result<(), LogError> {
        let first = self.shelf.end();
        let long = (first..).zip(entries).find(|(_, entry)| entry.payload.len() > PAYLOAD_LIMIT);
        long.map_or(Ok(()), |(offset, entry)| {
            let (length, limit) = (entry.payload.len(), PAYLOAD_LIMIT);
            Err(LogError::TooLong { place: self.shelf.place(), offset, length, limit })
        })
    }
}

impl Append for TopicLog {
    fn append(&mut self, entries: &[Entry<'_>]) -> Result<u64, LogError> {
        self.settle()?;
        let first = self.shelf.end();
        if entries.is_empty() {
            return Ok(first);
        }
        self.check_lengths(entries)?;
        self.say(&message::append(self.author, first, entries, MESSAGE))?;
        self.check_owner()?;
        if self.walk.is_torn() {
            // Nothing says so but the topic: as after any failure, the next append settles that first.
            self.pen = None;
            return Err(self.shelf.away("append", "the broker has stored its messages in another order"));
        }
        self.tell();
        Ok(self.shelf.end())
    }
}

impl Kept for TopicLog {
    fn end(&self) -> u64 {
        self.shelf.end()
    }

    fn bytes(&self) -> u64 {
        self.shelf.bytes()
    }

    fn read_from(&self, from: u64) -> Box<dyn Read + Send> {
        Box::new(TopicReader::new(Arc::clone(&self.shelf), from))
    }

    fn offset_at(&self, time_ms: i64) -> Result<u64, LogError> {
        let Some(placed) = self.shelf.reaching(time_ms) else { return Ok(self.shelf.end()) };
        let (mut reader, mut batch) = (self.read_from(placed.first), Batch::new());
        while reader.next(AT_ONCE, &mut batch)? > 0 {
            if let Some((offset, ..)) = batch.iter().find(|(_, found, _)| *found >= time_ms) {
                return Ok(offset);
            }
        }
        Ok(reader.position())
    }
}

impl std::fmt::Debug for TopicLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TopicLog")
            .field("topic", &self.shelf.topic)
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}

/// A topic in which no log has begun. Dropped, it is removed.
struct Made<'a> {
    topics: &'a dyn MakeTopics,
    topic: NewTopic,
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        // Who waits for it is told why there is no log.
        let _ = self.topics.remove(std::slice::from_ref(&self.topic), "");
    }
}

const GONE: &str = "the log is gone, and what was built from it can't be built again: begin anew";

/// Finds a broker, which answers within its patience.
fn reached(place: &Elsewhere) -> Result<(Shelf, BaseConsumer<Quiet>), LogError> {
    let broker = Broker::at(&place.address, &place.settings);
    let asker = broker.reader().map_err(unreachable)?;
    broker.wait(&asker, &place.name).map_err(unreachable)?;
    Ok((Shelf::new(broker, &place.name), asker))
}

/// Checks that all of a log's topic is there; returns the offset behind its last message.
fn whole(shelf: &Shelf, asker: &BaseConsumer<Quiet>) -> Result<i64, LogError> {
    let failed = |error: rdkafka::error::KafkaError| {
        shelf.away("ask for its topic", datasets::shown(&error.to_string()).to_string())
    };
    let metadata = asker.fetch_metadata(Some(&shelf.topic), PATIENCE).map_err(failed)?;
    let found = metadata.topics().iter().find(|found| found.name() == shelf.topic && found.error().is_none());
    let partitions = found.map_or(0, |found| found.partitions().len());
    if partitions == 0 {
        return Err(not_there(shelf));
    }
    let spoilt = |what: String| LogError::Spoilt { place: shelf.place(), what, hint: GONE };
    if partitions != 1 {
        return Err(spoilt(format!("the topic has {partitions} partitions, and a log's topic has one")));
    }
    let (first, end) = asker.fetch_watermarks(&shelf.topic, 0, PATIENCE).map_err(failed)?;
    if first > 0 {
        return Err(spoilt(format!(
            "the topic begins at offset {first} of partition 0: the broker has deleted what was before"
        )));
    }
    Ok(end)
}

/// Goes on with the walk until it has come to this offset of the topic.
fn read_up_to(shelf: &Shelf, walk: &mut Walk, end: i64) -> Result<(), LogError> {
    if walk.next() >= end {
        return Ok(());
    }
    let mut tape = Tape::new(shelf)?;
    while walk.next() < end {
        let at = walk.next();
        let bytes = tape.read(shelf, at)?;
        walk.take(at, &bytes).map_err(|what| shelf.spoilt(at, &what))?;
    }
    Ok(())
}

pub(super) fn not_there(shelf: &Shelf) -> LogError {
    LogError::Spoilt { place: shelf.place(), what: "the topic isn't there any more".to_owned(), hint: GONE }
}

/// Returns the error of a client that can't be made, or of a broker that can't be reached.
pub(super) fn unreachable(fault: LinkFault) -> LogError {
    let why = match fault {
        LinkFault::NotStarted { why, .. } => why,
        other => other.to_string(),
    };
    LogError::Unreachable {
        why,
        hint: "set [serving] log to a server that answers, such as \"kafka://127.0.0.1:9092/clicks\"; a run makes a topic of \
               its own and removes it, and needs the right to; log_properties are librdkafka's settings",
    }
}

fn topic_of(place: &Elsewhere) -> NewTopic {
    NewTopic { name: place.name.clone(), partitions: 1 }
}

/// A number that nobody else has.
fn number() -> Result<u64, LogError> {
    getrandom::u64().map_err(|error| unreachable(LinkFault::Machine(format!("no random bytes: {error}"))))
}
