//! Tests: an engine that fails, panics or hangs, at each call.

use super::{Change, Deployment, Durability, Memory, Progress, Serving, ServingError};
use crate::engine::fake::{Plan, Trouble, When};
use crate::engine::{EngineError, PATIENCE, hush_engines};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

fn open(folder: &Path, memory: &Memory, plan: &Plan, patience: Duration) -> Result<Serving, ServingError> {
    Serving::open_with(folder, "fake", Durability::Process, plan.open(memory), patience)
}

/// Rows of an epoch carry its number.
fn write(serving: &Serving, deployment: Deployment, epoch: u64) -> Result<(), ServingError> {
    let value = epoch.to_be_bytes();
    let progress = Progress { offset: epoch, ..Progress::default() };
    serving.write(deployment, progress, &[Change::Put(b"a", &value), Change::Put(b"b", &value)])
}

/// All rows of what is served carry the number of its epoch.
fn check_served(serving: &Serving) -> Result<(), ServingError> {
    let snapshot = match serving.reader().snapshot() {
        Err(ServingError::NothingServed { .. }) => return Ok(()),
        snapshot => snapshot?,
    };
    let epoch = snapshot.stamp().epoch.to_be_bytes();
    assert_eq!(snapshot.get(b"a")?.as_deref(), Some(epoch.as_slice()));
    snapshot.all(&mut |_, value| {
        assert_eq!(value, epoch);
        ControlFlow::Continue(())
    })
}

/// Upgrades once; the last acknowledged control record is noted.
fn upgrade(serving: &Serving, acknowledged: &mut Option<Vec<u8>>) -> Result<(), ServingError> {
    let old = serving.served();
    let new = serving.deploy("new")?;
    write(serving, new, 1)?;
    write(serving, new, 2)?;
    let control = new.id().to_be_bytes();
    serving.transition(serving.control().as_deref(), &control, Some(new))?;
    *acknowledged = Some(control.to_vec());
    check_served(serving)?;
    if let Some(old) = old {
        serving.retire(old)?;
    }
    serving.verify().map(drop)
}

/// Lets `trouble` strike: what the store says of it, unless it comes after the last call.
fn check(trouble: &Trouble, when: When, patience: Duration) -> Option<Result<(), ServingError>> {
    let (folder, memory) = (tempfile::tempdir().unwrap(), Memory::new());
    let mut acknowledged = None;
    let serving = open(folder.path(), &memory, &Plan::sound(), PATIENCE).unwrap();
    upgrade(&serving, &mut acknowledged).unwrap();
    drop(serving);
    let plan = Plan::new(trouble.clone(), when);
    let said = open(folder.path(), &memory, &plan, patience)
        .and_then(|serving| upgrade(&serving, &mut acknowledged));
    // Old xor new: nothing that was acknowledged is gone, and at most the switch that was under way is there.
    let serving = open(folder.path(), &memory, &Plan::sound(), PATIENCE).unwrap();
    let found = serving.control().unwrap();
    assert!(Some(&found) >= acknowledged.as_ref(), "{trouble:?} {when:?}");
    assert_eq!(serving.served().unwrap().id().to_be_bytes(), found.as_slice(), "{trouble:?} {when:?}");
    check_served(&serving).unwrap();
    serving.verify().unwrap();
    plan.has_struck().then_some(said)
}

/// At each call, until there are no more of them.
fn check_everywhere(trouble: &Trouble, patience: Duration, is_expected: impl Fn(&ServingError) -> bool) {
    for side in [When::Before, When::After] {
        let mut calls = 0;
        while let Some(said) = check(trouble, side(calls), patience) {
            match said {
                Err(error) => assert!(is_expected(&error), "{trouble:?} at call {calls}: {error}"),
                // Of what was to be tidied up after a step the next one is told; the last has none.
                Ok(()) => panic!("{trouble:?} at call {calls}: nobody was told"),
            }
            calls += 1;
        }
        assert!(calls > 20, "vacuous: {calls}");
    }
    if let Some(said) = check(trouble, When::Closing, patience) {
        assert_eq!(said, Ok(()), "{trouble:?}: all had been acknowledged");
    }
}

#[test]
fn whatever_an_engine_says_wherever_is_no_damage_and_old_or_new_is_served_after_it() {
    hush_engines();
    let failed = |error: &ServingError| {
        matches!(error, ServingError::Failed { .. } | ServingError::Poisoned { .. })
            && error.to_string().contains("open the store again")
    };
    check_everywhere(&Trouble::Fails(EngineError::Other("no luck".to_owned())), PATIENCE, failed);
    check_everywhere(&Trouble::Panics, PATIENCE, failed);
    let is_full = |error: &ServingError| error.to_string().contains("the disk is full");
    check_everywhere(&Trouble::Fails(EngineError::NoSpace), PATIENCE, is_full);
}

#[test]
fn an_engine_that_has_panicked_is_asked_no_more_not_even_by_readers() {
    hush_engines();
    let mut read = 0;
    for call in 0..100 {
        let (folder, memory) = (tempfile::tempdir().unwrap(), Memory::new());
        let serving = open(folder.path(), &memory, &Plan::sound(), PATIENCE).unwrap();
        upgrade(&serving, &mut None).unwrap();
        drop(serving);
        let plan = Plan::new(Trouble::Panics, When::Before(call));
        let Ok(serving) = open(folder.path(), &memory, &plan, PATIENCE) else { continue };
        let snapshot = serving.reader().snapshot().unwrap();
        match snapshot.get(b"a") {
            Ok(_) => break,
            Err(error) => assert!(matches!(error, ServingError::Failed { .. }), "{error}"),
        }
        read += 1;
        assert!(matches!(snapshot.get(b"a"), Err(ServingError::Poisoned { .. })));
        assert!(matches!(serving.deploy("x"), Err(ServingError::Poisoned { .. })));
    }
    assert_eq!(read, 1, "one call is the one of the read");
}

#[test]
fn an_engine_that_hangs_is_given_up_by_the_writer() {
    hush_engines();
    let (folder, memory) = (tempfile::tempdir().unwrap(), Memory::new());
    drop(open(folder.path(), &memory, &Plan::sound(), PATIENCE).unwrap());
    // Opening makes some calls; one of the first after it hangs.
    let hangs = (0..40).find_map(|call| {
        let plan = Plan::new(Trouble::Hangs, When::Before(call));
        let serving = open(folder.path(), &memory, &plan, Duration::from_millis(100)).ok()?;
        let said = serving.deploy("x").err()?;
        Some((said, serving.deploy("y")))
    });
    let (said, again) = hangs.unwrap();
    assert!(said.to_string().contains("hasn't answered for 0.1 s"), "{said}");
    assert!(matches!(again, Err(ServingError::Poisoned { .. })));
}
