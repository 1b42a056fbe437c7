//! Each event once, however often it is delivered.

use super::{
    Keyed, KeyedState, codec,
    keyed::{drop_late, end_of, is_late, is_late_for_engine},
};
use crate::{Context, Operator};

use datasketches::bloom::{BloomFilter, BloomFilterBuilder};
use serde::{Deserialize, Serialize};

/// Lets the first delivery of each id through and counts the others as duplicates.
///
/// With a horizon an id is forgotten once event time has passed its first delivery's time by that much; for that it must
/// be able to tell a new event from a forgotten one, so a record that comes late is dropped, unless its id is still
/// known: then it is a duplicate. Deliveries of one event whose times lie no further apart than the horizon are never
/// counted twice.
///
/// Per trigger it is as Spark's `dropDuplicatesWithinWatermark`, to the millisecond: what is at the watermark of the
/// batch before is late, whether its id is known or not, and an id is forgotten when event time *reaches* its first
/// delivery's time and the horizon. The watermark starts at the epoch, so a first record of that very time is late.
#[derive(Debug, Clone)]
pub struct Deduplicate<F> {
    id: F,
    /// Says how long ids are remembered.
    horizon_ms: Option<i64>,
    seen: KeyedState<()>,
}

impl<F> Deduplicate<F> {
    /// `id`: what tells one event from another. `horizon_ms`: how long, in event time, an id is remembered; `None`: for
    /// ever, and then nothing is late.
    pub fn new(id: F, horizon_ms: Option<i64>) -> Self {
        Self { id, horizon_ms, seen: KeyedState::new(horizon_ms) }
    }

    fn is_too_late(&self, time_ms: i64, is_known: bool, context: &Context) -> bool {
        self.horizon_ms.is_some()
            && if context.moves_per_batch() {
                is_late_for_engine(time_ms, context)
            } else {
                !is_known && is_late(time_ms, context)
            }
    }

    /// When an id that was first seen at `time_ms` is forgotten.
    fn end_ms(&self, time_ms: i64, context: &Context) -> i64 {
        let last_ms = self.horizon_ms.map_or(i64::MAX, |horizon_ms| time_ms.saturating_add(horizon_ms));
        if context.moves_per_batch() { last_ms } else { end_of(last_ms) }
    }
}

impl<I: Keyed, F: Fn(&I) -> u32> Operator<I> for Deduplicate<F> {
    type Out = I;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(I, &mut Context)) {
        let id = (self.id)(&input);
        let is_known = self.seen.get(id).is_some();
        if self.is_too_late(input.time_ms(), is_known, context) {
            drop_late(&input, context);
        } else if is_known {
            context.count_duplicate();
        } else {
            self.seen.put_until(self.end_ms(input.time_ms(), context), id, (), context);
            emit(input, context);
        }
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, _: &mut impl FnMut(I, &mut Context)) {
        self.seen.expire(context.forget_to(), context);
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.seen.save(out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.seen.restore("deduplicate", bytes)
    }

    fn mark_saved(&mut self) {
        self.seen.mark_saved();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        self.seen.changes(out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.seen.apply("deduplicate", bytes)
    }
}

/// Lets the first delivery of each id through, by a Bloom filter (Bloom 1970): memory that never grows, and a few events
/// taken for duplicates that are none.
#[derive(Debug, Clone)]
pub struct DeduplicateApproximately<F> {
    id: F,
    seen: BloomFilter,
    new: New,
}

/// The ids that a filter was given and that changed it: given to the same filter, they make the same of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum New {
    /// Nobody has saved the filter yet.
    Unasked,
    Ids(Vec<u32>),
    /// So many that the filter is shorter: it is saved itself.
    Filter(Vec<u8>),
}

impl<F> DeduplicateApproximately<F> {
    /// `id`: what tells one event from another. `ids`: up to how many of them the share of events wrongly taken for
    /// duplicates stays below `wrong`; beyond that it grows. Takes 1.44 log₂(1/`wrong`) bits for each.
    pub fn new(id: F, ids: u64, wrong: f64) -> Result<Self, String> {
        // The filter's own seed is fixed, so an answer can be had again.
        let filter = BloomFilterBuilder::with_accuracy(ids, wrong).build();
        let seen = filter.map_err(|why| format!("no Bloom filter for {ids} ids: {why}"))?;
        Ok(Self { id, seen, new: New::Unasked })
    }

    fn note(&mut self, id: u32) {
        if let New::Ids(ids) = &mut self.new {
            ids.push(id);
            if size_of_val(&ids[..]) > self.seen.capacity() / 8 {
                self.new = New::Filter(Vec::new());
            }
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), String> {
        let seen = BloomFilter::deserialize(bytes)
            .map_err(|why| format!("the saved state of approximate deduplicate can't be read: {why}"))?;
        if !seen.is_compatible(&self.seen) {
            return Err("the saved state of approximate deduplicate is a filter of another size".to_owned());
        }
        self.seen = seen;
        Ok(())
    }
}

impl<I, F: Fn(&I) -> u32> Operator<I> for DeduplicateApproximately<F> {
    type Out = I;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(I, &mut Context)) {
        let id = (self.id)(&input);
        if self.seen.contains_and_insert(&id) {
            context.count_duplicate();
        } else {
            self.note(id);
            emit(input, context);
        }
    }

    fn advance(&mut self, _: &mut Context, _: &mut impl FnMut(I, &mut Context)) {}

    fn save(&self, out: &mut Vec<u8>) {
        codec::save(&self.seen.serialize(), out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let filter: Vec<u8> = codec::restore("approximate deduplicate", bytes)?;
        self.read(&filter)
    }

    fn mark_saved(&mut self) {
        self.new = New::Ids(Vec::new());
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        if let New::Unasked | New::Filter(_) = self.new {
            self.new = New::Filter(self.seen.serialize());
        }
        codec::save(&self.new, out);
        self.new = New::Ids(Vec::new());
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        match codec::restore("approximate deduplicate", bytes)? {
            New::Unasked => {}
            New::Ids(ids) => ids.iter().for_each(|id| self.seen.insert(id)),
            New::Filter(filter) => self.read(&filter)?,
        }
        self.new = New::Ids(Vec::new());
        Ok(())
    }
}
