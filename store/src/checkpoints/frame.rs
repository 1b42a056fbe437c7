//! Describes how a record lies in an engine: keys that keep their order, values in checked parts.
//!
//! An engine's key is the namespace's tag, the key with each `00` written as `00 FF`, the end mark `00 01`,
//! and the part's number, big-endian. So no key is the beginning of another, and a scan sees keys in order
//! and parts together.
//!
//! A part is: version (1 byte), part, parts (4 each), length of the whole value (8), length of this part (4),
//! checksum (8), payload. The checksum covers the engine's key, the fields before it and the payload: a part that
//! turns up under another key is damage too.

use super::write_set::Namespace;

const VERSION: u8 = 1;
const HEADER: usize = 29;
const CHECKSUM_AT: usize = 21;

/// Payload of a part, with its header 32 KiB: small enough for sled never to put a page of them into a file
/// of its own, which it doesn't remove again (see `sled.rs`).
const PART: usize = (32 << 10) - HEADER;

/// The longest key; an engine's key may be twice as long, which all engines bear.
pub(super) const KEY_LIMIT: usize = 1024;

/// A checked part of a value.
pub(super) struct Frame<'a> {
    pub(super) part: u32,
    pub(super) parts: u32,
    pub(super) total: u64,
    pub(super) checksum: u64,
    pub(super) payload: &'a [u8],
}

/// The beginning that the engine's keys of all keys with this prefix share.
pub(super) fn prefix_key(namespace: Namespace, prefix: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(prefix.len() + 8);
    key.push(namespace.tag());
    for &byte in prefix {
        key.push(byte);
        if byte == 0 {
            key.push(0xFF);
        }
    }
    key
}

/// The engine's key of one part of a value.
pub(super) fn part_key(namespace: Namespace, key: &[u8], part: u32) -> Vec<u8> {
    let mut engine_key = prefix_key(namespace, key);
    engine_key.extend([0, 1]);
    engine_key.extend(part.to_be_bytes());
    engine_key
}

/// The namespace, key and part of an engine's key.
pub(super) fn parse_key(engine_key: &[u8]) -> Option<(Namespace, Vec<u8>, u32)> {
    let (tag, rest) = engine_key.split_first()?;
    let (escaped, part) = rest.split_last_chunk::<4>()?;
    let escaped = escaped.strip_suffix(&[0, 1])?;
    let mut key = Vec::with_capacity(escaped.len());
    let mut bytes = escaped.iter();
    while let Some(&byte) = bytes.next() {
        if byte == 0 && bytes.next() != Some(&0xFF) {
            return None;
        }
        key.push(byte);
    }
    Some((Namespace::tagged(*tag)?, key, u32::from_be_bytes(*part)))
}

/// The parts of a value: the payloads, in order. An empty value has one, empty.
pub(super) fn split(value: &[u8]) -> Vec<&[u8]> {
    if value.is_empty() { vec![value] } else { value.chunks(PART).collect() }
}

/// A part as it is stored, and its checksum.
pub(super) fn encode(engine_key: &[u8], part: u32, parts: u32, total: u64, payload: &[u8]) -> (Vec<u8>, u64) {
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.push(VERSION);
    bytes.extend(part.to_be_bytes());
    bytes.extend(parts.to_be_bytes());
    bytes.extend(total.to_be_bytes());
    bytes.extend((payload.len() as u32).to_be_bytes());
    let checksum = checksum(engine_key, &bytes, payload);
    bytes.extend(checksum.to_be_bytes());
    bytes.extend(payload);
    (bytes, checksum)
}

/// Checks a stored part; the error says what is wrong with it.
pub(super) fn decode<'a>(engine_key: &[u8], bytes: &'a [u8]) -> Result<Frame<'a>, String> {
    let wrong = |what: &str| format!("{} {what}", describe(engine_key));
    let (header, payload) = bytes.split_at_checked(HEADER).ok_or_else(|| wrong("is cut"))?;
    let stored = be64(&header[CHECKSUM_AT..]);
    if stored != checksum(engine_key, &header[..CHECKSUM_AT], payload) {
        return Err(wrong("doesn't match its checksum"));
    }
    if header[0] != VERSION {
        return Err(wrong("is of an unknown version"));
    }
    if be32(&header[17..]) as usize != payload.len() {
        return Err(wrong("is of another length than it says"));
    }
    let frame = Frame {
        part: be32(&header[1..]),
        parts: be32(&header[5..]),
        total: be64(&header[9..]),
        checksum: stored,
        payload,
    };
    Ok(frame)
}

fn checksum(engine_key: &[u8], header: &[u8], payload: &[u8]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(engine_key.len() as u64).to_be_bytes());
    hasher.update(engine_key).update(header).update(payload);
    be64(hasher.finalize().as_bytes())
}

pub(super) fn be64(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(*bytes.first_chunk().expect("a field of a record whose length was checked"))
}

fn be32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(*bytes.first_chunk().expect("a field of a record whose length was checked"))
}

/// A record for a message.
pub(super) fn describe(engine_key: &[u8]) -> String {
    match parse_key(engine_key) {
        Some((namespace, key, part)) => {
            format!("{} record '{}' part {part}", namespace.name(), key.escape_ascii())
        }
        None => format!("record '{}'", engine_key.escape_ascii()),
    }
}

/// Puts the parts that a scan sees together again.
#[derive(Default)]
pub(super) struct Assembler {
    value: Vec<u8>,
    next: u32,
    /// Of the value under way: namespace and key, number of parts, length.
    open: Option<(Namespace, Vec<u8>, u32, u64)>,
}

/// A value whose parts have all been seen.
pub(super) type Whole = (Namespace, Vec<u8>, Vec<u8>);

impl Assembler {
    /// Takes the next part of a scan; gives the value that it completes.
    pub(super) fn push(&mut self, engine_key: &[u8], frame: &Frame<'_>) -> Result<Option<Whole>, String> {
        let wrong = |what: &str| Err(format!("{} {what}", describe(engine_key)));
        let Some((namespace, key, part)) = parse_key(engine_key) else {
            return wrong("isn't ours");
        };
        if frame.part != part || part != self.next {
            return wrong("isn't the part that should come here");
        }
        let own = (namespace, key, frame.parts, frame.total);
        if self.open.as_ref().is_some_and(|open| *open != own) {
            return wrong("comes before an earlier value is complete");
        }
        self.value.extend(frame.payload);
        self.next += 1;
        if self.next < frame.parts {
            self.open = Some(own);
            return Ok(None);
        }
        if self.value.len() as u64 != frame.total {
            return wrong("ends a value of another length than it says");
        }
        self.next = 0;
        self.open = None;
        Ok(Some((own.0, own.1, std::mem::take(&mut self.value))))
    }

    /// Nothing more comes.
    pub(super) fn finish(&self) -> Result<(), String> {
        match &self.open {
            None => Ok(()),
            Some((namespace, key, parts, _)) => Err(format!(
                "{} record '{}' ends after part {} of {parts}",
                namespace.name(),
                key.escape_ascii(),
                self.next
            )),
        }
    }
}
