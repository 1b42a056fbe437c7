//! A view outside while an upgrade goes on: it shows each served epoch in its turn, wherever the process dies, and never a mix.

use std::{collections::BTreeSet, sync::Mutex};

use compare::architecture::UpgradeEnd;
use datasets::Record;
use replay::view::Rhythm;
use store::serving::{Fault, Stamp};

use super::{
    Ground,
    account::Account,
    drive::Upgrade,
    support::{Events, Machine, on_shipped_ground},
};
use crate::{
    error::Error,
    events::{Event, Listen, Nobody},
    serving::{
        outside::{Mishap, Outside, Shown},
        store::Store,
        view::Leaving,
        watching::Watching,
    },
};

const RECORDS: u64 = 60;

impl Machine {
    /// Runs the upgrade with a view outside that outlives the process.
    fn run_shown<R: Record>(
        &self,
        ground: &Ground<'_, R>,
        outside: &Outside,
        leaving: Leaving,
    ) -> Result<(UpgradeEnd, Account), Error> {
        let mut log = self.log();
        let opened = Store::in_memory(&self.memory);
        let mut store = opened.map_err(|error| Error::Invalid(error.to_string()))?;
        let reader = store.reader();
        store.show_in(Some(outside.open(Some(reader), leaving)))?;
        let upgrade = Upgrade::open(ground, &mut log, &mut store)?;
        let mut watch = Watching::new(ground.trial, ground.timeline)?;
        let ended = upgrade.run(&mut watch)?;
        store.close_view(ground.trial.work.listener)?;
        Ok(ended)
    }

    fn check_shown(&self, outside: &Outside, at: &str) {
        assert_eq!(outside.shown().1, outside.read(&self.served()), "{at}");
    }
}

