//! Checkpoints for real kills: a child commits epoch after epoch, and what an epoch writes is a pure function of seed and
//! epoch.

#[path = "../kills/mod.rs"]
pub(crate) mod kills;

use kills::{Chance, say};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use store::checkpoints::{Backend, Durability, Namespace, Store, WriteSet};

/// Describes what a key last got: the epoch that wrote it, and the length of the value.
type Written = (u64, usize);

/// The changes of an epoch; `None` deletes. Small values, some of several parts, and the offset in each.
fn changes(seed: u64, epoch: u64) -> BTreeMap<(Namespace, Vec<u8>), Option<usize>> {
    let mut chance = Chance(seed ^ epoch.wrapping_mul(0x5851_f42d_4c95_7f2d));
    let mut changes = BTreeMap::new();
    for _ in 0..chance.below(12) {
        let namespace = Namespace::ALL[chance.below(4) as usize];
        let key = chance.below(40).to_be_bytes().to_vec();
        let length = match chance.below(16) {
            0..4 => None,
            4..15 => Some(chance.below(3_000) as usize),
            _ => Some(chance.below(200_000) as usize),
        };
        changes.insert((namespace, key), length);
    }
    changes.insert((Namespace::Input, b"offset".to_vec()), Some(8));
    changes
}

fn value(seed: u64, epoch: u64, key: &[u8], length: usize) -> Vec<u8> {
    let mut chance = Chance(seed.rotate_left(17) ^ epoch);
    for byte in key {
        chance.0 = chance.next() ^ u64::from(*byte);
    }
    let words = length.div_ceil(8);
    let mut bytes: Vec<u8> = (0..words).flat_map(|_| chance.next().to_le_bytes()).collect();
    bytes.truncate(length);
    bytes
}

fn write_set(seed: u64, epoch: u64) -> WriteSet {
    let mut writes = WriteSet::new();
    for ((namespace, key), length) in changes(seed, epoch) {
        match length {
            Some(length) => {
                let bytes = value(seed, epoch, &key, length);
                writes.put(namespace, key, bytes);
            }
            None => writes.delete(namespace, key),
        }
    }
    writes
}

/// Compares every record with what the epochs up to the store's must have left.
pub(crate) fn check(store: &Store, seed: u64) -> Result<(), String> {
    let mut model: BTreeMap<(Namespace, Vec<u8>), Written> = BTreeMap::new();
    for epoch in 1..=store.epoch() {
        for (key, length) in changes(seed, epoch) {
            match length {
                Some(length) => model.insert(key, (epoch, length)),
                None => model.remove(&key),
            };
        }
    }
    let mut wrong = None;
    for namespace in Namespace::ALL {
        let mut see = |key: &[u8], bytes: &[u8]| {
            let right = model
                .remove(&(namespace, key.to_vec()))
                .is_some_and(|(epoch, length)| value(seed, epoch, key, length) == bytes);
            if right {
                return ControlFlow::Continue(());
            }
            wrong =
                Some(format!("{} record {key:?} isn't as epoch {} left it", namespace.name(), store.epoch()));
            ControlFlow::Break(())
        };
        store.scan(namespace, &[], &mut see).map_err(|error| error.to_string())?;
    }
    match wrong {
        Some(wrong) => Err(wrong),
        None if model.is_empty() => Ok(()),
        None => Err(format!("epoch {} lacks {} records", store.epoch(), model.len())),
    }
}

/// The child: opens, says so, commits and says so, until it is killed or something is wrong.
pub(crate) fn commit_until_killed(
    folder: &Path,
    backend: Backend,
    durability: Durability,
    seed: u64,
) -> ExitCode {
    match commit_for_ever(folder, backend, durability, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            println!("wrong {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn commit_for_ever(folder: &Path, backend: Backend, durability: Durability, seed: u64) -> Result<(), String> {
    say("begin", 0);
    let mut store = Store::open(folder, backend, durability).map_err(|error| error.to_string())?;
    check(&store, seed)?;
    say("open", store.epoch());
    loop {
        let epoch = store.epoch() + 1;
        let writes = write_set(seed, epoch);
        store.commit(epoch, &writes, durability).map_err(|error| error.to_string())?;
        say("acknowledged", epoch);
    }
}
