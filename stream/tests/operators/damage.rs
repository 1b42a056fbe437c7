//! Saved states that were damaged, or are another job's.

use datasets::{Event, Side, Sided};
use stream::operators::{
    Aggregate, AtKey, Deduplicate, DeduplicateApproximately, Either, Function, IntervalJoin, JoinKind,
    KeyedProcess, Map, Pipeline, Process, Row, Unmatched,
};
use stream::windows::{Aligned, Measured, Ms, OutputMode, Sessions, Superseding};
use stream::{Context, Flavour, Operator, Then};

use crate::driver::{Drive, drive};
use crate::inputs::{PER_RECORD, event};

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
                    || Damaged { inner: make(), state: damaged.clone(), changes: None, is_fresh: true },
                    records,
                    PER_RECORD,
                );
            }
        }
    }
}

/// Returns the same with what has changed of a state.
fn damage_changes<O>(make: impl Fn() -> O + Copy, records: &[Sided])
where
    O: Operator<Sided, Out: Send> + Send,
{
    let how = Drive { delay_ms: None, save_at: 4, changes_each: 100, restart_at: 9, ..PER_RECORD_KEPT };
    let stopped = drive(make, records, how).stopped;
    let [state, changes] = &stopped[..] else { panic!("{} in all", stopped.len()) };
    assert!(changes.len() > 5, "there is something to damage: {}", changes.len());
    let apply = |changes: &[u8]| {
        let mut operator = make();
        operator.restore(&mut &state[..]).unwrap();
        operator.apply(&mut &changes[..])
    };
    for cut in 0..changes.len() {
        assert!(apply(&changes[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..changes.len() {
        for mask in [1, 0x80, 0xff] {
            let mut damaged = changes.clone();
            damaged[at] ^= mask;
            if apply(&damaged).is_ok() {
                let inner = || Damaged {
                    inner: make(),
                    state: state.clone(),
                    changes: Some(damaged.clone()),
                    is_fresh: true,
                };
                drive(inner, records, PER_RECORD);
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
    changes: Option<Vec<u8>>,
    is_fresh: bool,
}

impl<I, O: Operator<I>> Operator<I> for Damaged<O> {
    type Out = O::Out;

    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(O::Out, &mut Context)) {
        if std::mem::take(&mut self.is_fresh) {
            self.inner.restore(&mut &self.state[..]).unwrap();
            if let Some(changes) = &self.changes {
                self.inner.apply(&mut &changes[..]).unwrap();
            }
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

    fn mark_saved(&mut self) {
        self.inner.mark_saved();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        self.inner.changes(out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.inner.apply(bytes)
    }
}

/// Both, for every operator with a state.
#[test]
fn a_damaged_state_is_an_error_or_another_state_but_never_a_panic() {
    let side = |i| if i % 2 == 0 { Side::Left } else { Side::Right };
    let records: Vec<Sided> = (0..12_i64)
        .map(|i| Sided { time_ms: 1000 - i, side: side(i), key: (i / 2 % 3) as u32, value: i })
        .collect();
    macro_rules! damage_both {
        ($make:expr) => {
            damage($make, &records);
            damage_changes($make, &records);
        };
    }
    let start = || Pipeline::<Sided, _>::start().map(Either::<Row, Row>::from);
    let join = || IntervalJoin::new(JoinKind::LeftOuter, 0, 2).unwrap();
    damage_both!(|| start().interval_join(join()).build());
    damage_both!(|| start().interval_join(join().unmatched(Unmatched::Early)).build());
    damage_both!(|| start().as_of_join(JoinKind::LeftOuter).build());
    let id = |record: &Sided| record.key * 5 + record.value as u32;
    damage_both!(|| Deduplicate::new(id, Some(1_000)));
    let functions = [
        Function::Count,
        Function::Sum,
        Function::Min,
        Function::Max,
        Function::Mean,
        Function::First,
        Function::Last,
        Function::Distinct,
        Function::ApproximateDistinct,
    ];
    damage_both!(|| Aggregate::<Sided, u32, 9>::by_key(functions));
    damage_both!(|| DeduplicateApproximately::new(|r: &Sided| r.value as u32, 100, 0.1).unwrap());
    let measured = |r: Sided| Measured { time_ms: r.time_ms, key: r.key, value: r.value };
    let windows = |size| Ms::new(size).unwrap();
    damage_both!(|| Then {
        first: Map(measured),
        second: Aligned::new(windows(10), windows(5), OutputMode::Append)
    });
    damage_both!(|| Then {
        first: Map(measured),
        second: Sessions::new(windows(2), OutputMode::Append, Superseding::Keep)
    });
    damage_both!(|| Process::new(Timers, Some(5)));
}

/// State and timers.
struct Timers;

impl KeyedProcess<Sided> for Timers {
    type State = i64;
    type Out = i64;

    fn on_record(&self, record: Sided, at: &mut AtKey<'_, i64>, _: &mut impl FnMut(i64, &mut Context)) {
        at.put(record.value);
        at.set_timer(record.time_ms);
    }

    fn on_timer(&self, at: &mut AtKey<'_, i64>, emit: &mut impl FnMut(i64, &mut Context)) {
        emit(at.time_ms, at.context);
    }
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
        assert_eq!(why, format!("the saved state is of aggregate with [Sum], this one has [{other:?}]"));
    }
    let two = Aggregate::<Event, u32, 2>::by_key([Function::Sum; 2]).restore(&mut &saved[..]);
    assert!(two.is_err());

    let saved = drive(|| interval(2), &[], PER_RECORD).closed;
    let why = interval(3).restore(&mut &saved[..]).unwrap_err();
    assert_eq!(
        why,
        "the saved state is of interval join with an interval from 0 to 2 ms, left outer, unmatched settled, this one \
         has an interval from 0 to 3 ms, left outer, unmatched settled"
    );
    let unique = |horizon_ms| Deduplicate::new(|event: &Event| event.key, horizon_ms);
    let saved = drive(|| unique(Some(5)), &[], PER_RECORD).closed;
    let why = Operator::<Event>::restore(&mut unique(None), &mut &saved[..]).unwrap_err();
    assert_eq!(why, "the saved state is of deduplicate with an end after 5 ms, this one has no end");
}

fn interval(upper_ms: i64) -> impl Operator<Sided, Out: Send> + Send {
    let join = IntervalJoin::<Row, Row>::new(JoinKind::LeftOuter, 0, upper_ms).unwrap();
    Pipeline::<Sided, _>::start().map(Either::from).interval_join(join).build()
}
