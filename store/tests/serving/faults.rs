//! Faults at every write of the store in memory, one record being one write: what was acknowledged is there, and what was
//! under way is there whole or not at all.

use crate::common::{Rows, all, apply, at, write};
use std::collections::BTreeMap;
use store::serving::{Deployment, Durability, Fault, Memory, Progress, Serving, ServingError};

/// One thing that the platform does.
#[derive(Debug, Clone, Copy)]
enum Step {
    Deploy(&'static str),
    /// Of a deployment by its number; of the second number depend offset and rows.
    Write(u32, u64),
    /// An epoch of several chunks and many pieces of the journal.
    Bulk(u32, u64),
    /// To a deployment, or just another control record.
    Transition(Option<u32>),
    Retire(u32),
}

use Step::{Bulk, Deploy, Retire, Transition, Write};

/// An upgrade, a way back, an aborted attempt, and a retirement of what was served.
const SCRIPT: &[Step] = &[
    Deploy("stable"),
    Write(1, 1),
    Transition(Some(1)),
    Write(1, 2),
    Deploy("candidate"),
    Write(2, 1),
    Transition(None),
    Write(2, 3),
    Write(1, 3),
    Transition(Some(2)),
    Write(1, 4),
    Transition(Some(1)),
    Retire(2),
    Deploy("another candidate"),
    Write(3, 4),
    Transition(Some(3)),
    Write(3, 5),
    Retire(1),
    Write(3, 6),
];

const BULK: &[Step] = &[
    Deploy("stable"),
    Write(1, 1),
    Transition(Some(1)),
    Bulk(1, 2),
    Deploy("candidate"),
    Bulk(2, 3),
    Bulk(1, 4),
    Transition(Some(2)),
    Retire(1),
    Write(2, 5),
];

/// Rows come, are replaced, and go.
fn rows(step: Step) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    match step {
        Write(deployment, n) => (0..5_u64)
            .map(|key| {
                (vec![key as u8], ((key + n) % 3 > 0).then(|| vec![(n + u64::from(deployment)) as u8; 6]))
            })
            .collect(),
        Bulk(_, n) => (0..1_100_u16)
            .map(|key| {
                (key.to_be_bytes().to_vec(), ((u64::from(key) + n) % 3 > 0).then(|| vec![n as u8; 60]))
            })
            .collect(),
        Deploy(_) | Transition(_) | Retire(_) => Vec::new(),
    }
}

/// All that can be seen of a store.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    deployments: BTreeMap<u32, (String, Progress, Rows)>,
    served: Option<u32>,
    control: Option<Vec<u8>>,
}

/// The state after each number of steps.
fn states(script: &[Step]) -> Vec<State> {
    let mut state = State::default();
    let mut states = vec![state.clone()];
    let mut deployed = 0;
    for (n, &step) in script.iter().enumerate() {
        match step {
            Deploy(name) => {
                deployed += 1;
                state.deployments.insert(deployed, (name.to_owned(), Progress::default(), Rows::new()));
            }
            Write(deployment, offset) | Bulk(deployment, offset) => {
                let (_, progress, held) = state.deployments.get_mut(&deployment).unwrap();
                *progress = at(offset);
                apply(held, &rows(step));
            }
            Transition(serve) => {
                (state.served, state.control) = (serve.or(state.served), Some(vec![n as u8]));
            }
            Retire(deployment) => drop(state.deployments.remove(&deployment)),
        }
        states.push(state.clone());
    }
    states
}

fn found(serving: &Serving) -> Result<State, ServingError> {
    let reader = serving.reader();
    let mut deployments = BTreeMap::new();
    for stamp in serving.deployments() {
        let snapshot = reader.snapshot_of(stamp.deployment)?;
        assert_eq!(snapshot.stamp(), stamp);
        let progress =
            Progress { offset: stamp.offset, watermark_ms: stamp.watermark_ms, complete: stamp.complete };
        deployments.insert(stamp.deployment.id(), (stamp.name, progress, all(&snapshot)?));
    }
    let served = match reader.snapshot() {
        Ok(snapshot) => Some(snapshot.stamp().deployment.id()),
        Err(ServingError::NothingServed { .. }) => None,
        Err(error) => return Err(error),
    };
    assert_eq!(served, serving.served().map(Deployment::id));
    Ok(State { deployments, served, control: serving.control() })
}

fn take(serving: &Serving, n: usize, step: Step) -> Result<(), ServingError> {
    match step {
        Deploy(name) => serving.deploy(name).map(drop),
        Write(deployment, offset) | Bulk(deployment, offset) => {
            write(serving, Deployment::from_id(deployment), at(offset), &rows(step))
        }
        Transition(serve) => {
            let control = serving.control();
            serving.transition(control.as_deref(), &[n as u8], serve.map(Deployment::from_id))
        }
        Retire(deployment) => serving.retire(Deployment::from_id(deployment)),
    }
}

/// Describes a run that ended: with how many steps acknowledged, and why.
struct Ended {
    acknowledged: usize,
    error: Option<ServingError>,
    serving: Option<Serving>,
}

/// Opens and goes on with the script from `done` steps on.
fn run(memory: &Memory, durability: Durability, script: &[Step], done: usize) -> Ended {
    let serving = match Serving::open_in_memory(memory, durability) {
        Ok(serving) => serving,
        Err(error) => return Ended { acknowledged: done, error: Some(error), serving: None },
    };
    for (n, &step) in script.iter().enumerate().skip(done) {
        if let Err(error) = take(&serving, n, step) {
            return Ended { acknowledged: n, error: Some(error), serving: Some(serving) };
        }
    }
    Ended { acknowledged: script.len(), error: None, serving: Some(serving) }
}

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
    write(&serving, deployment, at(1), &rows(Write(1, 1))).unwrap();
    serving.transition(None, b"a", Some(deployment)).unwrap();
    let writes = memory.writes();
    memory.set_room(1 << 20);
    let before = found(&serving).unwrap();
    let refused = [
        write(&serving, deployment, at(2), &rows(Write(1, 2))),
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
    write(&serving, deployment, at(2), &rows(Write(1, 2))).unwrap();
    assert_eq!(serving.reader().snapshot().unwrap().stamp().offset, 2);
}

#[test]
fn a_zombie_that_shares_nothing_but_the_disk_can_change_nothing() {
    let memory = Memory::new();
    let zombie = Serving::open_in_memory(&memory, Durability::Process).unwrap();
    let deployment = zombie.deploy("a").unwrap();
    write(&zombie, deployment, at(1), &rows(Write(1, 1))).unwrap();
    let heir = Serving::open_in_memory(&memory, Durability::Process).unwrap();
    let before = found(&heir).unwrap();
    let refused = write(&zombie, deployment, at(2), &rows(Write(1, 2))).unwrap_err();
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
