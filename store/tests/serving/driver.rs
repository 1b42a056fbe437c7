//! Upgrades for real kills: a child deploys, writes, switches, goes back and retires, for ever. Each step is a pure function
//! of seed, number and what was before.

#[path = "../kills/mod.rs"]
pub(crate) mod kills;

use kills::{Chance, say};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use store::serving::{Backend, Change, Deployment, Durability, Progress, Serving, ServingError};

/// Steps of one upgrade.
const UPGRADE: u64 = 10;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// One thing that is done to the store.
enum Step {
    Deploy,
    Write(u32, BTreeMap<Vec<u8>, Option<Vec<u8>>>),
    Transition(Option<u32>),
    Retire(u32),
}

/// Holds what the store must hold after so many steps.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    steps: u64,
    deployed: u32,
    /// The step of the last epoch, and the rows.
    live: BTreeMap<u32, (String, u64, Rows)>,
    served: Option<u32>,
    control: Option<Vec<u8>>,
}

impl Model {
    /// The step after those that were taken. The first three make the first deployment; then comes one upgrade after
    /// another, every third of which is taken back.
    fn next(&self, seed: u64) -> Step {
        let served = self.served.unwrap_or(1);
        let other = self.live.keys().copied().find(|&live| live != served).unwrap_or(served);
        let rows = |many| changes(seed, self.steps, many);
        let Some(at) = self.steps.checked_sub(3) else {
            return match self.steps {
                0 => Step::Deploy,
                1 => Step::Write(1, rows(true)),
                _ => Step::Transition(Some(1)),
            };
        };
        match at % UPGRADE {
            0 => Step::Deploy,
            3 => Step::Write(other, rows(true)),
            4 => Step::Transition(None),
            6 => Step::Transition(Some(other)),
            8 if (at / UPGRADE).is_multiple_of(3) => Step::Transition(Some(other)),
            9 => Step::Retire(other),
            2 | 5 | 8 => Step::Write(served, rows(false)),
            _ => Step::Write(other, rows(false)),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Deploy => {
                self.deployed += 1;
                self.live.insert(self.deployed, (name(self.steps), 0, Rows::new()));
            }
            Step::Write(deployment, changes) => {
                if let Some((_, last, rows)) = self.live.get_mut(&deployment) {
                    *last = self.steps;
                    for (key, value) in changes {
                        match value {
                            Some(value) => rows.insert(key, value),
                            None => rows.remove(&key),
                        };
                    }
                }
            }
            Step::Transition(serve) => {
                (self.served, self.control) = (serve.or(self.served), Some(name(self.steps).into_bytes()));
            }
            Step::Retire(deployment) => drop(self.live.remove(&deployment)),
        }
        self.steps += 1;
    }

    fn do_it(&self, serving: &Serving, step: &Step) -> Result<(), ServingError> {
        match step {
            Step::Deploy => serving.deploy(&name(self.steps)).map(drop),
            Step::Write(deployment, changes) => {
                let changes: Vec<_> =
                    changes.iter().map(|(key, value)| change(key, value.as_deref())).collect();
                let progress = Progress { offset: self.steps, watermark_ms: None, complete: false };
                serving.write(Deployment::from_id(*deployment), progress, &changes)
            }
            Step::Transition(serve) => {
                let serve = serve.map(Deployment::from_id);
                serving.transition(self.control.as_deref(), name(self.steps).as_bytes(), serve)
            }
            Step::Retire(deployment) => serving.retire(Deployment::from_id(*deployment)),
        }
    }

    /// Reads a store; the number of steps is unknown.
    fn read(serving: &Serving) -> Result<Model, ServingError> {
        let mut model = Model { served: serving.served().map(Deployment::id), ..Model::default() };
        model.control = serving.control();
        for stamp in serving.deployments() {
            let snapshot = serving.reader().snapshot_of(stamp.deployment)?;
            let mut rows = Rows::new();
            snapshot.all(&mut |key, value| {
                rows.insert(key.to_vec(), value.to_vec());
                ControlFlow::Continue(())
            })?;
            model.live.insert(stamp.deployment.id(), (stamp.name, stamp.offset, rows));
        }
        Ok(model)
    }

    /// The last step that has left a trace. A retirement leaves none.
    fn last_trace(&self) -> Option<u64> {
        let number = |name: &str| name.strip_prefix("step ")?.parse().ok();
        let control = self.control.as_deref().and_then(|control| number(std::str::from_utf8(control).ok()?));
        let live = self.live.values().flat_map(|(name, last, _)| [number(name), Some(*last)]);
        live.chain([control]).flatten().max()
    }
}

fn change<'a>(key: &'a [u8], value: Option<&'a [u8]>) -> Change<'a> {
    value.map_or(Change::Delete(key), |value| Change::Put(key, value))
}

fn name(step: u64) -> String {
    format!("step {step}")
}

/// Rows that a step sets and removes; of many, some are long.
fn changes(seed: u64, step: u64, many: bool) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    let mut chance = Chance(seed ^ step.wrapping_mul(0x5851_f42d_4c95_7f2d));
    let count = if many { 700 } else { chance.below(30) };
    (0..count)
        .map(|_| {
            let key = chance.below(1_000).to_be_bytes().to_vec();
            let length = match chance.below(64) {
                0..16 => return (key, None),
                16..63 => chance.below(200),
                _ => chance.below(8_000),
            };
            (key, Some((0..length).map(|n| (step + n) as u8).collect()))
        })
        .collect()
}

/// Finds the number of steps that a store has seen: it must hold what they have left, and nothing else.
pub(crate) fn check(serving: &Serving, seed: u64) -> Result<u64, String> {
    resume(serving, seed).map(|model| model.steps)
}

fn resume(serving: &Serving, seed: u64) -> Result<Model, String> {
    let found = Model::read(serving).map_err(|error| error.to_string())?;
    let rows: usize = found.live.values().map(|(_, _, rows)| rows.len()).sum();
    let verified = serving.verify().map_err(|error| error.to_string())?;
    if verified != rows as u64 {
        return Err(format!("{verified} rows are stored, {rows} belong to a deployment"));
    }
    let least = found.last_trace().map_or(0, |last| last + 1);
    let mut model = Model::default();
    while model.steps < least {
        model.take(model.next(seed));
    }
    for _ in 0..2 {
        let (steps, deployed) = (model.steps, model.deployed);
        if model == (Model { steps, deployed, ..found.clone() }) {
            return Ok(model);
        }
        model.take(model.next(seed));
    }
    Err(format!("after {least} or {} steps the store can't hold what it does", least + 1))
}

/// The child: opens, says so, takes steps and says so, until it is killed or something is wrong.
pub(crate) fn upgrade_until_killed(
    folder: &Path,
    backend: Backend,
    durability: Durability,
    seed: u64,
) -> ExitCode {
    match upgrade_for_ever(folder, backend, durability, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            println!("wrong {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn upgrade_for_ever(
    folder: &Path,
    backend: Backend,
    durability: Durability,
    seed: u64,
) -> Result<(), String> {
    say("begin", 0);
    let serving = Serving::open(folder, backend, durability).map_err(|error| error.to_string())?;
    let mut model = resume(&serving, seed)?;
    say("open", model.steps);
    loop {
        let step = model.next(seed);
        model.do_it(&serving, &step).map_err(|error| error.to_string())?;
        model.take(step);
        say("acknowledged", model.steps);
    }
}
