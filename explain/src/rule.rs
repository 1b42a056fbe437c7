//! The catalogue of rules, each one change of how a batch job computes its answer.

use crate::knobs::{
    Assigned, Bounds,
    By::{Batch, BatchBefore, Record},
    Copies, Ends, Judged, Knobs, Late, Left, Missing, Numbers, Ties, Times, Unmatched,
};

/// A rule by which an answer can differ from the batch job's though nothing is broken, or by which it is broken in a way that
/// has a name. Times and lengths are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// A record that is late is dropped; each is judged by those before it.
    LateDropped {
        /// So much later than the newest record before it may come.
        delay_ms: i64,
    },
    /// A record that is late is dropped; it is judged by the micro-batch before its own's.
    LateDroppedByBatchBefore {
        /// So much later than the newest record that counts may come.
        delay_ms: i64,
    },
    /// A record that is late is dropped; it is judged by the micro-batches before its own.
    LateDroppedByBatch {
        /// So much later than the newest record that counts may come.
        delay_ms: i64,
    },
    /// A record that is late counts in the window that is open when it comes.
    LateInOpenWindow {
        /// So much later than the newest record before it may come.
        delay_ms: i64,
    },
    /// A record that is late makes a row of its own, which takes the place of its window's.
    LateRowOfItsOwn {
        /// So much later than the newest record before it may come.
        delay_ms: i64,
    },
    /// Windows that end after the last that came out never come out.
    LastMissing {
        /// The end of the last window that came out.
        after_ms: i64,
    },
    /// The last windows of each key never come out: nothing of that key has passed their end.
    LastOfKeyMissing,
    /// A record exactly at a window's end belongs to it, and not to the next.
    ClosedRight,
    /// Windows start elsewhere than at multiples of their length since 1970.
    Origin {
        /// So much after such a multiple.
        offset_ms: i64,
    },
    /// Before 1970 windows are cut toward zero: two of them are one, and the others are named by their end.
    TowardZero,
    /// Sliding windows begin with each key's first record: those that began before it are lacking.
    FromFirstRecord,
    /// A window's end is its last millisecond, not the first behind it.
    EndInclusive,
    /// Two records exactly a gap apart are two sessions.
    GapExclusive,
    /// A session ends with its last record, not a gap behind it.
    SessionEndsAtLast,
    /// A session ends a millisecond behind its last record.
    SessionEndsAfterLast,
    /// Event times are cut to whole seconds.
    SecondsCut,
    /// Event times are rounded to whole seconds.
    SecondsRounded,
    /// Event times are cut to whole minutes.
    MinutesCut,
    /// Milliseconds are taken for seconds.
    TakenForSeconds,
    /// Milliseconds are taken for microseconds.
    TakenForMicroseconds,
    /// Event times are those of another zone.
    Shifted {
        /// So much later.
        by_ms: i64,
    },
    /// Sums wrap at 32 bits.
    Wrap32,
    /// Sums wrap at 64 bits.
    Wrap64,
    /// Sums go through doubles, of which 53 bits are exact.
    Doubles,
    /// Values are cut to whole numbers.
    WholeValues,
    /// Records that are delivered again count again.
    RepeatsCounted,
    /// Records that agree in all they hold count once.
    RepeatsDropped,
    /// Of deliveries of one event the last counts.
    LastKept,
    /// Every record counts twice, as if the file were read twice.
    ReadTwice,
    /// Records with the empty key are left out.
    EmptyKeyLeftOut,
    /// Records with the value 0 are left out.
    ZeroLeftOut,
    /// Records of one partition are left out.
    PartitionMissing {
        /// Its number.
        partition: u32,
    },
    /// A partner exactly at the far end of the range isn't one.
    BoundExclusive,
    /// A partner, or a row of the table, of the very same time isn't one.
    SameTimeExclusive,
    /// Of rows of the table with one time the first is valid.
    FirstOfTimeKept,
    /// A record gets the row that had come before it, whatever their times say.
    AsOfArrival,
    /// A left record with a partner gives an unmatched row as well.
    UnmatchedToo,
    /// A left record without a partner gives no row.
    UnmatchedMissing,
}

impl Rule {
    /// How late a record may come, of rules that say so.
    pub(crate) fn delay_ms(self) -> Option<i64> {
        match self {
            Self::LateDropped { delay_ms }
            | Self::LateDroppedByBatchBefore { delay_ms }
            | Self::LateDroppedByBatch { delay_ms }
            | Self::LateInOpenWindow { delay_ms }
            | Self::LateRowOfItsOwn { delay_ms } => Some(delay_ms),
            _ => None,
        }
    }

    /// Says whether it has a number that rows suggest.
    pub(crate) fn has_number_of_its_own(self) -> bool {
        let others = matches!(self, Self::LastMissing { .. } | Self::Origin { .. } | Self::Shifted { .. });
        others || self.delay_ms().is_some() || matches!(self, Self::PartitionMissing { .. })
    }

