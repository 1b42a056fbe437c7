//! State by key: time to live, timers, early answers, and saved states that were damaged.

mod driver;

use std::collections::BTreeMap;

use datasets::{Delivery, Event, Side, Sided};
use driver::{Drive, Progress, drive};
use proptest::prelude::*;
use stream::operators::{
    Aggregate, AtKey, Deduplicate, DeduplicateApproximately, Either, Function, IntervalJoin, JoinKind,
    KeyedProcess, Pipeline, Process, Row, Unmatched,
};
use stream::{Context, Flavour, Operator};

const PER_RECORD: Drive = Drive {
    flavour: Flavour::PerRecord { lateness_ms: 0 },
    delay_ms: Some(0),
    batch: None,
    restart_at: usize::MAX,
};

fn event(time_ms: i64, key: u32, value: i64) -> Event {
    Event { time_ms, key, partition: 0, value }
}

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
        let how = Drive { flavour, delay_ms: Some(delay), batch, restart_at };
        let events: Vec<Event> = rows.iter().map(|&(time, key, value)| event(time, key, value)).collect();
        let driven = drive(|| Process::new(Before, ttl), &events, how);

        let progress = Progress::of(&rows.iter().map(|row| row.0).collect::<Vec<_>>(), how);
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
        let source = stream::Source {
            time_ms: |event: &Event| event.time_ms,
            partition: |_| 0,
            delay_ms: Some(0),
            partitions: 0,
            idle_ms: None,
            max_ahead_ms: None,
        };
        let mut job = Pipeline::<Event, _>::start().process(Chain { later }, None).run(
            source,
            Flavour::PerRecord { lateness_ms: 0 },
            stream::Trigger::Record,
            100,
            driver::Collect(Default::default()),
        );
        stream::Version::push_chunk(&mut job, &[event(5, 0, 0), event(50, 0, 0)], &mut vec![]);
        let why = stream::Version::finish(&mut job, &datasets::Keys::default()).unwrap_err();
        assert_eq!(why.message, format!("a timer at 5 set another at {}, which is not later", 5 + later));
    }
}

#[test]
fn an_early_join_tells_an_order_twice_that_is_paid_late() {
    let sided = |time_ms, side| Sided { time_ms, side, key: 0, value: time_ms };
    let records = [
        sided(0, Side::Left),
        sided(20, Side::Left),
        sided(5, Side::Right),
        sided(60, Side::Left),
        sided(9, Side::Right),
    ];
    let how = Drive { flavour: Flavour::PerRecord { lateness_ms: 40 }, ..PER_RECORD };
    for restart_at in [usize::MAX, 1, 2, 3, 4] {
        let join = || {
            let join = IntervalJoin::<Row, Row>::new(JoinKind::LeftOuter, 0, 10).unwrap();
            let join = join.unmatched(Unmatched::Early);
            Pipeline::<Sided, _>::start().map(Either::from).interval_join(join).build()
        };
        let driven = drive(join, &records, Drive { restart_at, ..how });
        let seen: Vec<(i64, Option<i64>)> =
            driven.rows().iter().map(|row| (row.left.value, row.right.map(|right| right.value))).collect();
        assert_eq!(seen, [(0, None), (0, Some(5)), (20, None), (60, None)]);
        assert_eq!(driven.late(), [4]);
    }
}

#[test]
fn the_state_limit_is_an_error() {
    let make = stream::jobs::deduplicated_totals::make;
    let settings =
        stream::jobs::deduplicated_totals::Settings { delay_ms: 0, max_ahead_ms: None, max_state: 10 };
    let memory = stream::jobs::deduplicated_totals::Memory::KeepIds;
    let mut job = make(memory, &settings, stream::Trigger::Record).unwrap();
    let records: Vec<Delivery> = (0..20).map(|i| Delivery { time_ms: 0, id: i, key: 0, value: 1 }).collect();
    job.push_chunk(&records, &mut vec![]);
    let why = job.finish(&datasets::Keys::default()).unwrap_err();
    assert_eq!((why.record, why.message.as_str()), (9, "the state holds 11 entries, 10 are allowed"));
}

