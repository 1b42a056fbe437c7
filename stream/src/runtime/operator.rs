//! The steps of a job.

use super::Context;

/// A step: takes records of one kind, gives records of another.
///
/// What it gives goes to `emit`, so steps in a row are one compiled loop without a buffer between them.
pub trait Operator<I> {
    /// Describes what it gives.
    type Out;

    /// Takes a record.
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context));

    /// Event time has come to [`Context::complete_to`]: gives what is complete, forgets what is no longer needed. Called
    /// often, so it must be quick where nothing is due.
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context));

    /// Nothing more comes, not even the end of event time: accounts for what is still held.
    fn close(&mut self, context: &mut Context) {
        let _ = context;
    }

    /// Appends the state to `out`, so that a fresh operator of the same job can go on from it.
    fn save(&self, out: &mut Vec<u8>);

    /// Takes the state from the front of `bytes`, as [`Operator::save`] wrote it; the error says what is wrong with it.
    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String>;

    /// The state as it is was saved, or restored: [`Operator::changes`] is to tell what changes from here on. Until
    /// this is called, an operator need not note what it changes.
    fn mark_saved(&mut self);

    /// Appends what has changed since [`Operator::mark_saved`], or since this was asked last, to `out`: in time and
    /// bytes in proportion to what did.
    fn changes(&mut self, out: &mut Vec<u8>);

    /// Takes changes from the front of `bytes`, as [`Operator::changes`] wrote them: an operator in the state of then
    /// is now in that of the other. The error says what is wrong with them.
    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String>;
}

/// Two steps in a row.
#[derive(Debug, Clone)]
pub struct Then<A, B> {
    /// The first.
    pub first: A,
    /// The second, which takes what the first gives.
    pub second: B,
}

impl<I, A: Operator<I>, B: Operator<A::Out>> Operator<I> for Then<A, B> {
    type Out = B::Out;

    #[inline]
    fn push(&mut self, input: I, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        let Self { first, second } = self;
        first.push(input, context, &mut |record, context| second.push(record, context, emit));
    }

    #[inline]
    fn advance(&mut self, context: &mut Context, emit: &mut impl FnMut(Self::Out, &mut Context)) {
        let Self { first, second } = self;
        first.advance(context, &mut |record, context| second.push(record, context, emit));
        second.advance(context, emit);
    }

    fn close(&mut self, context: &mut Context) {
        self.first.close(context);
        self.second.close(context);
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.first.save(out);
        self.second.save(out);
    }

    fn restore(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.first.restore(bytes)?;
        self.second.restore(bytes)
    }

    fn mark_saved(&mut self) {
        self.first.mark_saved();
        self.second.mark_saved();
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        self.first.changes(out);
        self.second.changes(out);
    }

    fn apply(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        self.first.apply(bytes)?;
        self.second.apply(bytes)
    }
}
