//! Every place of a crash, for every job and guarantee.

use datasets::Keys;
use replay::recovery::{Deliver, Fault, Guarantee, Keeps, Place};
use store::checkpoints::Durability;
use stream::Trigger;

use crate::{
    everywhere::{self, EVERY, places},
    fake::Fake,
    jobs::{self, Make},
    oracles::{Elsewhere, Subject},
};

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
        sink: Deliver::ToOutput,
        elsewhere: None,
        identity: "a test",
    }
}

/// Crashes under each guarantee, with each way to deliver rows.
fn check<R: Copy>(name: &str, make: &Make<R>, records: &[R], trigger: Trigger, offset: usize) -> usize {
    let keys = jobs::keys();
    let mut crashes = 0;
    for guarantee in Guarantee::ALL {
        for (way, deliver, elsewhere) in ways() {
            let subject = Subject { sink: deliver, elsewhere, ..subject(make, records, &keys, trigger) };
            crashes += everywhere::check(&format!("{name}, {way}"), &subject, guarantee, (offset, stride()));
        }
    }
    crashes
}

/// The ways to deliver rows.
fn ways() -> [(&'static str, Deliver, Option<Elsewhere<'static>>); 4] {
    [
        ("to a file", Deliver::ToOutput, None),
        ("to the store", Deliver::ToStore, None),
        ("to a sink that keeps all", Deliver::ToOutput, Some(&|columns| Fake::anew(columns, Keeps::All))),
        (
            "to a sink that keeps the newest",
            Deliver::ToOutput,
            Some(&|columns| Fake::anew(columns, Keeps::Newest)),
        ),
    ]
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
