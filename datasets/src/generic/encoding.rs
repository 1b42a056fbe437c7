//! Turns text in an encoding that the user names into UTF-8; bytes that mean nothing in it are an error.

use std::io::{self, Read};

use encoding_rs::{DecoderResult, Encoding};

use crate::error::Error;
use crate::nearest::did_you_mean;

const BUFFER_BYTES: usize = 64 * 1024;

/// Names for a hint, of the many that are known.
const COMMON: [&str; 12] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1252",
    "windows-1251",
    "windows-1250",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "shift_jis",
    "gbk",
    "macintosh",
];

/// Returns the encoding with this name, by the names that the web platform has for it.
pub(super) fn named(name: &str) -> Result<&'static Encoding, Error> {
    let known = Encoding::for_label(name.as_bytes()).filter(|known| *known != encoding_rs::REPLACEMENT);
    known.ok_or_else(|| {
        let hint = did_you_mean(name, COMMON)
            .unwrap_or_else(|| format!("among those known are `{}`", COMMON.join("`, `")));
        Error::usage(format!("no encoding `{}`", crate::shown(name))).with_hint(hint)
    })
}

/// A reader of UTF-8 out of text in another encoding.
pub(super) struct Decoder {
    bytes: Box<dyn Read>,
    inner: encoding_rs::Decoder,
    name: &'static str,
    input: Vec<u8>,
    /// The part of the input that isn't decoded yet.
    at: usize,
    filled: usize,
    output: Vec<u8>,
    taken: usize,
    lines: u64,
    is_over: bool,
}

impl Decoder {
    pub(super) fn named(name: &str, bytes: Box<dyn Read>) -> Result<Self, Error> {
        let encoding = named(name)?;
        Ok(Self {
            bytes,
            // A byte order mark of another encoding would silently overrule the user.
            inner: encoding.new_decoder_with_bom_removal(),
            name: encoding.name(),
            input: vec![0; BUFFER_BYTES],
            at: 0,
            filled: 0,
            output: Vec::with_capacity(4 * BUFFER_BYTES),
            taken: 0,
            lines: 1,
            is_over: false,
        })
    }

    /// Decodes what there is, or what comes next.
    fn refill(&mut self) -> io::Result<()> {
        self.output.clear();
        self.taken = 0;
        if self.at == self.filled {
            (self.at, self.filled) = (0, self.bytes.read(&mut self.input)?);
        }
        let is_last = self.filled == 0;
        self.output.resize(4 * BUFFER_BYTES, 0);
        let input = &self.input[self.at..self.filled];
        let (result, read, written) =
            self.inner.decode_to_utf8_without_replacement(input, &mut self.output, is_last);
        self.output.truncate(written);
        self.at += read;
        self.lines += memchr::memchr_iter(b'\n', &self.output).count() as u64;
        if let DecoderResult::Malformed(..) = result {
            let message = format!("line {}: bytes that mean nothing in {}", self.lines, self.name);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.is_over = is_last && result == DecoderResult::InputEmpty;
        Ok(())
    }
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.output.len() && !self.is_over {
            self.refill()?;
        }
        let rest = &self.output[self.taken..];
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.taken += read;
        Ok(read)
    }
}
