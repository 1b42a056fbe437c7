//! Describes how a record lies in the engine: where its key begins, and its checked value.
//!
//! A key is a tag, the deployment's number and the rest: nothing for a deployment's head, the row's own key, or the number
//! of a piece of the journal. The root record has a tag alone.
//!
//! A value is: version (1 byte), epoch (8), checksum (4), payload. The checksum covers the engine's key, the fields
//! before it and the payload: a record that turns up under another key is damage too.

use super::Deployment;

const VERSION: u8 = 1;
const HEADER: usize = 13;
const CHECKSUM_AT: usize = 9;

pub(super) const ROOT_KEY: &[u8] = &[0];
pub(super) const HEADS: u8 = 1;
pub(super) const ROWS: u8 = 2;
pub(super) const JOURNALS: u8 = 3;

/// The beginning that the engine's keys of a deployment share, in one of its key spaces.
pub(super) fn space(tag: u8, deployment: Deployment) -> Vec<u8> {
    let mut key = Vec::with_capacity(32);
    key.push(tag);
    key.extend(deployment.id().to_be_bytes());
    key
}

pub(super) fn head_key(deployment: Deployment) -> Vec<u8> {
    space(HEADS, deployment)
}

pub(super) fn row_key(deployment: Deployment, key: &[u8]) -> Vec<u8> {
    let mut engine_key = space(ROWS, deployment);
    engine_key.extend(key);
    engine_key
}

pub(super) fn journal_key(deployment: Deployment, piece: u32) -> Vec<u8> {
    let mut engine_key = space(JOURNALS, deployment);
    engine_key.extend(piece.to_be_bytes());
    engine_key
}

/// The deployment and the rest of an engine's key.
pub(super) fn parse_key(engine_key: &[u8]) -> Option<(Deployment, &[u8])> {
    let (deployment, rest) = engine_key.get(1..)?.split_first_chunk::<4>()?;
    Some((Deployment::from_id(u32::from_be_bytes(*deployment)), rest))
}

/// A checked record.
pub(super) struct Sealed<'a> {
    pub(super) epoch: u64,
    pub(super) checksum: u32,
    pub(super) payload: &'a [u8],
}

/// A record as it is stored, and its checksum.
pub(super) fn seal(engine_key: &[u8], epoch: u64, payload: &[u8]) -> (Vec<u8>, u32) {
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.push(VERSION);
    bytes.extend(epoch.to_be_bytes());
    let checksum = checksum(engine_key, &bytes, payload);
    bytes.extend(checksum.to_be_bytes());
    bytes.extend(payload);
    (bytes, checksum)
}

/// Checks a stored record; the error says what is wrong with it.
pub(super) fn unseal<'a>(engine_key: &[u8], bytes: &'a [u8]) -> Result<Sealed<'a>, String> {
    let wrong = |what: &str| format!("{} {what}", describe(engine_key));
    let (header, payload) = bytes.split_at_checked(HEADER).ok_or_else(|| wrong("is cut"))?;
    let checksum = checksum(engine_key, &header[..CHECKSUM_AT], payload);
    let mut fields = Fields(header);
    let version = fields.byte();
    let epoch = fields.u64().ok_or_else(|| wrong("is cut"))?;
    if fields.u32() != Some(checksum) {
        return Err(wrong("doesn't match its checksum"));
    }
    if version != Some(VERSION) {
        return Err(wrong("is of an unknown version"));
    }
    Ok(Sealed { epoch, checksum, payload })
}

/// The payload of a record that was checked, in the bytes that held it.
pub(super) fn into_payload(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.drain(..HEADER);
    bytes
}

/// Of 32 bits, for it is computed with every read of a row: damage of a few bits never passes, other damage once in
/// four thousand million times.
fn checksum(engine_key: &[u8], header: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&(engine_key.len() as u32).to_be_bytes());
    hasher.update(engine_key);
    hasher.update(header);
    hasher.update(payload);
    hasher.finalize()
}

/// A record for a message: its key space and its key.
pub(super) fn describe(engine_key: &[u8]) -> String {
    match (engine_key.first(), parse_key(engine_key)) {
        (Some(&HEADS), Some((deployment, []))) => format!("the head of {deployment}"),
        (Some(&ROWS), Some((deployment, key))) => format!("the row '{}' of {deployment}", key.escape_ascii()),
        (Some(&JOURNALS), Some((deployment, piece))) => {
            format!("the journal record '{}' of {deployment}", piece.escape_ascii())
        }
        _ if engine_key == ROOT_KEY => "the root record".to_owned(),
        _ => format!("the record '{}'", engine_key.escape_ascii()),
    }
}

/// Takes fields from the front of a payload.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*bytes))
    }

    /// Bytes with their length before them.
    pub(super) fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()?;
        self.bytes(length as usize)
    }
}

/// Appends bytes with their length before them.
pub(super) fn put_counted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_be_bytes());
    out.extend(bytes);
}