/// Restores each damaged state and, where that succeeds, goes on with it: neither may panic.
fn damage<O>(make: impl Fn() -> O + Copy, records: &[Sided])
where
    O: Operator<Sided, Out: Send> + Send,
{
    let saved = drive(make, records, Drive { delay_ms: None, ..PER_RECORD_KEPT }).closed;
    assert!(saved.len() > 20, "there is something to damage: {}", saved.len());
    for cut in 0..saved.len() {
        assert!(make().restore(&mut &saved[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..saved.len() {
        for mask in [1, 0x80, 0xff] {
            let mut damaged = saved.clone();
            damaged[at] ^= mask;
            let mut operator = make();
            if operator.restore(&mut &damaged[..]).is_ok() {
                drive(
                    || Damaged { inner: make(), state: damaged.clone(), is_fresh: true },
                    records,
                    PER_RECORD,
                );
            }
        }
    }
}

/// Nothing is drained, so all state is there when it is closed.
const PER_RECORD_KEPT: Drive =
    Drive { flavour: Flavour::PerTrigger { strict: false, drain: false }, ..PER_RECORD };

/// Starts from a state that may be wrong.
struct Damaged<O> {
    inner: O,
    state: Vec<u8>,
    is_fresh: bool,
}

impl<I, O: Operator<I>> Operator<I> for Damaged<O> {
    type Out = O::Out;

    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(O::Out, &mut Context)) {
        if std::mem::take(&mut self.is_fresh) {
            self.inner.restore(&mut &self.state[..]).unwrap();
        }
        self.inner.push(input, context, emit);
    }

    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(O::Out, &mut Context)) {
        self.inner.advance(context, emit);
    }

    fn close(&mut self, context: &mut Context) {
        self.inner.close(context);
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.inner.save(out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.inner.restore(bytes)
    }
}

#[test]
fn a_damaged_state_is_an_error_or_another_state_but_never_a_panic() {
    let side = |i| if i % 2 == 0 { Side::Left } else { Side::Right };
    let records: Vec<Sided> = (0..12_i64)
        .map(|i| Sided { time_ms: 1000 - i, side: side(i), key: (i / 2 % 3) as u32, value: i })
        .collect();
    let start = || Pipeline::<Sided, _>::start().map(Either::<Row, Row>::from);
    damage(|| start().interval_join(IntervalJoin::new(JoinKind::LeftOuter, 0, 2).unwrap()).build(), &records);
    damage(|| start().as_of_join(JoinKind::LeftOuter).build(), &records);
    damage(|| Deduplicate::new(|record: &Sided| record.key * 5 + record.value as u32, Some(1_000)), &records);
    damage(
        || {
            Aggregate::<Sided, u32, 9>::by_key([
                Function::Count,
                Function::Sum,
                Function::Min,
                Function::Max,
                Function::Mean,
                Function::First,
                Function::Last,
                Function::Distinct,
                Function::ApproximateDistinct,
            ])
        },
        &records,
    );
    damage(|| DeduplicateApproximately::new(|r: &Sided| r.value as u32, 100, 0.1).unwrap(), &records);
}

#[test]
fn a_state_of_another_job_is_refused() {
    let mut saved = vec![];
    let filter = |ids| DeduplicateApproximately::new(|r: &Event| r.key, ids, 0.01).unwrap();
    Operator::<Event>::save(&filter(1000), &mut saved);
    let why = Operator::<Event>::restore(&mut filter(2000), &mut &saved[..]).unwrap_err();
    assert_eq!(why, "the saved state of approximate deduplicate is a filter of another size");

    let sums = || Aggregate::<Event, u32, 1>::by_key([Function::Sum]);
    let saved = drive(sums, &[event(0, 0, 1)], PER_RECORD).closed;
    for other in [Function::Count, Function::Mean] {
        let why = Aggregate::<Event, u32, 1>::by_key([other]).restore(&mut &saved[..]).unwrap_err();
        assert_eq!(why, "the saved state of aggregate is that of other functions");
    }
    let two = Aggregate::<Event, u32, 2>::by_key([Function::Sum; 2]).restore(&mut &saved[..]);
    assert!(two.is_err());
}

#[test]
fn approximate_deduplication_drops_few_events_and_lets_no_double_through() {
    let records: Vec<Delivery> = (0..20_000_u32)
        .map(|i| Delivery { time_ms: i64::from(i), id: i % 10_000, key: 0, value: 1 })
        .collect();
    let filter = || DeduplicateApproximately::new(|d: &Delivery| d.id, 10_000, 0.01).unwrap();
    let driven = drive(filter, &records, Drive { restart_at: 5_000, ..PER_RECORD });
    let passed = driven.rows().len() as u64;
    assert!((9_900..=10_000).contains(&passed), "{passed}");
    assert_eq!(passed + driven.concluded.counts.duplicate, 20_000);
    assert!(driven.rows().iter().all(|delivery| delivery.time_ms < 10_000));
    assert!(DeduplicateApproximately::new(|d: &Delivery| d.id, 0, 0.01).is_err());
}