    /// Returns the rule with another delay, if it has one.
    pub(crate) fn with_delay(self, delay_ms: i64) -> Self {
        match self {
            Self::LateDropped { .. } => Self::LateDropped { delay_ms },
            Self::LateDroppedByBatchBefore { .. } => Self::LateDroppedByBatchBefore { delay_ms },
            Self::LateDroppedByBatch { .. } => Self::LateDroppedByBatch { delay_ms },
            Self::LateInOpenWindow { .. } => Self::LateInOpenWindow { delay_ms },
            Self::LateRowOfItsOwn { .. } => Self::LateRowOfItsOwn { delay_ms },
            other => other,
        }
    }

    /// Turns its knob; says whether it stood where it stands without any rule, since two rules for one thing are no pair.
    pub(crate) fn turn(self, knobs: &mut Knobs) -> bool {
        let late = |by, delay_ms, late: fn(Judged) -> Late| late(Judged { by, delay_ms });
        match self {
            Self::LateDropped { delay_ms } => set(&mut knobs.late, late(Record, delay_ms, Late::Dropped)),
            Self::LateDroppedByBatch { delay_ms } => {
                set(&mut knobs.late, late(Batch, delay_ms, Late::Dropped))
            }
            Self::LateDroppedByBatchBefore { delay_ms } => {
                set(&mut knobs.late, late(BatchBefore, delay_ms, Late::Dropped))
            }
            Self::LateInOpenWindow { delay_ms } => {
                set(&mut knobs.late, late(Record, delay_ms, Late::InOpenWindow))
            }
            Self::LateRowOfItsOwn { delay_ms } => {
                set(&mut knobs.late, late(Record, delay_ms, Late::RowOfItsOwn))
            }
            Self::LastMissing { after_ms } => set(&mut knobs.missing, Missing::After(after_ms)),
            Self::LastOfKeyMissing => set(&mut knobs.missing, Missing::OfKey),
            Self::ClosedRight => set(&mut knobs.closed_right, true),
            Self::Origin { offset_ms } => set(&mut knobs.assigned, Assigned::From(offset_ms)),
            Self::TowardZero => set(&mut knobs.assigned, Assigned::TowardZero),
            Self::FromFirstRecord => set(&mut knobs.from_first, true),
            Self::EndInclusive => set(&mut knobs.ends, Ends::Inclusive),
            Self::SessionEndsAtLast => set(&mut knobs.ends, Ends::AtLast),
            Self::SessionEndsAfterLast => set(&mut knobs.ends, Ends::AfterLast),
            Self::GapExclusive => set(&mut knobs.gap_exclusive, true),
            Self::SecondsCut => set(&mut knobs.times, Times::Cut(1_000)),
            Self::SecondsRounded => set(&mut knobs.times, Times::Rounded(1_000)),
            Self::MinutesCut => set(&mut knobs.times, Times::Cut(60_000)),
            Self::TakenForSeconds => set(&mut knobs.times, Times::Multiplied(1_000)),
            Self::TakenForMicroseconds => set(&mut knobs.times, Times::Divided(1_000)),
            Self::Shifted { by_ms } => set(&mut knobs.times, Times::Shifted(by_ms)),
            Self::Wrap32 => set(&mut knobs.sums, Numbers::Wrap32),
            Self::Wrap64 => set(&mut knobs.sums, Numbers::Wrap64),
            Self::Doubles => set(&mut knobs.sums, Numbers::Doubles),
            Self::WholeValues => set(&mut knobs.whole_values, true),
            Self::RepeatsCounted => set(&mut knobs.copies, Copies::Every),
            Self::RepeatsDropped => set(&mut knobs.copies, Copies::First),
            Self::LastKept => set(&mut knobs.copies, Copies::Last),
            Self::ReadTwice => set(&mut knobs.twice, true),
            Self::EmptyKeyLeftOut => set(&mut knobs.left_out, Left::EmptyKey),
            Self::ZeroLeftOut => set(&mut knobs.left_out, Left::Zero),
            Self::PartitionMissing { partition } => set(&mut knobs.left_out, Left::Partition(partition)),
            Self::BoundExclusive => set(&mut knobs.bounds, Bounds::FarExclusive),
            Self::SameTimeExclusive => set(&mut knobs.bounds, Bounds::NearExclusive),
            Self::FirstOfTimeKept => set(&mut knobs.ties, Ties::First),
            Self::AsOfArrival => set(&mut knobs.ties, Ties::Arrived),
            Self::UnmatchedToo => set(&mut knobs.unmatched, Unmatched::Too),
            Self::UnmatchedMissing => set(&mut knobs.unmatched, Unmatched::Missing),
        }
    }
}

/// Turns a knob that nobody has turned.
fn set<T: Default + PartialEq>(knob: &mut T, to: T) -> bool {
    let was_free = *knob == T::default();
    *knob = to;
    was_free
}
