//! Crashes at every write of an upgrade, for both starts, and again while it recovers: the old version serves or the new
//! one, never neither, never both, and whoever goes on ends as if nothing had happened.

use std::collections::BTreeMap;

use compare::architecture::UpgradeEnd;
use datasets::Record;
use store::serving::{Deployment, Fault};

use super::{
    Ground,
    protocol::{Control, State},
    support::{Events, Machine, on_shipped_ground},
};
use crate::serving::store::{Row, Store};

const RECORDS: u64 = 60;

/// Describes what a run without crashes comes to: its end, and what is served then.
type Whole = (UpgradeEnd, Vec<Row>);

impl Machine {
    /// The end that the upgrade comes to, or the crash.
    fn end<R: Record>(&self, ground: &Ground<'_, R>) -> Result<UpgradeEnd, String> {
        self.run(ground).map(|(end, _)| end).map_err(|error| error.to_string())
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
}

fn crash_everywhere<R: Record>(ground: &Ground<'_, R>) {
    let whole = Machine::new();
    let end = whole.end(ground).expect("no crash");
    assert_eq!(end, UpgradeEnd::TookOver);
    let (whole, writes) = ((end, whole.served()), whole.memory.writes());
    assert!(!whole.1.is_empty() && writes > 2 * RECORDS);
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for n in 0..writes {
        let fault = if n % 2 == 0 { Fault::CrashBefore } else { Fault::CrashAfter };
        let at = format!("{fault:?} at write {n}");
        let machine = Machine::new();
        machine.memory.plan(n, fault);
        let crashed = machine.end(ground);
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
    if machine.end(ground).is_ok() {
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
    let end = machine.end(ground).unwrap_or_else(|error| panic!("{at}: {error}"));
    machine.check(at);
    let has_switched = crashed.is_some_and(State::has_switched);
    assert!(!has_switched || end == UpgradeEnd::TookOver, "{at}: what was committed went back: {end:?}");
    assert!(machine.served() == whole.1, "{at}: both versions end with the same rows");
    if end != UpgradeEnd::TookOver {
        assert_eq!(end, UpgradeEnd::Undecided, "{at}");
    }
}

fn run(start: &str) {
    let events = Events::new(RECORDS, 1);
    let file = events.experiment(&format!(
        "stable.job = 'per-record'\ncandidate.job = 'per-record'\nkappa.start = '{start}'\n\
         kappa.start_at = '15%'\nkappa.probation = '15%'\nkappa.keep_old = '10%'\n"
    ));
    on_shipped_ground(&file, crash_everywhere);
}

#[test]
fn old_or_new_from_the_beginning() {
    run("beginning");
}

#[test]
fn old_or_new_from_stables_state() {
    run("state");
}
