//! Describes how a segment lies in its file: a header, then one frame after another.
//!
//! ```text
//! header   magic (8)    version (4)   first offset (8)   checksum (4)
//! frame    checksum (4) length (4)    offset (8)         time (8)       payload
//! ```
//!
//! Numbers are little-endian. A checksum is the CRC-32 of all else in its header or frame: it sees every flipped bit,
//! every two of them, and every burst of up to 32. The length's highest bit is set in the last entry of an append.

use super::Entry;

/// The format that this program writes.
pub(super) const FORMAT: u32 = 1;
/// Bytes of a segment's header.
pub(super) const HEADER: usize = 24;
/// Bytes of a frame before its payload.
pub(super) const FRAME: usize = 24;
/// The most bytes of an entry's payload: a record is a line, and whoever reads it holds it in memory.
pub const PAYLOAD_LIMIT: usize = 16 << 20;

const MAGIC: [u8; 8] = *b"cplogseg";
const ENDS_APPEND: u32 = 1 << 31;
const EXTENSION: &str = ".log";
/// Digits of the greatest offset, so that names sort as offsets do.
const DIGITS: usize = 20;

/// An entry as its frame says it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) offset: u64,
    pub(super) time_ms: i64,
    /// Of the payload.
    pub(super) length: usize,
    /// Says that the entries of an append end with this one.
    pub(super) ends_append: bool,
}

/// Describes what stands where a frame is expected.
pub(super) enum Found {
    Whole(Frame),
    /// So many bytes are needed to tell.
    Needs(usize),
    Wrong(String),
}

/// Returns the name of the segment that begins with this offset.
pub(super) fn segment_name(first: u64) -> String {
    format!("{first:0DIGITS$}{EXTENSION}")
}

/// Returns the first offset of the segment of this name, if it is one.
pub(super) fn first_offset(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(EXTENSION)?;
    let only_digits = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| digits.parse().ok()).flatten()
}

/// Writes the header of the segment that begins with `first`.
pub(super) fn encode_header(out: &mut Vec<u8>, first: u64) {
    let begin = out.len();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out.extend_from_slice(&first.to_le_bytes());
    let checksum = crc32fast::hash(&out[begin..]);
    out.extend_from_slice(&checksum.to_le_bytes());
}

/// Describes what is wrong with a header.
pub(super) enum BadHeader {
    Newer(u32),
    Wrong(String),
}

/// Checks the header of the segment that begins with `first`.
pub(super) fn check_header(bytes: &[u8], first: u64) -> Result<(), BadHeader> {
    let wrong = |what: &str| Err(BadHeader::Wrong(what.to_owned()));
    let Some((said, checksum)) = bytes.split_last_chunk::<4>() else {
        return wrong("the segment has no header");
    };
    if said.len() + 4 != HEADER {
        return wrong("the segment's header is cut off");
    }
    if crc32fast::hash(said) != u32::from_le_bytes(*checksum) {
        return wrong("the checksum of the segment's header is wrong");
    }
    if said[..8] != MAGIC {
        return wrong("the file doesn't begin like a segment");
    }
    let version = u32_at(said, 8);
    if version > FORMAT {
        return Err(BadHeader::Newer(version));
    }
    let found = u64_at(said, 12);
    if found != first {
        return Err(BadHeader::Wrong(format!(
            "its header says that it begins with entry {found}, its name says {first}"
        )));
    }
    Ok(())
}

/// Writes a frame. The payload is at most [`PAYLOAD_LIMIT`] bytes long.
pub(super) fn encode(out: &mut Vec<u8>, offset: u64, entry: &Entry<'_>, ends_append: bool) {
    let begin = out.len();
    let length = entry.payload.len() as u32 | if ends_append { ENDS_APPEND } else { 0 };
    let mut head = [0; FRAME];
    head[4..8].copy_from_slice(&length.to_le_bytes());
    head[8..16].copy_from_slice(&offset.to_le_bytes());
    head[16..24].copy_from_slice(&entry.time_ms.to_le_bytes());
    out.extend_from_slice(&head);
    out.extend_from_slice(entry.payload);
    let checksum = crc32fast::hash(&out[begin + 4..]);
    out[begin..begin + 4].copy_from_slice(&checksum.to_le_bytes());
}

/// Looks for the frame of entry `expected` at the beginning of `bytes`.
#[inline]
pub(super) fn decode(bytes: &[u8], expected: u64) -> Found {
    let Some(head) = bytes.first_chunk::<FRAME>() else {
        return Found::Needs(FRAME);
    };
    let coded = u32_at(head, 4);
    let length = (coded & !ENDS_APPEND) as usize;
    if length > PAYLOAD_LIMIT {
        return Found::Wrong(format!("a length of {length}, an entry has at most {PAYLOAD_LIMIT} bytes"));
    }
    let Some(covered) = bytes.get(4..FRAME + length) else {
        return Found::Needs(FRAME + length);
    };
    let (said, found) = (u32_at(head, 0), crc32fast::hash(covered));
    if said != found {
        return Found::Wrong(format!("its checksum says {said:08x}, its bytes have {found:08x}"));
    }
    let offset = u64_at(head, 8);
    if offset != expected {
        return Found::Wrong(format!("it is entry {offset}"));
    }
    let time_ms = u64_at(head, 16).cast_signed();
    Found::Whole(Frame { offset, time_ms, length, ends_append: coded & ENDS_APPEND != 0 })
}

/// Returns the number there; the caller knows that there are four bytes.
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Returns the number there, or 0 where there aren't eight bytes.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
