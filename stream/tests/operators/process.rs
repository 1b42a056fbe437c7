//! State by key, its time to live, and timers.

use std::collections::BTreeMap;

use datasets::{Event, Keys};
use proptest::prelude::*;
use stream::operators::{AtKey, KeyedProcess, Pipeline, Process};
use stream::{Context, Flavour, Regime, Source, Trigger, Version, WatermarkPolicy};

use crate::driver::{Collect, Drive, Progress, drive};
use crate::inputs::{PER_RECORD, event};

/// Gives the value before each one, if it is still remembered.
struct Before;

impl KeyedProcess<Event> for Before {
    type State = i64;
    type Out = (i64, Option<i64>);

    fn on_record(
        &self,
        event: Event,
        at: &mut AtKey<'_, i64>,
        emit: &mut impl FnMut(Self::Out, &mut Context),
    ) {
        let before = at.state().copied();
        // A value divisible by 7 makes it forget.
        if event.value % 7 == 0 {
            assert_eq!(at.clear(), before);
        } else {
            at.put(event.value);
        }
        emit((event.value, before), at.context);
    }
}

/// Gives the sum of a key each 10 ms, on the hour so to speak, while there is something to tell.
struct EachTen;

impl KeyedProcess<Event> for EachTen {
    type State = i64;
    type Out = (i64, u32, i64);

    fn on_record(&self, event: Event, at: &mut AtKey<'_, i64>, _: &mut impl FnMut(Self::Out, &mut Context)) {
        let sum = at.state().copied().unwrap_or(0);
        at.put(sum + event.value);
        at.set_timer((event.time_ms.div_euclid(10) + 1) * 10);
    }

    fn on_timer(&self, at: &mut AtKey<'_, i64>, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        if let Some(sum) = at.clear() {
            emit((at.time_ms, at.key, sum), at.context);
            at.set_timer(at.time_ms + 10);
        }
    }
}

/// Sets a timer, and then another from there, `later` after it.
struct Chain {
    later: i64,
}

impl KeyedProcess<Event> for Chain {
    type State = ();
    type Out = i64;

    fn on_record(&self, event: Event, at: &mut AtKey<'_, ()>, _: &mut impl FnMut(i64, &mut Context)) {
        match event.value {
            0 => at.set_timer(event.time_ms),
            _ => at.delete_timer(event.value),
        }
    }

