//! Faults at every write of the store in memory, one record being one write: what was acknowledged is there, and what was
//! under way is there whole or not at all.

use crate::common::{at, write};
use crate::script::{BULK, Ended, SCRIPT, State, Step, found, rows, run, states};
use store::serving::{Durability, Fault, Memory, Serving, ServingError};

/// A script with its states.
struct Scene {
    script: &'static [Step],
    states: Vec<State>,
    durability: Durability,
}

impl Scene {
    fn new(script: &'static [Step], durability: Durability) -> Scene {
        Scene { script, states: states(script), durability }
    }

    /// Opens what is left: the state is that of the acknowledged steps or one more, old xor new, and the rest of the
    /// script leads to the end.
    fn recovers(&self, memory: &Memory, acknowledged: usize) -> Result<(), String> {
        let serving = Serving::open_in_memory(memory, self.durability).map_err(|error| error.to_string())?;
        let found_state = found(&serving).map_err(|error| error.to_string())?;
        let fits = |n: &usize| self.states.get(*n) == Some(&found_state);
        let Some(done) = [acknowledged, acknowledged + 1].into_iter().find(fits) else {
            return Err(format!("after {acknowledged} acknowledged steps: {found_state:?}"));
        };
        let held: usize = found_state.deployments.values().map(|(_, _, rows)| rows.len()).sum();
        if serving.verify().map_err(|error| error.to_string())? != held as u64 {
            return Err("there are rows that belong to nobody".to_owned());
        }
        drop(serving);
        let ended = run(memory, self.durability, self.script, done);
        match (ended.error, ended.serving) {
            (None, Some(serving)) if found(&serving).as_ref() == Ok(&self.states[self.script.len()]) => {
                Ok(())
            }
            (error, _) => Err(format!("stuck at {}: {error:?}", ended.acknowledged)),
        }
    }

    /// Lets the fault strike at every `stride`th write until the run is over before it strikes.
    fn at_each_write(&self, fault: Fault, stride: usize, mut check: impl FnMut(u64, &Memory, Ended)) {
        for n in (0..).step_by(stride) {
            let memory = Memory::new();
            memory.plan(n, fault);
            let ended = run(&memory, self.durability, self.script, 0);
            if ended.error.is_none() {
                assert!(!memory.struck() && n > 80, "vacuous: {n}");
                return;
            }
            assert!(memory.struck(), "write {n}: an error without a fault: {:?}", ended.error);
            check(n, &memory, ended);
        }
    }
}

#[test]
fn after_a_crash_at_any_write_it_is_old_or_new_and_nothing_acknowledged_is_lost() {
    let scene = Scene::new(SCRIPT, Durability::Process);
    for fault in [Fault::CrashBefore, Fault::CrashAfter] {
        scene.at_each_write(fault, 1, |n, memory, ended| {
            scene
                .recovers(&memory.after_kill(), ended.acknowledged)
                .unwrap_or_else(|wrong| panic!("{fault:?} at write {n}: {wrong}"));
        });
    }
}

#[test]
fn a_crash_in_epochs_of_many_rows_takes_all_of_them_back() {
    let scene = Scene::new(BULK, Durability::Process);
    scene.at_each_write(Fault::CrashAfter, 97, |n, memory, ended| {
        scene
            .recovers(&memory.after_kill(), ended.acknowledged)
            .unwrap_or_else(|wrong| panic!("at write {n}: {wrong}"));
    });
}

#[test]
fn a_crash_during_the_recovery_from_a_crash_changes_nothing() {
    let scene = Scene::new(SCRIPT, Durability::Process);
    let mut most = 0;
    scene.at_each_write(Fault::CrashAfter, 1, |n, memory, ended| {
        for second in 0.. {
            let memory = memory.after_kill();
            memory.plan(second, Fault::CrashAfter);
            let opened = Serving::open_in_memory(&memory, Durability::Process);
            if !memory.struck() {
                opened.unwrap();
                most = most.max(second);
                return;
            }
            opened.unwrap_err();
            scene
                .recovers(&memory.after_kill(), ended.acknowledged)
                .unwrap_or_else(|wrong| panic!("at write {n}, then at {second}: {wrong}"));
        }
    });
    assert!(most > 8, "vacuous: no recovery had much to do: {most}");
}

#[test]
fn a_power_cut_at_any_write_loses_nothing_acknowledged_either() {
    let scene = Scene::new(SCRIPT, Durability::Power);
    let mut cases = 0;
    scene.at_each_write(Fault::CrashAfter, 1, |n, memory, ended| {
        for case in 0..memory.power_cuts() {
            cases += 1;
            scene
                .recovers(&memory.after_power_cut(case), ended.acknowledged)
                .unwrap_or_else(|wrong| panic!("at write {n}, case {case}: {wrong}"));
        }
    });
    assert!(cases > 500, "vacuous: {cases}");
}

