//! Opens where something is missing, left over, or belongs elsewhere.

use crate::common::{Chance, Model, append, entries, is_of, read_all, small};
use crate::damage::{FRAME, HEADER, open_and_read, segments, small_log};
use store::Durability;
use store::log::{Append as _, Entry, Fault, Log, LogError, SimulatedDisk};

/// The disk before and after one more append, whose acknowledgement is missing: data after, `head` before.
fn unacknowledged(appends: usize) -> (SimulatedDisk, String, Vec<u8>, Model) {
    let disk = SimulatedDisk::new();
    let mut log = Log::create_simulated(&disk, small(Durability::Process)).unwrap();
    let made = entries(&mut Chance(9), 3 * (appends + 1));
    for part in made[..3 * appends].chunks(3) {
        append(&mut log, part).unwrap();
    }
    let before = disk.after_kill();
    append(&mut log, &made[3 * appends..]).unwrap();
    let last = segments(&disk).pop().unwrap();
    let bytes = disk.contents(&last).unwrap();
    (before, last, bytes, made)
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_off_and_told() {
    let (mut in_new_segments, mut in_old_segments) = (0, 0);
    for appends in 0..8 {
        let (before, segment, whole, made) = unacknowledged(appends);
        let acknowledged = before.contents(&segment).map_or(0, |bytes| bytes.len());
        let is_new = before.contents(&segment).is_none();
        *if is_new { &mut in_new_segments } else { &mut in_old_segments } += 1;
        for length in acknowledged..=whole.len() {
            for junk in [&[][..], &[0; 70], &[0xff; 5]] {
                let tail = [&whole[..length], junk].concat();
                let disk = before.after_kill();
                if is_new || length > acknowledged {
                    disk.replace(&segment, Some(tail.clone()));
                }
                let (mut log, recovered) = Log::open_simulated(&disk).unwrap();
                let kept = if length == whole.len() { length } else { acknowledged };
                let end = if length == whole.len() { made.len() } else { made.len() - 3 };
                assert_eq!(recovered.end, end as u64);
                let torn = recovered.torn.map(|torn| (torn.segment, torn.offset, torn.at_byte, torn.bytes));
                let left = if is_new || length > acknowledged { tail.len() - kept } else { 0 };
                let expected = (segment.clone(), end as u64, kept as u64, left as u64);
                assert_eq!(torn, (left > 0 || (is_new && kept == 0)).then_some(expected), "{length} bytes");
                assert_eq!(read_all(&mut log.reader(0), 100).unwrap(), made[..end]);
                assert_eq!(append(&mut log, &made[end..]).unwrap(), made.len() as u64);
                log.append(&[Entry { time_ms: 0, payload: b"goes on" }]).unwrap();
                assert_eq!(read_all(&mut log.reader(0), 100).unwrap()[..made.len()], made);
            }
        }
    }
    assert!(in_new_segments > 1 && in_old_segments > 1, "{in_new_segments} {in_old_segments}");
}

#[test]
fn an_index_of_something_else_is_made_anew_and_never_believed() {
    let (disk, made) = small_log();
    let indexes: Vec<String> = disk.names().into_iter().filter(|name| is_of(name, "index")).collect();
    assert!(indexes.len() >= 2);
    for (name, other) in indexes.iter().zip(indexes.iter().cycle().skip(1)) {
        for contents in [None, Some(Vec::new()), disk.contents(other)] {
            let copy = disk.after_kill();
            copy.replace(name, contents);
            let (recovered, found) = open_and_read(&copy).unwrap();
            assert_eq!((recovered.torn, &found), (None, &made));
            assert_eq!(copy.contents(name), disk.contents(name));
        }
        // Whole, of the right segment, and still wrong: every mark points one byte too far.
        let copy = disk.after_kill();
        let mut bytes = disk.contents(name).unwrap();
        let body = bytes.len() - 4;
        for at in (44 + 8..body).step_by(24) {
            bytes[at] += 1;
        }
        let checksum = crc32fast::hash(&bytes[..body]).to_le_bytes();
        bytes[body..].copy_from_slice(&checksum);
        copy.replace(name, Some(bytes));
        let (log, _) = Log::open_simulated(&copy).unwrap();
        for from in 0..made.len() {
            assert_eq!(read_all(&mut log.reader(from as u64), 100).unwrap(), made[from..]);
        }
    }
}

#[test]
fn a_later_format_is_said_and_not_touched() {
    let (disk, _) = small_log();
    let mut head = disk.contents("head").unwrap();
    head[8] = 9;
    let checksum = crc32fast::hash(&head[..32]).to_le_bytes();
    head[32..36].copy_from_slice(&checksum);
    disk.replace("head", Some(head));
    disk.plan(0, Fault::Crash { after: 0 });
    let wrong = Log::open_simulated(&disk).unwrap_err();
    assert!(matches!(wrong, LogError::NewerFormat { found: 9, known: 1, .. }), "{wrong}");
    assert!(!disk.struck());
}

/// Flips a bit of a file.
fn flip(disk: &SimulatedDisk, name: &str, at: usize) {
    let mut bytes = disk.contents(name).unwrap();
    bytes[at] ^= 0x20;
    disk.replace(name, Some(bytes));
}

#[test]
fn an_append_that_was_taken_up_is_acknowledged() {
    for appends in 0..6 {
        let (before, segment, whole, made) = unacknowledged(appends);
        let acknowledged = before.contents(&segment).map_or(0, |bytes| bytes.len());
        before.replace(&segment, Some(whole.clone()));
        assert_eq!(open_and_read(&before).unwrap().1, made);
        for at in acknowledged..whole.len() {
            let disk = before.after_kill();
            flip(&disk, &segment, at);
            let wrong = open_and_read(&disk).unwrap_err();
            assert!(
                matches!(&wrong, LogError::Damaged { file, .. } if *file == segment),
                "byte {at}: {wrong}"
            );
        }
    }
}

#[test]
fn an_acknowledgement_that_is_damaged_is_written_anew() {
    let (disk, made) = small_log();
    for order in [[1, 2], [2, 1]] {
        let copy = disk.after_kill();
        for block in order {
            flip(&copy, "head", 4096 * block + 9);
            assert_eq!(open_and_read(&copy).unwrap().1, made, "{order:?} {block}");
        }
        flip(&copy, "head", 4096 + 9);
        flip(&copy, "head", 2 * 4096 + 9);
        let wrong = open_and_read(&copy).unwrap_err();
        assert!(matches!(wrong, LogError::DamagedHead { byte: 4096, .. }), "{wrong}");
    }
}

#[test]
fn a_segment_that_is_followed_by_another_is_never_cut() {
    let (before, segment, whole, _) =
        (0..8).map(unacknowledged).rfind(|(before, segment, ..)| before.contents(segment).is_none()).unwrap();
    let previous = segments(&before).pop().unwrap();
    let junk = [before.contents(&previous).unwrap(), vec![7; 9]].concat();
    before.replace(&segment, Some(whole));
    before.replace(&previous, Some(junk.clone()));
    let wrong = open_and_read(&before).unwrap_err();
    assert!(matches!(&wrong, LogError::Damaged { file, .. } if *file == previous), "{wrong}");
    assert_eq!(before.contents(&previous).unwrap(), junk);
}

#[test]
fn a_segment_that_continues_nothing_is_damage_and_stays() {
    let (disk, made) = small_log();
    let last = segments(&disk).pop().unwrap();
    let stray = format!("{:020}.log", made.len() + 1);
    disk.replace(&stray, Some(b"something".to_vec()));
    let wrong = open_and_read(&disk).unwrap_err();
    let end = made.len() as u64;
    assert!(
        matches!(&wrong, LogError::Damaged { file, offset, .. } if (file, *offset) == (&last, end)),
        "{wrong}"
    );
    assert_eq!(disk.contents(&stray).unwrap(), b"something");
}

#[test]
fn entries_in_each_others_place_are_noticed_though_each_is_whole() {
    let disk = SimulatedDisk::new();
    let mut log = Log::create_simulated(&disk, small(Durability::Process)).unwrap();
    append(&mut log, &[(1, vec![1; 10]), (2, vec![2; 10]), (3, vec![3; 10])]).unwrap();
    let name = segments(&disk).pop().unwrap();
    let mut bytes = disk.contents(&name).unwrap();
    let (first, second) = bytes[HEADER..HEADER + 2 * (FRAME + 10)].split_at_mut(FRAME + 10);
    first.swap_with_slice(second);
    disk.replace(&name, Some(bytes));
    let wrong = open_and_read(&disk).unwrap_err();
    assert!(matches!(&wrong, LogError::Damaged { offset: 0, byte: 24, .. }), "{wrong}");
}

#[test]
fn an_acknowledgement_of_another_log_is_noticed() {
    let (disk, made) = small_log();
    let head = disk.contents("head").unwrap();
    for change in [-2_i64, -1, 1, 5] {
        let mut forged = head.clone();
        for block in [4096, 8192] {
            let end = (made.len() as u64).strict_add_signed(change);
            forged[block + 8..block + 16].copy_from_slice(&end.to_le_bytes());
            let checksum = crc32fast::hash(&forged[block..block + 32]).to_le_bytes();
            forged[block + 32..block + 36].copy_from_slice(&checksum);
        }
        let copy = disk.after_kill();
        copy.replace("head", Some(forged));
        let wrong = open_and_read(&copy).unwrap_err();
        assert!(matches!(wrong, LogError::Damaged { .. }), "{change}: {wrong}");
    }
}
