//! Holds what the tests of upgrades share: a dataset, the ground of an experiment on it, and a machine that outlives a process.

use std::{path::Path, sync::Arc, time::Duration};

use compare::architecture::UpgradeEnd;
use datasets::{Event, Record, Value, WorkFolder, freeze, generate};
use store::{
    log::{Log, LogSettings},
    serving::{Durability, Memory},
};

use super::{Ground, account::Account, drive::Upgrade};
use crate::{
    catalog::Catalog,
    erased::AnyProblem,
    error::Error,
    events::{Nobody, Working},
    experiment::{ExperimentFile, Resolved},
    problem::Work,
    serving::{
        logged::Arrivals, rows::Shape, store::Row, store::Store, timeline::Timeline, watching::Watching,
        worker::PATIENCE,
    },
    trial::{Trial, load},
};

/// Generated events, frozen in a folder that goes with them.
pub(super) struct Events(WorkFolder);

impl Events {
    pub(super) fn new(records: u64, seed: u64) -> Self {
        let folder = WorkFolder::new(&std::env::temp_dir()).expect("a folder");
        let arguments = [("keys", 3), ("rate", 20), ("max-delay", 200)];
        let arguments = arguments.map(|(name, value)| (name.to_owned(), Value::from(value))).into();
        let mut instance = generate("events", records, seed, &arguments).expect("events");
        let own = [("window", Value::from("tumbling:300")), ("delay", 200.into())];
        instance.parameters.extend(own.map(|(name, value)| (name.to_owned(), value)));
        freeze(&instance, &folder.path().join("events")).expect("frozen");
        Self(folder)
    }

    /// An experiment on them, of which `more` says the rest.
    pub(super) fn experiment(&self, more: &str) -> ExperimentFile {
        let dataset = self.0.path().join("events");
        let text = format!("dataset = {:?}\narchitecture = 'kappa'\n{more}", dataset.to_string_lossy());
        toml::from_str(&text).expect("an experiment")
    }
}

/// Does something on the ground of an experiment about events.
pub(super) fn on_ground<T>(
    resolved: &Resolved,
    patience: Duration,
    work: impl FnOnce(&Ground<'_, Event>) -> T,
) -> T {
    let AnyProblem::Events(problem) = resolved.problem else { panic!("a problem about events") };
    let Resolved { frozen, plan, .. } = resolved;
    let choice = plan.architecture.as_ref().expect("one is named");
    let control = Arc::default();
    let working = Working { control: &control, listener: &Nobody };
    let loaded = load(&problem.entry, frozen, &plan.params).expect("good records");
    let trial = Trial::new(problem, resolved, &loaded, &working).expect("a trial");
    let timeline = Timeline::of(&trial);
    let computed = (problem.reference)(&[], &loaded.keys, &plan.params, Work::Full).expect("an answer");
    let shape = Shape::of(&computed.answer, None);
    let arrivals = Arrivals::of(&trial, &timeline).expect("rows");
    let (trial, choice, lost) = (&trial, &choice.kappa, choice.lost.clone());
    work(&Ground { trial, choice, timeline: &timeline, arrivals: &arrivals, shape: &shape, lost, patience })
}

/// An experiment's ground with all as it is shipped.
pub(super) fn on_shipped_ground<T>(file: &ExperimentFile, work: impl FnOnce(&Ground<'_, Event>) -> T) -> T {
    on_ground(&file.clone().resolve(&Catalog::shipped()).expect("good values"), PATIENCE, work)
}

/// A log on disk and a store in memory.
pub(super) struct Machine {
    folder: WorkFolder,
    pub(super) memory: Memory,
}

impl Machine {
    pub(super) fn new() -> Self {
        let folder = WorkFolder::new(&std::env::temp_dir()).expect("a folder");
        Self { folder, memory: Memory::new() }
    }

    /// The next process finds what the last one has written.
    pub(super) fn restarted(self) -> Self {
        Self { memory: self.memory.after_kill(), folder: self.folder }
    }

    pub(super) fn log(&self) -> Log {
        let folder: &Path = self.folder.path();
        if folder.join("head").exists() {
            return Log::open(folder).expect("a log").0;
        }
        let settings = LogSettings { durability: Durability::Process, ..LogSettings::default() };
        Log::create(folder, settings).expect("a log")
    }

    /// Runs the upgrade to its end, or to what stops it.
    pub(super) fn run<R: Record>(&self, ground: &Ground<'_, R>) -> Result<(UpgradeEnd, Account), Error> {
        let mut log = self.log();
        let trouble = |error: &dyn std::fmt::Display| Error::Invalid(error.to_string());
        let mut store = Store::in_memory(&self.memory).map_err(|error| trouble(&error))?;
        let upgrade = Upgrade::open(ground, &mut log, &mut store)?;
        let mut watch = Watching::new(ground.trial, ground.timeline)?;
        upgrade.run(&mut watch)
    }

    pub(super) fn served(&self) -> Vec<Row> {
        let store = Store::in_memory(&self.memory.after_kill()).expect("a store");
        store.all(store.served().expect("one serves")).expect("its rows")
    }
}
