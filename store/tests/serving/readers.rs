//! Threads that read while a job writes, switches and retires: what they see is whole, always.

use crate::common::{Home, at};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use store::serving::{Change, Deployment, Reader, Serving, ServingError, Snapshot};

const KEYS: u64 = 600;

/// Rows of an epoch carry its number; each deployment adds 1,000 times its own. The first row says how many of the others
/// are there, so that rows that come and go are seen too.
fn epoch(serving: &Serving, deployment: Deployment, number: u64) -> Result<(), ServingError> {
    let mark = (u64::from(deployment.id()) * 1_000 + number).to_be_bytes();
    let there = |n: u64| !(n + number).is_multiple_of(7);
    let count = (1..KEYS).filter(|&n| there(n)).count() as u64;
    let head = [mark, count.to_be_bytes()].concat();
    let keys: Vec<_> = (0..KEYS).map(u64::to_be_bytes).collect();
    let changes: Vec<_> = (0..KEYS)
        .zip(&keys)
        .map(|(n, key)| match n {
            0 => Change::Put(key, &head),
            n if there(n) => Change::Put(key, &mark),
            _ => Change::Delete(key),
        })
        .collect();
    serving.write(deployment, at(number), &changes)
}

/// Reads until it is stopped; returns how many states it saw, by deployment.
fn watch(reader: &Reader, stop: &AtomicBool, seed: u64) -> BTreeMap<Deployment, u64> {
    let mut seen = BTreeMap::new();
    let mut n = seed;
    while !stop.load(Ordering::Relaxed) {
        let snapshot = reader.snapshot().unwrap();
        let stamp = snapshot.stamp();
        let mark = u64::from(stamp.deployment.id()) * 1_000 + stamp.offset;
        let mark = mark.to_be_bytes();
        // Some rows one by one, then all, then again.
        let count = snapshot.get(&0_u64.to_be_bytes()).unwrap().expect("the first row is always there");
        assert_eq!(count[..8], mark, "{stamp:?}");
        for _ in 0..20 {
            n = n.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let key = 1 + (n >> 33) % (KEYS - 1);
            let there = !(key + stamp.offset).is_multiple_of(7);
            let found = snapshot.get(&key.to_be_bytes()).unwrap();
            assert_eq!(found, there.then(|| mark.to_vec()), "key {key} of {stamp:?}");
        }
        for _ in 0..2 {
            let mut rows = 0;
            snapshot
                .all(&mut |_, value| {
                    assert_eq!(value[..8], mark, "{stamp:?}");
                    rows += 1;
                    ControlFlow::Continue(())
                })
                .unwrap();
            assert_eq!((rows - 1_u64).to_be_bytes(), count[8..], "{stamp:?}");
            assert_eq!(rows, stamp.rows);
        }
        *seen.entry(stamp.deployment).or_default() += 1;
    }
    seen
}

/// Writes, switches back and forth, and retires what is no longer served, for a while.
fn work(serving: &Serving, rounds: u64) {
    let mut served = serving.served().unwrap();
    let mut old: Option<Deployment> = None;
    for round in 0..rounds {
        let next = serving.deploy(&format!("round {round}")).unwrap();
        for number in 1..=4 {
            epoch(serving, next, number).unwrap();
            epoch(serving, served, 10 * round + number + 10).unwrap();
        }
        let control = serving.control();
        serving.transition(control.as_deref(), &round.to_be_bytes(), Some(next)).unwrap();
        epoch(serving, served, 10 * round + 18).unwrap();
        if let Some(old) = old.replace(served) {
            serving.retire(old).unwrap();
        }
        served = next;
        epoch(serving, served, 8).unwrap();
    }
}

#[test]
fn snapshots_and_readers_go_to_any_thread() {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Serving>();
    is_shared::<Reader>();
    is_shared::<Snapshot>();
}

#[test]
fn no_reader_ever_sees_half_of_an_update_or_of_a_switch() {
    for home in Home::all() {
        let serving = home.open().unwrap();
        let first = serving.deploy("first").unwrap();
        epoch(&serving, first, 1).unwrap();
        serving.transition(None, b"", Some(first)).unwrap();
        let stop = AtomicBool::new(false);
        let states = AtomicU64::new(0);
        thread::scope(|scope| {
            let watchers: Vec<_> = (0..2)
                .map(|seed| {
                    let (reader, stop, states) = (serving.reader(), &stop, &states);
                    scope.spawn(move || {
                        let seen = watch(&reader, stop, seed);
                        states.fetch_add(seen.values().sum(), Ordering::Relaxed);
                        seen.len()
                    })
                })
                .collect();
            // Stopped whatever happens, or the scope would wait for ever.
            let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&serving, 3)));
            stop.store(true, Ordering::Relaxed);
            let deployments = watchers.into_iter().map(|watcher| watcher.join().unwrap()).max();
            worked.unwrap();
            assert!(deployments > Some(2), "vacuous: they saw {deployments:?} deployments");
        });
        assert!(states.into_inner() > 10, "vacuous");
        assert_eq!(serving.collect().unwrap(), 0);
        serving.verify().unwrap();
    }
}

#[test]
fn two_jobs_that_write_at_once_keep_out_of_each_others_way() {
    for home in Home::all() {
        let serving = home.open().unwrap();
        let jobs: Vec<_> = ["a", "b", "c"].map(|name| serving.deploy(name).unwrap()).into();
        thread::scope(|scope| {
            for &job in &jobs {
                let serving = &serving;
                scope.spawn(move || (1..=10).for_each(|number| epoch(serving, job, number).unwrap()));
            }
        });
        drop(serving);
        let serving = home.open().unwrap();
        for job in jobs {
            let snapshot = serving.reader().snapshot_of(job).unwrap();
            let mark = (u64::from(job.id()) * 1_000 + 10).to_be_bytes();
            snapshot
                .all(&mut |_, value| {
                    assert_eq!(value[..8], mark);
                    ControlFlow::Continue(())
                })
                .unwrap();
        }
    }
}
