//! Running totals by group, without windows.

use std::{collections::HashMap, hash::Hash};

use foldhash::fast::RandomState;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Keyed,
    accumulator::{Accumulator, Function, Outcome, Overflow},
    codec,
};
use crate::{Context, Operator};

/// Aggregates the records of each group over the whole stream. There is no window to close, so no record is late, and
/// the state keeps every group.
///
/// Each time event time moves on, and after each micro-batch, it gives a row for every group that has changed since, in
/// the order in which they first did: the output mode *update*, from which [`Complete`](super::Complete) makes
/// *complete*.
#[derive(Debug, Clone)]
pub struct Aggregate<I, G, const N: usize> {
    group: fn(&I) -> G,
    functions: [FunctionOf<I>; N],
    groups: HashMap<G, Group<N>, RandomState>,
    changed: Vec<G>,
}

/// A function, and what of a record it is a function of.
pub type FunctionOf<I> = (Function, fn(&I) -> i64);

/// What is told of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aggregated<G, const N: usize> {
    /// The group.
    pub group: G,
    /// What each function tells of it, in the order in which they were declared.
    pub values: [Outcome; N],
}

#[derive(Debug, Clone)]
struct Group<const N: usize> {
    accumulators: [Accumulator; N],
    is_changed: bool,
}

impl<I: Keyed, const N: usize> Aggregate<I, u32, N> {
    /// A group for each key, and functions of its values.
    pub fn by_key(functions: [Function; N]) -> Self {
        Self::by(I::key, functions.map(|function| (function, I::value as fn(&I) -> i64)))
    }
}

impl<I, G, const N: usize> Aggregate<I, G, N> {
    /// `group`: what puts records into one group; each of `functions` with what it is a function of.
    pub fn by(group: fn(&I) -> G, functions: [FunctionOf<I>; N]) -> Self {
        Self { group, functions, groups: HashMap::default(), changed: Vec::new() }
    }
}

/// What groups can be named by.
pub trait GroupKey: Copy + Ord + Hash + Serialize + DeserializeOwned {}

impl<G: Copy + Ord + Hash + Serialize + DeserializeOwned> GroupKey for G {}

impl<I: Keyed, G: GroupKey, const N: usize> Operator<I> for Aggregate<I, G, N> {
    type Out = Aggregated<G, N>;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, _: &mut impl FnMut(Self::Out, &mut Context)) {
        let (name, time_ms) = ((self.group)(&input), input.time_ms());
        let Some(group) = self.groups.get_mut(&name) else {
            let accumulators = self.functions.map(|(function, value)| function.start(time_ms, value(&input)));
            context.hold(1 + accumulators.iter().map(Accumulator::entries).sum::<u64>());
            self.groups.insert(name, Group { accumulators, is_changed: true });
            return self.changed.push(name);
        };
        if !group.is_changed {
            group.is_changed = true;
            self.changed.push(name);
        }
        for (accumulator, (_, value)) in group.accumulators.iter_mut().zip(&self.functions) {
            match accumulator.add(time_ms, value(&input)) {
                Ok(0) => {}
                Ok(entries) => context.hold(entries),
                Err(Overflow) => {
                    context.fail("a sum or a count is too large for its type".to_owned(), None);
                }
            }
        }
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        for name in self.changed.drain(..) {
            let Some(group) = self.groups.get_mut(&name) else { continue };
            group.is_changed = false;
            let values = std::array::from_fn(|i| group.accumulators[i].outcome());
            emit(Aggregated { group: name, values }, context);
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut groups: Vec<(G, &[Accumulator])> =
            self.groups.iter().map(|(&name, group)| (name, &group.accumulators[..])).collect();
        groups.sort_unstable_by_key(|&(name, _)| name);
        codec::save(&groups, out);
    }

    /// Every group counts as changed, so whoever comes after learns of all of them.
    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let groups: Vec<(G, Vec<Accumulator>)> = codec::restore("aggregate", bytes)?;
        self.changed = groups.iter().map(|&(name, _)| name).collect();
        self.groups.clear();
        for (name, accumulators) in groups {
            let is_own = |own: &[Accumulator; N]| {
                own.iter()
                    .zip(&self.functions)
                    .all(|(accumulator, &(function, _))| accumulator.is_of(function))
            };
            let accumulators: [Accumulator; N] = accumulators
                .try_into()
                .ok()
                .filter(is_own)
                .ok_or("the saved state of aggregate is that of other functions")?;
            self.groups.insert(name, Group { accumulators, is_changed: true });
        }
        Ok(())
    }
}
