//! The promises of a log in a folder, held against a vector.

use crate::common::{Chance, Model, append, append_in_parts, entries, read_all, small};
use store::Durability;
use store::log::{Append, Batch, Entry, Log, LogError, LogSettings, Read, Recovered};

fn filled(folder: &std::path::Path, seed: u64, count: usize) -> (Log, Model) {
    let mut chance = Chance(seed);
    let mut log = Log::create(folder, small(Durability::Process)).unwrap();
    let made = entries(&mut chance, count);
    append_in_parts(&mut log, &mut chance, &made);
    (log, made)
}

#[test]
fn what_was_appended_is_read_before_and_after_it_is_opened_again() {
    for durability in [Durability::Process, Durability::Power] {
        let folder = tempfile::tempdir().unwrap();
        let mut chance = Chance(1);
        let made = entries(&mut chance, 200);
        let mut log = Log::create(folder.path(), small(durability)).unwrap();
        append_in_parts(&mut log, &mut chance, &made);
        assert_eq!(log.end(), 200);
        assert_eq!(read_all(&mut log.reader(0), 7).unwrap(), made);
        let bytes = log.bytes();
        drop(log);
        let (log, recovered) = Log::open(folder.path()).unwrap();
        assert_eq!(recovered, Recovered { end: 200, torn: None });
        assert_eq!(log.settings(), small(durability));
        assert_eq!((log.end(), log.bytes()), (200, bytes));
        assert_eq!(read_all(&mut log.reader(0), 1_000).unwrap(), made);
        assert_eq!(log.view().verify().unwrap(), 200);
    }
}

/// Deletes all indexes; returns how many there were.
fn delete_indexes(folder: &std::path::Path) -> usize {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let indexes: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "index")).collect();
    for path in &indexes {
        std::fs::remove_file(path).unwrap();
    }
    indexes.len()
}

#[test]
fn reads_at_random_positions_and_of_random_sizes_equal_the_vector() {
    let folder = tempfile::tempdir().unwrap();
    let (log, made) = filled(folder.path(), 2, 300);
    let check = |log: &Log| {
        let mut chance = Chance(3);
        for _ in 0..500 {
            let from = chance.below(301);
            let most = 1 + chance.below(60) as usize;
            let mut batch = Batch::new();
            let count = log.reader(from).next(most, &mut batch).unwrap();
            assert_eq!(count, most.min(300 - from as usize));
            let found: Model = batch.iter().map(|(_, time, payload)| (time, payload.to_vec())).collect();
            assert_eq!(found, made[from as usize..from as usize + count]);
            assert!(batch.iter().map(|(offset, ..)| offset).eq(from..from + count as u64));
        }
    };
    check(&log);
    drop(log);
    check(&Log::open(folder.path()).unwrap().0);
    let indexes = delete_indexes(folder.path());
    assert!(indexes > 10, "vacuous: {indexes} indexes");
    check(&Log::open(folder.path()).unwrap().0);
    assert_eq!(delete_indexes(folder.path()), indexes, "an index that is missing is made anew");
}

#[test]
fn an_offset_is_found_by_time_though_times_go_backwards() {
    let folder = tempfile::tempdir().unwrap();
    let (log, made) = filled(folder.path(), 4, 250);
    assert!(made.windows(2).any(|pair| pair[0].0 > pair[1].0), "times go backwards");
    let check = |log: &Log| {
        let times = || made.iter().map(|entry| entry.0);
        for time in times().min().unwrap() - 2..=times().max().unwrap() + 2 {
            let expected = times().position(|found| found >= time).unwrap_or(made.len());
            assert_eq!(log.offset_at(time).unwrap(), expected as u64, "time {time}");
        }
    };
    check(&log);
    drop(log);
    let mut log = Log::open(folder.path()).unwrap().0;
    check(&log);
    append(&mut log, &[(i64::MIN, b"first of all".to_vec()), (i64::MAX, Vec::new())]).unwrap();
    assert_eq!(log.offset_at(i64::MAX).unwrap(), 251);
    assert_eq!(log.offset_at(i64::MIN).unwrap(), 0);
}

