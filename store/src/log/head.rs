//! The file `head`: a log's settings, and how far it is acknowledged.
//!
//! ```text
//! block 0   magic (8)  format (4)  durability (4)  segment_bytes (8)  index_every (8)   checksum (4)
//! block 1   number (8)  end (8)  segment (8)  bytes (8)  checksum (4)
//! block 2   another such acknowledgement
//! ```
//!
//! Acknowledgements are numbered, and number `n` is written over number `n - 2`: a write that is torn leaves the one
//! before it. Blocks are as far apart as a disk may write at once.

use super::LogSettings;
use super::disk::{Disk, Handle};
use super::error::LogError;
use super::frame;
use crate::Durability;
use std::io;

/// Its name.
pub(super) const NAME: &str = "head";
const MAGIC: [u8; 8] = *b"cplogack";
const FORMAT: u32 = 1;
const BLOCK: u64 = 4096;
const SETTINGS: usize = 36;
const ACKNOWLEDGED: usize = 36;

/// Says up to where everything was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Acknowledged {
    /// The offset after the last acknowledged entry.
    pub(super) end: u64,
    /// The first offset of the segment which that entry is in.
    pub(super) segment: u64,
    /// Where in the segment that entry ends; 0 if there is no entry.
    pub(super) bytes: u64,
}

/// The open file, and the number of the acknowledgement that holds.
pub(super) struct Head {
    handle: Handle,
    number: u64,
}

/// Describes what the file was found to hold.
pub(super) struct Opened {
    pub(super) head: Head,
    pub(super) settings: LogSettings,
    pub(super) acknowledged: Acknowledged,
    /// Says that one of the two acknowledgements was torn or damaged and is to be written anew.
    pub(super) incomplete: bool,
}

impl Head {
    /// Creates the file of an empty log. Whole settings are its last bytes: without them there is no log.
    pub(super) fn create(disk: &Disk, settings: LogSettings) -> io::Result<Head> {
        let head = Head { handle: disk.create(NAME)?, number: 1 };
        head.handle.write_at(&encode(0, Acknowledged::default()), slot(0))?;
        head.handle.write_at(&encode(1, Acknowledged::default()), slot(1))?;
        sync(&head.handle, settings.durability)?;
        head.handle.write_at(&encode_settings(settings), 0)?;
        sync(&head.handle, settings.durability)?;
        Ok(head)
    }

    /// Opens the file and reads it.
    pub(super) fn open(disk: &Disk) -> Result<Opened, LogError> {
        let failed = |error: io::Error| LogError::failed(disk.place(), format!("read {NAME}"), &error);
        let handle = disk.open(NAME).map_err(failed)?;
        let mut block = [0; SETTINGS];
        let length = handle.read_at(&mut block, 0).map_err(failed)?;
        let damaged = |byte, what: &str| LogError::DamagedHead {
            place: disk.place(),
            file: NAME.to_owned(),
            byte,
            what: what.to_owned(),
        };
        let settings = decode_settings(&block[..length]).map_err(|bad| match bad {
            Bad::Newer(found) => {
                LogError::NewerFormat { place: format!("{}/{NAME}", disk.place()), found, known: FORMAT }
            }
            Bad::Wrong(what) => damaged(0, what),
        })?;
        let mut found = Vec::new();
        for parity in 0..2 {
            let mut block = [0; ACKNOWLEDGED];
            let length = handle.read_at(&mut block, slot(parity)).map_err(failed)?;
            found.extend(decode(&block[..length]).filter(|(number, _)| number % 2 == parity));
        }
        let incomplete = found.len() < 2;
        let latest = found.into_iter().max_by_key(|(number, _)| *number);
        let Some((number, acknowledged)) = latest else {
            return Err(damaged(BLOCK, "neither of the two acknowledgements is whole"));
        };
        Ok(Opened { head: Head { handle, number }, settings, acknowledged, incomplete })
    }

    /// Acknowledges: when this returns, it holds after a crash. After an error this one or the last one does.
    pub(super) fn acknowledge(
        &mut self,
        acknowledged: Acknowledged,
        durability: Durability,
    ) -> io::Result<()> {
        let number = self.number + 1;
        self.handle.write_at(&encode(number, acknowledged), slot(number))?;
        sync(&self.handle, durability)?;
        self.number = number;
        Ok(())
    }

    /// Makes durable what was found in the file.
    pub(super) fn sync(&self, durability: Durability) -> io::Result<()> {
        sync(&self.handle, durability)
    }
}

/// Returns whether the file holds settings; it doesn't while a log is about to be created.
pub(super) fn is_whole(disk: &Disk) -> io::Result<bool> {
    let mut block = [0; SETTINGS];
    let length = disk.open(NAME)?.read_at(&mut block, 0)?;
    Ok(!matches!(decode_settings(&block[..length]), Err(Bad::Wrong(_))))
}

/// Syncs a file if it is to survive a power cut.
pub(super) fn sync(handle: &Handle, durability: Durability) -> io::Result<()> {
    match durability {
        Durability::Process => Ok(()),
        Durability::Power => handle.sync(),
    }
}

/// Returns where the acknowledgement of this number is written.
fn slot(number: u64) -> u64 {
    BLOCK * (1 + number % 2)
}

fn encode(number: u64, acknowledged: Acknowledged) -> Vec<u8> {
    let Acknowledged { end, segment, bytes } = acknowledged;
    let mut out: Vec<u8> = [number, end, segment, bytes].iter().flat_map(|part| part.to_le_bytes()).collect();
    out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
    out
}

fn decode(block: &[u8]) -> Option<(u64, Acknowledged)> {
    let (said, checksum) = block.split_last_chunk::<4>()?;
    let whole = block.len() == ACKNOWLEDGED && crc32fast::hash(said) == u32::from_le_bytes(*checksum);
    let part = |at| frame::u64_at(said, at);
    whole.then(|| (part(0), Acknowledged { end: part(8), segment: part(16), bytes: part(24) }))
}

fn encode_settings(settings: LogSettings) -> Vec<u8> {
    let LogSettings { segment_bytes, index_every, durability } = settings;
    let durability: u32 = match durability {
        Durability::Process => 0,
        Durability::Power => 1,
    };
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out.extend_from_slice(&durability.to_le_bytes());
    out.extend_from_slice(&segment_bytes.to_le_bytes());
    out.extend_from_slice(&index_every.to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
    out
}

enum Bad {
    Newer(u32),
    Wrong(&'static str),
}

fn decode_settings(block: &[u8]) -> Result<LogSettings, Bad> {
    let Some((said, checksum)) = block.split_last_chunk::<4>() else {
        return Err(Bad::Wrong("the settings are missing"));
    };
    if block.len() < SETTINGS || crc32fast::hash(said) != u32::from_le_bytes(*checksum) {
        return Err(Bad::Wrong("the checksum of the settings is wrong"));
    }
    if said[..8] != MAGIC {
        return Err(Bad::Wrong("it doesn't begin like the head of a log"));
    }
    let versions = frame::u64_at(said, 8);
    let (format, durability) = (versions as u32, versions >> 32);
    if format > FORMAT {
        return Err(Bad::Newer(format));
    }
    let durability = match durability {
        0 => Durability::Process,
        1 => Durability::Power,
        _ => return Err(Bad::Wrong("an unknown durability")),
    };
    Ok(LogSettings {
        segment_bytes: frame::u64_at(said, 16),
        index_every: frame::u64_at(said, 24),
        durability,
    })
}
