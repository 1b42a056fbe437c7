//! Crashes at every write of an upgrade, for both starts, and again while it recovers: the old version serves or the new
//! one, never neither, never both, and whoever goes on ends as if nothing had happened.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use compare::{Role, architecture::UpgradeEnd};
use datasets::{Answer, Record, Table, Value, WorkFolder, freeze, generate};
use store::{
    log::{Log, LogSettings},
    serving::{Deployment, Durability, Fault, Memory},
};

use super::{
    Ground,
    drive::Upgrade,
    protocol::{Control, State},
};
use crate::{
    architecture_sections::ArchitectureChoice,
    erased::Visit,
    events::{Nobody, Working},
    experiment::{ExperimentFile, Resolved},
    problem::{Problem, Work},
    serving::{
        logged::Arrivals,
        rows::Shape,
        store::{Row, Store},
        timeline::Timeline,
        watching::Watching,
    },
    trial::{Trial, load},
};

const RECORDS: u64 = 60;

/// Describes what a run without crashes comes to: its end, and what is served then.
type Whole = (UpgradeEnd, Vec<Row>);

/// A log on disk and a store in memory.
struct Machine {
    folder: WorkFolder,
    memory: Memory,
}

impl Machine {
    fn new() -> Self {
        let folder = WorkFolder::new(&std::env::temp_dir()).expect("a folder");
        Self { folder, memory: Memory::new() }
    }

    /// The next process finds what the last one has written.
    fn restarted(self) -> Self {
        Self { memory: self.memory.after_kill(), folder: self.folder }
    }

    fn log(&self) -> Log {
        let folder: &Path = self.folder.path();
        if folder.join("head").exists() {
            return Log::open(folder).expect("a log").0;
        }
        let settings = LogSettings { durability: Durability::Process, ..LogSettings::default() };
        Log::create(folder, settings).expect("a log")
    }

    /// Runs the upgrade to its end, or to the crash.
    fn run<R: Record>(&self, ground: &Ground<'_, R>) -> Result<UpgradeEnd, String> {
        let mut log = self.log();
        let mut store = Store::in_memory(&self.memory).map_err(|error| error.to_string())?;
        let upgrade = Upgrade::open(ground, &mut log, &mut store).map_err(|error| error.to_string())?;
        let mut watch = Watching::new(ground.trial, ground.timeline).map_err(|error| error.to_string())?;
        upgrade.run(&mut watch).map(|(end, _)| end).map_err(|error| error.to_string())
    }

    /// Checks that one version serves, the one that the record of the upgrade says, and returns its step.
    fn check(&self, at: &str) -> Option<State> {
        let store =
            Store::in_memory(&self.memory.after_kill()).unwrap_or_else(|error| panic!("{at}: {error}"));
        let Some(control) = store.control() else {
            assert_eq!(store.served(), None, "{at}");
            return None;
        };
        let control = Control::from_bytes(&control).expect("a record");
        let of = if control.state.has_switched() { control.candidate } else { Some(control.stable) };
        assert_eq!(store.served(), of.map(Deployment::from_id), "{at}: {:?}", control.state);
        Some(control.state)
    }

    fn served(&self) -> Vec<Row> {
        let store = Store::in_memory(&self.memory.after_kill()).expect("a store");
        store.all(store.served().expect("one serves")).expect("its rows")
    }
}

struct Matrix<'a> {
    resolved: &'a Resolved,
    choice: &'a ArchitectureChoice,
}

impl Visit for Matrix<'_> {
    type Out = ();

    fn visit<R: Record>(self, problem: &'static Problem<R>) {
        let Resolved { frozen, plan, .. } = self.resolved;
        let control = Arc::default();
        let work = Working { control: &control, listener: &Nobody };
        let loaded = load(&problem.entry, frozen, &plan.params).expect("good records");
        let trial = Trial::new(problem, self.resolved, &loaded, &work).expect("a trial");
        let timeline = Timeline::of(&trial);
        let computed = (problem.reference)(&[], &loaded.keys, &plan.params, Work::Full).expect("an answer");
        let shape = match computed.answer {
            Answer::Table(table) => Shape::Table(Table::new(table.key_columns, table.columns)),
            Answer::Decisions(_) => Shape::Decisions,
        };
        let arrivals = Arrivals::of(&trial, &timeline).expect("rows");
        let choice = &self.choice.kappa;
        let ground = Ground {
            trial: &trial,
            choice,
            timeline: &timeline,
            arrivals: &arrivals,
            shape: &shape,
            lost: None,
        };
        crash_everywhere(&ground);
    }
}