#[test]
fn a_disk_that_ignores_syncs_is_what_the_power_cuts_can_see() {
    let scene = Scene::new(SCRIPT, Durability::Power);
    let memory = Memory::new();
    memory.ignore_syncs();
    let ended = run(&memory, Durability::Power, SCRIPT, 0);
    assert_eq!(ended.acknowledged, SCRIPT.len());
    let lost = (0..memory.power_cuts())
        .filter(|&case| scene.recovers(&memory.after_power_cut(case), SCRIPT.len()).is_err())
        .count();
    assert!(lost > 100, "{lost}");
}

#[test]
fn a_full_disk_at_any_write_is_named_and_reads_go_on() {
    let scene = Scene::new(SCRIPT, Durability::Process);
    scene.at_each_write(Fault::NoSpace, 1, |n, memory, ended| {
        let error = ended.error.unwrap();
        // Of what was to be tidied up after a step the next one is told.
        assert!(matches!(error, ServingError::DiskFull { .. } | ServingError::Poisoned { .. }), "{error}");
        assert!(error.to_string().contains("the disk is full"), "{error}");
        if let Some(serving) = ended.serving {
            let seen = found(&serving).unwrap();
            assert_eq!(seen, scene.states[ended.acknowledged], "write {n}");
            assert!(matches!(serving.deploy("x"), Err(ServingError::Poisoned { .. })));
        }
        scene.recovers(memory, ended.acknowledged).unwrap_or_else(|wrong| panic!("full at {n}: {wrong}"));
    });
}

#[test]
fn a_record_cut_in_half_is_said_or_does_no_harm() {
    let scene = Scene::new(SCRIPT, Durability::Process);
    let (mut said, mut harmless) = (0, 0);
    scene.at_each_write(Fault::Torn, 1, |n, memory, ended| {
        let memory = memory.after_kill();
        match Serving::open_in_memory(&memory.after_kill(), Durability::Process) {
            Err(ServingError::Damaged { .. } | ServingError::RolledBack { .. }) => said += 1,
            Err(error) => panic!("write {n}: {error}"),
            Ok(_) => {
                harmless += 1;
                scene
                    .recovers(&memory, ended.acknowledged)
                    .unwrap_or_else(|wrong| panic!("torn at write {n}: {wrong}"));
            }
        }
    });
    assert!(said > 10 && harmless > 10, "vacuous: {said} {harmless}");
}

#[test]
fn too_little_room_is_said_before_anything_is_written_and_the_handle_goes_on_later() {
    let memory = Memory::new();
    let serving = Serving::open_in_memory(&memory, Durability::Process).unwrap();
    let deployment = serving.deploy("a").unwrap();
    write(&serving, deployment, at(1), &rows(Step::Write(1, 1))).unwrap();
    serving.transition(None, b"a", Some(deployment)).unwrap();
    let writes = memory.writes();
    memory.set_room(1 << 20);
    let before = found(&serving).unwrap();
    let refused = [
        write(&serving, deployment, at(2), &rows(Step::Write(1, 2))),
        serving.deploy("b").map(drop),
        serving.transition(Some(b"a"), b"b", None),
    ];
    for refused in refused {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, ServingError::NoRoom { free: 0x10_0000, .. }), "{refused}");
        assert!(refused.to_string().contains("the disk is nearly full"), "{refused}");
    }
    assert_eq!((memory.writes(), found(&serving).unwrap()), (writes, before));
    memory.set_room(1 << 30);
    write(&serving, deployment, at(2), &rows(Step::Write(1, 2))).unwrap();
    assert_eq!(serving.reader().snapshot().unwrap().stamp().offset, 2);
}

#[test]
fn a_zombie_that_shares_nothing_but_the_disk_can_change_nothing() {
    let memory = Memory::new();
    let zombie = Serving::open_in_memory(&memory, Durability::Process).unwrap();
    let deployment = zombie.deploy("a").unwrap();
    write(&zombie, deployment, at(1), &rows(Step::Write(1, 1))).unwrap();
    let heir = Serving::open_in_memory(&memory, Durability::Process).unwrap();
    let before = found(&heir).unwrap();
    let refused = write(&zombie, deployment, at(2), &rows(Step::Write(1, 2))).unwrap_err();
    assert!(matches!(refused, ServingError::Fenced { .. }), "{refused}");
    assert!(matches!(zombie.retire(deployment), Err(ServingError::Poisoned { .. })));
    assert_eq!(found(&heir).unwrap(), before);
    let zombie = heir;
    let heir = Serving::open_in_memory(&memory, Durability::Process).unwrap();
    for done in [zombie.deploy("b").map(drop), zombie.transition(None, b"b", None), zombie.retire(deployment)]
    {
        let refused = done.unwrap_err();
        assert!(matches!(refused, ServingError::Fenced { .. } | ServingError::Poisoned { .. }), "{refused}");
    }
    assert_eq!(found(&heir).unwrap(), before);
    heir.verify().unwrap();
}
