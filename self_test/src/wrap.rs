//! Describes what mutants and equivalents are made of: a shipped job, closures as jobs, and changes of what goes in or
//! comes out.

use datasets::{CAPACITY, Item, Keys, Table, Value};
use stream::{Batching, Concluded, Deciding, Job, JobError, State, Trigger, Update, Version};

use platform::problem::{Chosen, Entry, Params, Setup};

pub(super) const NEXT_FIT: &str = "next-fit";
pub(super) const FIRST_FIT: &str = "first-fit";
pub(super) const BEST_FIT: &str = "best-fit";
pub(super) const WORST_FIT: &str = "worst-fit";
pub(super) const ALMOST_WORST_FIT: &str = "almost-worst-fit";
pub(super) const HARMONIC: &str = "harmonic:7";
pub(super) const REFINED_HARMONIC: &str = "refined-harmonic";

/// Any job.
pub(super) type Boxed<R = Item> = Box<dyn Version<R>>;

/// The shipped job that something is a mutant or an equivalent of.
pub(super) struct Base<R: 'static> {
    pub(super) entry: &'static Entry<R>,
    pub(super) name: &'static str,
    pub(super) params: Params,
    pub(super) trigger: Trigger,
}

impl<R> Clone for Base<R> {
    fn clone(&self) -> Self {
        Self { params: self.params.clone(), ..*self }
    }
}

impl<R> Base<R> {
    /// The job as it is shipped.
    pub(super) fn job(&self) -> Boxed<R> {
        self.made(&self.params)
    }

    /// Returns the same job with another value of a parameter.
    pub(super) fn with(&self, parameter: &str, value: impl Into<Value>) -> Boxed<R> {
        let mut params = self.params.clone();
        params.0.insert(parameter.to_owned(), value.into());
        self.made(&params)
    }

    /// A parameter that is a number.
    pub(super) fn number(&self, parameter: &str) -> u64 {
        self.params.number(parameter)
    }

    fn made(&self, params: &Params) -> Boxed<R> {
        let Chosen { entry, argument } =
            self.entry.version(self.name).expect("a test goes over all names that stand here");
        let setup = Setup { params, argument, trigger: self.trigger };
        (entry.make)(&setup).expect("parameters that a shipped job takes, or nearly so")
    }
}

impl Base<Item> {
    pub(super) fn capacity(&self) -> u64 {
        self.number(CAPACITY)
    }

    /// Returns the same job for bins of another capacity.
    pub(super) fn with_capacity(&self, capacity: u64) -> Boxed {
        self.with(CAPACITY, capacity)
    }
}
struct ByRecord<F>(F);

impl<F: FnMut(u64) -> u32> Job<Item> for ByRecord<F> {
    fn push(&mut self, item: &Item) -> u32 {
        (self.0)(item.size)
    }
}

/// A job that decides on one size after the other.
pub(super) fn by_record(decide: impl FnMut(u64) -> u32 + Send + 'static) -> Boxed {
    Box::new(Deciding(ByRecord(decide)))
}

struct ByChunk<F>(F);

impl<F: FnMut(&[Item], &mut Vec<u32>) + Send> Version<Item> for ByChunk<F> {
    fn push_chunk(&mut self, items: &[Item], decisions: &mut Vec<u32>) {
        (self.0)(items, decisions);
    }

    fn batching(&self) -> Batching {
        Batching::None
    }

    fn end_batch(&mut self, _: &mut Vec<u32>) {}

    fn tick(&mut self) {}

    fn finish(&mut self, _: &Keys) -> Result<Option<Concluded>, JobError> {
        Ok(None)
    }

    fn state(&mut self) -> Option<&mut dyn State> {
        None
    }

    fn take_output(&mut self) -> Option<Table> {
        None
    }

    fn serve(&mut self) -> Result<Option<Update>, JobError> {
        Ok(None)
    }
}

/// A job that takes whole chunks.
pub(super) fn by_chunk(take: impl FnMut(&[Item], &mut Vec<u32>) + Send + 'static) -> Boxed {
    Box::new(ByChunk(take))
}

/// Returns what `job` decides on one size.
pub(super) fn decide(job: &mut Boxed, size: u64) -> u32 {
    let mut decision = Vec::with_capacity(1);
    job.push_chunk(&[Item { size }], &mut decision);
    decision[0]
}

/// `job`, which sees its n-th size (from 0) as `change(n, size)`.
pub(super) fn seeing(mut job: Boxed, mut change: impl FnMut(u64, u64) -> u64 + Send + 'static) -> Boxed {
    let mut numbers = 0..;
    by_record(move |size| decide(&mut job, change(next(&mut numbers), size)))
}

/// `job`, whose n-th decision (from 0) comes out as `change(n, bin)`.
pub(super) fn saying(mut job: Boxed, mut change: impl FnMut(u64, u32) -> u32 + Send + 'static) -> Boxed {
    let mut numbers = 0..;
    by_record(move |size| change(next(&mut numbers), decide(&mut job, size)))
}

/// The next number of a count.
pub(super) fn next(numbers: &mut std::ops::RangeFrom<u64>) -> u64 {
    numbers.next().expect("a count of 64 bits doesn't end")
}

/// Returns whether `n`, from 0, is the last of a thousand.
pub(super) fn each_1000th(n: u64) -> bool {
    n % 1000 == 999
}

/// Returns whether `n`, from 0, is the last of a hundred.
pub(super) fn each_100th(n: u64) -> bool {
    n % 100 == 99
}
