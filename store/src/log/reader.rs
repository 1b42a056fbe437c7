//! Reads a log from a position of its own.

use super::error::LogError;
use super::frame::Frame;
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

    /// Reads one entry; its offset and its time.
    pub(super) fn next_time(&mut self) -> Result<Option<(u64, i64)>, LogError> {
        let mut seen = None;
        if self.at < self.view.end() {
            self.read(1, &mut |frame, _| seen = Some((frame.offset, frame.time_ms)))?;
        }
        Ok(seen)
    }

    /// Reads at most so many entries of one segment; how many.
    fn read(&mut self, most: usize, take: &mut dyn FnMut(Frame, &[u8])) -> Result<usize, LogError> {
        let Some(extent) = self.view.extent_of(self.at) else { return Ok(0) };
        let frames = match &mut self.frames {
            Some(frames) if frames.first == extent.first => frames,
            other => other.insert(self.view.seek(self.at, extent)?),
        };
        let mut read = 0;
        while read < most && self.at < extent.end {
            match frames.next(extent.bytes) {
                Ok(Some((frame, payload))) => take(frame, payload),
                Ok(None) => {
                    let what = format!("the segment ends here, its entries go on up to {}", extent.end);
                    return Err(self.view.error(frames.wrong(what), extent.first));
                }
                Err(stop) => return Err(self.view.error(stop, extent.first)),
            }
            self.at += 1;
            read += 1;
        }
        Ok(read)
    }
}

impl Read for LogReader {
    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<usize, LogError> {
        batch.clear();
        let end = self.view.end();
        while batch.len() < most && self.at < end {
            let left = most - batch.len();
            match self.read(left, &mut |frame, payload| batch.push(frame.offset, frame.time_ms, payload)) {
                Ok(_) => {}
                Err(error) if batch.is_empty() => return Err(error),
                // What came before it is good; the next call begins with it and tells.
                Err(_) => break,
            }
        }
        Ok(batch.len())
    }
}
