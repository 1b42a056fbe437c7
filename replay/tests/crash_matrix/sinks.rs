//! Sinks elsewhere: answers that get lost, zombies, power cuts, rows that somebody has changed.

use replay::recovery::{Guarantee, Keeps, Medium, Output, RecoveryError, Sink, SinkError};
use store::checkpoints::{Durability, Memory};

use crate::{
    fake::{Fake, Mishap},
    jobs::RECORDS,
    oracles::Subject,
    other_faults::{fault, with_subject},
};

const BOTH: [Keeps; 2] = [Keeps::All, Keeps::Newest];

/// Delivers to a sink, of which a handle is given, and calls `check`.
fn with_sink(keeps: Keeps, check: impl Fn(&Subject<'_, datasets::Event>, &Fake)) {
    with_subject(Durability::Power, |subject| check(subject, &Fake::new(&subject.columns(), keeps)));
}

fn medium(memory: &Memory, sink: &Fake) -> Medium {
    Medium::on(memory.clone()).with(Output::into(Box::new(sink.clone())))
}

#[test]
fn a_transaction_of_which_nobody_hears_is_delivered_once() {
    for (keeps, mishap) in
        [Mishap::Unheard, Mishap::Undone].into_iter().flat_map(|of| BOTH.map(|keeps| (keeps, of)))
    {
        with_sink(keeps, |subject, _| {
            let new = || Fake::new(&subject.columns(), keeps);
            let without =
                subject.run_on(&mut medium(&Memory::new(), &new()), Guarantee::ExactlyOnce, &[]).unwrap();
            let mut struck = 0;
            for epoch in 0..=RECORDS.div_ceil(7) {
                let (memory, sink) = (Memory::new(), new());
                sink.plan(epoch, mishap);
                let first = subject.run_on(&mut medium(&memory, &sink), Guarantee::ExactlyOnce, &[]);
                let Err(error) = first else { continue };
                assert!(matches!(error, RecoveryError::Sink(SinkError::Failed(_))), "{error}");
                struck += 1;
                let again = &mut medium(&memory.after_kill(), &sink);
                let with = subject.run_on(again, Guarantee::ExactlyOnce, &[]).unwrap();
                assert_eq!(
                    subject.judge(Guarantee::ExactlyOnce, &without, &with),
                    Ok(()),
                    "{mishap:?} {epoch}"
                );
            }
            assert!(struck > 2, "{struck}");
        });
    }
}

#[test]
fn a_sink_that_keeps_all_holds_the_lines_of_a_file() {
    with_subject(Durability::Power, |subject| {
        let columns = subject.columns();
        for guarantee in Guarantee::ALL {
            let sink = Fake::new(&columns, Keeps::All);
            let (survived, lines) =
                subject.run_on(&mut medium(&Memory::new(), &sink), guarantee, &[]).unwrap();
            let file = subject.run(guarantee, &[]);
            assert_eq!((lines, survived.concluded), (file.1, file.0.concluded), "{guarantee}");
        }
    });
}

#[test]
fn zombies_are_refused_and_power_cuts_survived_whatever_the_sink_keeps() {
    for keeps in BOTH {
        with_sink(keeps, |subject, _| {
            let new = || Fake::new(&subject.columns(), keeps);
            for guarantee in Guarantee::ALL {
                let without = subject.run_on(&mut medium(&Memory::new(), &new()), guarantee, &[]).unwrap();
                for faults in
                    [&["zombie at record 23"][..], &["power cut at record 30", "zombie at record 9"]]
                {
                    let faults: Vec<_> = faults.iter().map(|text| fault(text)).collect();
                    let with =
                        subject.run_on(&mut medium(&Memory::new(), &new()), guarantee, &faults).unwrap();
                    assert_eq!(subject.judge(guarantee, &without, &with), Ok(()), "{guarantee} {faults:?}");
                    assert_eq!(with.0.refused, 1, "{guarantee} {faults:?}");
                }
            }
        });
    }
}

/// Without syncs the checkpoints go back behind the sink, which has to be begun anew.
#[test]
fn a_sink_that_is_ahead_of_its_checkpoints_is_begun_anew() {
    for keeps in BOTH {
        with_subject(Durability::Process, |subject| {
            let new = || Fake::new(&subject.columns(), keeps);
            let without =
                subject.run_on(&mut medium(&Memory::new(), &new()), Guarantee::ExactlyOnce, &[]).unwrap();
            for record in (1..RECORDS).step_by(9) {
                let cut = [fault(&format!("power cut at record {record}"))];
                let with = subject
                    .run_on(&mut medium(&Memory::new(), &new()), Guarantee::ExactlyOnce, &cut)
                    .unwrap();
                assert_eq!(subject.judge(Guarantee::ExactlyOnce, &without, &with), Ok(()), "{record}");
            }
        });
    }
}

#[test]
fn rows_that_somebody_has_changed_are_seen() {
    with_sink(Keeps::All, |subject, sink| {
        let memory = Memory::new();
        subject.run_on(&mut medium(&memory, sink), Guarantee::ExactlyOnce, &[]).unwrap();
        sink.change();
        let error = subject.run_on(&mut medium(&memory, sink), Guarantee::ExactlyOnce, &[]).unwrap_err();
        assert!(matches!(error, RecoveryError::DamagedOutput(_)), "{error}");
        assert!(error.to_string().contains("epoch 0"), "{error}");
    });
}

#[test]
fn a_sink_that_has_lost_an_epoch_is_filled_anew() {
    for keeps in BOTH {
        with_sink(keeps, |subject, sink| {
            let memory = Memory::new();
            let without = subject.run_on(&mut medium(&memory, sink), Guarantee::ExactlyOnce, &[]).unwrap();
            sink.clone().remove().unwrap();
            let with = subject.run_on(&mut medium(&memory, sink), Guarantee::ExactlyOnce, &[]).unwrap();
            assert_eq!(subject.judge(Guarantee::ExactlyOnce, &without, &with), Ok(()));
            assert!(with.0.given_up[0].contains("epochs"), "{:?}", with.0.given_up);
        });
    }
}

#[test]
fn at_most_once_a_sink_that_has_lost_an_epoch_is_refused() {
    for keeps in BOTH {
        with_sink(keeps, |subject, sink| {
            let memory = Memory::new();
            subject.run_on(&mut medium(&memory, sink), Guarantee::AtMostOnce, &[]).unwrap();
            sink.clone().remove().unwrap();
            let error = subject.run_on(&mut medium(&memory, sink), Guarantee::AtMostOnce, &[]).unwrap_err();
            assert!(matches!(error, RecoveryError::DamagedOutput(_)), "{error}");
            assert!(error.to_string().contains("it ends after 0 epochs"), "{error}");
        });
    }
}
