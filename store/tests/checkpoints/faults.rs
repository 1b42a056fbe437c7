//! Faults at every write of the store in memory, and bugs planted in it that these tests must see.

use crate::common::{Model, apply, contents, everywhere};
use store::checkpoints::{Durability, Fault, Memory, Namespace, Store, StoreError, WriteSet};

const EPOCHS: u64 = 4;

/// The writes of creating a store; opening an old one takes one less, and a commit two.
const CREATING: u64 = 3;

/// Epoch `n`: some records new, one overwritten, one of several parts shrinks, one goes.
fn changes(n: u64) -> WriteSet {
    let mut writes = everywhere("offset", &n.to_string());
    writes.put(Namespace::State, n.to_be_bytes(), vec![n as u8; 100]);
    writes.put(Namespace::State, "large", vec![n as u8; 200_000 / n as usize]);
    writes.delete(Namespace::State, (n.saturating_sub(2)).to_be_bytes());
    writes
}

fn model(epochs: u64) -> Model {
    let mut model = Model::new();
    (1..=epochs).for_each(|epoch| apply(&mut model, &changes(epoch)));
    model
}

/// Opens and commits up to [`EPOCHS`]; the last acknowledged epoch, and the error that ended it.
fn run(memory: &Memory, durability: Durability) -> (u64, Option<StoreError>) {
    let mut store = match Store::open_in_memory(memory, durability) {
        Ok(store) => store,
        Err(error) => return (0, Some(error)),
    };
    for epoch in store.epoch() + 1..=EPOCHS {
        if let Err(error) = store.commit(epoch, &changes(epoch), durability) {
            assert!(
                matches!(store.commit(epoch, &changes(epoch), durability), Err(StoreError::Poisoned { .. })),
                "after an error the handle is of no more use"
            );
            return (epoch - 1, Some(error));
        }
    }
    (EPOCHS, None)
}

/// The store must open at the acknowledged epoch or the one after it, hold exactly that, and finish the work.
fn recovers(memory: &Memory, acknowledged: u64, durability: Durability) -> Result<(), String> {
    let store = Store::open_in_memory(memory, durability).map_err(|error| error.to_string())?;
    let epoch = store.epoch();
    if epoch != acknowledged && epoch != acknowledged + 1 {
        return Err(format!("opened at epoch {epoch}, {acknowledged} was acknowledged"));
    }
    if contents(&store).map_err(|error| error.to_string())? != model(epoch) {
        return Err(format!("epoch {epoch} is torn"));
    }
    drop(store);
    match run(memory, durability) {
        (EPOCHS, None) => Ok(()),
        (epoch, error) => Err(format!("stuck at {epoch}: {error:?}")),
    }
}

/// Lets the fault strike at each write in turn until the run is over before it strikes.
fn at_every_write(fault: Fault, mut check: impl FnMut(u64, &Memory, u64, &StoreError)) {
    for n in 0.. {
        let memory = Memory::new();
        memory.plan(n, fault);
        match run(&memory, Durability::Process) {
            (EPOCHS, None) => {
                assert!(!memory.struck());
                assert_eq!(n, CREATING + 2 * EPOCHS);
                return;
            }
            (acknowledged, error) => {
                assert!(memory.struck(), "write {n}: an error without a fault: {error:?}");
                check(n, &memory, acknowledged, &error.expect("it ended early"));
            }
        }
    }
}

#[test]
fn after_a_crash_at_any_write_nothing_acknowledged_is_lost_and_nothing_is_torn() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        at_every_write(fault, |n, memory, acknowledged, _| {
            recovers(&memory.after_kill(), acknowledged, Durability::Process)
                .unwrap_or_else(|wrong| panic!("{fault:?} at write {n}: {wrong}"));
        });
    }
}

#[test]
fn a_crash_during_the_recovery_from_a_crash_changes_nothing() {
    for first in 0..CREATING + 2 * EPOCHS {
        for second in 0..2 {
            for fault in [Fault::CrashBefore, Fault::CrashAfter] {
                let memory = Memory::new();
                memory.plan(first, fault);
                let (acknowledged, _) = run(&memory, Durability::Process);
                let memory = memory.after_kill();
                memory.plan(second, fault);
                assert!(Store::open_in_memory(&memory, Durability::Process).is_err());
                assert!(memory.struck());
                recovers(&memory.after_kill(), acknowledged, Durability::Process)
                    .unwrap_or_else(|wrong| panic!("{fault:?} at {first}, then at {second}: {wrong}"));
            }
        }
    }
}

