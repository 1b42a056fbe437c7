//! When event time moves in a job.

use std::num::NonZeroU64;

use crate::{Flavour, Trigger};

/// Who says when event time moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moves {
    /// It moves after each record.
    EachRecord,
    /// It moves after each n-th record; what is left over at the end is no n-th record.
    EachNth(NonZeroU64),
    /// It moves when the feed says that a micro-batch has ended.
    WhenTold,
}

impl Moves {
    pub(super) fn new(flavour: Flavour, trigger: Trigger) -> Self {
        match (trigger, flavour) {
            (Trigger::Record, _) => Self::EachRecord,
            (Trigger::EveryRecords(n), Flavour::PerRecord { .. }) => Self::EachNth(n),
            (
                Trigger::EveryRecords(_) | Trigger::EveryMs(_) | Trigger::Eager | Trigger::Once,
                Flavour::PerRecord { .. } | Flavour::PerTrigger { .. },
            ) => Self::WhenTold,
        }
    }
}