fn crash_everywhere<R: Record>(ground: &Ground<'_, R>) {
    let whole = Machine::new();
    let end = whole.run(ground).expect("no crash");
    assert_eq!(end, UpgradeEnd::TookOver);
    let (whole, writes) = ((end, whole.served()), whole.memory.writes());
    assert!(!whole.1.is_empty() && writes > 2 * RECORDS);
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for n in 0..writes {
        let fault = if n % 2 == 0 { Fault::CrashBefore } else { Fault::CrashAfter };
        let at = format!("{fault:?} at write {n}");
        let machine = Machine::new();
        machine.memory.plan(n, fault);
        let crashed = machine.run(ground);
        assert!(crashed.is_err() && machine.memory.struck(), "{at}: {crashed:?}");
        let machine = machine.restarted();
        let state = machine.check(&at);
        *seen.entry(state.map_or("nothing", State::name)).or_default() += 1;
        let machine = crash_again(ground, machine, n, &at);
        goes_on(ground, &machine, state, &whole, &at);
    }
    for state in
        ["nothing", "idle", "starting", "catching-up", "probation", "judged", "committing", "committed"]
    {
        assert!(seen.contains_key(state), "no crash while {state}: {seen:?}");
    }
}

/// Crashes once more within the first writes of the recovery.
fn crash_again<R: Record>(ground: &Ground<'_, R>, machine: Machine, n: u64, at: &str) -> Machine {
    machine.memory.plan(n % 7, Fault::CrashAfter);
    if machine.run(ground).is_ok() {
        return machine;
    }
    let machine = machine.restarted();
    machine.check(&format!("{at}, and again"));
    machine
}

/// The next process comes to the same end, unless there was too little of the log left for another attempt.
fn goes_on<R: Record>(
    ground: &Ground<'_, R>,
    machine: &Machine,
    crashed: Option<State>,
    whole: &Whole,
    at: &str,
) {
    let end = machine.run(ground).unwrap_or_else(|error| panic!("{at}: {error}"));
    machine.check(at);
    let has_switched = crashed.is_some_and(State::has_switched);
    assert!(!has_switched || end == UpgradeEnd::TookOver, "{at}: what was committed went back: {end:?}");
    assert!(machine.served() == whole.1, "{at}: both versions end with the same rows");
    if end != UpgradeEnd::TookOver {
        assert_eq!(end, UpgradeEnd::Undecided, "{at}");
    }
}

fn run(start: &str) {
    let folder = WorkFolder::new(&std::env::temp_dir()).expect("a folder");
    let arguments = [("keys", 3), ("rate", 20), ("max-delay", 200)];
    let arguments = arguments.map(|(name, value)| (name.to_owned(), Value::from(value))).into();
    let mut instance = generate("events", RECORDS, 1, &arguments).expect("events");
    let own = [("window", Value::from("tumbling:300")), ("delay", 200.into())];
    instance.parameters.extend(own.map(|(name, value)| (name.to_owned(), value)));
    let dataset = folder.path().join("events");
    freeze(&instance, &dataset).expect("frozen");
    let text = format!(
        "dataset = {:?}\nstable.job = 'per-record'\ncandidate.job = 'per-record'\narchitecture = 'kappa'\n\
         kappa.start = '{start}'\nkappa.start_at = '15%'\nkappa.probation = '15%'\nkappa.keep_old = '10%'\n",
        dataset.to_string_lossy()
    );
    let file: ExperimentFile = toml::from_str(&text).expect("an experiment");
    let resolved = file.resolve().expect("good values");
    let choice = resolved.plan.architecture.clone().expect("one is named");
    resolved.problem.visit(Matrix { resolved: &resolved, choice: &choice });
    assert_eq!(resolved.plan.name(Role::Stable), "per-record");
}

#[test]
fn old_or_new_from_the_beginning() {
    run("beginning");
}

#[test]
fn old_or_new_from_stables_state() {
    run("state");
}
