//! Holds logs against what is promised of every log, wherever it is kept: one suite, run over each medium.

use datasets::SplitMix64;
use store::log::{Batch, Entry, Kept, Log, LogError, LogSettings, PAYLOAD_LIMIT, Read};

/// Makes logs, and opens them again.
pub(crate) struct Medium<'a> {
    pub(crate) create: &'a dyn Fn() -> Box<dyn Kept>,
    /// The process that had it has ended.
    pub(crate) reopen: &'a dyn Fn(Box<dyn Kept>) -> Box<dyn Kept>,
}

/// An entry as a test remembers it.
type Kind = (i64, Vec<u8>);

/// Appends, and remembers what is there.
pub(crate) fn append(log: &mut dyn Kept, all: &mut Vec<Kind>, more: Vec<Kind>) {
    let entries: Vec<Entry<'_>> =
        more.iter().map(|(time_ms, payload)| Entry { time_ms: *time_ms, payload }).collect();
    let end = log.append(&entries).expect("an append");
    all.extend(more);
    assert_eq!((end, log.end()), (all.len() as u64, all.len() as u64));
}

/// Reads from `from` to the end, in steps.
pub(crate) fn read(log: &dyn Kept, from: u64, most: usize) -> Vec<Kind> {
    let mut reader = log.read_from(from);
    rest(&mut *reader, most)
}

fn rest(reader: &mut dyn Read, most: usize) -> Vec<Kind> {
    let (mut batch, mut found) = (Batch::new(), Vec::new());
    loop {
        let at = reader.position();
        let count = reader.next(most, &mut batch).expect("a read");
        assert!(count == batch.len() && count <= most);
        for (expected, (offset, time_ms, payload)) in (at..).zip(batch.iter()) {
            assert_eq!(offset, expected);
            found.push((time_ms, payload.to_vec()));
        }
        assert_eq!(reader.position(), at + count as u64);
        if count == 0 {
            return found;
        }
    }
}

fn some(count: i64) -> Vec<Kind> {
    (0..count).map(|n| (n * 10, format!("entry {n}").into_bytes())).collect()
}

