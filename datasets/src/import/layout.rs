//! Describes what the csv crate lets pass: quotes that never close, text after them, endless fields, foreign encodings.
//!
//! An unclosed quote swallows the rest of a file; in a file of one column nothing else would show it. So a CSV
//! file is read once for its layout before it is read for its values.

use std::io::Read;
use std::path::Path;

use super::line_count::LineCount;
use super::reject::BadRows;
use crate::error::{Error, Place};
use crate::files::Input;

const MAX_FIELD_BYTES: u64 = 1 << 20;
const MAX_RECORD_BYTES: u64 = 8 << 20;
const BUFFER_BYTES: usize = 256 * 1024;

/// Describes what the first pass learns.
pub(super) struct Layout {
    pub(super) blank_lines: u64,
    pub(super) byte_order_mark: bool,
    pub(super) hash: blake3::Hash,
}

/// Reads the file once and refuses what would be read wrongly without an error.
///
/// Where bad rows are rejected one by one, text that isn't UTF-8 is such a row's fault; in the header it is the file's.
pub(super) fn check(input: Input<'_>, bad_rows: BadRows) -> Result<Layout, Error> {
    check_all(input.path, input.open()?, bad_rows)
}

/// Refuses CSV that would be read wrongly without an error. `text`: what the file at `path` holds.
pub fn check_csv(path: &Path, text: &[u8]) -> Result<(), Error> {
    check_all(path, text, BadRows::Fail).map(|_| ())
}

fn check_all(path: &Path, mut file: impl Read, bad_rows: BadRows) -> Result<Layout, Error> {
    let mut hasher = blake3::Hasher::new();
    let mut walk = Walk::default();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut filled = 0;
    loop {
        let read = file.read(&mut buffer[filled..]).map_err(Error::unreadable(path))?;
        hasher.update(&buffer[filled..filled + read]);
        filled += read;
        let valid = match str::from_utf8(&buffer[..filled]) {
            _ if bad_rows == BadRows::Reject && walk.lines.line > 1 => filled,
            Ok(text) => text.len(),
            // A character that the end of the buffer cuts is completed by the next read, if there is one.
            Err(cut) if cut.error_len().is_none() && read > 0 => cut.valid_up_to(),
            Err(bad) => {
                walk.read(&buffer[..bad.valid_up_to()]).map_err(|fault| fault.at(path))?;
                if bad_rows == BadRows::Fail || walk.lines.line == 1 {
                    let error = Place::line(path, walk.lines.line).rejects("not UTF-8 text");
                    return Err(error.with_hint(encoding_hint(&buffer[..filled]).to_owned()));
                }
                buffer.copy_within(bad.valid_up_to()..filled, 0);
                filled -= bad.valid_up_to();
                filled
            }
        };
        walk.read(&buffer[..valid]).map_err(|fault| fault.at(path))?;
        buffer.copy_within(valid..filled, 0);
        filled -= valid;
        if read == 0 {
            break;
        }
    }
    walk.finish().map_err(|fault| fault.at(path))?;
    Ok(Layout {
        blank_lines: walk.blank_lines,
        byte_order_mark: walk.byte_order_mark,
        hash: hasher.finalize(),
    })
}

/// Returns what the first bytes of a text that isn't UTF-8 give away.
pub(super) fn encoding_hint(start: &[u8]) -> &'static str {
    match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is UTF-16; convert it to UTF-8",
        [0x1f, 0x8b, ..] => "the file is compressed with gzip; decompress it first",
        _ => "convert the file to UTF-8",
    }
}

struct Fault {
    line: u64,
    message: String,
    hint: Option<String>,
}

impl Fault {
    fn at(self, path: &Path) -> Error {
        Place::line(path, self.line).rejects(self.message).with_hint(self.hint)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    LineStart,
    FieldStart,
    Plain,
    Quoted,
    /// After a quote within a quoted field: the field's end, or the first half of a doubled quote.
    AfterQuote,
}

/// Follows RFC 4180 byte by byte, with the csv crate's line ends.
struct Walk {
    state: State,
    lines: LineCount,
    /// The line in which the last quoted field began.
    opened: u64,
    field_bytes: u64,
    record_bytes: u64,
    blank_lines: u64,
    byte_order_mark: bool,
    is_start: bool,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            state: State::LineStart,
            lines: LineCount::default(),
            opened: 0,
            field_bytes: 0,
            record_bytes: 0,
            blank_lines: 0,
            byte_order_mark: false,
            is_start: true,
        }
    }
}

impl Walk {
    fn read(&mut self, mut text: &[u8]) -> Result<(), Fault> {
        if self.is_start
            && let Some(rest) = text.strip_prefix(b"\xef\xbb\xbf")
        {
            self.byte_order_mark = true;
            text = rest;
        }
        self.is_start &= text.is_empty();
        text.iter().try_for_each(|&byte| self.step(byte))
    }

    fn step(&mut self, byte: u8) -> Result<(), Fault> {
        use State::{AfterQuote, FieldStart, LineStart, Plain, Quoted};
        let is_rest_of_crlf = byte == b'\n' && self.lines.last == b'\r';
        self.state = match (self.state, byte) {
            (LineStart | FieldStart, b'"') => {
                self.opened = self.lines.line;
                Quoted
            }
            (Quoted, b'"') => AfterQuote,
            (AfterQuote, b'"') | (Quoted, _) => Quoted,
            (_, b',') => FieldStart,
            (state, b'\r' | b'\n') => {
                self.blank_lines += u64::from(state == LineStart && !is_rest_of_crlf);
                LineStart
            }
            (AfterQuote, _) => return Err(self.fault(self.lines.line, "text after a closing quote")),
            (LineStart | FieldStart | Plain, _) => Plain,
        };
        self.lines.count(byte);
        self.count_bytes()
    }

    fn count_bytes(&mut self) -> Result<(), Fault> {
        self.field_bytes += 1;
        self.record_bytes += 1;
        match self.state {
            State::LineStart => (self.field_bytes, self.record_bytes) = (0, 0),
            State::FieldStart => self.field_bytes = 0,
            State::Plain | State::Quoted | State::AfterQuote => {}
        }
        let line = if self.state == State::Quoted { self.opened } else { self.lines.line };
        if self.field_bytes > MAX_FIELD_BYTES {
            return Err(self.fault(line, "a value longer than 1 MiB"));
        }
        if self.record_bytes > MAX_RECORD_BYTES {
            return Err(self.fault(line, "a record longer than 8 MiB"));
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), Fault> {
        if self.state == State::Quoted {
            return Err(self.fault(self.opened, "a quote opens here and never closes"));
        }
        Ok(())
    }

    fn fault(&self, line: u64, message: &str) -> Fault {
        let is_quoted = matches!(self.state, State::Quoted | State::AfterQuote);
        let hint = is_quoted.then(|| {
            format!(
                "the quote opened in line {}; a quote within a quoted value is written twice",
                self.opened
            )
        });
        Fault { line, message: message.into(), hint }
    }
}