fn on_upgrade<T>(more: &str, work: impl FnOnce(&Ground<'_, datasets::Event>) -> T) -> T {
    let events = Events::new(RECORDS, 1);
    let file = events.experiment(&format!(
        "stable.job = 'per-record'\ncandidate.job = 'pre-aggregated'\nkappa.start_at = '15%'\n\
         kappa.probation = '15%'\nkappa.keep_old = '10%'\n{more}"
    ));
    on_shipped_ground(&file, work)
}

fn outside<R: Record>(ground: &Ground<'_, R>, rhythm: Rhythm) -> Outside {
    Outside::new(ground.shape, &ground.trial.loaded.keys, rhythm)
}

#[test]
fn each_served_epoch_is_shown_once_and_the_switch_is_one_step() {
    on_upgrade("", |ground| {
        let (machine, view) = (Machine::new(), outside(ground, Rhythm::EachEpoch));
        let (end, account) = machine.run_shown(ground, &view, Leaving::Failed).expect("an upgrade");
        assert_eq!(end, UpgradeEnd::TookOver);
        machine.check_shown(&view, "at the end");
        let history = view.history();
        let stamps: BTreeSet<_> = history.iter().map(|(of, _)| (of.deployment, of.epoch)).collect();
        assert!(stamps.len() == history.len() && stamps.len() as u64 > RECORDS);
        let names: Vec<&str> = history.iter().map(|(of, _)| of.name.as_str()).collect();
        let switch = names.iter().position(|name| *name == "candidate").expect("it takes over");
        assert!(names[..switch].iter().all(|name| *name == "stable"));
        assert!(names[switch..].iter().all(|name| *name == "candidate"));
        assert_eq!(Some(history[switch].0.records), account.switched_at);
        assert!(!view.was_removed());
        // The results are those of a run without.
        let (_, plain) = Machine::new().run(ground).expect("an upgrade");
        assert_eq!(format!("{:?}", plain.transitions), format!("{:?}", account.transitions));
        assert_eq!(format!("{:?}", plain.work.stable), format!("{:?}", account.work.stable));
    });
}

#[test]
fn who_takes_all_at_once_is_told_of_switches_and_of_the_end() {
    on_upgrade("kappa.rollback_at = '80%'\n", |ground| {
        let (machine, view) = (Machine::new(), outside(ground, Rhythm::EachSwitch));
        let (end, _) = machine.run_shown(ground, &view, Leaving::Failed).expect("an upgrade");
        assert_eq!(end, UpgradeEnd::RolledBack);
        let names: Vec<_> = view.history().into_iter().map(|(of, _)| of.name).collect();
        assert_eq!(names, ["stable", "candidate", "stable", "stable"]);
        machine.check_shown(&view, "at the end");
    });
}

#[test]
fn wherever_the_process_dies_the_view_is_brought_to_what_is_served() {
    on_upgrade("", |ground| {
        let whole = outside(ground, Rhythm::EachEpoch);
        Machine::new().run_shown(ground, &whole, Leaving::Never).expect("an upgrade");
        // Each change in one of the two ways, and the first ones of a deployment in both.
        let history = whole.history();
        for (n, (stamp, _)) in history.iter().enumerate() {
            let is_first = n == 0 || stamp.deployment != history[n - 1].0.deployment;
            let all = [Mishap::Before, Mishap::After];
            let mishaps = if is_first { &all[..] } else { &all[n % 2..][..1] };
            for &mishap in mishaps {
                let at = format!("{mishap:?} change {n}");
                let (machine, view) = (Machine::new(), outside(ground, Rhythm::EachEpoch));
                view.plan(n as u64, mishap);
                let died = machine.run_shown(ground, &view, Leaving::Never).expect_err(&at).to_string();
                assert!(died.contains("publish what is served to the view: the process is dead"), "{died}");
                goes_on(ground, machine, &view, &at);
            }
        }
    });
}

#[test]
fn a_store_that_dies_leaves_a_view_of_what_was_served() {
    on_upgrade("", |ground| {
        let whole = Machine::new();
        whole.run(ground).expect("an upgrade");
        for n in (0..whole.memory.writes()).step_by(3) {
            let fault = if n % 2 == 0 { Fault::CrashBefore } else { Fault::CrashAfter };
            let at = format!("{fault:?} at write {n}");
            let (machine, view) = (Machine::new(), outside(ground, Rhythm::EachEpoch));
            machine.memory.plan(n, fault);
            machine.run_shown(ground, &view, Leaving::Never).expect_err(&at);
            goes_on(ground, machine, &view, &at);
        }
    });
}

/// Checks that the rows that stand there were served, and that the next process ends with those that are served then.
fn goes_on<R: Record>(ground: &Ground<'_, R>, machine: Machine, view: &Outside, at: &str) {
    let (stamp, rows) = view.shown();
    let history = view.history();
    let last = history.last();
    assert_eq!(stamp.as_ref(), last.map(|(stamp, _)| stamp), "{at}");
    assert!(last.is_none_or(|(_, shown)| *shown == rows), "{at}");
    let machine = machine.restarted();
    machine.run_shown(ground, view, Leaving::Never).unwrap_or_else(|error| panic!("{at}: {error}"));
    machine.check_shown(view, at);
}

#[test]
fn a_view_goes_when_it_is_to_and_is_not_left_by_a_run_that_fails() {
    on_upgrade("", |ground| {
        for (leaving, after_end, after_failure) in [
            (Leaving::Always, true, true),
            (Leaving::Failed, false, true),
            (Leaving::Ended, true, false),
            (Leaving::Never, false, false),
        ] {
            let view = outside(ground, Rhythm::EachEpoch);
            Machine::new().run_shown(ground, &view, leaving).expect("an upgrade");
            assert_eq!(view.was_removed(), after_end, "{leaving:?}");
            let view = outside(ground, Rhythm::EachEpoch);
            view.plan(9, Mishap::Before);
            Machine::new().run_shown(ground, &view, leaving).expect_err("it dies");
            assert_eq!(view.was_removed(), after_failure, "{leaving:?}");
        }
    });
}

#[test]
fn what_others_write_to_it_is_found_at_the_end() {
    on_upgrade("", |ground| {
        let machine = Machine::new();
        let view = outside(ground, Rhythm::EachEpoch);
        machine.run_shown(ground, &view, Leaving::Never).expect("an upgrade");
        let store = Store::in_memory(&machine.memory.after_kill()).expect("a store");
        let stamp = store.stamp(store.served().expect("one serves")).expect("its epoch");
        let rows = machine.served();
        // As in a run that removes its view when it fails.
        let finish = || view.open(None, Leaving::of_run(true)).finish(&stamp, &rows, &Nobody);
        finish().expect("it shows what is served");
        let spoils: [fn(&mut Shown); 3] = [
            |rows| drop(rows.pop_first()),
            |rows| drop(rows.insert(vec!["x".to_owned()], Vec::new())),
            |rows| rows.values_mut().next().expect("a row")[0].push('0'),
        ];
        for spoil in spoils {
            let whole = view.shown().1;
            view.spoil(spoil);
            let error = finish().expect_err("others are there").to_string();
            assert!(error.contains("the view doesn't show what is served"), "{error}");
            assert!(!view.was_removed(), "it is the evidence");
            view.spoil(|rows| *rows = whole);
        }
        // Two of one run: the later one publishes, the earlier one is refused.
        let mut earlier = view.open(None, Leaving::Always);
        view.open(None, Leaving::Never);
        let next = Stamp { epoch: stamp.epoch + 1, ..stamp.clone() };
        let error = earlier.bring_to(&next, &rows).expect_err("another has taken over").to_string();
        assert!(error.contains("another writer has taken over"), "{error}");
        drop(earlier);
        assert!(!view.was_removed(), "it is the later one's");
    });
}

/// Keeps what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Listen for Notes {
    fn hear(&self, _: Event) {}

    fn note(&self, text: &str) {
        self.0.lock().expect("nobody panics").push(text.to_owned());
    }
}

#[test]
fn a_view_that_cannot_be_removed_is_told_of_and_the_run_is_good() {
    on_upgrade("", |ground| {
        let machine = Machine::new();
        let view = outside(ground, Rhythm::EachEpoch);
        machine.run_shown(ground, &view, Leaving::Never).expect("an upgrade");
        let store = Store::in_memory(&machine.memory.after_kill()).expect("a store");
        let stamp = store.stamp(store.served().expect("one serves")).expect("its epoch");
        view.hold();
        let (notes, publisher) = (Notes::default(), view.open(None, Leaving::of_run(false)));
        publisher.finish(&stamp, &machine.served(), &notes).expect("it showed what is served");
        assert!(!view.was_removed());
        let notes = notes.0.into_inner().expect("nobody panics");
        assert_eq!(notes, ["the view couldn't be removed: somebody holds it; drop it yourself"]);
    });
}
