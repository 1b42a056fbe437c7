//! Readers on threads of their own while one writer appends, and any mix of appends, reads and opens.

use crate::common::{Chance, Model, append, entries, read_all};
use proptest::prelude::*;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use store::Durability;
use store::log::{Append as _, Batch, Entry, Log, LogSettings, Read as _, SimulatedDisk, View};

/// The payload of an entry: a function of its offset, of changing length.
fn payload(offset: u64) -> Vec<u8> {
    let mut chance = Chance(offset);
    let length = chance.below(60);
    (0..length).map(|_| chance.next() as u8).collect()
}

/// Reads from 0 to `end`, now and then from elsewhere; each entry must be the right one. Says when there is nothing to
/// be read any more.
fn follow(view: &View, end: u64, seed: u64, at_end: &Sender<u64>) {
    let mut chance = Chance(seed);
    let mut batch = Batch::new();
    let mut reader = view.reader(0);
    let mut told = None;
    while reader.position() < end {
        if chance.below(50) == 0 {
            let back = reader.position() - chance.below(reader.position() + 1).min(100);
            reader.seek(back);
        }
        let from = reader.position();
        let before = view.end();
        let most = 1 + chance.below(300) as usize;
        let count = reader.next(most, &mut batch).unwrap();
        let after = view.end();
        assert!(count as u64 >= (before - from).min(most as u64), "what was durable before is read");
        assert!(from + count as u64 <= after, "what is read is durable");
        for (expected, (offset, time_ms, found)) in (from..).zip(batch.iter()) {
            assert_eq!((offset, time_ms), (expected, expected.cast_signed()));
            assert_eq!(found, payload(offset));
        }
        if count == 0 {
            if told != Some(from) {
                told = Some(from);
                // The writer may have gone.
                let _ = at_end.send(from);
            }
            thread::yield_now();
        }
    }
}

#[test]
fn readers_on_other_threads_see_what_is_durable_and_nothing_else() {
    const END: u64 = 20_000;
    for durability in [Durability::Process, Durability::Power] {
        let folder = tempfile::tempdir().unwrap();
        let settings = LogSettings { segment_bytes: 20_000, index_every: 100, durability };
        let mut log = Log::create(folder.path(), settings).unwrap();
        let end = if durability == Durability::Power { END / 10 } else { END };
        thread::scope(|scope| {
            let (sender, at_end) = channel();
            for seed in 0..4 {
                let (view, sender) = (log.view(), sender.clone());
                scope.spawn(move || follow(&view, end, seed, &sender));
            }
            let mut chance = Chance(77);
            while log.end() < end {
                let next = end.min(log.end() + 1 + chance.below(40));
                append_some(&mut log, next);
                // Now and then a reader is let come to the end; the others are anywhere.
                if chance.below(20) == 0 {
                    let here = log.end();
                    assert!(here == end || at_end.iter().any(|position| position == here));
                }
            }
        });
    }
}

/// Appends the entries up to `end`.
fn append_some(log: &mut Log, end: u64) {
    let payloads: Vec<_> = (log.end()..end).map(|offset| (offset.cast_signed(), payload(offset))).collect();
    let entries: Vec<_> =
        payloads.iter().map(|(time_ms, payload)| Entry { time_ms: *time_ms, payload }).collect();
    log.append(&entries).unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Read { from: u64, most: usize },
    Find(i64),
    Open,
    GoOn(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..20_usize).prop_map(Step::Append),
        4 => (0..200_u64, 1..50_usize).prop_map(|(from, most)| Step::Read { from, most }),
        2 => (-20..900_i64).prop_map(Step::Find),
        1 => Just(Step::Open),
        4 => (1..30_usize).prop_map(Step::GoOn),
    ]
}

/// Does the steps to a log and to a vector.
fn equal(settings: LogSettings, seed: u64, steps: &[Step]) {
    let disk = SimulatedDisk::new();
    let mut log = Log::create_simulated(&disk, settings).unwrap();
    let mut model = Model::new();
    let mut chance = Chance(seed);
    let mut batch = Batch::new();
    let mut follower = log.reader(0);
    for step in steps {
        match *step {
            Step::Append(count) => {
                let made = entries(&mut chance, count);
                let end = append(&mut log, &made).unwrap();
                model.extend(made);
                assert_eq!(end, model.len() as u64);
            }
            Step::Read { from, most } => {
                let count = log.reader(from).next(most, &mut batch).unwrap();
                let expected = model.iter().zip(0..).skip(from as usize).take(most);
                assert_eq!(count, expected.clone().count());
                assert!(batch.iter().eq(expected.map(|((time, payload), offset)| (
                    offset,
                    *time,
                    &payload[..]
                ))));
            }
            Step::Find(time) => {
                let expected = model.iter().position(|entry| entry.0 >= time).unwrap_or(model.len());
                assert_eq!(log.offset_at(time).unwrap(), expected as u64);
            }
            Step::Open => {
                log = Log::open_simulated(&disk).unwrap().0;
                follower = log.reader(follower.position());
            }
            Step::GoOn(most) => {
                let from = follower.position() as usize;
                let count = follower.next(most, &mut batch).unwrap();
                assert_eq!(count, most.min(model.len() - from));
                let expected = model[from..from + count].iter();
                assert!(
                    batch.iter().map(|(_, time, payload)| (time, payload.to_vec())).eq(expected.cloned())
                );
            }
        }
        assert_eq!(log.end(), model.len() as u64);
    }
    assert_eq!(read_all(&mut log.reader(0), 1_000).unwrap(), model);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_appends_reads_and_opens_equal_a_vector(
        segment_bytes in 1..2_000_u64,
        index_every in 1..9_u64,
        seed in any::<u64>(),
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        equal(LogSettings { segment_bytes, index_every, durability: Durability::Process }, seed, &steps);
    }
}
