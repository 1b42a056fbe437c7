//! Damage at every bit and every length of a small log: it is named, or does no harm.

use crate::common::{Chance, Model, append, entries, is_of, read_all, small};
use store::Durability;
use store::log::{Log, LogError, Recovered, SimulatedDisk};

pub(crate) const HEADER: usize = 24;
pub(crate) const FRAME: usize = 24;

/// A log of three segments and what it holds, opened once so that all indexes are there.
pub(crate) fn small_log() -> (SimulatedDisk, Model) {
    let disk = SimulatedDisk::new();
    let mut log = Log::create_simulated(&disk, small(Durability::Power)).unwrap();
    let mut chance = Chance(1);
    let made = entries(&mut chance, 31);
    for part in made.chunks(4) {
        append(&mut log, part).unwrap();
    }
    (disk, made)
}

pub(crate) fn segments(disk: &SimulatedDisk) -> Vec<String> {
    disk.names().into_iter().filter(|name| is_of(name, "log")).collect()
}

/// Where each part of a segment begins, header first, and the offset that is told for it.
fn parts(segment: &str, next: u64, model: &Model) -> Vec<(usize, u64)> {
    let first: u64 = segment.trim_end_matches(".log").parse().unwrap();
    let mut parts = vec![(0, first)];
    let mut at = HEADER;
    for offset in first..next {
        parts.push((at, offset));
        at += FRAME + model[offset as usize].1.len();
    }
    parts
}

/// The part of a segment in which a byte lies.
fn part_of(disk: &SimulatedDisk, segment: &str, byte: usize, model: &Model) -> (u64, u64) {
    let names = segments(disk);
    let at = names.iter().position(|name| name == segment).unwrap();
    let next = names.get(at + 1).map_or(model.len() as u64, |name| name[..20].parse().unwrap());
    let parts = parts(segment, next, model);
    let (begin, offset) = parts.iter().rev().find(|(begin, _)| *begin <= byte).unwrap();
    (*begin as u64, *offset)
}

/// Opens the log and reads all that it holds.
pub(crate) fn open_and_read(disk: &SimulatedDisk) -> Result<(Recovered, Model), LogError> {
    let (log, recovered) = Log::open_simulated(disk)?;
    let found = read_all(&mut log.reader(0), 5)?;
    assert_eq!(log.view().verify()?, log.end());
    Ok((recovered, found))
}

#[test]
fn a_flipped_bit_is_named_by_file_byte_and_offset_or_does_no_harm() {
    let (disk, made) = small_log();
    assert!(segments(&disk).len() >= 3);
    let (mut named, mut harmless) = (0, 0);
    for name in disk.names() {
        let bytes = disk.contents(&name).unwrap();
        for at in 0..bytes.len() {
            // Between its parts the head is empty; nobody reads that.
            let bits = match name.as_str() {
                "head" if at % 4096 < 36 => 0..8,
                "head" if at % 31 > 0 => continue,
                _ => 0..8,
            };
            for bit in bits {
                let copy = disk.after_kill();
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                copy.replace(&name, Some(damaged));
                match open_and_read(&copy) {
                    Ok((recovered, found)) => {
                        assert!(!is_of(&name, "log"), "{name} byte {at} bit {bit} wasn't noticed");
                        assert!(name != "head" || at >= 36, "head byte {at} bit {bit} wasn't noticed");
                        assert_eq!(recovered, Recovered { end: made.len() as u64, torn: None });
                        assert_eq!(found, made, "{name} byte {at} bit {bit} did harm");
                        harmless += 1;
                    }
                    Err(LogError::Damaged { file, offset, byte, .. }) => {
                        assert_eq!((&file, (byte, offset)), (&name, part_of(&disk, &name, at, &made)));
                        named += 1;
                    }
                    Err(LogError::DamagedHead { file, byte: 0, .. }) => {
                        assert_eq!((file.as_str(), name.as_str()), ("head", "head"));
                        assert!(at < 36);
                        named += 1;
                    }
                    Err(error) => panic!("{name} byte {at} bit {bit}: {error}"),
                }
                // Nothing was cut off.
                for segment in segments(&disk) {
                    let length = |disk: &SimulatedDisk| disk.contents(&segment).map(|bytes| bytes.len());
                    assert_eq!(length(&copy), length(&disk), "{name} byte {at} bit {bit}");
                }
            }
        }
    }
    assert!(named > 8 * 1_000 && harmless > 2_000, "vacuous: {named} named, {harmless} harmless");
}

#[test]
fn damage_is_told_from_a_torn_tail_where_both_are_there() {
    let (disk, made) = small_log();
    let last = segments(&disk).pop().unwrap();
    let acknowledged = disk.contents(&last).unwrap();
    let mut torn = acknowledged.clone();
    torn.extend_from_slice(&acknowledged[HEADER..HEADER + 30]);
    let copy = disk.after_kill();
    copy.replace(&last, Some(torn.clone()));
    let (recovered, found) = open_and_read(&copy).unwrap();
    assert_eq!((recovered.torn.unwrap().bytes, found), (30, made.clone()));
    for at in 0..acknowledged.len() {
        let mut damaged = torn.clone();
        damaged[at] ^= 0x10;
        let copy = disk.after_kill();
        copy.replace(&last, Some(damaged.clone()));
        let wrong = open_and_read(&copy).unwrap_err();
        let (place, told) = part_of(&disk, &last, at, &made);
        assert!(
            matches!(&wrong, LogError::Damaged { file, offset, byte, .. } if (file, *byte, *offset) == (&last, place, told)),
            "byte {at}: {wrong}"
        );
        assert_eq!(copy.contents(&last).unwrap(), damaged, "nothing is cut where anything is damaged");
    }
}

#[test]
fn acknowledged_data_that_are_missing_are_named_at_every_length() {
    let (disk, made) = small_log();
    for segment in segments(&disk) {
        let whole = disk.contents(&segment).unwrap();
        for length in 0..whole.len() {
            let copy = disk.after_kill();
            copy.replace(&segment, Some(whole[..length].to_vec()));
            let wrong = open_and_read(&copy).unwrap_err();
            let (byte, offset) = part_of(&disk, &segment, length, &made);
            assert!(
                matches!(&wrong, LogError::Damaged { file, offset: o, byte: b, .. } if (file, *b, *o) == (&segment, byte, offset)),
                "{segment} of {length} bytes, expected byte {byte}, offset {offset}: {wrong}"
            );
        }
        let copy = disk.after_kill();
        copy.replace(&segment, None);
        let wrong = open_and_read(&copy).unwrap_err();
        assert!(matches!(wrong, LogError::Damaged { .. }), "without {segment}: {wrong}");
    }
    let copy = disk.after_kill();
    copy.replace("head", None);
    let wrong = open_and_read(&copy).unwrap_err();
    assert!(matches!(wrong, LogError::DamagedHead { .. }), "{wrong}");
}
