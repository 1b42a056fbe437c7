//! Appends: data first, then the acknowledgement, then whoever reads may see it.

use super::disk::{Disk, Handle};
use super::error::LogError;
use super::frame::{self, FRAME, PAYLOAD_LIMIT, segment_name};
use super::head::{Acknowledged, Head, sync};
use super::index::{Extent, Index};
use super::view::{Segment, View};
use super::{Entry, LogSettings};
use std::fs::File;
use std::io;

/// The one who writes.
pub(super) struct Writer {
    pub(super) disk: Disk,
    pub(super) settings: LogSettings,
    pub(super) head: Head,
    /// Says what `head` is to say after a crash.
    pub(super) acknowledged: Acknowledged,
    /// The last segment; none in an empty log.
    pub(super) last: Option<Handle>,
    /// Says what a failed append has left behind.
    pub(super) left: Option<Left>,
    /// The bytes of an append; kept for the next.
    pub(super) buffer: Vec<u8>,
    /// Ends with this.
    pub(super) _lock: Option<File>,
}

/// Describes which files an append may have changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    place: Place,
    /// Says that its acknowledgement may be written.
    acknowledged: bool,
}

/// Where an append goes.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// To the last segment.
    Last,
    /// To a new one.
    New,
}

impl Writer {
    pub(super) fn settings(&self) -> LogSettings {
        self.settings
    }

    pub(super) fn append(&mut self, view: &View, entries: &[Entry<'_>]) -> Result<u64, LogError> {
        self.clean_up().map_err(|error| self.failed("remove what a failed append has left", &error))?;
        let end = self.acknowledged.end;
        if entries.is_empty() {
            return Ok(end);
        }
        self.check_lengths(entries)?;
        let place = self.place_of_next();
        if matches!(place, Place::New) {
            self.keep_index(view);
        }
        let (extent, index) = self.encode(view, entries, place);
        self.left = Some(Left { place, acknowledged: false });
        if let Err(error) = self.write(extent, place) {
            // If this fails as well, the next append does it.
            let _ = self.clean_up();
            return Err(self.failed("append", &error));
        }
        self.left = None;
        publish(view, extent, index, place);
        Ok(extent.end)
    }

    fn check_lengths(&self, entries: &[Entry<'_>]) -> Result<(), LogError> {
        for (offset, entry) in (self.acknowledged.end..).zip(entries) {
            if entry.payload.len() > PAYLOAD_LIMIT {
                return Err(LogError::TooLong {
                    place: self.disk.place(),
                    offset,
                    length: entry.payload.len(),
                    limit: PAYLOAD_LIMIT,
                });
            }
        }
        Ok(())
    }

    fn place_of_next(&self) -> Place {
        if self.last.is_some() && self.acknowledged.bytes < self.settings.segment_bytes {
            Place::Last
        } else {
            Place::New
        }
    }

    /// Writes the index of the segment that takes no more.
    fn keep_index(&self, view: &View) {
        let state = view.state();
        let Some(segment) = state.segments.last() else { return };
        segment.index.keep(&self.disk, segment.extent);
    }

    /// Puts the entries into the buffer, as they are to be in the file; the segment as it then is, and the end of its
    /// index.
    fn encode(&mut self, view: &View, entries: &[Entry<'_>], place: Place) -> (Extent, Index) {
        let Acknowledged { end, segment, bytes } = self.acknowledged;
        self.buffer.clear();
        let (first, begin, mut index) = match place {
            Place::Last => (segment, bytes, tail_of(view, self.settings.index_every)),
            Place::New => {
                frame::encode_header(&mut self.buffer, end);
                (end, 0, Index::new(end, self.settings.index_every))
            }
        };
        self.buffer.reserve(entries.iter().map(|entry| FRAME + entry.payload.len()).sum());
        let mut left = entries.len();
        for (offset, entry) in (end..).zip(entries) {
            left -= 1;
            index.see(offset, begin + self.buffer.len() as u64, entry.time_ms);
            frame::encode(&mut self.buffer, offset, entry, left == 0);
        }
        let bytes = begin + self.buffer.len() as u64;
        (Extent { first, end: end + entries.len() as u64, bytes }, index)
    }

    fn write(&mut self, extent: Extent, place: Place) -> io::Result<()> {
        let durability = self.settings.durability;
        let new = match place {
            Place::Last => None,
            Place::New => Some(self.disk.create(&segment_name(extent.first))?),
        };
        if let Some(handle) = new.as_ref().or(self.last.as_ref()) {
            handle.write_at(&self.buffer, extent.bytes - self.buffer.len() as u64)?;
            sync(handle, durability)?;
        }
        if new.is_some() {
            self.disk.sync_if(durability)?;
        }
        self.left = Some(Left { place, acknowledged: true });
        let acknowledged = Acknowledged { end: extent.end, segment: extent.first, bytes: extent.bytes };
        self.head.acknowledge(acknowledged, durability)?;
        self.acknowledged = acknowledged;
        self.last = new.or(self.last.take());
        Ok(())
    }

    /// Removes what a failed append has left. A crash at any moment finds the acknowledged data whole, and after them
    /// nothing that is half an append: the acknowledgement goes before the data do.
    fn clean_up(&mut self) -> io::Result<()> {
        let Some(left) = self.left else { return Ok(()) };
        let durability = self.settings.durability;
        if left.acknowledged {
            self.head.acknowledge(self.acknowledged, durability)?;
            self.left = Some(Left { acknowledged: false, ..left });
        }
        if let (Place::Last, Some(handle)) = (left.place, &self.last) {
            handle.set_length(self.acknowledged.bytes)?;
            sync(handle, durability)?;
        } else {
            match self.disk.remove(&segment_name(self.acknowledged.end)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => self.disk.sync_if(durability)?,
            }
        }
        self.left = None;
        Ok(())
    }

    fn failed(&self, to: &str, error: &io::Error) -> LogError {
        let place = self.disk.place();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                LogError::DiskFull { place, end: self.acknowledged.end }
            }
            _ => LogError::failed(place, to, error),
        }
    }
}

fn tail_of(view: &View, every: u64) -> Index {
    view.state().segments.last().map_or_else(|| Index::new(0, every), |segment| segment.index.tail())
}

fn publish(view: &View, extent: Extent, index: Index, place: Place) {
    let mut state = view.state_to_change();
    match (place, state.segments.last_mut()) {
        (Place::Last, Some(segment)) => {
            segment.extent = extent;
            segment.index.adopt(&index);
        }
        _ => state.segments.push(Segment { extent, index }),
    }
    state.end = extent.end;
}
