//! Describes how a message of a log lies in its bytes.
//!
//! ```text
//! all      magic (8)    format (4)    kind (4)    log (8)    owner (8)    a (8)    b (8)
//! begins   a, b: 0
//! taken    a, b: 0
//! void     a: the owner's next number    b: where the log ends
//! entries  a: the offset of the first    b: how many; the highest bit is set in the last message of an append
//!          then for each: time (8)    length (4)    payload
//! ```
//!
//! Numbers are little-endian. The client checks Kafka's own checksums, so there is none here.

use store::log::Entry;

const MAGIC: [u8; 8] = *b"cplogmsg";
const FORMAT: u32 = 1;
const ENDS_APPEND: u64 = 1 << 63;
const HEAD: usize = 48;
/// Bytes of an entry before its payload.
const ENTRY: usize = 12;

/// Names who writes into which log, by numbers that nobody else has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Author {
    pub(super) log: u64,
    pub(super) owner: u64,
}

/// A message of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) author: Author,
    pub(super) says: Says<'a>,
}

/// Holds what a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says<'a> {
    /// The log begins, and has this owner.
    Begins,
    /// The log has another owner.
    Taken,
    /// The owner goes on under its next number, and what isn't before `end` counts for nothing.
    Void { next: u64, end: u64 },
    /// Entries are appended.
    Entries(Entries<'a>),
}

/// Entries that stand in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entries<'a> {
    /// The offset of the first.
    pub(super) first: u64,
    pub(super) count: u64,
    pub(super) ends_append: bool,
    body: &'a [u8],
}

/// Encodes what an owner has to say of the log as a whole.
pub(super) fn control(author: Author, says: &Says<'_>) -> Vec<u8> {
    let (kind, a, b) = match *says {
        Says::Begins => (1, 0, 0),
        Says::Taken => (2, 0, 0),
        Says::Void { next, end } => (3, next, end),
        Says::Entries(Entries { first, count, .. }) => (4, first, count),
    };
    head(author, (kind, a, b))
}

/// Encodes an append whose first entry has offset `first`: one message, or more where they would be longer than `most` bytes. An
/// entry that is longer by itself stands alone.
pub(super) fn append(author: Author, first: u64, entries: &[Entry<'_>], most: usize) -> Vec<Vec<u8>> {
    let (mut messages, mut rest, mut at) = (Vec::new(), entries, first);
    while !rest.is_empty() {
        let mut bytes = HEAD;
        let fits = rest.iter().take_while(|entry| {
            bytes += ENTRY + entry.payload.len();
            bytes <= most
        });
        let (now, later) = rest.split_at(fits.count().max(1));
        let ends = if later.is_empty() { ENDS_APPEND } else { 0 };
        let mut message = head(author, (4, at, now.len() as u64 | ends));
        message.reserve(now.iter().map(|entry| ENTRY + entry.payload.len()).sum());
        for entry in now {
            message.extend_from_slice(&entry.time_ms.to_le_bytes());
            message.extend_from_slice(&(entry.payload.len() as u32).to_le_bytes());
            message.extend_from_slice(entry.payload);
        }
        messages.push(message);
        at += now.len() as u64;
        rest = later;
    }
    messages
}

fn head(author: Author, (kind, a, b): (u32, u64, u64)) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&kind.to_le_bytes());
    for number in [author.log, author.owner, a, b] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes
}

/// Reads a message; the error says what it is instead.
pub(super) fn decode(bytes: &[u8]) -> Result<Message<'_>, String> {
    let (mut rest, short) = (bytes, || "it is no message of a log: it is too short".to_owned());
    if take::<8>(&mut rest).ok_or_else(short)? != MAGIC {
        return Err("it is no message of a log".to_owned());
    }
    let format = u32::from_le_bytes(take(&mut rest).ok_or_else(short)?);
    if format > FORMAT {
        return Err(format!(
            "it is of format {format}, this program knows formats up to {FORMAT}; use the newer program"
        ));
    }
    let kind = u32::from_le_bytes(take(&mut rest).ok_or_else(short)?);
    let mut number = || take(&mut rest).map(u64::from_le_bytes).ok_or_else(short);
    let (log, owner, a, b) = (number()?, number()?, number()?, number()?);
    let says = match kind {
        1 => Says::Begins,
        2 => Says::Taken,
        3 => Says::Void { next: a, end: b },
        4 => {
            let (count, ends_append) = (b & !ENDS_APPEND, b & ENDS_APPEND != 0);
            let entries = Entries { first: a, count, ends_append, body: rest };
            entries.check()?;
            Says::Entries(entries)
        }
        kind => return Err(format!("it is of kind {kind}, which no message of a log is")),
    };
    Ok(Message { author: Author { log, owner }, says })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

