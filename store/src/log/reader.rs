//! Reads a log from a position of its own.

use super::error::LogError;
use super::frames::Frames;
use super::view::View;
use super::{Batch, Read};

/// A reader of a log. Each has its own position, buffer and file handle.
pub struct LogReader {
    view: View,
    /// The offset that is read next.
    at: u64,
    /// Its segment, once something of it has been read.
    frames: Option<Frames>,
}

impl LogReader {
    pub(super) fn new(view: View, at: u64) -> LogReader {
        LogReader { view, at, frames: None }
    }

    /// Returns the offset of the entry that is read next.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Goes to another offset.
    pub fn seek(&mut self, offset: u64) {
        (self.at, self.frames) = (offset, None);
    }

    /// Reads at most so many entries of one segment.
    fn read(&mut self, most: usize, batch: &mut Batch) -> Result<(), LogError> {
        let Some(extent) = self.view.extent_of(self.at) else { return Ok(()) };
        let frames = match &mut self.frames {
            Some(frames) if frames.first == extent.first => frames,
            other => other.insert(self.view.seek(self.at, extent)?),
        };
        let count = (most as u64).min(extent.end - self.at);
        let read = frames.read(count as usize, extent.bytes, batch);
        self.at = frames.offset;
        read.map_err(|stop| self.view.error(stop, extent.first))
    }
}

impl Read for LogReader {
    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<usize, LogError> {
        batch.clear();
        let end = self.view.end();
        while batch.len() < most && self.at < end {
            match self.read(most - batch.len(), batch) {
                Ok(()) => {}
                Err(error) if batch.is_empty() => return Err(error),
                // What came before it is good; the next call begins with it and tells.
                Err(_) => break,
            }
        }
        Ok(batch.len())
    }

    fn position(&self) -> u64 {
        LogReader::position(self)
    }
}
