//! Describes what operators with state must know of a record: when it happened, what it belongs to, what it is worth.

use std::fmt;

use datasets::{Delivery, Event, Side, Sided};
use serde::{Deserialize, Serialize};

use crate::{Context, Late};

/// A record with an event time, a key and a value.
pub trait Keyed {
    /// When it happened, in milliseconds since the Unix epoch.
    fn time_ms(&self) -> i64;
    /// Its key, as a number of the dataset's [`Keys`](datasets::Keys).
    fn key(&self) -> u32;
    /// Its value.
    fn value(&self) -> i64;
}

/// A record reduced to that: what a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Row {
    /// When it happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Its key, as a number of the dataset's [`Keys`](datasets::Keys).
    pub key: u32,
    /// Its value.
    pub value: i64,
}

/// A record of one of two kinds: what a join takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Either<L, R> {
    /// Of the side that a left outer join keeps.
    Left(L),
    /// Of the side that is looked up.
    Right(R),
}

/// Describes what a join gives: a record of the left side and its counterpart, if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined<L, R> {
    /// The left side's record.
    pub left: L,
    /// The right side's; `None` in a left outer join where there is none.
    pub right: Option<R>,
}

/// Describes what becomes of a left record without a counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// It is left out.
    Inner,
    /// It is given alone.
    LeftOuter,
}

impl fmt::Display for JoinKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inner => "inner",
            Self::LeftOuter => "left outer",
        })
    }
}

impl From<Sided> for Either<Row, Row> {
    fn from(record: Sided) -> Self {
        let row = Row { time_ms: record.time_ms, key: record.key, value: record.value };
        match record.side {
            Side::Left => Self::Left(row),
            Side::Right => Self::Right(row),
        }
    }
}

macro_rules! keyed {
    ($($record:ty),*) => {$(
        impl Keyed for $record {
            #[inline]
            fn time_ms(&self) -> i64 {
                self.time_ms
            }

            #[inline]
            fn key(&self) -> u32 {
                self.key
            }

            #[inline]
            fn value(&self) -> i64 {
                self.value
            }
        }
    )*};
}

keyed!(Row, Event, Delivery, Sided);

impl<L: Keyed, R: Keyed> Keyed for Either<L, R> {
    #[inline]
    fn time_ms(&self) -> i64 {
        match self {
            Self::Left(left) => left.time_ms(),
            Self::Right(right) => right.time_ms(),
        }
    }

    #[inline]
    fn key(&self) -> u32 {
        match self {
            Self::Left(left) => left.key(),
            Self::Right(right) => right.key(),
        }
    }

    #[inline]
    fn value(&self) -> i64 {
        match self {
            Self::Left(left) => left.value(),
            Self::Right(right) => right.value(),
        }
    }
}

/// The left record's time, key and value.
impl<L: Keyed, R> Keyed for Joined<L, R> {
    #[inline]
    fn time_ms(&self) -> i64 {
        self.left.time_ms()
    }

    #[inline]
    fn key(&self) -> u32 {
        self.left.key()
    }

    #[inline]
    fn value(&self) -> i64 {
        self.left.value()
    }
}

/// The end of the millisecond at `time_ms`. A record is to the watermark what a window of one millisecond is: complete,
/// or late, when its end is reached.
#[inline]
pub(super) fn end_of(time_ms: i64) -> i64 {
    time_ms.saturating_add(1)
}

/// Returns whether a record of this time comes late: event time has passed it, and the allowed lateness too.
///
/// That is the rule of windows, in both flavours. The engines' own joins and deduplications differ from it by a
/// millisecond, and from one another: see [`is_late_for_engine`].
#[inline]
pub(super) fn is_late(time_ms: i64, context: &Context) -> bool {
    end_of(time_ms) <= context.late_to
}

/// Returns whether a record of this time comes late by the rule of the flavour's engine for its joins and
/// deduplications: Flink's interval join drops what is below the watermark, so it still takes what is at it; Spark also
/// drops what is at it. (Flink's watermark is a millisecond less than Spark's, so per record that is two more than per
/// trigger.)
#[inline]
pub(super) fn is_late_for_engine(time_ms: i64, context: &Context) -> bool {
    if context.moves_per_batch() {
        context.late_to != i64::MIN && time_ms <= context.late_to
    } else {
        end_of(time_ms) < context.late_to
    }
}

/// The row of the late side output for `record`.
pub(super) fn late(record: &impl Keyed, context: &Context) -> Late {
    Late {
        time_ms: record.time_ms(),
        key: record.key(),
        value: record.value(),
        window: None,
        record: context.record,
    }
}

/// Drops the record at hand for coming late.
#[cold]
pub(super) fn drop_late(record: &impl Keyed, context: &mut Context) {
    context.drop_late(late(record, context));
    context.count_late();
}
