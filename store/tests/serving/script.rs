//! Two scripts of upgrades, and the states that a store goes through in them.

use crate::common::{Rows, all, apply, at, write};
use std::collections::BTreeMap;
use store::serving::{Deployment, Durability, Memory, Progress, Serving, ServingError};

/// One thing that the platform does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
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
pub(crate) const SCRIPT: &[Step] = &[
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

pub(crate) const BULK: &[Step] = &[
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
pub(crate) fn rows(step: Step) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
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
pub(crate) struct State {
    pub(crate) deployments: BTreeMap<u32, (String, Progress, Rows)>,
    pub(crate) served: Option<u32>,
    pub(crate) control: Option<Vec<u8>>,
}

/// The state after each number of steps.
pub(crate) fn states(script: &[Step]) -> Vec<State> {
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

pub(crate) fn found(serving: &Serving) -> Result<State, ServingError> {
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
pub(crate) struct Ended {
    pub(crate) acknowledged: usize,
    pub(crate) error: Option<ServingError>,
    pub(crate) serving: Option<Serving>,
}

/// Opens and goes on with the script from `done` steps on.
pub(crate) fn run(memory: &Memory, durability: Durability, script: &[Step], done: usize) -> Ended {
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
