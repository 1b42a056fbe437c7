//! Random streams: each job does what the naive oracle says, firing by firing and drop by drop.

use datasets::Event;
use proptest::prelude::*;
use stream::{
    Trigger,
    jobs::windowed_aggregation::{Kind, Settings, make},
    windows::{OutputMode, Superseding, Windows},
};

use crate::{
    common::{any_events, any_windows, conclude, event, feed, run, settings, told},
    oracle::{self, Case, Engine},
};

fn any_flink() -> impl Strategy<Value = Engine> {
    let lateness = prop_oneof![2 => Just(0_i64), 3 => 1_i64..40];
    let every = prop_oneof![3 => Just(1_usize), 2 => 2_usize..9];
    (lateness, every).prop_map(|(lateness, every)| Engine::Flink { lateness, every })
}

fn any_spark(mode: OutputMode) -> impl Strategy<Value = Engine> {
    let batch = prop_oneof![1 => Just(1_usize), 3 => 2_usize..12, 1 => Just(1000_usize)];
    (any::<bool>(), any::<bool>(), batch).prop_map(move |(strict, drain, batch)| Engine::Spark {
        strict,
        drain,
        mode,
        batch,
    })
}

fn any_delay() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![1 => Just(None), 2 => Just(Some(0_i64)), 6 => (1_i64..30).prop_map(Some)]
}

fn no_session(windows: Windows) -> bool {
    !matches!(windows, Windows::Session { .. })
}

/// All orders of these.
fn orders(events: &[Event]) -> Vec<Vec<Event>> {
    let Some((first, rest)) = events.split_first() else { return vec![Vec::new()] };
    let with_first = |rest: Vec<Event>| {
        (0..=rest.len()).map(move |at| {
            let mut all = rest.clone();
            all.insert(at, *first);
            all
        })
    };
    orders(rest).into_iter().flat_map(with_first).collect()
}

