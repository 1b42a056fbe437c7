//! Steps that look at one record at a time and remember nothing.
//!
//! Their closures are `Fn`: whatever one would remember would be lost at a restart.

use crate::{Context, Operator};

/// Gives each record as another.
#[derive(Debug, Clone)]
pub struct Map<F>(pub F);

/// Lets through the records for which the closure holds.
#[derive(Debug, Clone)]
pub struct Filter<F>(pub F);

/// Gives each record as any number of others.
#[derive(Debug, Clone)]
pub struct FlatMap<F>(pub F);

/// Gives each record as another if it can be read; else it goes, with the reason, to the rejected side output. It
/// belongs at the front of a job, where the record at hand is the one that the feed gave.
#[derive(Debug, Clone)]
pub struct Parse<F>(pub F);

/// Gives each record as it is: the start of a job.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity;

/// The parts of a step that has no state.
macro_rules! stateless {
    () => {
        fn advance(&mut self, _: &mut Context, _: &mut impl FnMut(Self::Out, &mut Context)) {}

        fn save(&self, _: &mut Vec<u8>) {}

        fn restore(&mut self, _: &mut &[u8]) -> Result<(), String> {
            Ok(())
        }

        fn mark_saved(&mut self) {}

        fn changes(&mut self, _: &mut Vec<u8>) {}

        fn apply(&mut self, _: &mut &[u8]) -> Result<(), String> {
            Ok(())
        }
    };
}

impl<I, T, F: Fn(I) -> T> Operator<I> for Map<F> {
    type Out = T;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(T, &mut Context)) {
        emit((self.0)(input), context);
    }

    stateless!();
}

impl<I, F: Fn(&I) -> bool> Operator<I> for Filter<F> {
    type Out = I;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(I, &mut Context)) {
        if (self.0)(&input) {
            emit(input, context);
        }
    }

    stateless!();
}

impl<I, T: IntoIterator, F: Fn(I) -> T> Operator<I> for FlatMap<F> {
    type Out = T::Item;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(T::Item, &mut Context)) {
        (self.0)(input).into_iter().for_each(|record| emit(record, context));
    }

    stateless!();
}

impl<I, T, F: Fn(I) -> Result<T, &'static str>> Operator<I> for Parse<F> {
    type Out = T;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(T, &mut Context)) {
        match (self.0)(input) {
            Ok(record) => emit(record, context),
            Err(reason) => context.reject(reason),
        }
    }

    stateless!();
}

impl<I> Operator<I> for Identity {
    type Out = I;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(I, &mut Context)) {
        emit(input, context);
    }

    stateless!();
}
