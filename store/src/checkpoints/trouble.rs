//! Tests: an engine that fails, panics, hangs or finds damage, at each call.

use super::{Durability, Memory, Namespace, Store, StoreError, WriteSet};
use crate::engine::fake::{Plan, Trouble, When};
use crate::engine::{EngineError, PATIENCE, hush_engines};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

fn open(folder: &Path, memory: &Memory, plan: &Plan, patience: Duration) -> Result<Store, StoreError> {
    Store::open_with(folder, "fake", Durability::Process, plan.open(memory), patience)
}

fn changes(epoch: u64) -> WriteSet {
    let mut writes = WriteSet::new();
    writes.put(Namespace::State, "key", epoch.to_be_bytes());
    writes.put(Namespace::Output, epoch.to_be_bytes(), vec![7; 100_000]);
    writes
}

/// All that is done to a store; the last epoch that was acknowledged is noted.
fn use_store(
    folder: &Path,
    memory: &Memory,
    plan: &Plan,
    patience: Duration,
    acknowledged: &mut u64,
) -> Result<(), StoreError> {
    let mut store = open(folder, memory, plan, patience)?;
    for _ in 0..3 {
        let epoch = store.epoch() + 1;
        store.commit(epoch, &changes(epoch), Durability::Process)?;
        *acknowledged = epoch;
    }
    store.get(Namespace::State, b"key")?;
    store.scan(Namespace::Output, &[], &mut |_, _| ControlFlow::Continue(()))?;
    store.verify().map(drop)
}

/// Lets `trouble` strike: what the store says of it, unless it comes after the last call.
fn check(trouble: &Trouble, when: When, patience: Duration) -> Option<Result<(), StoreError>> {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Memory::new());
    let sound = Plan::sound;
    let mut acknowledged = 0;
    use_store(folder.path(), &memory, &sound(), PATIENCE, &mut acknowledged).unwrap();
    let plan = Plan::new(trouble.clone(), when);
    let said = use_store(folder.path(), &memory, &plan, patience, &mut acknowledged);
    // Nothing that was acknowledged is gone, and at most the epoch that was under way is there as well.
    let store = open(folder.path(), &memory, &sound(), PATIENCE).unwrap();
    let epoch = store.epoch();
    assert!((acknowledged..=acknowledged + 1).contains(&epoch), "{trouble:?} {when:?}: {epoch}");
    assert_eq!(store.get(Namespace::State, b"key").unwrap().as_deref(), Some(&epoch.to_be_bytes()[..]));
    plan.has_struck().then_some(said)
}

/// At each call, until there are no more of them.
fn check_everywhere(trouble: &Trouble, patience: Duration, is_expected: impl Fn(&StoreError) -> bool) {
    for side in [When::Before, When::After] {
        let mut calls = 0;
        while let Some(said) = check(trouble, side(calls), patience) {
            let error = said.expect_err("it was struck");
            assert!(is_expected(&error), "{trouble:?} at call {calls}: {error}");
            calls += 1;
        }
        assert!(calls > 8, "vacuous: {calls}");
    }
    if let Some(said) = check(trouble, When::Closing, patience) {
        assert_eq!(said, Ok(()), "{trouble:?}: all had been acknowledged");
    }
}

#[test]
fn whatever_an_engine_says_wherever_is_no_damage() {
    hush_engines();
    let failed = |words: &'static str| move |error: &StoreError| matches!(error, StoreError::Failed { cause, .. } if cause.starts_with("can't ") && cause.ends_with(words));
    for code in [5, 11, 12, 23, 24, 30, 122] {
        let error = EngineError::from(std::io::Error::from_raw_os_error(code));
        if error != EngineError::NoSpace {
            check_everywhere(&Trouble::Fails(error), PATIENCE, failed(")"));
        }
    }
    for kind in [std::io::ErrorKind::UnexpectedEof, std::io::ErrorKind::InvalidData] {
        check_everywhere(&Trouble::Fails(std::io::Error::from(kind).into()), PATIENCE, failed(""));
    }
    let is_full = |error: &StoreError| matches!(error, StoreError::DiskFull { .. });
    check_everywhere(&Trouble::Fails(EngineError::NoSpace), PATIENCE, is_full);
    check_everywhere(&Trouble::Panics, PATIENCE, failed("the engine failed: out of order"));
    // So short that a busy machine may strike earlier; then that is what is said, and it is the same.
    check_everywhere(&Trouble::Hangs, Duration::from_millis(60), failed(" s"));
}

#[test]
fn evidence_is_damage() {
    let damaged = Trouble::Fails(EngineError::Damaged("a checksum".to_owned()));
    let is_damage = |error: &StoreError| matches!(error, StoreError::Damaged { .. });
    check_everywhere(&damaged, PATIENCE, is_damage);
}
