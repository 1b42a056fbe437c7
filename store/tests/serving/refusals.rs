//! Shows what is refused, in which words, and that nothing was changed by it.

use crate::common::{Home, all, at, in_memory, write};
use store::checkpoints::{Store, StoreError};
use store::serving::{Backend, Change, Deployment, Durability, Memory, Progress, Serving, ServingError};

fn put(key: &str, value: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    (key.into(), Some(value.into()))
}

#[test]
fn a_transition_from_another_control_record_changes_nothing() {
    let serving = in_memory(&Memory::new()).unwrap();
    let (first, second) = (serving.deploy("a").unwrap(), serving.deploy("b").unwrap());
    serving.transition(None, b"one", Some(first)).unwrap();
    for expected in [None, Some(b"two".as_slice()), Some(b""), Some(b"one ")] {
        let refused = serving.transition(expected, b"three", Some(second)).unwrap_err();
        assert!(matches!(&refused, ServingError::Refused { found: Some(found), .. } if found == b"one"));
        assert!(refused.to_string().contains("(found 'one')"), "{refused}");
        assert_eq!((serving.served(), serving.control()), (Some(first), Some(b"one".to_vec())));
    }
    serving.transition(Some(b"one"), b"", None).unwrap();
    assert_eq!((serving.served(), serving.control()), (Some(first), Some(Vec::new())), "empty isn't none");
    serving.transition(Some(b""), b"back", Some(second)).unwrap();
    assert_eq!(serving.served(), Some(second));
}

#[test]
fn the_served_deployment_is_not_retired_and_a_retired_one_is_unknown() {
    let serving = in_memory(&Memory::new()).unwrap();
    let (first, second) = (serving.deploy("a").unwrap(), serving.deploy("b").unwrap());
    write(&serving, first, at(1), &[put("k", "1")]).unwrap();
    serving.transition(None, b"1", Some(first)).unwrap();
    let refused = serving.retire(first).unwrap_err();
    assert!(matches!(refused, ServingError::StillServed { deployment, .. } if deployment == first));
    assert_eq!(all(&serving.reader().snapshot().unwrap()).unwrap().len(), 1);
    serving.transition(Some(b"1"), b"2", Some(second)).unwrap();
    serving.retire(first).unwrap();
    let unknown = |done: Result<(), ServingError>| {
        assert!(
            matches!(done, Err(ServingError::Unknown { deployment, .. }) if deployment == first),
            "{done:?}"
        );
    };
    unknown(serving.retire(first));
    unknown(serving.transition(Some(b"2"), b"3", Some(first)));
    unknown(write(&serving, first, at(2), &[]));
    unknown(serving.reader().snapshot_of(first).map(drop));
    assert_eq!(serving.control(), Some(b"2".to_vec()));
    let none = serving.reader().snapshot_of(Deployment::from_id(77)).unwrap_err();
    assert!(none.to_string().contains("there is no deployment 77"), "{none}");
}

#[test]
fn an_epoch_may_not_cover_less_than_the_one_before() {
    let serving = in_memory(&Memory::new()).unwrap();
    let deployment = serving.deploy("a").unwrap();
    write(&serving, deployment, at(5), &[put("k", "1")]).unwrap();
    let refused = write(&serving, deployment, at(4), &[put("k", "2")]).unwrap_err();
    assert!(matches!(refused, ServingError::WentBack { last: 5, got: 4, .. }), "{refused}");
    // The event time may have moved while no record came.
    write(&serving, deployment, Progress { watermark_ms: Some(99), ..at(5) }, &[]).unwrap();
    let stamp = serving.reader().snapshot_of(deployment).unwrap().stamp();
    assert_eq!((stamp.epoch, stamp.offset, stamp.watermark_ms, stamp.rows), (2, 5, Some(99), 1));
}

