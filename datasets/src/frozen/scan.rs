//! One pass over a data file: it is read in pieces, and each is hashed and decoded while it is in the cache.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::canonical::{Decoded, Fault};
use crate::copies::Copies;
use crate::error::{Error, Place};
use crate::keys::Keys;
use crate::manifest::Manifest;

/// Says how much is read at a time: enough for BLAKE3 to use its widest instructions, little enough to stay in the
/// cache.
const BUFFER_BYTES: usize = 256 * 1024;
/// The longest line of a data file: room for a few long texts.
const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// Describes what there is in a data file.
pub(super) struct Found {
    hash: blake3::Hash,
    bytes: u64,
    rows: u64,
    /// The first line that isn't canonical, and what is wrong with it.
    fault: Option<(u64, String)>,
}

impl Found {
    /// Returns whether that is what was frozen. A changed file is reported as such, whatever the decoder stumbled over:
    /// that is the cause.
    pub(super) fn judge(self, path: &Path, manifest: &Manifest) -> Result<(), Error> {
        let place = match self.fault {
            Some((line, _)) => Place::line(path, line),
            None => Place::file(path),
        };
        let fault = self.fault.map(|(_, message)| message);
        let hash = self.hash.to_hex();
        if self.bytes != manifest.bytes || hash.as_str() != manifest.blake3 {
            let what = format!("its hash is {}…, {}… was frozen", &hash[..12], &manifest.blake3[..12]);
            let detail = fault.map_or_else(|| what.clone(), |fault| format!("{fault}; {what}"));
            return Err(Error::Changed { place, detail });
        }
        match fault {
            Some(fault) => Err(place.rejects(fault)),
            None if self.rows != manifest.records => {
                let message = format!("holds {} records, the manifest says {}", self.rows, manifest.records);
                Err(place.rejects(message))
            }
            None => Ok(()),
        }
    }
}

/// Hashes all of a file, and fails if that isn't the hash in the manifest.
pub(super) fn check_hash(file: &mut impl Read, path: &Path, manifest: &Manifest) -> Result<(), Error> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match read_some(file, &mut buffer).map_err(Error::unreadable(path))? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        };
    }
    let (hash, bytes) = (hasher.finalize(), hasher.count());
    // The rows are counted when they are decoded.
    Found { hash, bytes, rows: manifest.records, fault: None }.judge(path, manifest)
}

/// Like `read`, for all signals that may come meanwhile.
fn read_some(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// The state of one pass over a data file.
pub(super) struct Scan {
    header: String,
    /// The texts seen so far.
    pub(super) keys: Keys,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    /// Says how much of the buffer holds bytes that aren't decoded yet.
    filled: usize,
    /// Bytes read so far.
    pub(super) bytes: u64,
    /// Whole lines decoded, the header among them.
    lines: u64,
    rows: u64,
    /// The line of the first fault and what is wrong; from there on bytes are only hashed.
    fault: Option<(u64, String)>,
}

impl Scan {
    /// A pass over a file that begins with this header, and whose records are copied so.
    pub(super) fn new(header: String, copies: Option<Arc<Copies>>) -> Self {
        Self {
            header,
            keys: Keys::of_copies(copies),
            hasher: blake3::Hasher::new(),
            buffer: vec![0; BUFFER_BYTES],
            filled: 0,
            bytes: 0,
            lines: 0,
            rows: 0,
            fault: None,
        }
    }

    /// Reads, hashes and decodes what the next call to `read` brings; 0 at the end of the file.
    pub(super) fn read(
        &mut self,
        file: &mut impl Read,
        decode: impl FnOnce(&[u8], &mut Keys) -> Result<Decoded, Fault>,
    ) -> io::Result<usize> {
        let read = read_some(file, &mut self.buffer[self.filled..])?;
        self.hasher.update(&self.buffer[self.filled..self.filled + read]);
        self.bytes += read as u64;
        self.filled += read;
        self.decode_lines(decode);
        Ok(read)
    }

    /// Decodes the whole lines in the buffer and moves the rest to its front.
    fn decode_lines(&mut self, decode: impl FnOnce(&[u8], &mut Keys) -> Result<Decoded, Fault>) {
        let mut start = 0;
        let mut end = memchr::memrchr(b'\n', &self.buffer[..self.filled]).map_or(0, |last| last + 1);
        if self.lines == 0 && end > 0 {
            start = memchr::memchr(b'\n', &self.buffer[..end]).map_or(end, |first| first + 1);
            self.take_header(start - 1);
        }
        if self.fault.is_none() {
            match decode(&self.buffer[start..end], &mut self.keys) {
                Ok(decoded) => {
                    self.lines += decoded.rows;
                    self.rows += decoded.rows;
                    end = start + decoded.end;
                }
                Err(Fault { row, message }) => self.fault = Some((self.lines + row + 1, message)),
            }
        }
        if end == 0 && self.filled == self.buffer.len() {
            self.make_room();
        }
        if self.fault.is_some() {
            self.filled = 0;
            return;
        }
        self.buffer.copy_within(end..self.filled, 0);
        self.filled -= end;
    }

    /// A long text makes a long line, up to a limit.
    fn make_room(&mut self) {
        if self.buffer.len() >= MAX_LINE_BYTES {
            self.fail("a line without end");
        } else {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
    }

    fn take_header(&mut self, end: usize) {
        let header = &self.buffer[..end];
        if header == self.header.as_bytes() {
            self.lines = 1;
        } else {
            let found = crate::shown::quoted(header);
            self.fail(&format!("the header is {found}, the manifest says `{}`", self.header));
        }
    }

    /// Returns what the pass found once the file has ended.
    pub(super) fn end(mut self) -> (Found, Keys) {
        // A file that ends within a line, or before the first, is not canonical.
        if self.filled > 0 {
            self.fail("the last line has no end");
        }
        if self.lines == 0 {
            self.fail("no header");
        }
        let found =
            Found { hash: self.hasher.finalize(), bytes: self.bytes, rows: self.rows, fault: self.fault };
        (found, self.keys)
    }

    /// Keeps the first fault.
    fn fail(&mut self, message: &str) {
        let line = self.lines + 1;
        self.fault.get_or_insert_with(|| (line, message.to_owned()));
    }
}