/// Equal times, times on both sides of an edge and on it, in every order that the delay allows.
#[test]
fn in_every_order_within_the_delay_the_stream_equals_the_batch() {
    let times = [200, 209, 210, 210, 219, 220];
    let events: Vec<Event> =
        (1..).zip(times).map(|(value, time)| event(time, value as u32 % 2, value)).collect();
    let spark = |strict| Engine::Spark { strict, drain: true, mode: OutputMode::Append, batch: 2 };
    let engines = [Engine::Flink { lateness: 0, every: 1 }, spark(true), spark(false)];
    let all = orders(&events);
    assert_eq!(all.len(), 720);
    for windows in ["tumbling:10", "sliding:10:5", "session:10"].map(|text| text.parse().unwrap()) {
        let batch = oracle::batch(windows, &events);
        for events in &all {
            for engine in engines {
                let told = told(&run(Case { windows, delay: Some(20), engine }, events));
                assert_eq!((&told.answer, told.not_emitted), (&batch, 0), "{windows} {engine:?} {events:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn per_record_does_as_the_oracle(
        windows in any_windows(), delay in any_delay(), engine in any_flink(), events in any_events(),
    ) {
        let case = Case { windows, delay, engine };
        prop_assert_eq!(told(&run(case, &events)), oracle::run(case, &events));
    }

    /// Rows of sessions that merged later are taken back, and nothing else is different.
    #[test]
    fn withdrawing_leaves_out_just_the_rows_that_were_superseded(
        gap in 1_i64..12, delay in any_delay(), lateness_ms in 1_i64..60, every in 1_u64..4, events in any_events(),
    ) {
        let windows = format!("session:{gap}").parse().unwrap();
        let [keep, withdraw] = [Superseding::Keep, Superseding::Withdraw].map(|superseding| {
            let settings = Settings { lateness_ms, superseding, ..settings(windows, delay) };
            let trigger = Trigger::EveryRecords(every.try_into().unwrap());
            let mut job = make(settings, Kind::PerRecord, trigger).unwrap();
            feed(job.as_mut(), &events, 0, every as usize, 5);
            told(&conclude(job).unwrap())
        });
        prop_assert_eq!(&withdraw.superseded, &vec![]);
        let (taken_back, firings): (Vec<_>, Vec<_>) =
            withdraw.firings.into_iter().partition(|row| row.result.count == 0);
        prop_assert_eq!(firings, keep.firings);
        let name = |row: &oracle::Row| (row.window.0, row.window.1, row.key);
        let superseded: Vec<_> = keep.superseded.iter().map(|row| (row.0, row.1, row.2)).collect();
        prop_assert_eq!(taken_back.iter().map(name).collect::<Vec<_>>(), superseded.clone());
        let mut answer = keep.answer;
        for (start, end, key, records) in keep.superseded {
            prop_assert_eq!(answer.remove(&(start, end, key)).map(|row| row.count), Some(records.cast_signed()));
        }
        prop_assert_eq!(withdraw.answer, answer);
    }

    #[test]
    fn per_trigger_does_as_the_oracle(
        windows in any_windows(), delay in 0_i64..30, engine in any_spark(OutputMode::Append), events in any_events(),
    ) {
        let case = Case { windows, delay: Some(delay), engine };
        prop_assert_eq!(told(&run(case, &events)), oracle::run(case, &events));
    }

    #[test]
    fn update_mode_does_as_the_oracle(
        windows in any_windows().prop_filter("not for sessions", |windows| no_session(*windows)),
        delay in any_delay(), engine in any_spark(OutputMode::Update), events in any_events(),
    ) {
        let case = Case { windows, delay, engine };
        prop_assert_eq!(told(&run(case, &events)), oracle::run(case, &events));
    }

    #[test]
    fn complete_mode_does_as_the_oracle(
        windows in any_windows(), delay in any_delay(), engine in any_spark(OutputMode::Complete),
        events in any_events(),
    ) {
        let case = Case { windows, delay, engine };
        prop_assert_eq!(told(&run(case, &events)), oracle::run(case, &events));
    }

    #[test]
    fn pre_aggregated_does_as_per_record(
        windows in any_windows().prop_filter("not for sessions", |windows| no_session(*windows)),
        delay in any_delay(), every in 1_usize..9, events in any_events(),
    ) {
        let case = Case { windows, delay, engine: Engine::Flink { lateness: 0, every } };
        let trigger = Trigger::EveryRecords((every as u64).try_into().unwrap());
        let mut job = make(settings(windows, delay), Kind::PreAggregated, trigger).unwrap();
        feed(job.as_mut(), &events, 0, every, 5);
        prop_assert_eq!(told(&conclude(job).unwrap()), oracle::run(case, &events));
    }

    #[test]
    fn without_a_watermark_the_stream_equals_the_batch(windows in any_windows(), events in any_events()) {
        let mut job = make(settings(windows, Some(5)), Kind::AtEnd, Trigger::Record).unwrap();
        feed(job.as_mut(), &events, 0, 1, 5);
        let told = told(&conclude(job).unwrap());
        prop_assert_eq!(told.late_pairs, vec![]);
        prop_assert_eq!(told.answer, oracle::batch(windows, &events));
    }

    /// With nothing dropped, everything drained, and (a delay beyond all disorder) no session closed too early.
    #[test]
    fn the_stream_equals_the_batch_when_nothing_is_dropped_and_everything_drained(
        windows in any_windows(), engine in prop_oneof![any_flink(), any_spark(OutputMode::Append)],
        events in any_events(),
    ) {
        let engine = match engine {
            Engine::Spark { strict, mode, batch, .. } => Engine::Spark { strict, drain: true, mode, batch },
            flink @ Engine::Flink { .. } => flink,
        };
        let mut events = events;
        // Spark's watermark starts at the epoch: what lies wholly before it is dropped whatever the delay.
        for event in &mut events {
            event.time_ms += 200;
        }
        let told = told(&run(Case { windows, delay: Some(26), engine }, &events));
        prop_assert_eq!(&told.late_pairs, &vec![]);
        prop_assert_eq!(told.not_emitted, 0);
        prop_assert_eq!(told.answer, oracle::batch(windows, &events));
    }

    #[test]
    fn of_tumbling_and_sliding_windows_the_answer_equals_the_batch_whenever_no_pair_is_dropped(
        windows in any_windows().prop_filter("not for sessions", |windows| no_session(*windows)),
        delay in 0_i64..30, engine in any_flink(), events in any_events(),
    ) {
        let told = told(&run(Case { windows, delay: Some(delay), engine }, &events));
        prop_assert_eq!(told.late_pairs.is_empty(), told.answer == oracle::batch(windows, &events));
    }

    #[test]
    fn both_flavours_drop_the_same_pairs_at_one_record_a_batch(
        windows in any_windows().prop_filter("not for sessions", |windows| no_session(*windows)),
        delay in 0_i64..30, events in any_events(),
    ) {
        let mut events = events;
        for event in &mut events {
            event.time_ms = event.time_ms.abs();
        }
        let flink = Engine::Flink { lateness: 0, every: 1 };
        let spark = Engine::Spark { strict: true, drain: false, mode: OutputMode::Append, batch: 1 };
        let [flink, spark] =
            [flink, spark].map(|engine| told(&run(Case { windows, delay: Some(delay), engine }, &events)));
        prop_assert_eq!(flink.late_pairs, spark.late_pairs);
        prop_assert_eq!(flink.late, spark.late);
    }

    #[test]
    fn the_same_batches_give_the_same_result_however_they_are_fed(
        windows in any_windows(), engine in any_spark(OutputMode::Append), events in any_events(),
        chunk in 1_usize..20,
    ) {
        let case = Case { windows, delay: Some(4), engine };
        let (mut job, batch) = crate::common::job(case);
        feed(job.as_mut(), &events, 0, batch, chunk);
        prop_assert_eq!(conclude(job).unwrap(), run(case, &events));
    }

    #[test]
    fn every_record_is_accounted_for(
        windows in any_windows(), delay in 0_i64..9, lateness_ms in 0_i64..9, max_ahead_ms in 0_i64..20,
        events in any_events(),
    ) {
        let settings = Settings {
            lateness_ms, max_ahead_ms: Some(max_ahead_ms), ..settings(windows, Some(delay))
        };
        for (_, kind) in Kind::NAMES {
            let Ok(mut job) = make(settings, kind, Trigger::Record) else { continue };
            feed(job.as_mut(), &events, 0, 1, 5);
            let concluded = conclude(job).unwrap();
            let counts = concluded.counts;
            prop_assert_eq!(counts.records, events.len() as u64);
            prop_assert_eq!(counts.rejected, concluded.rejected.len() as u64);
            prop_assert!(counts.late + counts.rejected + counts.not_emitted <= counts.records);
        }
    }

    /// Event time begins with the second record then, and yet nothing is different.
    #[test]
    fn a_bound_on_being_ahead_that_no_record_breaks_changes_nothing(
        windows in any_windows(), delay in any_delay(), lateness_ms in 0_i64..9, batch in 1_usize..5,
        every in prop_oneof![Just(Trigger::Record), Just(Trigger::Eager), (1_u64..5).prop_map(|n| {
            Trigger::EveryRecords(n.try_into().unwrap())
        })],
        events in any_events(),
    ) {
        for (name, kind) in Kind::NAMES {
            let [bounded, free] = [Some(1_000_000), None].map(|max_ahead_ms| {
                let settings = Settings { max_ahead_ms, lateness_ms, ..settings(windows, delay) };
                let mut job = make(settings, kind, every).ok()?;
                feed(job.as_mut(), &events, 0, batch, 5);
                Some(conclude(job).unwrap())
            });
            prop_assert_eq!(bounded, free, "{}", name);
        }
    }
}
