//! Holds what was acknowledged against the data, and finds what a crash has left half-done.

use super::LogSettings;
use super::disk::Disk;
use super::error::{LogError, Stop};
use super::frame::{FORMAT, segment_name};
use super::frames::Frames;
use super::head::Acknowledged;
use super::index::{Extent, Index};
use super::view::{Segment, State};
use std::io;

/// Describes what an open has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The offset that the next entry will get.
    pub end: u64,
    /// Holds what was cut off, if there was anything.
    pub torn: Option<Torn>,
}

/// Describes the remains of an append that never was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// The file.
    pub segment: String,
    /// The offset that its first entry would have had.
    pub offset: u64,
    /// Where in the file it began.
    pub at_byte: u64,
    /// Bytes that were cut off.
    pub bytes: u64,
}

pub(super) struct Recovery<'a> {
    pub(super) disk: &'a Disk,
    pub(super) settings: LogSettings,
    pub(super) acknowledged: Acknowledged,
    /// Holds what was found so far.
    pub(super) state: State,
}

impl Recovery<'_> {
    /// Checks that the segments are there that the acknowledgement knows of.
    pub(super) fn check_firsts(&self, firsts: &[u64]) -> Result<(), LogError> {
        let Acknowledged { end, segment, .. } = self.acknowledged;
        let missing =
            |first: u64, what: String| self.error(Stop::Wrong { byte: 0, offset: first, what }, first);
        if firsts.first().is_some_and(|&first| first != 0) {
            return Err(missing(0, "the first segment isn't there".to_owned()));
        }
        if end > 0 && !firsts.contains(&segment) {
            return Err(missing(
                segment,
                format!("the segment isn't there, {end} entries were acknowledged"),
            ));
        }
        Ok(())
    }

    /// Reads each segment as far as it must, and says what is to be cut off.
    pub(super) fn read(&mut self, firsts: &[u64]) -> Result<Option<Torn>, LogError> {
        let mut nexts = firsts.iter().skip(1).copied();
        for &first in firsts {
            let next = nexts.next();
            if first != self.state.end {
                let what = format!("the next segment begins with entry {first}");
                let last = self.state.segments.last().map_or(0, |segment| segment.extent.bytes);
                let before = self.state.segments.last().map_or(0, |segment| segment.extent.first);
                return Err(self.error(Stop::Wrong { byte: last, offset: self.state.end, what }, before));
            }
            let torn = match next {
                // Whatever comes before an acknowledged segment was acknowledged.
                Some(next) if next <= self.acknowledged.segment => {
                    self.read_closed(first, next)?;
                    None
                }
                _ => self.read_open(first, next.is_none())?,
            };
            if torn.is_some() {
                return Ok(torn);
            }
        }
        Ok(None)
    }

    /// Takes a segment that has taken its last entry, by its index if that is right.
    fn read_closed(&mut self, first: u64, next: u64) -> Result<(), LogError> {
        let name = segment_name(first);
        let failed = |error: io::Error| LogError::failed(self.disk.place(), format!("open {name}"), &error);
        let bytes = self.disk.open(&name).and_then(|handle| handle.length()).map_err(failed)?;
        let extent = Extent { first, end: next, bytes };
        let index = match Index::kept(self.disk, extent, self.settings.index_every) {
            Some(index) => index,
            None => self.make_index(extent)?,
        };
        self.state.segments.push(Segment { extent, index });
        self.state.end = next;
        Ok(())
    }

    fn make_index(&self, extent: Extent) -> Result<Index, LogError> {
        let Extent { first, end, bytes } = extent;
        let found = self.scan(first, bytes).map_err(|stop| self.error(stop, first))?;
        if found.extent.end != end {
            let what = format!("the segment ends here, the next one begins with entry {end}");
            return Err(self.error(Stop::Wrong { byte: bytes, offset: found.extent.end, what }, first));
        }
        found.index.keep(self.disk, extent);
        Ok(found.index)
    }

    /// Reads the segment that the acknowledgement ends in, or one after it: what was acknowledged must be right, what
    /// comes after it is taken as far as it consists of whole appends. What is left is torn, if this is the last one.
    fn read_open(&mut self, first: u64, is_last: bool) -> Result<Option<Torn>, LogError> {
        let name = segment_name(first);
        let failed = |error: io::Error| LogError::failed(self.disk.place(), format!("open {name}"), &error);
        let length = self.disk.open(&name).and_then(|handle| handle.length()).map_err(failed)?;
        let mut walk = match self.walk_acknowledged(first) {
            Ok(walk) => walk,
            Err(stop) => return Err(self.error(stop, first)),
        };
        let stop = walk.take_whole_appends(self.disk, length);
        let Extent { end, bytes, .. } = walk.extent;
        if bytes > 0 {
            self.state.segments.push(Segment { extent: walk.extent, index: walk.index });
            self.state.end = end;
        }
        match stop {
            None if bytes == length && bytes > 0 => Ok(None),
            Some(stop @ (Stop::Failed(_) | Stop::Newer(_))) => Err(self.error(stop, first)),
            Some(stop) if !is_last => Err(self.error(stop, first)),
            None if !is_last => {
                let what = "the segment ends here in the middle of an append, and another follows".to_owned();
                Err(self.error(Stop::Wrong { byte: bytes, offset: end, what }, first))
            }
            Some(Stop::Wrong { .. }) | None => {
                Ok(Some(Torn { segment: name, offset: end, at_byte: bytes, bytes: length - bytes }))
            }
        }
    }

    /// Reads the acknowledged part of a segment, if it has one: there, nothing may be wrong.
    fn walk_acknowledged(&self, first: u64) -> Result<Walk, Stop> {
        let Acknowledged { end, segment, bytes } = self.acknowledged;
        if end == 0 || first != segment {
            let extent = Extent { first, end: first, bytes: 0 };
            return Ok(Walk { frames: None, extent, index: Index::new(first, self.settings.index_every) });
        }
        let walk = self.scan(first, bytes)?;
        if walk.extent.end != end {
            let what = format!("the append ends with entry {}, acknowledged was {end}", walk.extent.end);
            return Err(Stop::Wrong { byte: bytes, offset: walk.extent.end, what });
        }
        Ok(walk)
    }

    /// Reads a segment up to `limit`; nothing may be wrong.
    fn scan(&self, first: u64, limit: u64) -> Result<Walk, Stop> {
        let mut frames = Frames::open(self.disk, first, limit)?;
        let mut index = Index::new(first, self.settings.index_every);
        loop {
            let byte = frames.byte;
            let Some((frame, _)) = frames.next(limit)? else { break };
            index.see(frame.offset, byte, frame.time_ms);
        }
        let extent = Extent { first, end: frames.offset, bytes: limit };
        Ok(Walk { frames: Some(frames), extent, index })
    }

    fn error(&self, stop: Stop, first: u64) -> LogError {
        stop.at(self.disk.place(), segment_name(first), FORMAT)
    }
}

/// A way through a segment: what was found to be whole, and the index of that.
struct Walk {
    frames: Option<Frames>,
    extent: Extent,
    index: Index,
}

impl Walk {
    /// Goes on over appends that are there whole; says what stopped it before the end of the file.
    fn take_whole_appends(&mut self, disk: &Disk, length: u64) -> Option<Stop> {
        self.try_whole_appends(disk, length).err()
    }

    fn try_whole_appends(&mut self, disk: &Disk, length: u64) -> Result<(), Stop> {
        let frames = match &mut self.frames {
            Some(frames) => frames,
            none => none.insert(Frames::open(disk, self.extent.first, length)?),
        };
        let mut tail = self.index.tail();
        loop {
            let byte = frames.byte;
            let Some((frame, _)) = frames.next(length)? else { return Ok(()) };
            tail.see(frame.offset, byte, frame.time_ms);
            if frame.ends_append {
                self.index.adopt(&tail);
                tail = self.index.tail();
                self.extent = Extent { end: frames.offset, bytes: frames.byte, ..self.extent };
            }
        }
    }
}
