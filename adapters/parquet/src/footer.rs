//! Reads a file's footer, which describes all the rest.
//!
//! The library below believes a footer's numbers before it has seen what they count: one that says two thousand million row
//! groups, or groups nested as deeply as it is long, would end this process. So they are looked at first.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use crate::fault::{Fault, caught};
use crate::thrift::{Kind, Walk, damaged};

const MAGIC: &[u8; 4] = b"PAR1";
const MAGIC_OF_ENCRYPTED: &[u8; 4] = b"PARE";
/// A length and the magic word end a file.
const TAIL_BYTES: u64 = 8;
/// Groups that are nested deeper aren't data.
pub(crate) const MOST_LEVELS: usize = 100;
/// Nothing else in a footer is nested so deeply.
const MOST_STRUCTS: u8 = 32;

/// The numbers of fields in the Thrift structs `FileMetaData` and `SchemaElement`.
const SCHEMA: i64 = 2;
const ROW_GROUPS: i64 = 4;
const ENCRYPTION: i64 = 8;
const CHILDREN: i64 = 5;

/// Reads the description of a file that begins as Parquet does.
pub(crate) fn read(file: &mut File) -> Result<ParquetMetaData, Fault> {
    let bytes = footer(file)?;
    check(&bytes)?;
    caught(|| Ok(ParquetMetaDataReader::decode_metadata(&bytes)?))
}

fn footer(file: &mut File) -> Result<Vec<u8>, Fault> {
    let unreadable = |cause: std::io::Error| Fault::new(format!("unreadable: {cause}"));
    let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
    let mut head = [0; 4];
    file.rewind().map_err(unreadable)?;
    if length < 4 || file.read_exact(&mut head).is_err() || !(head == *MAGIC || head == *MAGIC_OF_ENCRYPTED) {
        return Err(Fault::new("not a Parquet file"));
    }
    let cut = || Fault::new("the Parquet file is cut short: its end, which describes it, is missing");
    let begin_of_tail = length.checked_sub(TAIL_BYTES).filter(|&at| at >= 4).ok_or_else(cut)?;
    let mut tail = [0; 8];
    file.seek(SeekFrom::Start(begin_of_tail)).map_err(unreadable)?;
    file.read_exact(&mut tail).map_err(unreadable)?;
    let [a, b, c, d, magic @ ..] = tail;
    if magic == *MAGIC_OF_ENCRYPTED || head == *MAGIC_OF_ENCRYPTED {
        return Err(Fault::of_encryption());
    }
    if magic != *MAGIC {
        return Err(cut());
    }
    let of_footer = u32::from_le_bytes([a, b, c, d]);
    let begin = begin_of_tail.checked_sub(u64::from(of_footer)).filter(|&at| at >= 4).ok_or_else(damaged)?;
    let mut bytes = vec![0; of_footer as usize];
    file.seek(SeekFrom::Start(begin)).map_err(unreadable)?;
    file.read_exact(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Looks at what the library below would believe.
fn check(footer: &[u8]) -> Result<(), Fault> {
    Walk::new(footer).fields(|walk, number, kind| match (number, kind) {
        (SCHEMA, Kind::List) => check_schema(walk),
        (ROW_GROUPS, Kind::List) => {
            let (count, kind) = walk.list()?;
            // A row group of a file with columns has more bytes than that; a struct has one at least.
            (0..count).try_for_each(|_| walk.pass(kind, MOST_STRUCTS))
        }
        (ENCRYPTION, _) => Err(Fault::of_encryption()),
        _ => walk.pass(kind, MOST_STRUCTS),
    })
}

/// Counts how deeply groups are nested, which stand in one list, each before its children.
fn check_schema(walk: &mut Walk<'_>) -> Result<(), Fault> {
    let (count, kind) = walk.list()?;
    if kind != Kind::Struct {
        return Err(damaged());
    }
    // The children that are still to come, of each group that is open.
    let mut open: Vec<u64> = Vec::new();
    for left in (0..count).rev() {
        let mut children = 0;
        walk.fields(|walk, number, kind| match (number, kind) {
            (CHILDREN, Kind::Whole) => {
                children = walk.whole()?;
                Ok(())
            }
            _ => walk.pass(kind, MOST_STRUCTS),
        })?;
        let children = u64::try_from(children).map_err(|_| damaged())?;
        if children > left {
            return Err(damaged());
        }
        while open.last() == Some(&0) {
            open.pop();
        }
        if let Some(of_parent) = open.last_mut() {
            *of_parent -= 1;
        }
        if children > 0 {
            open.push(children);
        }
        if open.len() > MOST_LEVELS {
            return Err(Fault::new(format!("columns that are nested more than {MOST_LEVELS} levels deep")));
        }
    }
    Ok(())
}