#[test]
fn a_full_disk_at_any_write_leaves_the_last_checkpoint() {
    at_every_write(Fault::NoSpace, |n, memory, acknowledged, error| {
        assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
        // The disk lives on, and so does the process: it opens again.
        recovers(memory, acknowledged, Durability::Process)
            .unwrap_or_else(|wrong| panic!("disk full at write {n}: {wrong}"));
    });
}

#[test]
fn too_little_room_is_said_before_anything_is_written_and_the_handle_goes_on_later() {
    let memory = Memory::new();
    let mut store = Store::open_in_memory(&memory, Durability::Process).unwrap();
    store.commit(1, &changes(1), Durability::Process).unwrap();
    memory.set_room(1000);
    let before = memory.writes();
    let refused = store.commit(2, &changes(2), Durability::Process).unwrap_err();
    assert!(matches!(refused, StoreError::NoRoom { epoch: 2, free: 1000, .. }), "{refused}");
    assert_eq!(memory.writes(), before);
    memory.set_room(1 << 30);
    store.commit(2, &changes(2), Durability::Process).unwrap();
    assert_eq!(contents(&store).unwrap(), model(2));
}

#[test]
fn an_engine_that_tears_a_write_is_noticed() {
    at_every_write(Fault::Torn, |n, memory, _, _| {
        let opened = Store::open_in_memory(&memory.after_kill(), Durability::Process);
        // Every other write is the engine's; the rest are manifests, which a rename keeps whole.
        match opened {
            Err(StoreError::Damaged { .. }) if n % 2 == 1 => {}
            Ok(_) if n % 2 == 0 => {}
            other => panic!("torn at write {n}: {other:?}"),
        }
    });
}

/// All that power cuts could leave after each epoch; how many were wrong.
fn power_cuts(durability: Durability, plant: impl Fn(&Memory)) -> (usize, Vec<String>) {
    let (mut cuts, mut wrong) = (0, Vec::new());
    for epochs in 0..=EPOCHS {
        let memory = Memory::new();
        plant(&memory);
        let mut store = Store::open_in_memory(&memory, durability).unwrap();
        for epoch in 1..=epochs {
            store.commit(epoch, &changes(epoch), durability).unwrap();
        }
        for case in 0..memory.power_cuts() {
            cuts += 1;
            wrong.extend(recovers(&memory.after_power_cut(case), epochs, durability).err());
        }
    }
    (cuts, wrong)
}

#[test]
fn with_durability_power_no_power_cut_loses_anything() {
    let (cuts, wrong) = power_cuts(Durability::Power, |_| {});
    assert!(cuts > EPOCHS as usize);
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_power_cut_in_the_middle_of_a_commit_leaves_a_whole_epoch() {
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        for n in CREATING..CREATING + 2 * EPOCHS {
            let memory = Memory::new();
            memory.plan(n, fault);
            let (acknowledged, _) = run(&memory, Durability::Power);
            for case in 0..memory.power_cuts() {
                recovers(&memory.after_power_cut(case), acknowledged, Durability::Power)
                    .unwrap_or_else(|wrong| panic!("{fault:?} at {n}, case {case}: {wrong}"));
            }
        }
    }
}

#[test]
fn planted_an_ignored_sync_is_caught() {
    let (_, wrong) = power_cuts(Durability::Power, Memory::ignore_syncs);
    assert!(!wrong.is_empty());
}