    fn on_timer(&self, at: &mut AtKey<'_, ()>, emit: &mut impl FnMut(i64, &mut Context)) {
        emit(at.time_ms, at.context);
        at.set_timer(at.time_ms + self.later);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_value_lives_until_event_time_has_passed_its_last_write(
        rows in prop::collection::vec((0..200_i64, 0..3_u32, 1..10_i64), 0..60),
        ttl in prop_oneof![4 => (0..80_i64).prop_map(Some), 1 => Just(None)],
        (delay, batch, restart_at) in (0..40_i64, prop::option::of(1..20_usize), 0..60_usize),
        is_per_record in any::<bool>(),
    ) {
        let flavour = if is_per_record {
            Flavour::PerRecord { lateness_ms: 0 }
        } else {
            Flavour::PerTrigger { strict: false, drain: true }
        };
        let how = Drive {
            flavour,
            delay_ms: Some(delay),
            batch,
            restart_at,
            save_at: restart_at / 2,
            changes_each: 5,
            ..PER_RECORD
        };
        let events: Vec<Event> = rows.iter().map(|&(time, key, value)| event(time, key, value)).collect();
        let driven = drive(|| Process::new(Before, ttl), &events, how);

        let progress = Progress::of(&events, how);
        // By key: the value, and the time of its last write since it is there.
        let mut state: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
        let mut expected = vec![];
        for (i, &(time, key, value)) in rows.iter().enumerate() {
            // A watermark that moves between batches is one batch behind.
            let passed = if is_per_record {
                progress.batch_of[i].checked_sub(1).map_or(i64::MIN, |batch| progress.complete_to[batch])
            } else {
                progress.complete_to[progress.batch_of[i]]
            };
            state.retain(|_, (_, written)| ttl.is_none_or(|ttl| *written + ttl >= passed));
            expected.push((value, state.get(&key).map(|&(value, _)| value)));
            if value == 7 {
                state.remove(&key);
            } else {
                let written = state.get(&key).map_or(time, |&(_, written)| written.max(time));
                state.insert(key, (value, written));
            }
        }
        prop_assert_eq!(driven.rows(), expected);
    }

    #[test]
    fn timers_fire_in_the_order_of_their_time(
        rows in prop::collection::vec((0..200_i64, 0..3_u32), 0..60),
        restart_at in 0..60_usize,
    ) {
        // Everything falls due at once, at the end.
        let how = Drive { delay_ms: None, restart_at, ..PER_RECORD };
        let events: Vec<Event> = rows.iter().map(|&(time, key)| event(time, key, 1)).collect();
        let driven = drive(|| Process::new(EachTen, None), &events, how);
        // A key's first timer finds all that there is of it.
        let mut expected: Vec<(i64, u32, i64)> = (0..3).filter_map(|key| {
            let own = || rows.iter().filter(|row| row.1 == key);
            let first = own().map(|row| row.0 / 10 * 10 + 10).min()?;
            Some((first, key, own().count() as i64))
        }).collect();
        expected.sort_unstable();
        prop_assert_eq!(driven.rows(), expected);
    }
}

#[test]
fn timers_follow_event_time() {
    let events = [event(3, 0, 1), event(8, 1, 2), event(10, 0, 4), event(11, 0, 8), event(35, 2, 0)];
    let driven = drive(|| Process::new(EachTen, None), &events, PER_RECORD);
    // Event time passes 10 with the record of 11, which is in the sum by then; at 20 there is nothing to tell.
    assert_eq!(driven.rows(), [(10, 0, 13), (10, 1, 2), (40, 2, 0)]);
    let moved: Vec<u64> = driven.out.iter().map(|(record, _)| *record).collect();
    assert!(moved[0] >= 3 && moved[1] == moved[0] && moved[2] > moved[1], "{moved:?}");
}

#[test]
fn a_timer_fires_once_and_can_be_taken_back() {
    let events = [event(5, 0, 0), event(5, 0, 0), event(7, 1, 0), event(5, 1, 7), event(9, 0, 1)];
    let driven = drive(|| Process::new(Chain { later: 100 }, None), &events, PER_RECORD);
    assert_eq!(driven.rows(), [5, 105], "not at 205, which was set when all input had ended");
    assert_eq!(driven.concluded.counts.state_peak, 2);
}

#[test]
fn a_timer_that_would_never_end_is_an_error() {
    for later in [0, -1] {
        let source = Source {
            time_ms: |event: &Event| event.time_ms,
            partition: |_| 0,
            policy: WatermarkPolicy::Min,
            delay_ms: Some(0),
            partitions: 0,
            idle_ms: None,
            max_ahead_ms: None,
        };
        let mut job = Pipeline::<Event, _>::start().process(Chain { later }, None).run(
            source,
            Regime {
                flavour: Flavour::PerRecord { lateness_ms: 0 },
                trigger: Trigger::Record,
                state_limit: 100,
            },
            Collect(std::sync::Arc::default()),
        );
        job.push_chunk(&[event(5, 0, 0), event(50, 0, 0)], &mut vec![]);
        let why = job.finish(&Keys::default()).unwrap_err();
        assert_eq!(why.message, format!("a timer at 5 set another at {}, which is not later", 5 + later));
    }
}

#[test]
fn a_timer_finds_what_lives_at_its_own_time() {
    // Event time goes from 3 to 100 at once, past the timers at 10 and all that lives.
    let events = [event(3, 0, 5), event(100, 1, 1)];
    let sums = |ttl| drive(|| Process::new(EachTen, Some(ttl)), &events, PER_RECORD).rows();
    assert_eq!(sums(7), [(10, 0, 5), (110, 1, 1)][..1], "3 + 7 is 10, 100 + 7 is not 110");
    assert_eq!(sums(10), [(10, 0, 5), (110, 1, 1)]);
    assert_eq!(sums(6), []);
}
