//! The seam of a view: a table outside that anybody reads, which shows one served epoch after another and never half of one.
//!
//! The serving store decides what is served; a view follows it. Each change is handed over with the epoch that it comes from and
//! the one that it leads to, so that one that is there already is known by that, and one that doesn't follow is refused.

use csv::ByteRecord;

use crate::recovery::SinkError;

/// A table outside, written by one process at a time.
pub trait View: Send {
    /// Takes over from whoever wrote here before, who is refused from now on. Makes what isn't there yet.
    fn take_over(&mut self) -> Result<Standing, SinkError>;

    /// Goes from one epoch to another, wholly or not at all. Where `change.to` stands there already, nothing is done.
    fn publish(&mut self, writer: u64, change: &ViewChange<'_>) -> Result<(), SinkError>;

    /// Hands over all rows, as the world outside finds them, in no order; returns the epoch that they are of.
    fn read(&mut self, take: &mut dyn FnMut(&ByteRecord)) -> Result<Option<ViewStamp>, SinkError>;

    /// Removes all that was made for the run, or says at once why it can't: it is tried only once.
    fn remove(&mut self) -> Result<(), SinkError>;
}

/// Says what a writer has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// By this number the writer is known from now on; those of earlier ones are smaller.
    pub writer: u64,
    /// The epoch that stands there, if one does.
    pub stamp: Option<ViewStamp>,
    /// Says which changes it takes.
    pub rhythm: Rhythm,
}

/// Says how often a view changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// With each epoch, row by row.
    EachEpoch,
    /// Where one answer takes the place of another, and at the end: each time all rows are written anew.
    EachSwitch,
}

/// Names a served epoch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ViewStamp {
    /// The number of the deployment that is served, which no other ever has.
    pub deployment: u64,
    /// The name of the deployment.
    pub name: String,
    /// Counts the deployment's changes.
    pub epoch: u64,
    /// Records of the log that the answer covers.
    pub records: u64,
    /// Event time that it covers.
    pub watermark_ms: Option<i64>,
}

/// A way from one served epoch to another.
#[derive(Debug)]
pub struct ViewChange<'a> {
    /// The epoch that must stand there; without one, all rows give way to those of `rows`.
    pub from: Option<&'a ViewStamp>,
    /// The epoch that stands there afterwards.
    pub to: &'a ViewStamp,
    /// Rows that go: a field for each column of the key.
    pub gone: &'a [ByteRecord],
    /// Rows that come, or take the place of those with their key: a field for each column.
    pub rows: &'a [ByteRecord],
}