#[test]
fn a_reader_waits_at_the_end_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::create(folder.path(), small(Durability::Process)).unwrap();
    let (mut reader, mut later, mut batch) = (log.reader(0), log.reader(5), Batch::new());
    assert_eq!(reader.next(10, &mut batch).unwrap(), 0);
    for n in 0..10_u8 {
        assert_eq!(append(&mut log, &[(i64::from(n), vec![n; 100])]).unwrap(), u64::from(n) + 1);
        assert_eq!(reader.next(10, &mut batch).unwrap(), 1);
        assert_eq!(batch.get(0).unwrap(), (u64::from(n), i64::from(n), &[n; 100][..]));
        assert_eq!(later.next(10, &mut batch).unwrap(), usize::from(n >= 5));
    }
    drop(log);
    assert_eq!(reader.next(10, &mut batch).unwrap(), 0);
    reader.seek(3);
    assert_eq!(reader.next(100, &mut batch).unwrap(), 7);
}

#[test]
fn readers_and_views_go_to_other_threads() {
    fn goes<T: Send + 'static>(_: &T) {}
    let folder = tempfile::tempdir().unwrap();
    let log = Log::create(folder.path(), LogSettings::default()).unwrap();
    goes(&log.reader(0));
    goes(&log.view());
    goes(&log);
}

#[test]
fn an_empty_append_changes_nothing_and_an_empty_log_opens() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::create(folder.path(), LogSettings::default()).unwrap();
    assert_eq!(log.append(&[]).unwrap(), 0);
    assert_eq!((log.end(), log.bytes(), log.offset_at(0).unwrap()), (0, 0, 0));
    drop(log);
    let (log, recovered) = Log::open(folder.path()).unwrap();
    assert_eq!(recovered, Recovered { end: 0, torn: None });
    assert_eq!(log.end(), 0);
}

#[test]
fn a_payload_may_be_long_but_not_too_long() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::create(folder.path(), small(Durability::Process)).unwrap();
    let long: Model = vec![(1, vec![7; 300_000]), (2, Vec::new()), (3, vec![8; 130_000])];
    append(&mut log, &long).unwrap();
    let too_long = vec![0; (16 << 20) + 1];
    let entries = [Entry { time_ms: 4, payload: b"short" }, Entry { time_ms: 5, payload: &too_long }];
    let refused = log.append(&entries).unwrap_err();
    assert!(matches!(refused, LogError::TooLong { offset: 4, .. }), "{refused}");
    assert_eq!(log.append(&entries[..1]).unwrap(), 4);
    assert_eq!(read_all(&mut log.reader(0), 2).unwrap()[..3], long);
}

#[test]
fn two_writers_on_one_folder_are_refused_and_readers_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let (log, made) = filled(folder.path(), 5, 20);
    let refused = Log::open(folder.path()).unwrap_err();
    assert!(
        matches!(refused, LogError::Locked { pid: Some(pid), .. } if pid == std::process::id()),
        "{refused}"
    );
    let mut reader = log.reader(0);
    drop(log);
    let log = Log::open(folder.path()).unwrap().0;
    assert_eq!(read_all(&mut reader, 3).unwrap(), made);
    drop(log);
}

#[test]
fn a_log_is_created_where_nothing_is_and_opened_where_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let settings = small(Durability::Process);
    let missing = folder.path().join("missing");
    for place in [folder.path(), &missing] {
        let refused = Log::open(place).unwrap_err();
        assert!(matches!(refused, LogError::NotALog { .. }), "{refused}");
    }
    assert!(!missing.exists());
    for wrong in [LogSettings { segment_bytes: 0, ..settings }, LogSettings { index_every: 0, ..settings }] {
        let refused = Log::create(folder.path(), wrong).unwrap_err();
        assert!(matches!(refused, LogError::Setting { value: 0, .. }), "{refused}");
    }
    drop(Log::create(folder.path(), settings).unwrap());
    let refused = Log::create(folder.path(), settings).unwrap_err();
    assert!(matches!(&refused, LogError::Occupied { found, .. } if found == "head"), "{refused}");
    std::fs::create_dir(&missing).unwrap();
    std::fs::write(missing.join("notes.txt"), "mine").unwrap();
    let refused = Log::create(&missing, settings).unwrap_err();
    assert!(matches!(&refused, LogError::Occupied { found, .. } if found == "notes.txt"), "{refused}");
    assert_eq!(std::fs::read_dir(&missing).unwrap().count(), 1);
}
