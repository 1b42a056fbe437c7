//! Walks over the frames of a segment, through a buffer.

use super::Batch;
use super::disk::{Disk, Handle};
use super::error::Stop;
use super::frame::{self, BadHeader, FRAME, Found, Frame, HEADER};

/// Bytes read at once: some thousand records, and still inside a second-level cache.
const CHUNK: usize = 128 << 10;

/// A position in an open segment.
pub(super) struct Frames {
    handle: Handle,
    /// The segment's first offset.
    pub(super) first: u64,
    /// The offset of the entry that is expected next, and where in the file it begins.
    pub(super) offset: u64,
    pub(super) byte: u64,
    buffer: Vec<u8>,
    /// The part of the buffer that holds the file's bytes from `byte` on.
    begin: usize,
    end: usize,
}

impl Frames {
    /// Opens the segment that begins with `first` and checks its header. The file may be used up to `limit`.
    pub(super) fn open(disk: &Disk, first: u64, limit: u64) -> Result<Frames, Stop> {
        let handle = disk.open(&frame::segment_name(first))?;
        let mut header = [0; HEADER];
        let length = handle.read_at(&mut header[..HEADER.min(limit as usize)], 0)?;
        frame::check_header(&header[..length], first).map_err(|bad| match bad {
            BadHeader::Newer(version) => Stop::Newer(version),
            BadHeader::Wrong(what) => Stop::Wrong { byte: 0, offset: first, what },
        })?;
        let mut frames =
            Frames { handle, first, offset: first, byte: 0, buffer: Vec::new(), begin: 0, end: 0 };
        frames.go_to(first, HEADER as u64);
        Ok(frames)
    }

    /// Goes to the frame of entry `offset`, which is said to begin at `byte`.
    pub(super) fn go_to(&mut self, offset: u64, byte: u64) {
        (self.offset, self.byte) = (offset, byte);
        (self.begin, self.end) = (0, 0);
    }

    /// Reads the next frame and its payload; `None` where the file has been used up to `limit`. After an error the
    /// position is as before.
    pub(super) fn next(&mut self, limit: u64) -> Result<Option<(Frame, &[u8])>, Stop> {
        if self.byte >= limit {
            return Ok(None);
        }
        let frame = loop {
            match frame::decode(&self.buffer[self.begin..self.end], self.offset) {
                Found::Whole(frame) => break frame,
                Found::Needs(bytes) => self.fill(bytes, limit)?,
                Found::Wrong(what) => return Err(self.wrong(what)),
            }
        };
        let payload = self.begin + FRAME;
        self.begin = payload + frame.length;
        self.byte += (FRAME + frame.length) as u64;
        self.offset += 1;
        Ok(Some((frame, &self.buffer[payload..self.begin])))
    }

    /// Reads so many of the next frames into `batch`, which must lie before `limit`. After an error the position is that
    /// of the frame that is wrong, and what came before it is in the batch.
    pub(super) fn read(&mut self, count: usize, limit: u64, batch: &mut Batch) -> Result<(), Stop> {
        let mut left = count;
        while left > 0 {
            let begin = self.begin;
            let stopped = self.read_buffered(&mut left, batch);
            batch.hold(&self.buffer[begin..self.begin]);
            match stopped {
                Some(Found::Needs(bytes)) => self.fill(bytes, limit)?,
                Some(Found::Wrong(what)) => return Err(self.wrong(what)),
                Some(Found::Whole(_)) | None => {}
            }
        }
        Ok(())
    }

    /// Notes the frames that are whole in the buffer; what stopped it. Their bytes are copied afterwards, all at once.
    fn read_buffered(&mut self, left: &mut usize, batch: &mut Batch) -> Option<Found> {
        let begin = self.begin;
        while *left > 0 {
            let frame = match frame::decode(&self.buffer[self.begin..self.end], self.offset) {
                Found::Whole(frame) => frame,
                stopped => return Some(stopped),
            };
            batch.note(frame, self.begin + FRAME - begin);
            self.begin += FRAME + frame.length;
            self.byte += (FRAME + frame.length) as u64;
            self.offset += 1;
            *left -= 1;
        }
        None
    }

    /// Goes on until entry `offset` is the next one.
    pub(super) fn skip_to(&mut self, offset: u64, limit: u64) -> Result<(), Stop> {
        while self.offset < offset {
            if self.next(limit)?.is_none() {
                return Err(self.wrong(format!("the segment ends here, entry {offset} should be in it")));
            }
        }
        Ok(())
    }

    /// Checks the next frame, if there is one, and stays before it.
    pub(super) fn look(&mut self, limit: u64) -> Result<(), Stop> {
        let (offset, byte) = (self.offset, self.byte);
        if self.next(limit)?.is_some() {
            self.begin -= (self.byte - byte) as usize;
            (self.offset, self.byte) = (offset, byte);
        }
        Ok(())
    }

    /// Returns that something is wrong at the present position.
    pub(super) fn wrong(&self, what: impl Into<String>) -> Stop {
        Stop::Wrong { byte: self.byte, offset: self.offset, what: what.into() }
    }

    /// Reads until the buffer holds at least so many bytes from the present position on.
    fn fill(&mut self, least: usize, limit: u64) -> Result<(), Stop> {
        let left = limit - self.byte;
        if left < least as u64 {
            return Err(self.wrong(format!("it would take {least} bytes, {left} are there")));
        }
        self.buffer.copy_within(self.begin..self.end, 0);
        (self.begin, self.end) = (0, self.end - self.begin);
        let whole = (least.max(CHUNK) as u64).min(left) as usize;
        if self.buffer.len() < whole {
            self.buffer.resize(whole, 0);
        }
        let read = self.handle.read_at(&mut self.buffer[self.end..whole], self.byte + self.end as u64)?;
        self.end += read;
        if self.end < least {
            let what = format!("the file ends after {} bytes of it, it takes at least {least}", self.end);
            return Err(self.wrong(what));
        }
        Ok(())
    }
}
