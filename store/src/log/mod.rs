//! An append-only log of bytes: entries get offsets 0, 1, 2 and so on, and stay.
//!
//! One [`Log`] appends; any number of readers, each at its own position, read what is durable. A log knows nothing of
//! what an entry is: bytes and a time. Whoever only appends or only reads takes [`Append`] or [`Read`], behind which a
//! topic elsewhere can stand as well.
//!
//! # What lies in the folder
//!
//! - *segments*, named by their first offset: a header with a format, then one frame an entry with its length, offset,
//!   time and checksum. The last frame of an append is marked, so that an append is there whole or recognisably isn't.
//!   An append never spans two segments; when one has reached its size, the next append begins another;
//! - *`head`*: the settings, and how far everything is acknowledged (offset, segment, byte), twice, by turns;
//! - *indexes*, one for each segment that takes no more entries: made from the data, made anew if missing or wrong;
//! - *`run.lock`*: held by the process that appends.
//!
//! # What is promised
//!
//! *An append* is written, synced, then acknowledged in `head` (synced as well), and only then seen by readers and by
//! the caller. With [`Durability::Power`] that is two syncs, and a new segment takes a third, of the folder; with
//! [`Durability::Process`] none, because the kernel keeps what a process wrote before it died.
//!
//! *After a crash* the log holds all that was acknowledged, and after it nothing, or the one append that was under way,
//! whole: it may have been written but not acknowledged. Anything else after the last acknowledged byte is a torn tail,
//! which [`Log::open`] cuts off and tells of. What an open has found stays: it is synced before it is told.
//!
//! *Torn and damaged are told apart* by the acknowledgement, not by guessing. The data are synced before it is written,
//! so before that byte everything was right once: whatever isn't now is damage, an error that names file, byte and
//! offset, and nothing is cut. After that byte nobody was promised anything. Were there no such record, a flipped bit in
//! the last append would look like a crash in it. The record itself may be torn, or damaged: then the one before it
//! counts, and the append in between, which lies there whole, is taken up again. So one damaged place is never mistaken
//! for a crash; that would take two at once, the last append and its acknowledgement.
//!
//! *A failed append* leaves the log as it was, at the same offset. What it has left in the files is removed at once or
//! before the next append: first the acknowledgement, then the data, so that a crash in between does no harm. Where the
//! process dies before that, the failed append is one that was under way.
//!
//! *Where damage is seen.* An open reads and checks the last segment, and every segment whose index it has to make; the
//! rest is checked as it is read. [`View::verify`] reads all of it.
//!
//! *By time*, [`View::offset_at`] finds the first entry at or after a time, also where times go backwards: a mark of the
//! index holds the latest time of its stretch, and the first stretch that reaches that time is read.
//!
//! # What is not
//!
//! Readers live in the process that writes; another process that opens the folder is refused. A power cut may undo what
//! was appended with [`Durability::Process`]: the log is then shorter, and ends with a whole append, or an open or a read
//! says that it is damaged. Nothing is ever deleted: a log ends where its disk does.

mod append;
mod batch;
mod disk;
mod error;
mod frame;
mod frames;
mod head;
mod index;
mod kept;
mod open;
mod reader;
mod recover;
mod simulated;
mod view;

pub use crate::Durability;
pub use batch::Batch;
pub use error::LogError;
pub use frame::PAYLOAD_LIMIT;
pub use kept::{Elsewhere, Keeper, Kept};
pub use reader::LogReader;
pub use recover::{Recovered, Torn};
pub use simulated::{Fault, SimulatedDisk};
pub use view::View;

use append::Writer;
use disk::Disk;
use std::path::Path;

/// Takes entries in.
pub trait Append {
    /// Appends all entries, or none if it fails, and returns the next offset. When it returns they are durable.
    fn append(&mut self, entries: &[Entry<'_>]) -> Result<u64, LogError>;
}

/// Gives entries out, in order, from a position that moves.
pub trait Read {
    /// Reads entries that are durable now into `batch`, in place of what it held: `most` of them, or as many as there
    /// are. Returns how many, 0 at the end; later there may be more.
    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<usize, LogError>;

    /// Returns the offset of the entry that is read next.
    fn position(&self) -> u64;
}

/// An entry that is to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its time, by which it can be found; times may go backwards.
    pub time_ms: i64,
    /// Holds its bytes, at most 16 MiB.
    pub payload: &'a [u8],
}

/// Describes how a log is kept; chosen when it is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    /// Bytes from which on a segment takes no further append.
    pub segment_bytes: u64,
    /// Entries from one mark of the sparse index to the next.
    pub index_every: u64,
    /// Describes what an append survives once it has returned.
    pub durability: Durability,
}

impl Default for LogSettings {
    fn default() -> LogSettings {
        LogSettings { segment_bytes: 64 << 20, index_every: 1024, durability: Durability::Power }
    }
}

/// A log that this process owns, to append to and to read. See the [module's words](self).
pub struct Log {
    writer: Writer,
    view: View,
}

impl Log {
    /// Creates an empty log in a new or empty folder.
    pub fn create(folder: &Path, settings: LogSettings) -> Result<Log, LogError> {
        std::fs::create_dir_all(folder)
            .map_err(|error| LogError::failed(folder.display().to_string(), "create the folder", &error))?;
        Log::create_on(&Disk::Folder(folder.to_owned()), settings)
    }

    /// Opens a log, cuts off what a crash has left half-done, and says what that was.
    pub fn open(folder: &Path) -> Result<(Log, Recovered), LogError> {
        Log::open_on(&Disk::Folder(folder.to_owned()))
    }

    /// Creates an empty log on a simulated disk; there is no lock.
    pub fn create_simulated(disk: &SimulatedDisk, settings: LogSettings) -> Result<Log, LogError> {
        Log::create_on(&Disk::Simulated(disk.clone()), settings)
    }

    /// Opens the log on a simulated disk.
    pub fn open_simulated(disk: &SimulatedDisk) -> Result<(Log, Recovered), LogError> {
        Log::open_on(&Disk::Simulated(disk.clone()))
    }

    fn create_on(disk: &Disk, settings: LogSettings) -> Result<Log, LogError> {
        let (writer, view) = open::create(disk, settings)?;
        Ok(Log { writer, view })
    }

    fn open_on(disk: &Disk) -> Result<(Log, Recovered), LogError> {
        let (writer, view, recovered) = open::open(disk)?;
        Ok((Log { writer, view }, recovered))
    }

    /// Returns how it is kept.
    pub fn settings(&self) -> LogSettings {
        self.writer.settings()
    }

    /// Returns a view of it, from which other threads take readers.
    pub fn view(&self) -> View {
        self.view.clone()
    }

    /// Returns the offset that the next entry will get.
    pub fn end(&self) -> u64 {
        self.view.end()
    }

    /// Returns how many bytes its segments have.
    pub fn bytes(&self) -> u64 {
        self.view.bytes()
    }

    /// Returns a reader from that offset on; see [`View::reader`].
    pub fn reader(&self, from: u64) -> LogReader {
        self.view.reader(from)
    }

    /// Returns the first offset whose time is at or after `time_ms`; see [`View::offset_at`].
    pub fn offset_at(&self, time_ms: i64) -> Result<u64, LogError> {
        self.view.offset_at(time_ms)
    }
}

impl Append for Log {
    fn append(&mut self, entries: &[Entry<'_>]) -> Result<u64, LogError> {
        self.writer.append(&self.view, entries)
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("end", &self.end()).field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}
