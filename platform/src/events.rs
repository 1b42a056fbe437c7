//! Describes what goes on while a run is executed, told to whoever listens: a progress bar today, a live page tomorrow.

use std::{sync::Arc, time::Duration};

use compare::Estimate;
use replay::Control;

/// Something that has happened, in the past tense.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// A step was begun.
    Began(Step),
    /// The replay of so many records was begun. How far it is stands in the [`Control`].
    ReplayBegan {
        /// Over all versions.
        records: u64,
    },
    /// The replay has ended, well or not.
    ReplayEnded,
    /// A comparison of times has begun another replicate.
    ReplicateBegan {
        /// Replicates before it.
        done: usize,
        /// The rest of the time allowed.
        left: Duration,
        /// About what is needed in all, where that can be told.
        needed: Option<Duration>,
        /// The candidate's figure over stable's with its interval, by the replicates so far, once they give one.
        so_far: Option<Estimate>,
    },
    /// It has ended.
    ComparisonEnded,
}

/// A part of a run that takes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The dataset is read, and its hash checked.
    Reading,
    /// The batch reference is computed.
    Reference,
    /// The reference's bounds at growing prefixes are computed.
    Prefixes,
    /// The jobs are run again for their noise.
    Again,
    /// The comparison is repeated over shuffled orders.
    Orders,
    /// The jobs go through checkpoints and faults.
    Faults,
    /// The candidate is run under other triggers.
    Triggers,
    /// The candidate is upgraded to, under Kappa.
    Kappa,
    /// The versions are run under Lambda.
    Lambda,
    /// Fresh processes measure how long both take.
    Latency,
    /// Fresh processes measure how many records a second both take in.
    Throughput,
    /// A rule is sought that makes rows differ.
    Explaining,
}

/// Hears what happens.
pub trait Listen: Sync {
    /// Takes note of an event. It is called between pieces of work, so it must not take long.
    fn hear(&self, event: Event);

    /// Takes note of something that is no failure, and that somebody should see to when the run is over.
    fn note(&self, text: &str);
}

/// A listener to whom nothing matters.
pub struct Nobody;

impl Listen for Nobody {
    fn hear(&self, _: Event) {}

    fn note(&self, _: &str) {}
}

/// Describes what goes along with any long piece of work: a way to stop it, and somebody who listens.
#[derive(Clone, Copy)]
pub struct Working<'a> {
    /// Stops the work, and counts the records that were fed.
    pub control: &'a Arc<Control>,
    /// Hears what happens.
    pub listener: &'a dyn Listen,
}

impl Working<'_> {
    /// Tells that a step was begun.
    pub fn begin(&self, step: Step) {
        self.listener.hear(Event::Began(step));
    }
}
