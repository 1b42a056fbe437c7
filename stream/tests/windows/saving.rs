//! A job that is saved, and a fresh one that goes on from there, are as one that ran through.

use proptest::prelude::*;
use stream::{
    Trigger,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::OutputMode,
};

use crate::{
    common::{any_events, any_windows, at, conclude, event, feed, job, run, settings},
    oracle::{Case, Engine},
};

fn any_engine() -> impl Strategy<Value = Engine> {
    let flink = (0_i64..20, 1_usize..6).prop_map(|(lateness, every)| Engine::Flink { lateness, every });
    let mode = prop_oneof![Just(OutputMode::Append), Just(OutputMode::Complete), Just(OutputMode::Update)];
    let spark = (any::<bool>(), any::<bool>(), mode, 1_usize..9)
        .prop_map(|(strict, drain, mode, batch)| Engine::Spark { strict, drain, mode, batch });
    prop_oneof![flink, spark]
}

fn is_legal(case: &Case) -> bool {
    match case.engine {
        Engine::Spark { mode, .. } => mode.check(case.windows, case.delay).is_ok(),
        Engine::Flink { .. } => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_restored_job_goes_on_as_if_nothing_had_happened(
        case in (any_windows(), any_engine(), 0_i64..15)
            .prop_map(|(windows, engine, delay)| Case { windows, delay: Some(delay), engine })
            .prop_filter("legal", is_legal),
        events in any_events(),
        cuts in prop::collection::vec(0_usize..70, 1..4),
    ) {
        let mut cuts = cuts;
        cuts.sort_unstable();
        let (mut running, batch) = job(case);
        let mut at = 0;
        for cut in cuts {
            // In the middle of a batch too: its records are in the state, its end is still to come.
            let cut = cut.min(events.len()).max(at);
            feed_without_last_edge(running.as_mut(), &events[..cut], at, batch);
            at = cut;
            let saved = running.state().expect("a table job can be saved").save();
            (running, _) = job(case);
            running.state().unwrap().restore(&saved).unwrap();
            prop_assert_eq!(running.state().unwrap().save(), saved, "what is restored is saved alike");
        }
        feed(running.as_mut(), &events, at, batch, 5);
        prop_assert_eq!(conclude(running).unwrap(), run(case, &events));
    }

    #[test]
    fn no_bytes_make_a_job_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut fresh = make(settings("session:5".parse().unwrap(), Some(5)), Kind::PerRecord, Trigger::Record).unwrap();
        prop_assert!(fresh.state().unwrap().restore(&bytes).is_err());
    }

    #[test]
    fn damage_is_found_wherever_it_is(at_byte in any::<prop::sample::Index>(), flip in 1_u8..=255, cut in any::<bool>()) {
        for (name, kind) in Kind::NAMES {
            let make = || make(settings("tumbling:5".parse().unwrap(), Some(5)), kind, Trigger::Record).unwrap();
            let mut job = make();
            feed(job.as_mut(), &at(&[1, 2, 30, 25, 4]), 0, 1, 5);
            let mut saved = job.state().unwrap().save();
            let byte = at_byte.index(saved.len());
            if cut {
                saved.truncate(byte);
            } else {
                saved[byte] ^= flip;
            }
            prop_assert!(make().state().unwrap().restore(&saved).is_err(), "{}", name);
        }
    }
}

/// Feeds events and tells of the batches that ended, not of one that goes on.
fn feed_without_last_edge(
    job: &mut dyn stream::Version<datasets::Event>,
    events: &[datasets::Event],
    from: usize,
    batch: usize,
) {
    for (i, event) in events.iter().enumerate().skip(from) {
        job.push_chunk(std::slice::from_ref(event), &mut Vec::new());
        if job.batching() != stream::Batching::None && (i + 1) % batch == 0 {
            job.end_batch(&mut Vec::new());
        }
    }
}

#[test]
fn panes_are_restored_too() {
    let events: Vec<_> = (0..300).map(|i| event(i * 7 % 50 + i, (i % 3) as u32, i)).collect();
    let fresh = || {
        make(settings("sliding:20:6".parse().unwrap(), Some(30)), Kind::PreAggregated, Trigger::Record)
            .unwrap()
    };
    let mut through = fresh();
    feed(through.as_mut(), &events, 0, 1, 64);
    let mut first = fresh();
    feed(first.as_mut(), &events[..131], 0, 1, 64);
    let mut second = fresh();
    second.state().unwrap().restore(&first.state().unwrap().save()).unwrap();
    feed(second.as_mut(), &events, 131, 1, 64);
    assert_eq!(conclude(second).unwrap(), conclude(through).unwrap());
}

#[test]
fn a_state_of_other_settings_is_refused_with_both_named() {
    let good = settings("tumbling:5".parse().unwrap(), Some(5));
    let mut job = make(good, Kind::PerRecord, Trigger::Record).unwrap();
    feed(job.as_mut(), &at(&[1, 2, 30]), 0, 1, 5);
    let saved = job.state().unwrap().save();
    let refusal = |settings, kind, trigger| {
        make(settings, kind, trigger)
            .unwrap()
            .state()
            .unwrap()
            .restore(&saved)
            .expect_err("another job's state")
    };
    let other = Settings { windows: "tumbling:6".parse().unwrap(), ..good };
    assert_eq!(
        refusal(other, Kind::PerRecord, Trigger::Record),
        "the saved state is of windows with windows of 5 ms each 5 ms, append, this one has windows of 6 ms each 6 ms, \
         append"
    );
    let other = Settings { delay_ms: Some(6), ..good };
    let message = refusal(other, Kind::PerRecord, Trigger::Record);
    assert!(message.contains("delay 5 ms") && message.contains("delay 6 ms"), "{message}");
    for (settings, kind, trigger) in [
        (good, Kind::PerTrigger, Trigger::Record),
        (good, Kind::PreAggregated, Trigger::Record),
        (good, Kind::PerRecord, Trigger::Once),
        (Settings { lateness_ms: 1, ..good }, Kind::PerRecord, Trigger::Record),
        (Settings { windows: "session:5".parse().unwrap(), ..good }, Kind::PerRecord, Trigger::Record),
    ] {
        refusal(settings, kind, trigger);
    }
}
