//! Holds what the one writer and all readers share: which segments there are, and how far they are durable.

use super::disk::Disk;
use super::error::{LogError, Stop};
use super::frame::{FORMAT, HEADER, segment_name};
use super::frames::Frames;
use super::index::{Extent, Index};
use super::reader::LogReader;
use super::{Batch, Read as _};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Entries that are held in memory where many are read.
const AT_ONCE: usize = 1_000;

/// A view of a log for whoever reads it, on any thread, while one writer appends; only what is durable is seen. Clones
/// see the same log. It goes on to work when the writer has gone, and then sees no more entries.
#[derive(Clone)]
pub struct View {
    shared: Arc<Shared>,
}

struct Shared {
    disk: Disk,
    state: RwLock<State>,
}

/// Describes what is durable.
pub(super) struct State {
    /// In the order of their offsets, each beginning where the one before ends.
    pub(super) segments: Vec<Segment>,
    /// The offset after the last entry.
    pub(super) end: u64,
}

/// A segment: its extent, and an index of it.
pub(super) struct Segment {
    pub(super) extent: Extent,
    pub(super) index: Index,
}

impl View {
    pub(super) fn new(disk: Disk, state: State) -> View {
        View { shared: Arc::new(Shared { disk, state: RwLock::new(state) }) }
    }

    /// Returns the offset that the next entry will get: so many entries are durable.
    pub fn end(&self) -> u64 {
        self.state().end
    }

    /// Returns how many bytes the segments have that are durable, headers included.
    pub fn bytes(&self) -> u64 {
        self.state().segments.iter().map(|segment| segment.extent.bytes).sum()
    }

    /// Returns a reader whose first entry is that of offset `from`; before the log has come so far, it reads nothing.
    pub fn reader(&self, from: u64) -> LogReader {
        LogReader::new(self.clone(), from)
    }

    /// Returns the first offset whose time is at or after `time_ms`, and [`View::end`] if there is none. Times may go
    /// backwards: each entry before that offset is earlier than `time_ms`, but entries after it may be earlier, too.
    ///
    /// The sparse index says in which stretch of entries that is, and the stretch is read.
    pub fn offset_at(&self, time_ms: i64) -> Result<u64, LogError> {
        let (end, mark) = {
            let state = self.state();
            (state.end, state.segments.iter().find_map(|segment| segment.index.reaching(time_ms)))
        };
        let Some(mark) = mark else { return Ok(end) };
        let (mut reader, mut batch) = (self.reader(mark.offset), Batch::new());
        while reader.next(AT_ONCE, &mut batch)? > 0 {
            if let Some((offset, ..)) = batch.iter().find(|(_, found, _)| *found >= time_ms) {
                return Ok(offset);
            }
        }
        Ok(reader.position())
    }

    /// Reads the whole log and checks it; returns how many entries it has.
    pub fn verify(&self) -> Result<u64, LogError> {
        let (mut reader, mut batch) = (self.reader(0), Batch::new());
        while reader.next(AT_ONCE, &mut batch)? > 0 {}
        Ok(reader.position())
    }

    /// Returns the segment which entry `offset` is in; the caller knows that there is one.
    pub(super) fn extent_of(&self, offset: u64) -> Option<Extent> {
        let state = self.state();
        let after = state.segments.partition_point(|segment| segment.extent.first <= offset);
        state.segments.get(after.checked_sub(1)?).map(|segment| segment.extent)
    }

    /// Opens the segment which entry `offset` is in, at that entry.
    pub(super) fn seek(&self, offset: u64, extent: Extent) -> Result<Frames, LogError> {
        let mark = {
            let state = self.state();
            let found = state.segments.binary_search_by_key(&extent.first, |segment| segment.extent.first);
            found.ok().and_then(|at| state.segments[at].index.before(offset))
        };
        self.seek_from(offset, extent, mark.map(|mark| (mark.offset, mark.byte)))
            .map_err(|stop| self.error(stop, extent.first))
    }

    /// Seeks from where the index points. Where it doesn't point to an entry it is wrong, or the entry is: the
    /// segment, read from its beginning, shows which.
    fn seek_from(&self, offset: u64, extent: Extent, mark: Option<(u64, u64)>) -> Result<Frames, Stop> {
        let mut frames = Frames::open(&self.shared.disk, extent.first, extent.bytes)?;
        if let Some((from, byte)) = mark {
            frames.go_to(from, byte);
            match frames.skip_to(offset, extent.bytes).and_then(|()| frames.look(extent.bytes)) {
                Err(Stop::Wrong { .. }) => frames.go_to(extent.first, HEADER as u64),
                done => return done.map(|()| frames),
            }
        }
        frames.skip_to(offset, extent.bytes)?;
        Ok(frames)
    }

    pub(super) fn error(&self, stop: Stop, first: u64) -> LogError {
        stop.at(self.shared.disk.place(), segment_name(first), FORMAT)
    }

    pub(super) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.shared.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state_to_change(&self) -> RwLockWriteGuard<'_, State> {
        self.shared.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
