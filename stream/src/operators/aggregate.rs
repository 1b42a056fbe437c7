//! Running totals by key, without windows.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{
    Keyed,
    accumulator::{Accumulator, Function, Outcome, Overflow},
    codec,
};
use crate::{Context, Operator};

/// Aggregates the values of each key over the whole stream. There is no window to close, so no record is late, and the
/// state keeps every key.
///
/// Each time event time moves on, and after each micro-batch, it gives a row for every key that has changed since, in
/// the order in which they first did: the output mode *update*, from which a sink that keeps each key's last row makes
/// *complete*.
#[derive(Debug, Clone)]
pub struct Aggregate<const N: usize> {
    functions: [Function; N],
    groups: HashMap<u32, Group<N>, RandomState>,
    changed: Vec<u32>,
}

/// What is told of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aggregated<const N: usize> {
    /// The key.
    pub key: u32,
    /// What each function tells of it, in the order in which they were declared.
    pub values: [Outcome; N],
}

#[derive(Debug, Clone)]
struct Group<const N: usize> {
    accumulators: [Accumulator; N],
    is_changed: bool,
}

impl<const N: usize> Aggregate<N> {
    /// Of these functions.
    pub fn new(functions: [Function; N]) -> Self {
        Self { functions, groups: HashMap::default(), changed: Vec::new() }
    }

    fn start(&mut self, input: &impl Keyed, context: &mut Context) {
        let accumulators = self.functions.map(|function| function.start(input.time_ms(), input.value()));
        context.hold(1 + accumulators.iter().map(Accumulator::entries).sum::<u64>());
        self.groups.insert(input.key(), Group { accumulators, is_changed: true });
        self.changed.push(input.key());
    }
}

impl<const N: usize> Group<N> {
    #[inline]
    fn add(&mut self, input: &impl Keyed) -> Result<u64, Overflow> {
        let (time_ms, value) = (input.time_ms(), input.value());
        self.accumulators.iter_mut().map(|accumulator| accumulator.add(time_ms, value)).sum()
    }
}

impl<I: Keyed, const N: usize> Operator<I> for Aggregate<N> {
    type Out = Aggregated<N>;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, _: &mut impl FnMut(Self::Out, &mut Context)) {
        let Some(group) = self.groups.get_mut(&input.key()) else {
            return self.start(&input, context);
        };
        if !group.is_changed {
            group.is_changed = true;
            self.changed.push(input.key());
        }
        match group.add(&input) {
            Ok(0) => {}
            Ok(entries) => context.hold(entries),
            Err(Overflow) => context.fail("a sum or a count is too large for its type".to_owned(), None),
        }
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        for key in self.changed.drain(..) {
            let Some(group) = self.groups.get_mut(&key) else { continue };
            group.is_changed = false;
            let values = std::array::from_fn(|i| group.accumulators[i].outcome());
            emit(Aggregated { key, values }, context);
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut groups: Vec<(u32, &[Accumulator])> =
            self.groups.iter().map(|(&key, group)| (key, &group.accumulators[..])).collect();
        groups.sort_unstable_by_key(|&(key, _)| key);
        codec::save(&groups, out);
    }

    /// Every key counts as changed, so whoever comes after learns of all of them.
    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let groups: Vec<(u32, Vec<Accumulator>)> = codec::restore("aggregate", bytes)?;
        self.changed = groups.iter().map(|&(key, _)| key).collect();
        self.groups.clear();
        for (key, accumulators) in groups {
            let accumulators: [Accumulator; N] = accumulators
                .try_into()
                .ok()
                .filter(|own: &[Accumulator; N]| own.iter().zip(self.functions).all(|(a, f)| a.is_of(f)))
                .ok_or("the saved state of aggregate is that of other functions")?;
            self.groups.insert(key, Group { accumulators, is_changed: true });
        }
        Ok(())
    }
}
