//! Describes what a problem knows of decisions: how they are checked, and what they have cost.

use compare::{Checked, Profile};
use datasets::Keys;
use replay::Control;

use super::Params;
use crate::error::Error;

/// Describes what decisions have cost after each of some counts of records.
pub type CostsAt<R> = fn(&[R], &Params, &[u32], &[usize]) -> Vec<u64>;

/// Describes what a problem knows of decisions.
pub struct Decided<R: 'static> {
    /// The name of a decision, at the head of its column: `bin`.
    pub column: &'static str,
    /// Says whether what decisions cost, and the optimum, depend on the order in which the records arrive. `check` is
    /// then given records and decisions in that order, and each order is held against its own reference.
    pub follows_order: bool,
    /// Holds decisions (by record) against the records and recomputes their cost.
    pub check: Check<R>,
    /// Costs and bounds at prefixes of the records, where they can be had in about the time of one reference.
    pub prefixes: Option<AtPrefixes<R>>,
    /// Holds what the profile that `check` gives shows, where it gives any.
    pub profile: Option<Profile>,
}

/// Describes what decisions are checked with.
pub struct Checking<'a, R> {
    /// The records, in the order that what is right goes by.
    pub records: &'a [R],
    /// The texts that they refer to.
    pub keys: &'a Keys,
    /// The problem's parameters.
    pub params: &'a Params,
    /// A decision for each record.
    pub decisions: &'a [u32],
    /// Stops a check that takes its time.
    pub control: &'a Control,
}

/// Checks decisions; the error says why there is no telling.
pub type Check<R> = &'static (dyn Fn(&Checking<'_, R>) -> Result<Checked, Error> + Send + Sync);

/// Describes costs and bounds at prefixes of the records.
pub struct AtPrefixes<R> {
    /// Holds what decisions (by record) have cost after each of these ascending counts of records.
    pub costs_at: CostsAt<R>,
    /// The interval that holds the optimum of each of these ascending counts of records, in about the time of a reference.
    pub bounds_at: BoundsAt<R>,
}

/// Describes the lower and the upper bounds at prefixes of the records; those of all records are known.
pub type BoundsAt<R> = fn(&[R], &Params, &[usize], [u64; 2]) -> Vec<(u64, u64)>;
