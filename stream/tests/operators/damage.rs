//! Saved states that were damaged, or are another job's.

use datasets::{Event, Side, Sided};
use stream::operators::{
    Aggregate, Deduplicate, DeduplicateApproximately, Either, Function, IntervalJoin, JoinKind, Pipeline, Row,
};
use stream::{Context, Flavour, Operator};

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