#[test]
fn with_durability_process_a_power_cut_may_lose_but_never_tears() {
    let memory = Memory::new();
    let (acknowledged, error) = run(&memory, Durability::Process);
    assert_eq!((acknowledged, error), (EPOCHS, None));
    let (mut noticed, mut older) = (0, 0);
    for case in 0..memory.power_cuts() {
        match Store::open_in_memory(&memory.after_power_cut(case), Durability::Process) {
            Ok(store) => {
                assert_eq!(contents(&store).unwrap(), model(store.epoch()), "case {case}");
                older += u32::from(store.epoch() < EPOCHS);
            }
            Err(StoreError::RolledBack { .. } | StoreError::Damaged { .. }) => noticed += 1,
            Err(error) => panic!("case {case}: {error}"),
        }
    }
    assert!(noticed > 0 && older > 0, "what isn't promised does happen: {noticed} {older}");
}

#[test]
fn an_engine_that_goes_back_is_noticed_by_the_manifest_alone() {
    let memory = Memory::new();
    let mut store = Store::open_in_memory(&memory, Durability::Process).unwrap();
    let mut earlier = Vec::new();
    for epoch in 1..=EPOCHS {
        earlier.push(memory.after_kill());
        store.commit(epoch, &changes(epoch), Durability::Process).unwrap();
    }
    for (epoch, past) in (0..).zip(&earlier) {
        let rolled = memory.after_kill();
        rolled.roll_back_to(past);
        let refused = Store::open_in_memory(&rolled, Durability::Process).unwrap_err();
        let seen =
            matches!(refused, StoreError::RolledBack { manifest: EPOCHS, store, .. } if store == epoch);
        assert!(seen, "{refused}");
        // Without the manifest's knowledge nothing would be seen: its own older one fits perfectly.
        let older_manifest = past.after_kill();
        assert_eq!(Store::open_in_memory(&older_manifest, Durability::Process).unwrap().epoch(), epoch);
    }
    let gone = memory.after_kill();
    gone.roll_back_to(&Memory::new());
    let refused = Store::open_in_memory(&gone, Durability::Process).unwrap_err();
    assert!(matches!(refused, StoreError::RolledBack { manifest: EPOCHS, store: 0, .. }), "{refused}");
}

#[test]
fn a_flipped_bit_or_a_lost_record_anywhere_is_said_and_never_read() {
    let memory = Memory::new();
    assert_eq!(run(&memory, Durability::Process).1, None);
    for n in 0..memory.stored() {
        for bit in [0, 7, 13, 40, 100, 130, 170, 200, 231, 239, 2_000] {
            let damaged = memory.after_kill();
            damaged.flip(n, bit);
            let opened = Store::open_in_memory(&damaged, Durability::Process);
            assert!(matches!(opened, Err(StoreError::Damaged { .. })), "record {n} bit {bit}: {opened:?}");
        }
        let damaged = memory.after_kill();
        damaged.lose(n);
        let opened = Store::open_in_memory(&damaged, Durability::Process);
        let noticed = matches!(opened, Err(StoreError::Damaged { .. } | StoreError::RolledBack { .. }));
        assert!(noticed, "record {n}: {opened:?}");
    }
}

#[test]
fn damage_under_an_open_handle_is_an_error_of_the_read_and_ends_the_handle() {
    let memory = Memory::new();
    let mut store = Store::open_in_memory(&memory, Durability::Process).unwrap();
    store.commit(1, &changes(1), Durability::Process).unwrap();
    for n in 0..memory.stored() {
        memory.flip(n, 300);
    }
    let read = store.get(Namespace::State, b"large");
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
    let commit = store.commit(2, &changes(2), Durability::Process);
    assert!(matches!(commit, Err(StoreError::Poisoned { .. })), "{commit:?}");
}

#[test]
fn a_zombie_that_shares_nothing_but_the_disk_can_not_commit() {
    let memory = Memory::new();
    let mut zombie = Store::open_in_memory(&memory, Durability::Process).unwrap();
    zombie.commit(1, &changes(1), Durability::Process).unwrap();
    let mut heir = Store::open_in_memory(&memory, Durability::Process).unwrap();
    assert_eq!(heir.epoch(), 1);
    for _ in 0..2 {
        let refused = zombie.commit(2, &everywhere("zombie", "here"), Durability::Process).unwrap_err();
        assert!(matches!(refused, StoreError::Fenced { own: 1, current: 2, .. }), "{refused}");
    }
    heir.commit(2, &changes(2), Durability::Process).unwrap();
    assert_eq!(contents(&heir).unwrap(), model(2));
}
