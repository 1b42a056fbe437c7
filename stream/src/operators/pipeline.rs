//! Operators in a row, written down as they run.

use std::marker::PhantomData;

use super::{
    Aggregate, AsOfJoin, Deduplicate, Filter, FlatMap, Function, FunctionOf, GroupKey, Identity,
    IntervalJoin, JoinKind, Keyed, KeyedProcess, Map, Parse, Process, StaticJoin,
};
use crate::{Operator, Regime, Running, Source, Then};

/// The operators of a job over records of type `I`, so far. See [the module](super) for one in full.
#[derive(Debug, Clone)]
pub struct Pipeline<I, O> {
    operator: O,
    input: PhantomData<fn(I)>,
}

impl<I> Pipeline<I, Identity> {
    /// No operator yet.
    pub fn start() -> Self {
        Self { operator: Identity, input: PhantomData }
    }
}

impl<I, O: Operator<I>> Pipeline<I, O> {
    /// Puts an operator behind those so far.
    pub fn then<B: Operator<O::Out>>(self, second: B) -> Pipeline<I, Then<O, B>> {
        Pipeline { operator: Then { first: self.operator, second }, input: PhantomData }
    }

    /// [`Map`].
    pub fn map<T, F: Fn(O::Out) -> T>(self, map: F) -> Pipeline<I, Then<O, Map<F>>> {
        self.then(Map(map))
    }

    /// [`Filter`].
    pub fn filter<F: Fn(&O::Out) -> bool>(self, filter: F) -> Pipeline<I, Then<O, Filter<F>>> {
        self.then(Filter(filter))
    }

    /// [`FlatMap`].
    pub fn flat_map<T: IntoIterator, F: Fn(O::Out) -> T>(self, map: F) -> Pipeline<I, Then<O, FlatMap<F>>> {
        self.then(FlatMap(map))
    }

    /// [`Parse`].
    pub fn parse<T, F>(self, parse: F) -> Pipeline<I, Then<O, Parse<F>>>
    where
        F: Fn(O::Out) -> Result<T, &'static str>,
    {
        self.then(Parse(parse))
    }

    /// [`Aggregate::by_key`].
    pub fn aggregate<const N: usize>(
        self,
        functions: [Function; N],
    ) -> Pipeline<I, Then<O, Aggregate<O::Out, u32, N>>>
    where
        O::Out: Keyed,
    {
        self.then(Aggregate::by_key(functions))
    }

    /// [`Aggregate::by`].
    pub fn aggregate_by<G: GroupKey, const N: usize>(
        self,
        group: fn(&O::Out) -> G,
        functions: [FunctionOf<O::Out>; N],
    ) -> Pipeline<I, Then<O, Aggregate<O::Out, G, N>>>
    where
        O::Out: Keyed,
    {
        self.then(Aggregate::by(group, functions))
    }

    /// [`Deduplicate`].
    pub fn deduplicate<F>(self, id: F, horizon_ms: Option<i64>) -> Pipeline<I, Then<O, Deduplicate<F>>>
    where
        F: Fn(&O::Out) -> u32,
        Deduplicate<F>: Operator<O::Out>,
    {
        self.then(Deduplicate::new(id, horizon_ms))
    }

    /// [`Process`].
    pub fn process<P>(self, process: P, ttl_ms: Option<i64>) -> Pipeline<I, Then<O, Process<P, P::State>>>
    where
        P: KeyedProcess<O::Out>,
        Process<P, P::State>: Operator<O::Out>,
    {
        self.then(Process::new(process, ttl_ms))
    }

    /// [`StaticJoin`].
    pub fn static_join<V>(
        self,
        kind: JoinKind,
        table: impl IntoIterator<Item = (u32, V)>,
    ) -> Pipeline<I, Then<O, StaticJoin<V>>>
    where
        StaticJoin<V>: Operator<O::Out>,
    {
        self.then(StaticJoin::new(kind, table))
    }

    /// [`IntervalJoin`].
    pub fn interval_join<L, R>(self, join: IntervalJoin<L, R>) -> Pipeline<I, Then<O, IntervalJoin<L, R>>>
    where
        IntervalJoin<L, R>: Operator<O::Out>,
    {
        self.then(join)
    }

    /// [`AsOfJoin`].
    pub fn as_of_join<L, R>(self, kind: JoinKind) -> Pipeline<I, Then<O, AsOfJoin<L, R>>>
    where
        AsOfJoin<L, R>: Operator<O::Out>,
    {
        self.then(AsOfJoin::new(kind))
    }

    /// The operators alone.
    pub fn build(self) -> O {
        self.operator
    }

    /// The job: these operators between a source and a sink.
    pub fn run<S: crate::Sink<O::Out>>(self, source: Source<I>, regime: Regime, sink: S) -> Running<I, O, S>
    where
        I: Copy,
    {
        Running::new(source, regime, self.operator, sink)
    }
}
