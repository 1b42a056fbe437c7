//! Describes a log wherever it is kept: in a folder here, or elsewhere, where an adapter leads to.

use super::{Append, Log, LogError, Read};
use std::{any::Any, collections::BTreeMap};

/// A log that one process appends to and many read, wherever it is kept.
///
/// Offsets are 0, 1, 2 and so on; an append is there whole or not at all; what isn't durable yet is read by nobody.
pub trait Kept: Append + Send {
    /// Returns the offset that the next entry will get: so many entries are durable.
    fn end(&self) -> u64;

    /// Returns how many bytes it takes where it is kept.
    fn bytes(&self) -> u64;

    /// Returns a reader whose first entry is that of offset `from`; it may go to another thread.
    fn read_from(&self, from: u64) -> Box<dyn Read + Send>;

    /// Returns the first offset whose time is at or after `time_ms`, and the end if there is none.
    fn offset_at(&self, time_ms: i64) -> Result<u64, LogError>;
}

impl Kept for Log {
    fn end(&self) -> u64 {
        Log::end(self)
    }

    fn bytes(&self) -> u64 {
        Log::bytes(self)
    }

    fn read_from(&self, from: u64) -> Box<dyn Read + Send> {
        Box::new(self.reader(from))
    }

    fn offset_at(&self, time_ms: i64) -> Result<u64, LogError> {
        Log::offset_at(self, time_ms)
    }
}

/// Says where a log is that no folder here holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Addresses of whoever keeps it, with commas between.
    pub address: String,
    /// Its name there.
    pub name: String,
    /// Settings of the client.
    pub settings: BTreeMap<String, String>,
}

/// Holds what an adapter does for logs that are kept elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Keeper {
    /// Makes of the beginning of a name one that no other log has.
    pub fresh: fn(&str) -> Result<String, LogError>,
    /// Makes an empty log where there is nothing of its name. Where it fails, nothing of it is left.
    pub create: fn(&Elsewhere) -> Result<Box<dyn Kept>, LogError>,
    /// Notes that a log is to go with this process, before it is made: should the process be killed, whoever comes next removes
    /// it. The note goes when what is returned is dropped.
    pub note: fn(&Elsewhere) -> Result<Box<dyn Any + Send>, LogError>,
    /// Takes a log over from a process that has ended; one that hasn't appends no more.
    pub open: fn(&Elsewhere) -> Result<Box<dyn Kept>, LogError>,
    /// Removes a log, if it is there.
    pub remove: fn(&Elsewhere) -> Result<(), LogError>,
}
