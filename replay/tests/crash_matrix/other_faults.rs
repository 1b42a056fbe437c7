//! Power cuts, torn rows, zombies, sources that deliver again, damaged stores.

use replay::recovery::{Deliver, Fault, Guarantee, Medium, Place, RecoveryError};
use store::checkpoints::{Durability, Memory};
use stream::Trigger;

use crate::{
    jobs::{self, RECORDS},
    oracles::Subject,
};

pub(crate) fn with_subject(durability: Durability, check: impl Fn(&Subject<'_, datasets::Event>)) {
    let (keys, trigger, records) = (jobs::keys(), Trigger::Record, jobs::events());
    for (_, make) in &jobs::windowed(trigger)[..3] {
        check(&Subject {
            make,
            records: &records,
            keys: &keys,
            trigger,
            every: 7,
            durability,
            sink: Deliver::ToOutput,
            elsewhere: None,
            identity: "a test",
        });
    }
}

pub(crate) fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

#[test]
fn exactly_once_survives_a_power_cut_at_any_record() {
    for durability in [Durability::Process, Durability::Power] {
        with_subject(durability, |subject| {
            let without = subject.run(Guarantee::ExactlyOnce, &[]);
            for record in 0..RECORDS {
                let with = subject.run(Guarantee::ExactlyOnce, &[Fault::PowerCut { record }]);
                assert_eq!(subject.judge(Guarantee::ExactlyOnce, &without, &with), Ok(()), "record {record}");
                let resumed_at = with.0.witnesses[0].resumed_at.unwrap();
                // What was acknowledged is there; without a sync it needn't be, and then all is done again.
                assert!(durability == Durability::Process || resumed_at == record - record % 7);
            }
        });
    }
}

#[test]
fn a_sync_that_does_nothing_is_seen() {
    with_subject(Durability::Power, |subject| {
        let loses = |ignore_syncs: bool, record: u64| {
            let memory = Memory::new();
            if ignore_syncs {
                memory.ignore_syncs();
            }
            let mut medium = Medium::on(memory);
            let cut = [Fault::PowerCut { record }];
            let (run, _) = subject.run_on(&mut medium, Guarantee::ExactlyOnce, &cut).unwrap();
            run.witnesses[0].resumed_at != Some(record - record % 7)
        };
        assert!(!(7..RECORDS).any(|record| loses(false, record)));
        assert!((7..RECORDS).any(|record| loses(true, record)));
    });
}

#[test]
fn a_torn_row_is_cut() {
    with_subject(Durability::Process, |subject| {
        for guarantee in Guarantee::ALL {
            let without = subject.run(guarantee, &[]);
            let with = subject.run(guarantee, &[fault("torn output at checkpoint 5")]);
            assert_eq!(subject.judge(guarantee, &without, &with), Ok(()), "{guarantee}");
            assert_eq!(with.0.torn, 1, "{guarantee}");
        }
    });
}

#[test]
fn a_zombie_commits_nothing() {
    with_subject(Durability::Process, |subject| {
        for guarantee in Guarantee::ALL {
            let without = subject.run(guarantee, &[]);
            for record in [0, 16, RECORDS - 1] {
                let with = subject.run(guarantee, &[Fault::Zombie { record }]);
                assert_eq!(with.0.refused, 1, "{guarantee}, record {record}");
                assert_eq!(subject.judge(guarantee, &without, &with), Ok(()), "{guarantee}, record {record}");
            }
        }
    });
}

#[test]
fn crashes_while_a_zombie_sleeps_and_after_go_on_from_the_last_checkpoint() {
    with_subject(Durability::Process, |subject| {
        let faults = ["zombie at record 16", "crash at record 18", "crash at record 40"].map(fault);
        for guarantee in Guarantee::ALL {
            // At most once the interval of the first crash is gone, and the second strikes in the next.
            let faults = match guarantee {
                Guarantee::AtMostOnce => [faults[0], fault("crash at record 22"), faults[2]],
                Guarantee::AtLeastOnce | Guarantee::ExactlyOnce => faults,
            };
            let without = subject.run(guarantee, &[]);
            let with = subject.run(guarantee, &faults);
            assert_eq!(subject.judge(guarantee, &without, &with), Ok(()), "{guarantee}");
            assert_eq!(with.0.refused, 1, "{guarantee}");
            let last = if guarantee == Guarantee::AtMostOnce { 42 } else { 35 };
            assert_eq!(with.0.witnesses[2].resumed_at, Some(last), "{guarantee}");
        }
    });
}

#[test]
fn what_the_source_delivers_again_counts_again_only_at_least_once() {
    with_subject(Durability::Process, |subject| {
        for guarantee in Guarantee::ALL {
            let without = subject.run(guarantee, &[]);
            let with = subject.run(guarantee, &[fault("redeliver 5 at record 17")]);
            assert_eq!(subject.judge(guarantee, &without, &with), Ok(()), "{guarantee}");
            let (again, known) = (with.0.account.repeated, with.0.known_again);
            assert_eq!((again, known), if guarantee == Guarantee::AtLeastOnce { (5, 0) } else { (0, 5) });
        }
    });
}

#[test]
fn another_order_is_the_same_in_each_incarnation() {
    with_subject(Durability::Process, |subject| {
        let reorder = fault("reorder 9 at record 12");
        let without = subject.run(Guarantee::ExactlyOnce, &[reorder]);
        let with = subject.run(Guarantee::ExactlyOnce, &[reorder, fault("crash at record 15")]);
        assert_eq!(subject.judge(Guarantee::ExactlyOnce, &without, &with), Ok(()));
        let recorded = subject.run(Guarantee::ExactlyOnce, &[]);
        assert_ne!(recorded.0.concluded.firings, without.0.concluded.firings);
    });
}

#[test]
fn a_fault_that_never_strikes_makes_the_run_say_nothing() {
    with_subject(Durability::Process, |subject| {
        let never = [Fault::Crash(Place::Recovery(1))];
        let error = subject.run_on(&mut Medium::in_memory(), Guarantee::ExactlyOnce, &never).unwrap_err();
        assert!(matches!(error, RecoveryError::Vacuous(_)), "{error}");
    });
}

#[test]
fn a_damaged_store_is_given_up_and_all_is_done_again() {
    with_subject(Durability::Process, |subject| {
        let without = subject.run(Guarantee::ExactlyOnce, &[]);
        let memory = Memory::new();
        let mut medium = Medium::on(memory.clone());
        subject.run_on(&mut medium, Guarantee::ExactlyOnce, &[]).unwrap();
        for record in 0..memory.stored() {
            let mut medium = Medium::on(memory.after_kill());
            let again = |medium: &mut Medium| subject.run_on(medium, Guarantee::ExactlyOnce, &[]);
            medium.memory().unwrap().flip(record, 77);
            let with = again(&mut medium).unwrap();
            assert_eq!(with.0.given_up.len(), 1, "record {record}");
            assert_eq!(subject.judge(Guarantee::ExactlyOnce, &without, &with), Ok(()), "record {record}");
            let mut medium = Medium::on(memory.after_kill());
            medium.memory().unwrap().flip(record, 77);
            let at_most = subject.run_on(&mut medium, Guarantee::AtMostOnce, &[]).unwrap_err();
            assert!(matches!(at_most, RecoveryError::Store(_)), "{at_most}");
        }
    });
}

#[test]
fn another_runs_checkpoints_are_refused() {
    with_subject(Durability::Process, |subject| {
        let memory = Memory::new();
        subject.run_on(&mut Medium::on(memory.clone()), Guarantee::ExactlyOnce, &[]).unwrap();
        let other = Subject { identity: "another dataset", ..*subject };
        let error = other.run_on(&mut Medium::on(memory), Guarantee::ExactlyOnce, &[]).unwrap_err();
        let message =
            "these are the checkpoints of another run: they were taken of a test, this is another dataset";
        assert_eq!(error.to_string(), message);
    });
}

#[test]
fn a_table_in_the_store_holds_the_rows_of_a_file() {
    with_subject(Durability::Power, |subject| {
        let table = Subject { sink: Deliver::ToStore, ..*subject };
        for guarantee in Guarantee::ALL {
            assert_eq!(table.run(guarantee, &[]).1, subject.run(guarantee, &[]).1, "{guarantee}");
        }
        // Rows and state are one transaction, so nothing is torn, and a sleeping zombie writes nothing.
        let without = table.run(Guarantee::ExactlyOnce, &[]);
        let faults = ["power cut at record 9", "zombie at record 23", "crash at record 45"].map(fault);
        let with = table.run(Guarantee::ExactlyOnce, &faults);
        assert_eq!(table.judge(Guarantee::ExactlyOnce, &without, &with), Ok(()));
        assert_eq!((with.0.refused, with.0.torn), (1, 0));
    });
}