/// All that is promised.
pub(crate) const PARTS: [fn(&Medium<'_>); 7] = [
    |medium| medium.an_empty_log_has_nothing(),
    |medium| medium.appends_are_read_in_order(),
    |medium| medium.readers_go_on(),
    |medium| medium.random_work_is_as_in_a_list(),
    |medium| medium.large_entries_are_entries(),
    |medium| medium.an_append_that_failed_leaves_nothing(),
    |medium| medium.readers_work_on_other_threads(),
];

impl Medium<'_> {
    fn an_empty_log_has_nothing(&self) {
        let mut log = (self.create)();
        assert_eq!((log.end(), log.append(&[]).expect("nothing")), (0, 0));
        assert_eq!(log.offset_at(i64::MIN).expect("an answer"), 0);
        assert_eq!(read(&*log, 0, 10), []);
        assert_eq!(read(&*log, 7, 10), []);
        let log = (self.reopen)(log);
        assert_eq!((log.end(), read(&*log, 0, 10)), (0, vec![]));
    }

    fn appends_are_read_in_order(&self) {
        let (mut log, mut all) = ((self.create)(), Vec::new());
        for chunk in some(23).chunks(5) {
            append(&mut *log, &mut all, chunk.to_vec());
        }
        append(&mut *log, &mut all, vec![(-5, Vec::new()), (i64::MAX, vec![0, 10, 255])]);
        let before = log.bytes();
        append(&mut *log, &mut all, vec![(3, vec![b'x'; 100])]);
        assert!(log.bytes() >= before + 100);
        let log = (self.reopen)(log);
        assert_eq!(log.end(), 26);
        for from in [0, 4, 5, 24, 26] {
            for most in [1, 100] {
                assert_eq!(read(&*log, from, most), all[from as usize..], "{from} {most}");
            }
        }
    }

    fn readers_go_on(&self) {
        let (mut log, mut all) = ((self.create)(), Vec::new());
        let [mut first, mut third] = [0, 3].map(|from| log.read_from(from));
        assert_eq!((rest(&mut *first, 5), rest(&mut *third, 5)), (vec![], vec![]));
        append(&mut *log, &mut all, some(2));
        assert_eq!(rest(&mut *first, 5), all);
        assert_eq!((rest(&mut *third, 5), third.position()), (vec![], 3));
        append(&mut *log, &mut all, some(4));
        assert_eq!((rest(&mut *first, 1), rest(&mut *third, 5)), (all[2..].to_vec(), all[3..].to_vec()));
        let mut log = (self.reopen)(log);
        append(&mut *log, &mut all, some(1));
        assert_eq!(read(&*log, 5, 9), all[5..]);
    }

    fn random_work_is_as_in_a_list(&self) {
        let mut random = SplitMix64::new(7);
        let (mut log, mut all) = ((self.create)(), Vec::new());
        let mut readers: Vec<(Box<dyn Read + Send>, usize)> = Vec::new();
        for _ in 0..80 {
            match random.uniform(0, 19) {
                0..9 => {
                    let count = random.uniform(1, 12);
                    let mut entry = |_| {
                        let length = random.uniform(0, 40) as usize;
                        // Times go forward, by and large.
                        let time_ms = (all.len() as u64 * 3 + random.uniform(0, 30)).cast_signed() - 20;
                        (time_ms, vec![b'a' + random.uniform(0, 25) as u8; length])
                    };
                    let more = (0..count).map(&mut entry).collect();
                    append(&mut *log, &mut all, more);
                }
                9..11 => {
                    let from = random.uniform(0, all.len() as u64) as usize;
                    readers.push((log.read_from(from as u64), from));
                }
                11 => {
                    log = (self.reopen)(log);
                    // Readers live with the process that appends.
                    readers.clear();
                }
                12..14 => {
                    let time_ms = random.uniform(0, 400).cast_signed() - 50;
                    let expected = all.iter().position(|(at, _)| *at >= time_ms).unwrap_or(all.len());
                    assert_eq!(log.offset_at(time_ms).expect("an answer"), expected as u64);
                }
                _ => {
                    let mut batch = Batch::new();
                    for (reader, at) in &mut readers {
                        let most = random.uniform(1, 30) as usize;
                        let count = reader.next(most, &mut batch).expect("a read");
                        assert_eq!(
                            count,
                            most.min(all.len() - *at),
                            "all that is there, or as many as asked for"
                        );
                        let found: Vec<_> =
                            batch.iter().map(|(_, time, payload)| (time, payload.to_vec())).collect();
                        assert_eq!(found, all[*at..*at + count]);
                        *at += count;
                    }
                }
            }
        }
        assert!(all.len() > 60);
    }

    fn large_entries_are_entries(&self) {
        let (mut log, mut all) = ((self.create)(), Vec::new());
        let large = |byte, length| (1, vec![byte; length]);
        append(&mut *log, &mut all, some(3));
        append(&mut *log, &mut all, vec![large(1, 1 << 20), large(2, 3), large(3, 2 << 20), large(4, 5)]);
        append(&mut *log, &mut all, some(1));
        let log = (self.reopen)(log);
        for from in [0, 3, 4, 5, 6, 7] {
            assert!(read(&*log, from, 3) == all[from as usize..], "{from}");
        }
    }

    fn an_append_that_failed_leaves_nothing(&self) {
        let (mut log, mut all) = ((self.create)(), Vec::new());
        append(&mut *log, &mut all, some(2));
        let before = log.bytes();
        let long = vec![0; PAYLOAD_LIMIT + 1];
        let payloads: [&[u8]; 3] = [b"a", &long, b"b"];
        let refused = log.append(&payloads.map(|payload| Entry { time_ms: 1, payload }));
        assert!(matches!(refused, Err(LogError::TooLong { offset: 3, .. })), "{refused:?}");
        assert_eq!((log.end(), log.bytes(), read(&*log, 0, 9)), (2, before, all.clone()));
        append(&mut *log, &mut all, some(1));
        assert_eq!(read(&*(self.reopen)(log), 0, 9), all);
    }

    fn readers_work_on_other_threads(&self) {
        let (mut log, mut all) = ((self.create)(), Vec::new());
        let readers: Vec<_> = [0, 2, 9].map(|from| (log.read_from(from), from as usize)).into();
        let expected = some(40);
        std::thread::scope(|scope| {
            for (mut reader, from) in readers {
                let expected = &expected;
                scope.spawn(move || {
                    let (mut batch, mut found) = (Batch::new(), Vec::new());
                    while found.len() < expected.len() - from {
                        reader.next(3, &mut batch).expect("a read");
                        found.extend(batch.iter().map(|(_, time, payload)| (time, payload.to_vec())));
                    }
                    assert_eq!(found, expected[from..]);
                });
            }
            for chunk in expected.chunks(4) {
                append(&mut *log, &mut all, chunk.to_vec());
            }
        });
    }
}

#[test]
fn a_log_in_a_folder_is_a_log() {
    let root = datasets::WorkFolder::new(&std::env::temp_dir()).expect("a folder");
    let folders = std::cell::Cell::new(0);
    let folder = |n: u32| root.path().join(n.to_string());
    let medium = Medium {
        create: &|| {
            folders.set(folders.get() + 1);
            // Small segments, so that there are several.
            let settings = LogSettings { segment_bytes: 300, index_every: 3, ..LogSettings::default() };
            Box::new(Log::create(&folder(folders.get()), settings).expect("a log"))
        },
        reopen: &|log| {
            drop(log);
            Box::new(Log::open(&folder(folders.get())).expect("a log").0)
        },
    };
    for part in PARTS {
        part(&medium);
    }
}
