//! Shows what every backend must do, checked against a plain map.

use crate::common::{Home, Model, apply, contents, everywhere};
use proptest::prelude::*;
use std::ops::ControlFlow;
use store::checkpoints::{Durability, Namespace, Store, StoreError, WriteSet};

#[derive(Debug, Clone)]
enum Action {
    Commit(WriteSet),
    /// Close and open: what a kill leaves is tested with real ones.
    Reopen,
    TakeOver,
    /// A wrong epoch, which must change nothing.
    Misnumber(u64),
}

fn keys() -> impl Strategy<Value = Vec<u8>> {
    // Few, with zeros and one the beginning of another: where an encoding of keys goes wrong.
    prop::collection::vec(prop::sample::select(vec![0_u8, 1, 0xFF, b'a']), 0..4)
}

fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..40),
        // Of one, two and three parts, and just on the edges.
        1 => (prop::sample::select(vec![32_738_usize, 32_739, 32_740, 65_478, 65_479, 80_000]), any::<u8>())
            .prop_map(|(length, byte)| vec![byte; length]),
    ]
}

fn write_sets() -> impl Strategy<Value = WriteSet> {
    let namespaces = prop::sample::select(Namespace::ALL.to_vec());
    prop::collection::vec((namespaces, keys(), prop::option::weighted(0.7, values())), 0..8).prop_map(
        |changes| {
            let mut writes = WriteSet::new();
            for (namespace, key, value) in changes {
                match value {
                    Some(value) => writes.put(namespace, key, value),
                    None => writes.delete(namespace, key),
                }
            }
            writes
        },
    )
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        6 => write_sets().prop_map(Action::Commit),
        1 => Just(Action::Reopen),
        1 => Just(Action::TakeOver),
        1 => (0_u64..5).prop_map(Action::Misnumber),
    ];
    prop::collection::vec(action, 1..12)
}

fn act(home: &Home, actions: &[Action]) -> Result<(), TestCaseError> {
    let mut model = Model::new();
    let mut store = home.open(Durability::Process).unwrap();
    let mut epoch = 0;
    for action in actions {
        let incarnation = store.incarnation();
        match action {
            Action::Commit(writes) => {
                epoch += 1;
                store.commit(epoch, writes, Durability::Process).unwrap();
                apply(&mut model, writes);
            }
            Action::Reopen => {
                drop(store);
                store = home.open(Durability::Process).unwrap();
                prop_assert_eq!(store.incarnation(), incarnation + 1);
            }
            Action::TakeOver => {
                let mut zombie = store;
                store = zombie.take_over(Durability::Process).unwrap();
                let refused = zombie.commit(epoch + 1, &everywhere("zombie", "here"), Durability::Process);
                let fenced = matches!(refused, Err(StoreError::Fenced { own, current, .. })
                    if own == incarnation && current == incarnation + 1);
                prop_assert!(fenced, "{refused:?}");
            }
            Action::Misnumber(wrong) if *wrong == epoch + 1 => {}
            Action::Misnumber(wrong) => {
                let refused = store.commit(*wrong, &everywhere("never", "here"), Durability::Process);
                prop_assert!(matches!(refused, Err(StoreError::WrongEpoch { .. })), "{refused:?}");
            }
        }
        prop_assert_eq!(store.epoch(), epoch);
    }
    agree(&store, &model)
}

/// Whole, key by key, by prefix, in figures.
fn agree(store: &Store, model: &Model) -> Result<(), TestCaseError> {
    prop_assert_eq!(&contents(store).unwrap(), model);
    for ((namespace, key), value) in model {
        let found = store.get(*namespace, key).unwrap();
        prop_assert_eq!(found.as_ref(), Some(value));
    }
    prop_assert_eq!(store.get(Namespace::State, b"nobody wrote this").unwrap(), None);
    for prefix in [&[0_u8][..], &[0, 0], b"a", &[0xFF]] {
        let mut found = Vec::new();
        store
            .scan(Namespace::State, prefix, &mut |key, _| {
                found.push(key.to_vec());
                ControlFlow::Continue(())
            })
            .unwrap();
        let expected: Vec<_> = model
            .keys()
            .filter(|(namespace, key)| *namespace == Namespace::State && key.starts_with(prefix))
            .map(|(_, key)| key.clone())
            .collect();
        prop_assert_eq!(found, expected);
    }
    let figures = store.verify().unwrap();
    prop_assert_eq!(figures.records, model.len() as u64);
    prop_assert_eq!(figures.bytes, model.values().map(|value| value.len() as u64).sum::<u64>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn memory_is_as_a_plain_map(actions in actions()) {
        act(&Home::Memory(store::checkpoints::Memory::new()), &actions)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 50, ..ProptestConfig::default() })]

    #[test]
    fn every_backend_is_as_a_plain_map(actions in actions()) {
        for home in Home::all() {
            act(&home, &actions)?;
        }
    }
}

#[test]
fn the_same_contents_are_exported_as_the_same_bytes_by_all() {
    let mut exports = Vec::new();
    for home in Home::all() {
        let mut store = home.open(Durability::Power).unwrap();
        store.commit(1, &everywhere("key", &"value ".repeat(20_000)), Durability::Power).unwrap();
        let mut bytes = Vec::new();
        let hash = store.export(&mut bytes).unwrap();
        assert_eq!(hash, blake3::hash(&bytes), "{}", home.name());
        exports.push(bytes);
    }
    assert!(exports[0].len() > 4 * 120_000);
    assert!(exports.iter().all(|bytes| *bytes == exports[0]));
}

#[test]
fn a_failing_writer_fails_the_export_and_not_the_store() {
    let mut store = Home::all()[0].open(Durability::Process).unwrap();
    store.commit(1, &everywhere("key", "value"), Durability::Process).unwrap();
    let mut full: &mut [u8] = &mut [0; 40];
    let failed = store.export(&mut full);
    assert!(matches!(failed, Err(StoreError::Failed { .. })), "{failed:?}");
    store.commit(2, &everywhere("key", "other"), Durability::Process).unwrap();
}

#[test]
fn a_panic_of_the_visitor_is_its_own_and_leaves_the_store_alone() {
    let home = Home::folder(store::checkpoints::Backend::Sled);
    let mut store = home.open(Durability::Process).unwrap();
    store.commit(1, &everywhere("key", "value"), Durability::Process).unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.scan(Namespace::State, &[], &mut |_, _| std::panic::resume_unwind(Box::new("mine")))
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"mine"));
    store.commit(2, &everywhere("key", "other"), Durability::Process).unwrap();
}

#[test]
fn a_scan_can_break_off_and_read_while_it_goes_on() {
    for home in Home::all() {
        let mut store = home.open(Durability::Process).unwrap();
        let mut writes = WriteSet::new();
        for n in 0..200_u64 {
            writes.put(Namespace::State, n.to_be_bytes(), (n * n).to_be_bytes());
        }
        store.commit(1, &writes, Durability::Process).unwrap();
        let mut seen = 0;
        store
            .scan(Namespace::State, &[], &mut |key, value| {
                assert_eq!(
                    store.get(Namespace::State, key).unwrap().as_deref(),
                    Some(value),
                    "{}",
                    home.name()
                );
                seen += 1;
                if seen == 150 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        assert_eq!(seen, 150, "{}", home.name());
    }
}

#[test]
fn a_store_can_be_handed_to_another_thread() {
    let mut store = Home::all()[0].open(Durability::Process).unwrap();
    let writer =
        std::thread::spawn(move || store.commit(1, &everywhere("key", "value"), Durability::Process));
    assert_eq!(writer.join().unwrap(), Ok(()));
}