#[test]
fn too_long_keys_and_values_are_refused_and_the_longest_are_kept() {
    for home in Home::all() {
        let serving = home.open().unwrap();
        let deployment = serving.deploy("a").unwrap();
        let (key, value) = (vec![7; 1024], vec![9; 30 << 10]);
        serving.write(deployment, at(1), &[Change::Put(&key, &value), Change::Put(b"", b"")]).unwrap();
        let long_key = vec![7; 1025];
        let long_value = vec![9; (30 << 10) + 1];
        for change in [Change::Put(&long_key, b""), Change::Delete(&long_key), Change::Put(b"k", &long_value)]
        {
            let refused = serving.write(deployment, at(2), &[Change::Delete(&key), change]).unwrap_err();
            assert!(matches!(refused, ServingError::TooLong { .. }), "{refused}");
        }
        assert!(matches!(serving.deploy(&"x".repeat(1025)), Err(ServingError::TooLong { .. })));
        let control = vec![1; 24 << 10];
        serving.transition(None, &control, Some(deployment)).unwrap();
        let longer = vec![1; (24 << 10) + 1];
        let refused = serving.transition(Some(&control), &longer, None);
        assert!(matches!(refused, Err(ServingError::TooLong { .. })), "{refused:?}");
        drop(serving);
        let serving = home.open().unwrap();
        assert_eq!(serving.control(), Some(control));
        let snapshot = serving.reader().snapshot().unwrap();
        assert_eq!(snapshot.get(&key).unwrap(), Some(value));
        assert_eq!(snapshot.get(b"").unwrap(), Some(Vec::new()));
        assert_eq!(snapshot.stamp().rows, 2);
    }
}

#[test]
fn the_last_of_several_changes_of_a_key_counts() {
    let serving = in_memory(&Memory::new()).unwrap();
    let deployment = serving.deploy("a").unwrap();
    let changes = [
        Change::Put(b"a", b"1"),
        Change::Delete(b"a"),
        Change::Delete(b"b"),
        Change::Put(b"b", b"1"),
        Change::Put(b"b", b"2"),
    ];
    serving.write(deployment, at(1), &changes).unwrap();
    let found = all(&serving.reader().snapshot_of(deployment).unwrap()).unwrap();
    assert_eq!(found, [(b"b".to_vec(), b"2".to_vec())].into());
}

#[test]
fn a_folder_has_one_owner_and_one_kind_of_store() {
    for &backend in Backend::ALL {
        let folder = tempfile::tempdir().unwrap();
        let serving = Serving::open(folder.path(), backend, Durability::Process).unwrap();
        let second = Serving::open(folder.path(), backend, Durability::Process).unwrap_err();
        assert!(matches!(second, ServingError::Locked { .. }), "{second}");
        let deployment = serving.deploy("a").unwrap();
        serving.transition(None, b"", Some(deployment)).unwrap();
        let reader = serving.reader();
        drop(serving);
        // A reader keeps it open.
        let second = Serving::open(folder.path(), backend, Durability::Process).unwrap_err();
        assert!(matches!(second, ServingError::Locked { .. }), "{second}");
        assert_eq!(reader.snapshot().unwrap().stamp().name, "a");
        drop(reader);
        let other = Store::open(folder.path(), backend, Durability::Process).unwrap_err();
        assert!(matches!(other, StoreError::Foreign { .. }), "{other}");
        assert!(other.to_string().contains("that of a store of served answers"), "{other}");
        Serving::open(folder.path(), backend, Durability::Process).unwrap();

        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path(), backend, Durability::Process).unwrap());
        let other = Serving::open(folder.path(), backend, Durability::Process).unwrap_err();
        assert!(other.to_string().contains("that of a store of checkpoints"), "{other}");
    }
}

#[test]
fn a_snapshot_too_far_behind_expires_and_frees_its_memory() {
    let serving = in_memory(&Memory::new()).unwrap();
    let deployment = serving.deploy("a").unwrap();
    serving.keep(3);
    write(&serving, deployment, at(0), &[put("a", "0"), put("b", "0")]).unwrap();
    let snapshot = serving.reader().snapshot_of(deployment).unwrap();
    for n in 1..=3 {
        write(&serving, deployment, at(n), &[put("a", &n.to_string())]).unwrap();
        assert_eq!(snapshot.get(b"a").unwrap(), Some(b"0".to_vec()));
    }
    assert_eq!(serving.old_values(), 1, "of each key the one that is seen");
    write(&serving, deployment, at(4), &[put("a", "4")]).unwrap();
    assert_eq!(serving.old_values(), 0);
    for key in [b"a", b"b", b"c"] {
        let expired = snapshot.get(key).unwrap_err();
        assert!(matches!(expired, ServingError::Expired { epoch: 1, .. }), "{expired}");
    }
    assert!(matches!(all(&snapshot), Err(ServingError::Expired { .. })));
    drop(snapshot);
    assert_eq!(serving.reader().snapshot_of(deployment).unwrap().get(b"a").unwrap(), Some(b"4".to_vec()));
}
