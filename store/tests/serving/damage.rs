//! Damage: whatever is changed, lost or brought back is said with its key space and its key, and never an answer.

use crate::common::{all, at, in_memory, write};
use std::ops::ControlFlow;
use store::serving::{Deployment, Durability, Memory, Serving, ServingError, Snapshot};

/// Two deployments, the first served, with rows that several epochs wrote.
fn filled() -> (Memory, Serving, Deployment) {
    let memory = Memory::new();
    let serving = in_memory(&memory).unwrap();
    let (first, second) = (serving.deploy("first").unwrap(), serving.deploy("second").unwrap());
    for n in 1..=4_u8 {
        for deployment in [first, second] {
            let rows = [(vec![b'a' + n], Some(vec![n; 40])), (b"same".to_vec(), Some(vec![n; 10]))];
            write(&serving, deployment, at(n.into()), &rows).unwrap();
        }
    }
    serving.transition(None, b"first", Some(first)).unwrap();
    (memory, serving, first)
}

fn is_damage<T: std::fmt::Debug>(done: &Result<T, ServingError>) -> bool {
    matches!(done, Err(ServingError::Damaged { .. }))
}

#[test]
fn a_flipped_bit_or_a_lost_record_anywhere_ends_the_open() {
    let (memory, ..) = filled();
    for n in 0..memory.stored() {
        for bit in [0, 7, 9, 40, 71, 77, 100, 135, 141, 200, 2_000] {
            let damaged = memory.after_kill();
            damaged.flip(n, bit);
            let opened = in_memory(&damaged);
            // A journal that is of no epoch to come is dropped, but it is checked before that.
            assert!(is_damage(&opened), "record {n} bit {bit}: {opened:?}");
        }
    }
    let mut dropped = 0;
    for n in 0..memory.stored() {
        let damaged = memory.after_kill();
        damaged.lose(n);
        match in_memory(&damaged) {
            Err(ServingError::Damaged { .. } | ServingError::RolledBack { .. }) => {}
            // The old journals, one for each deployment: nobody needs them.
            Ok(serving) => {
                assert_eq!(serving.verify().unwrap(), 10);
                dropped += 1;
            }
            Err(error) => panic!("record {n}: {error}"),
        }
    }
    assert_eq!(dropped, 2);
}

/// Finds the stored record that, with a bit flipped, makes `read` fail; whatever else is flipped, it reads the truth.
fn flip_each<T: PartialEq + std::fmt::Debug>(
    read: impl Fn(&Snapshot) -> Result<T, ServingError>,
) -> Vec<String> {
    let (memory, serving, _) = filled();
    let snapshot = serving.reader().snapshot().unwrap();
    let truth = read(&snapshot).unwrap();
    let mut said = Vec::new();
    for n in 0..memory.stored() {
        memory.flip(n, 170);
        match read(&snapshot) {
            Ok(found) => assert_eq!(found, truth),
            Err(ServingError::Damaged { what, .. }) => said.push(what),
            Err(error) => panic!("{error}"),
        }
        memory.flip(n, 170);
    }
    assert_eq!(read(&snapshot).unwrap(), truth);
    said
}

#[test]
fn damage_under_an_open_store_is_an_error_of_that_key_alone() {
    let said = flip_each(|snapshot| snapshot.get(b"same"));
    assert_eq!(said, ["the row 'same' of deployment 1 doesn't match its checksum"]);
    let said = flip_each(|snapshot| snapshot.get(b"nothing"));
    assert!(said.is_empty(), "{said:?}");
    let said = flip_each(|snapshot| {
        let mut keys = Vec::new();
        snapshot.range(b"b".as_slice()..b"d", &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        })?;
        Ok(keys)
    });
    let row = |key: &str| format!("the row '{key}' of deployment 1 doesn't match its checksum");
    assert_eq!(said, [row("b"), row("c")]);
    assert_eq!(flip_each(all), ["b", "c", "d", "e", "same"].map(row));
}

#[test]
fn a_lost_row_is_an_error_of_the_whole_answer_and_of_an_old_one_too() {
    let (memory, serving, first) = filled();
    let reader = serving.reader();
    let old = reader.snapshot().unwrap();
    write(&serving, first, at(9), &[(b"b".to_vec(), Some(b"new".to_vec()))]).unwrap();
    let new = reader.snapshot().unwrap();
    assert_eq!((all(&old).unwrap().len(), all(&new).unwrap().len()), (5, 5));
    // Root, two heads, and then the rows of the first deployment: the row 'c'.
    memory.lose(4);
    for snapshot in [&old, &new] {
        let lost = all(snapshot).unwrap_err();
        assert!(lost.to_string().contains("should hold 5 rows"), "{lost}");
    }
}

#[test]
fn a_row_that_goes_back_is_an_error_of_the_whole_answer() {
    let (memory, serving, first) = filled();
    let before = memory.after_kill();
    write(&serving, first, at(9), &[(b"b".to_vec(), Some(b"new".to_vec()))]).unwrap();
    let snapshot = serving.reader().snapshot().unwrap();
    memory.roll_back_to(&before);
    assert!(is_damage(&all(&snapshot)));
}

#[test]
fn damage_that_a_write_meets_is_said_and_nothing_is_written_over_it() {
    let (memory, serving, first) = filled();
    let n = memory.stored();
    for at in 3..n {
        memory.flip(at, 170);
    }
    let done = write(&serving, first, at(9), &[(b"b".to_vec(), None), (b"z".to_vec(), None)]);
    let said = done.unwrap_err().to_string();
    assert!(said.contains("the row 'b' of deployment 1 doesn't match its checksum"), "{said}");
    let again = write(&serving, first, at(9), &[]);
    assert!(matches!(again, Err(ServingError::Poisoned { .. })), "{again:?}");
    assert_eq!(memory.stored(), n);
}

#[test]
fn a_store_that_goes_back_behind_a_switch_is_noticed() {
    let (memory, serving, _) = filled();
    let before = memory.after_kill();
    let second = serving.deployments()[1].deployment;
    serving.transition(Some(b"first"), b"second", Some(second)).unwrap();
    memory.roll_back_to(&before);
    let opened = Serving::open_in_memory(&memory.after_kill(), Durability::Process);
    assert!(matches!(opened, Err(ServingError::RolledBack { .. })), "{opened:?}");
}
