//! Checkpoints in a sled store in a folder.

use std::{ops::ControlFlow, time::Duration};

use datasets::Event;
use store::checkpoints::{Backend, Durability, Namespace, Store, StoreError, WriteSet};
use stream::Version;

use super::{RUNS, shown, state, timed};

/// Commits the whole state and each of the changes to a sled store, and comes back from it: opening, reading, restoring.
pub(super) fn measure(
    make: fn() -> Box<dyn Version<Event>>,
    base: &[u8],
    deltas: &[Vec<u8>],
    durability: Durability,
    last: &[u8],
) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let open = || Store::open(folder.path(), Backend::Sled, durability).map_err(|error| error.to_string());
    let mut store = open()?;
    let (committed, whole) = timed(|| commit(&mut store, b"base", base, durability));
    committed.map_err(|error| error.to_string())?;
    println!("  sled, durability {durability:?}: a whole save takes {} to commit", shown(whole));
    for (epoch, deltas) in deltas.chunks(RUNS).enumerate() {
        let mut took = Vec::new();
        for (number, delta) in deltas.iter().enumerate() {
            let key = format!("changes-{:04}", epoch * RUNS + number);
            let (committed, commit) = timed(|| commit(&mut store, key.as_bytes(), delta, durability));
            committed.map_err(|error| error.to_string())?;
            took.push(commit);
        }
        took.sort();
        let bytes = deltas[deltas.len() / 2].len();
        println!("    changes of {bytes} bytes take {} to commit (median)", shown(took[took.len() / 2]));
    }
    drop(store);
    let mut best: Option<(Duration, [Duration; 3])> = None;
    for _ in 0..RUNS {
        let times = recover(open, make, last)?;
        best = best.into_iter().chain([(times.iter().sum(), times)]).min();
    }
    let (recovery, [opened, read, restored]) = best.ok_or("no runs")?;
    println!(
        "    recovery takes {}: opening and checking {}, reading {}, restoring {}",
        shown(recovery),
        shown(opened),
        shown(read),
        shown(restored)
    );
    Ok(())
}

/// Returns how long it takes to open the store, to read it, and to bring a fresh job to this state.
fn recover(
    open: impl Fn() -> Result<Store, String>,
    make: fn() -> Box<dyn Version<Event>>,
    last: &[u8],
) -> Result<[Duration; 3], String> {
    let (store, opened) = timed(open);
    let store = store?;
    let (found, read) = timed(|| read(&store));
    let (base, deltas) = found.map_err(|error| error.to_string())?;
    let mut fresh = make();
    let own = state(&mut fresh)?;
    let restore = || {
        own.restore(&base)?;
        deltas.iter().try_for_each(|delta| own.apply(delta))
    };
    let (done, restored) = timed(restore);
    done?;
    if own.save() == last {
        return Ok([opened, read, restored]);
    }
    Err("the job came back from the store in another state".to_owned())
}

fn commit(store: &mut Store, key: &[u8], value: &[u8], durability: Durability) -> Result<(), StoreError> {
    let mut writes = WriteSet::new();
    writes.put(Namespace::State, key, value);
    store.commit(store.epoch() + 1, &writes, durability)
}

/// The whole state, and the changes in their order.
fn read(store: &Store) -> Result<(Vec<u8>, Vec<Vec<u8>>), StoreError> {
    let base = store.get(Namespace::State, b"base")?.unwrap_or_default();
    let mut deltas = Vec::new();
    store.scan(Namespace::State, b"changes-", &mut |_, delta| {
        deltas.push(delta.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok((base, deltas))
}
