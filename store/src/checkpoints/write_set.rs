//! The changes of one epoch.

use std::collections::BTreeMap;

/// Describes what a record belongs to; keys of different namespaces never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namespace {
    /// The state of the operators.
    State,
    /// Where the input stands: offset, watermark.
    Input,
    /// Holds what the epoch has put out.
    Output,
    /// Of which run, dataset and job all this is.
    Meta,
}

impl Namespace {
    /// All of them, in the order of a scan.
    pub const ALL: [Namespace; 4] = [Namespace::State, Namespace::Input, Namespace::Output, Namespace::Meta];

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Namespace::State => "state",
            Namespace::Input => "input",
            Namespace::Output => "output",
            Namespace::Meta => "meta",
        }
    }

    /// The first byte of an engine's key. The head record has 0.
    pub(super) fn tag(self) -> u8 {
        match self {
            Namespace::State => 1,
            Namespace::Input => 2,
            Namespace::Output => 3,
            Namespace::Meta => 4,
        }
    }

    pub(super) fn tagged(tag: u8) -> Option<Namespace> {
        Namespace::ALL.into_iter().find(|namespace| namespace.tag() == tag)
    }
}

/// Puts and deletes that land together; of several for one key the last counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteSet {
    changes: BTreeMap<(Namespace, Vec<u8>), Option<Vec<u8>>>,
}

impl WriteSet {
    /// No change at all: an epoch may be empty.
    pub fn new() -> WriteSet {
        WriteSet::default()
    }

    /// Sets a record. Numbers in keys are written big-endian, so that a scan sees them in order.
    pub fn put(&mut self, namespace: Namespace, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.changes.insert((namespace, key.into()), Some(value.into()));
    }

    /// Removes a record, whether it is there or not.
    pub fn delete(&mut self, namespace: Namespace, key: impl Into<Vec<u8>>) {
        self.changes.insert((namespace, key.into()), None);
    }

    /// Returns how many records it changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Returns whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes in order of namespace and key; `None` deletes.
    pub fn iter(&self) -> impl Iterator<Item = (Namespace, &[u8], Option<&[u8]>)> {
        self.changes.iter().map(|((namespace, key), value)| (*namespace, key.as_slice(), value.as_deref()))
    }
}
