//! Changes that don't belong where they are put, or aren't what they were.

use datasets::Event;
use proptest::prelude::*;
use stream::{
    Trigger, Version,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Superseding},
};

use crate::harness::{push, restored};

fn settings(windows: &str) -> Settings {
    Settings {
        windows: windows.parse().unwrap(),
        delay_ms: Some(5),
        lateness_ms: 0,
        superseding: Superseding::Keep,
        mode: OutputMode::Append,
        drain: true,
        partitions: 0,
        idle_ms: None,
        max_ahead_ms: None,
        max_state: 1_000,
    }
}

fn fresh() -> Box<dyn Version<Event>> {
    make(settings("tumbling:5"), Kind::PerRecord, Trigger::Record).unwrap()
}

fn event(i: usize) -> Event {
    Event { time_ms: i as i64, key: i as u32 % 3, partition: 0, value: i as i64 }
}

/// A state and what changed in each ten records after it.
fn chain(changes: usize) -> Vec<Vec<u8>> {
    let mut job = fresh();
    let mut chain = vec![job.state().unwrap().save()];
    for i in 0..10 * changes {
        push(&mut *job, &event(i), i, 1);
        if i % 10 == 9 {
            chain.push(job.state().unwrap().changes());
        }
    }
    chain
}

#[test]
fn changes_go_on_once_in_their_order_and_nowhere_else() {
    let chain = chain(4);
    let mut job = restored(&fresh, &chain[..2]);
    let refusal =
        |job: &mut Box<dyn Version<Event>>, bytes: &[u8]| job.state().unwrap().apply(bytes).unwrap_err();
    for (bytes, why) in [
        (&chain[0], "this is a saved state, not what has changed of one"),
        (&chain[1], "these are the changes number 1 after a saved state, number 2 comes next"),
        (&chain[3], "these are the changes number 3 after a saved state, number 2 comes next"),
    ] {
        assert_eq!(refusal(&mut job, bytes), why);
    }
    // None of that did any harm.
    for changes in &chain[2..] {
        job.state().unwrap().apply(changes).unwrap();
    }
    assert_eq!(job.state().unwrap().save(), restored(&fresh, &chain).state().unwrap().save());

    assert_eq!(refusal(&mut fresh(), &chain[1]), "changes go on top of a saved state, and none was restored");
    let why = fresh().state().unwrap().restore(&chain[1]).unwrap_err();
    assert_eq!(why, "these are the changes of a saved state, which go on top of that state");
}

#[test]
fn changes_of_another_run_are_refused() {
    let chain = chain(2);
    let mut other = fresh();
    push(&mut *other, &event(77), 0, 1);
    let mut job = restored(&fresh, &[other.state().unwrap().save()]);
    let why = job.state().unwrap().apply(&chain[1]).unwrap_err();
    assert_eq!(why, "these are the changes number 1 after another saved state than this job's");

    let mut job = restored(&fresh, &chain[..2]);
    push(&mut *job, &event(10), 10, 1);
    let why = job.state().unwrap().apply(&chain[2]).unwrap_err();
    assert_eq!(why, "the saved changes begin at record 10, this job is at record 11");
}

#[test]
fn changes_of_other_settings_are_refused_with_both_named() {
    let chain = chain(1);
    let mut other =
        make(Settings { delay_ms: Some(6), ..settings("tumbling:5") }, Kind::PerRecord, Trigger::Record)
            .unwrap();
    other.state().unwrap().save();
    let why = other.state().unwrap().apply(&chain[1]).unwrap_err();
    assert!(why.contains("delay 5 ms") && why.contains("delay 6 ms"), "{why}");
    // Other windows show in the state that the changes go on.
    let mut other = make(settings("tumbling:6"), Kind::PerRecord, Trigger::Record).unwrap();
    other.state().unwrap().save();
    let why = other.state().unwrap().apply(&chain[1]).unwrap_err();
    assert_eq!(why, "these are the changes number 1 after another saved state than this job's");
}

#[test]
fn a_job_that_came_back_goes_on_with_the_chain() {
    let mut chain = chain(2);
    let mut job = restored(&fresh, &chain);
    push(&mut *job, &event(20), 20, 1);
    chain.push(job.state().unwrap().changes());
    assert_eq!(restored(&fresh, &chain).state().unwrap().save(), job.state().unwrap().save());
    // A whole state begins a new one.
    let changes = job.state().unwrap().changes();
    assert!(restored(&fresh, &chain).state().unwrap().apply(&changes).is_err());
}

#[test]
fn without_a_saved_state_the_changes_are_all_there_is() {
    let mut job = fresh();
    push(&mut *job, &event(0), 0, 1);
    let first = job.state().unwrap().changes();
    assert_eq!(first, restored(&fresh, std::slice::from_ref(&first)).state().unwrap().save());
}

#[test]
fn a_newer_format_is_refused() {
    let chain = chain(1);
    for (bytes, what) in [(&chain[0], "the saved state"), (&chain[1], "the saved changes")] {
        let mut newer = bytes.clone();
        newer[7] += 1;
        let mut job = restored(&fresh, &chain[..1]);
        let why = if what == "the saved state" {
            job.state().unwrap().restore(&newer)
        } else {
            job.state().unwrap().apply(&newer)
        };
        assert_eq!(why, Err(format!("{what}: format 4, this program reads format 3")));
    }
}

proptest! {
    #[test]
    fn damage_is_found_wherever_it_is(
        at in any::<prop::sample::Index>(),
        flip in 1_u8..=255,
        cut in any::<bool>(),
    ) {
        let chain = chain(3);
        let mut job = restored(&fresh, &chain[..3]);
        let mut damaged = chain[3].clone();
        let at = at.index(damaged.len());
        if cut {
            damaged.truncate(at);
        } else {
            damaged[at] ^= flip;
        }
        prop_assert!(job.state().unwrap().apply(&damaged).is_err());
        job.state().unwrap().apply(&chain[3]).unwrap();
        prop_assert_eq!(job.state().unwrap().save(), restored(&fresh, &chain).state().unwrap().save());
    }

    #[test]
    fn no_bytes_make_a_job_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(restored(&fresh, &chain(1)).state().unwrap().apply(&bytes).is_err());
    }
}
