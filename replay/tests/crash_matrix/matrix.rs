//! Every place of a crash, for every job and guarantee.

use datasets::Keys;
use replay::recovery::{Fault, Guarantee, Place, Sink, Step};
use store::checkpoints::Durability;
use stream::Trigger;

use crate::{
    jobs::{self, Make, RECORDS},
    oracles::Subject,
};

const EVERY: u64 = 7;

/// All places: before each record, and at each step of each checkpoint.
fn places(guarantee: Guarantee) -> Vec<Place> {
    let checkpoints = 1..=RECORDS.div_ceil(EVERY) + 1;
    let at_steps =
        checkpoints.flat_map(|n| Step::of(guarantee).iter().map(move |&step| Place::Checkpoint(n, step)));
    (0..RECORDS).map(Place::Record).chain(at_steps).collect()
}

/// One place in this many, so that a plain test takes seconds.
fn stride() -> usize {
    if std::env::var("COUNTERPOINT_CRASHES").is_ok_and(|all| all == "all") { 1 } else { 47 }
}

fn subject<'a, R>(make: &'a Make<R>, records: &'a [R], keys: &'a Keys, trigger: Trigger) -> Subject<'a, R> {
    Subject {
        make,
        records,
        keys,
        trigger,
        every: EVERY,
        durability: Durability::Process,
        sink: Sink::File,
        identity: "a test",
    }
}

/// Crashes at each place: alone, again while recovering from it, and again at the same place.
fn check<R: Copy>(name: &str, make: &Make<R>, records: &[R], trigger: Trigger, offset: usize) -> usize {
    let keys = jobs::keys();
    let mut crashes = 0;
    let settings =
        Guarantee::ALL.into_iter().flat_map(|guarantee| Sink::NAMES.map(|(_, sink)| (guarantee, sink)));
    for (guarantee, sink) in settings {
        let subject = Subject { sink, ..subject(make, records, &keys, trigger) };
        let without = subject.run(guarantee, &[]);
        assert_eq!(without.0.incarnations, 1);
        for &place in places(guarantee).iter().skip(offset % stride()).step_by(stride()) {
            let crash = Fault::Crash(place);
            let in_recovery = Fault::Crash(Place::Recovery(1));
            let twice: &[&[Fault]] = match (guarantee, place) {
                // What is lost, or was committed, no incarnation comes by again.
                (Guarantee::AtMostOnce, Place::Record(_)) | (_, Place::Checkpoint(..)) => {
                    &[&[crash], &[crash, in_recovery]]
                }
                _ => &[&[crash], &[crash, in_recovery], &[crash, crash]],
            };
            for faults in twice {
                let with = subject.run(guarantee, faults);
                assert_eq!(with.0.witnesses.len(), faults.len());
                assert_eq!(with.0.incarnations, 1 + faults.len() as u64);
                if let Err(breach) = subject.judge(guarantee, &without, &with) {
                    panic!("{name}, trigger {trigger}, {guarantee}, sink {sink}, {faults:?}: {breach}");
                }
                crashes += faults.len();
            }
        }
    }
    crashes
}

fn triggers() -> [Trigger; 3] {
    ["record", "every 5 records", "once"].map(|trigger| trigger.parse().unwrap())
}

#[test]
fn no_crash_breaks_what_is_promised() {
    let mut crashes = 0;
    for (offset, trigger) in triggers().into_iter().enumerate() {
        for (i, (name, make)) in jobs::windowed(trigger).iter().enumerate() {
            crashes += check(name, make, &jobs::events(), trigger, offset + i);
        }
        for (i, (name, make)) in jobs::totals(trigger).iter().enumerate() {
            crashes += check(name, make, &jobs::deliveries(), trigger, offset + i);
        }
        for (i, (name, make)) in jobs::joins(trigger).iter().enumerate() {
            crashes += check(name, make, &jobs::sided(), trigger, offset + i);
        }
    }
    println!("{crashes} crashes");
    assert!(crashes > if stride() == 1 { 10_000 } else { 300 }, "{crashes}");
}

/// The crashes must be able to do harm, or they show nothing.
#[test]
fn the_oracle_of_exactly_once_sees_what_the_other_protocols_do() {
    let keys = jobs::keys();
    let trigger = Trigger::Record;
    let jobs = jobs::windowed(trigger);
    let (_, make) = &jobs[0];
    let records = &jobs::events();
    let subject = subject(make, records, &keys, trigger);
    let without = subject.run(Guarantee::ExactlyOnce, &[]);
    // The position is committed without the state; rows are delivered before they are committed, and again after.
    for protocol in [Guarantee::AtMostOnce, Guarantee::AtLeastOnce] {
        let harm = |place: &Place| {
            let with = subject.run(protocol, &[Fault::Crash(*place)]);
            subject.judge(Guarantee::ExactlyOnce, &without, &with).is_err()
        };
        let harmful = places(protocol).into_iter().filter(harm).count();
        assert!(harmful > 5, "{protocol}: {harmful}");
    }
    // A source that connects anew, and nobody who knows records by their position.
    let again = "redeliver 5 at record 17".parse().unwrap();
    let with = subject.run(Guarantee::AtLeastOnce, &[again]);
    assert!(subject.judge(Guarantee::ExactlyOnce, &without, &with).is_err());
}
