//! Running totals by group, without windows.

use std::{collections::HashMap, hash::Hash};

use foldhash::fast::RandomState;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Array, Keyed,
    accumulator::{Accumulator, Function, Outcome, Overflow},
    codec,
    dirty::{Changes, Dirty},
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
    /// Groups that are to be told of, in the order in which they changed.
    changed: Vec<G>,
    dirty: Dirty<G>,
    /// Says how much of `changed` was saved; `None` if what was saved of it has been told of.
    changed_saved: Option<usize>,
}

/// A function, and what of a record it is a function of.
pub type FunctionOf<I> = (Function, fn(&I) -> i64);

/// Describes what is told of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aggregated<G, const N: usize> {
    /// The group.
    pub group: G,
    /// Holds what each function tells of it, in the order in which they were declared.
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
        Self {
            group,
            functions,
            groups: HashMap::default(),
            changed: Vec::new(),
            dirty: Dirty::default(),
            changed_saved: None,
        }
    }

    fn settings(&self) -> String {
        format!("{:?}", self.functions.map(|(function, _)| function))
    }

    /// Returns whether these can be what the functions remember.
    fn fits(&self, accumulators: &[Accumulator; N]) -> bool {
        let mut both = accumulators.iter().zip(&self.functions);
        both.all(|(accumulator, &(function, _))| accumulator.is_of(function))
    }
}

impl<I, G: GroupKey, const N: usize> Aggregate<I, G, N> {
    /// Every group's accumulators, in the order of groups.
    fn sorted(groups: &HashMap<G, Group<N>, RandomState>) -> Vec<(G, Array<&[Accumulator; N]>)> {
        let mut groups: Vec<_> =
            groups.iter().map(|(&name, group)| (name, Array(&group.accumulators))).collect();
        groups.sort_unstable_by_key(|&(name, _)| name);
        groups
    }

    fn put_saved(
        &mut self,
        groups: impl Iterator<Item = (G, Option<Array<[Accumulator; N]>>)>,
    ) -> Result<(), String> {
        for (name, accumulators) in groups {
            // No group is ever removed.
            let Some(Array(accumulators)) = accumulators else { continue };
            if !self.fits(&accumulators) {
                return Err("the saved state of aggregate is that of other functions".to_owned());
            }
            let is_changed = self.groups.get(&name).is_some_and(|before| before.is_changed);
            self.groups.insert(name, Group { accumulators, is_changed });
        }
        Ok(())
    }

    /// Has these groups told of, after those that are to be told of already.
    fn put_changed(&mut self, changed: Vec<G>) -> Result<(), String> {
        for name in &changed {
            let group = self.groups.get_mut(name).filter(|group| !group.is_changed);
            group.ok_or("the saved state of aggregate tells of a group that isn't there")?.is_changed = true;
        }
        self.changed.extend(changed);
        Ok(())
    }
}

/// Describes what groups can be named by.
pub trait GroupKey: Copy + Ord + Hash + Serialize + DeserializeOwned {}

impl<G: Copy + Ord + Hash + Serialize + DeserializeOwned> GroupKey for G {}

impl<I: Keyed, G: GroupKey, const N: usize> Operator<I> for Aggregate<I, G, N> {
    type Out = Aggregated<G, N>;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, _: &mut impl FnMut(Self::Out, &mut Context)) {
        let (name, time_ms) = ((self.group)(&input), input.time_ms());
        self.dirty.note(name, self.groups.len());
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
        self.changed_saved = None;
        for name in self.changed.drain(..) {
            let Some(group) = self.groups.get_mut(&name) else { continue };
            group.is_changed = false;
            let values = std::array::from_fn(|i| group.accumulators[i].outcome());
            emit(Aggregated { group: name, values }, context);
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        codec::save(&(self.settings(), Self::sorted(&self.groups), &self.changed), out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let settings: String = codec::restore("aggregate", bytes)?;
        codec::check_same("aggregate", &settings, &self.settings())?;
        let (groups, changed): (Vec<(G, _)>, Vec<G>) = codec::restore("aggregate", bytes)?;
        self.groups.clear();
        self.groups.reserve(groups.len());
        self.changed.clear();
        self.put_saved(groups.into_iter().map(|(name, accumulators)| (name, Some(accumulators))))?;
        self.put_changed(changed)
    }

    fn mark_saved(&mut self) {
        self.dirty.clear();
        self.changed_saved = Some(self.changed.len());
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        let Self { groups, dirty, .. } = self;
        let get = |name| groups.get(&name).map(|group| Array(&group.accumulators));
        let changed_groups = dirty.changes(get, || Self::sorted(groups));
        let new = &self.changed[self.changed_saved.unwrap_or(0)..];
        codec::save(&(changed_groups, self.changed_saved.is_none(), new), out);
        self.changed_saved = Some(self.changed.len());
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let (groups, was_told, changed): (Changes<G, _>, bool, Vec<G>) = codec::restore("aggregate", bytes)?;
        if was_told {
            for name in self.changed.drain(..) {
                if let Some(group) = self.groups.get_mut(&name) {
                    group.is_changed = false;
                }
            }
        }
        let (_, groups) = groups.into_parts();
        self.put_saved(groups)?;
        self.put_changed(changed)?;
        self.dirty.clear();
        self.changed_saved = Some(self.changed.len());
        Ok(())
    }
}