impl<'a> Entries<'a> {
    /// Goes over offset, time and payload of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, i64, &'a [u8])> + use<'a> {
        let (mut offset, mut rest) = (self.first, self.body);
        std::iter::from_fn(move || {
            let time_ms = i64::from_le_bytes(take(&mut rest)?);
            let length = u32::from_le_bytes(take(&mut rest)?) as usize;
            let (payload, left) = rest.split_at_checked(length)?;
            rest = left;
            offset += 1;
            Some((offset - 1, time_ms, payload))
        })
    }

    fn check(&self) -> Result<(), String> {
        let (mut found, mut bytes) = (0, 0);
        for (.., payload) in self.iter() {
            found += 1;
            bytes += ENTRY + payload.len();
        }
        if found == self.count && found > 0 && bytes == self.body.len() {
            return Ok(());
        }
        Err(format!("it says that it has {} entries, and there are {found} in {bytes} bytes", self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHOR: Author = Author { log: 3, owner: u64::MAX };

    fn entries(payloads: &[&'static [u8]]) -> Vec<Entry<'static>> {
        let entry = |(time_ms, payload): (i64, &&'static [u8])| Entry { time_ms, payload };
        (-1..).zip(payloads).map(entry).collect()
    }

    #[test]
    fn what_is_said_reads_back() {
        for says in [Says::Begins, Says::Taken, Says::Void { next: 7, end: 9 }] {
            let bytes = control(AUTHOR, &says);
            assert_eq!(decode(&bytes), Ok(Message { author: AUTHOR, says }));
        }
    }

    #[test]
    fn an_append_is_as_many_messages_as_it_needs() {
        let all = entries(&[b"a", b"", b"ccc", b"dddddddddddddddddddddddddddddd", b"e"]);
        for most in [0, 1, HEAD + 13, HEAD + 26, HEAD + 40, 1 << 20] {
            let messages = append(AUTHOR, 10, &all, most);
            let (mut at, mut found) = (10, Vec::new());
            for (n, bytes) in messages.iter().enumerate() {
                let Ok(Message { author: AUTHOR, says: Says::Entries(entries) }) = decode(bytes) else {
                    panic!("{:?}", decode(bytes))
                };
                assert_eq!((entries.first, entries.ends_append), (at, n + 1 == messages.len()));
                assert!(bytes.len() <= most || entries.count == 1, "{most}");
                at += entries.count;
                found.extend(entries.iter());
            }
            let expected = (10..).zip(&all).map(|(offset, entry)| (offset, entry.time_ms, entry.payload));
            assert_eq!(found, expected.collect::<Vec<_>>(), "{most}");
        }
        assert_eq!(append(AUTHOR, 0, &all, 1 << 20).len(), 1);
        assert_eq!(append(AUTHOR, 0, &all, 0).len(), 5);
    }

    #[test]
    fn whatever_else_is_there_is_said() {
        let good = append(AUTHOR, 0, &entries(&[b"abc"]), 1 << 20).remove(0);
        for length in 0..good.len() {
            assert!(decode(&good[..length]).is_err(), "{length}");
        }
        let mut more = good.clone();
        more.push(0);
        assert!(decode(&more).is_err());
        assert_eq!(decode(b"{\"user\":\"a\"}"), Err("it is no message of a log".to_owned()));
        let mut newer = good;
        newer[8] = 2;
        assert!(decode(&newer).expect_err("newer").starts_with("it is of format 2"));
    }
}
