//! Says in words what a rule is, who is known to have it, and how an experiment declares it.

mod declared;
mod known;
mod units;

use crate::{Asked, Rule};

pub use declared::Declared;
use units::{count, origin, span};

/// Holds what has to be known of a case to speak of a rule in it.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Holds what was asked.
    pub asked: Asked,
    /// When the record happened that came first.
    pub first_ms: Option<i64>,
    /// How many of the dataset's values make one of the source's.
    pub scale: u64,
    /// Names the version in conditions: `candidate` or `stable`.
    pub version: &'a str,
}

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Names the rule in JSON, whatever its number is.
    pub name: &'static str,
    /// The rule's number, where it has one: milliseconds, or a partition.
    pub number: Option<i64>,
    /// The rule with its number, as the end of a sentence.
    pub sentence: String,
    /// Engines and libraries that are known to have it.
    pub known_of: Vec<&'static str>,
    /// Says how an experiment declares it expected.
    pub declared: Declared,
}

impl Rule {
    /// Every rule, each with a number for an example.
    pub const ALL: &'static [Self] = &[
        Self::LateDropped { delay_ms: 0 },
        Self::LateDroppedByBatchBefore { delay_ms: 0 },
        Self::LateDroppedByBatch { delay_ms: 0 },
        Self::LateInOpenWindow { delay_ms: 0 },
        Self::LateRowOfItsOwn { delay_ms: 0 },
        Self::LastMissing { after_ms: 1_700_000_000_000 },
        Self::LastOfKeyMissing,
        Self::ClosedRight,
        Self::Origin { offset_ms: 4_000 },
        Self::TowardZero,
        Self::FromFirstRecord,
        Self::EndInclusive,
        Self::GapExclusive,
        Self::SessionEndsAtLast,
        Self::SessionEndsAfterLast,
        Self::SecondsCut,
        Self::SecondsRounded,
        Self::MinutesCut,
        Self::TakenForSeconds,
        Self::TakenForMicroseconds,
        Self::Shifted { by_ms: 3_600_000 },
        Self::Wrap32,
        Self::Wrap64,
        Self::Doubles,
        Self::WholeValues,
        Self::RepeatsCounted,
        Self::RepeatsDropped,
        Self::LastKept,
        Self::ReadTwice,
        Self::EmptyKeyLeftOut,
        Self::ZeroLeftOut,
        Self::PartitionMissing { partition: 0 },
        Self::BoundExclusive,
        Self::SameTimeExclusive,
        Self::FirstOfTimeKept,
        Self::AsOfArrival,
        Self::UnmatchedToo,
        Self::UnmatchedMissing,
    ];

    /// Returns it in words.
    pub fn words(self, about: &About<'_>) -> Words {
        Words {
            name: self.name(),
            number: self.number(),
            sentence: self.sentence(about),
            known_of: known::of(self, about),
            declared: declared::of(self, about),
        }
    }
}

impl Rule {
    /// Its name in JSON, which stays as it is.
    fn name(self) -> &'static str {
        match self {
            Self::LateDropped { .. } => "late-dropped",
            Self::LateDroppedByBatchBefore { .. } => "late-dropped-by-batch-before",
            Self::LateDroppedByBatch { .. } => "late-dropped-by-batch",
            Self::LateInOpenWindow { .. } => "late-in-open-window",
            Self::LateRowOfItsOwn { .. } => "late-row-of-its-own",
            Self::LastMissing { .. } => "last-missing",
            Self::LastOfKeyMissing => "last-of-key-missing",
            Self::ClosedRight => "closed-right",
            Self::Origin { .. } => "origin",
            Self::TowardZero => "toward-zero",
            Self::FromFirstRecord => "from-first-record",
            Self::EndInclusive => "end-inclusive",
            Self::GapExclusive => "gap-exclusive",
            Self::SessionEndsAtLast => "session-ends-at-last",
            Self::SessionEndsAfterLast => "session-ends-after-last",
            Self::SecondsCut => "seconds-cut",
            Self::SecondsRounded => "seconds-rounded",
            Self::MinutesCut => "minutes-cut",
            Self::TakenForSeconds => "taken-for-seconds",
            Self::TakenForMicroseconds => "taken-for-microseconds",
            Self::Shifted { .. } => "shifted",
            Self::Wrap32 => "wrap-32",
            Self::Wrap64 => "wrap-64",
            Self::Doubles => "doubles",
            Self::WholeValues => "whole-values",
            Self::RepeatsCounted => "repeats-counted",
            Self::RepeatsDropped => "repeats-dropped",
            Self::LastKept => "last-kept",
            Self::ReadTwice => "read-twice",
            Self::EmptyKeyLeftOut => "empty-key-left-out",
            Self::ZeroLeftOut => "zero-left-out",
            Self::PartitionMissing { .. } => "partition-missing",
            Self::BoundExclusive => "bound-exclusive",
            Self::SameTimeExclusive => "same-time-exclusive",
            Self::FirstOfTimeKept => "first-of-time-kept",
            Self::AsOfArrival => "as-of-arrival",
            Self::UnmatchedToo => "unmatched-too",
            Self::UnmatchedMissing => "unmatched-missing",
        }
    }

    fn number(self) -> Option<i64> {
        match self {
            Self::LateDropped { delay_ms: ms }
            | Self::LateDroppedByBatchBefore { delay_ms: ms }
            | Self::LateDroppedByBatch { delay_ms: ms }
            | Self::LateInOpenWindow { delay_ms: ms }
            | Self::LateRowOfItsOwn { delay_ms: ms }
            | Self::LastMissing { after_ms: ms }
            | Self::Origin { offset_ms: ms }
            | Self::Shifted { by_ms: ms } => Some(ms),
            Self::PartitionMissing { partition } => Some(partition.into()),
            _ => None,
        }
    }

    fn sentence(self, about: &About<'_>) -> String {
        let late = |what: &str, delay_ms: i64, by: &str| {
            let ended = match about.asked {
                Asked::Tumbling { .. } | Asked::Sliding { .. } => "past their window's end",
                Asked::Sessions { .. } => "past their session's end",
                Asked::Totals | Asked::AsOf | Asked::Within { .. } => "past their own",
            };
            let wait = if delay_ms == 0 { String::new() } else { format!("{} ", span(delay_ms)) };
            format!("{what} once event time is {wait}{ended}{by}")
        };
        let one = |text: &str| text.to_owned();
        match self {
            Self::LateDropped { delay_ms } => late("late records are dropped,", delay_ms, ""),
            Self::LateDroppedByBatchBefore { delay_ms } => late(
                "late records are dropped,",
                delay_ms,
                " by the micro-batches before the one before their own",
            ),
            Self::LateDroppedByBatch { delay_ms } => {
                late("late records are dropped,", delay_ms, " by the micro-batches before their own")
            }
            Self::LateInOpenWindow { delay_ms } => {
                late("late records count in the window that is open when they come,", delay_ms, "")
            }
            Self::LateRowOfItsOwn { delay_ms } => late(
                "a late record makes a row of its own, which takes the place of its window's,",
                delay_ms,
                "",
            ),
            Self::LastMissing { after_ms } => {
                format!("windows that end after {} never come out", units::time(after_ms))
            }
            Self::LastOfKeyMissing => {
                one("each key's last windows never come out: no record of that key has passed their end")
            }
            Self::ClosedRight => {
                one("a record exactly at a window's end belongs to that window, and not to the next")
            }
            Self::Origin { offset_ms } => origin(offset_ms, about),
            Self::TowardZero => {
                one("before 1970 times are cut toward zero, so two windows around 1970 are one")
            }
            Self::FromFirstRecord => {
                one("each key's windows begin with its first record: those that began before it are lacking")
            }
            Self::EndInclusive => {
                one("a window's end is given as its last millisecond, not as the first behind it")
            }
            Self::GapExclusive => one("two records exactly a gap apart are two sessions"),
            Self::SessionEndsAtLast => one("a session's end is its last record, not a gap behind it"),
            Self::SessionEndsAfterLast => {
                one("a session's end is a millisecond behind its last record, not a gap")
            }
            Self::SecondsCut => one("event times are cut to whole seconds"),
            Self::SecondsRounded => one("event times are rounded to whole seconds"),
            Self::MinutesCut => one("event times are cut to whole minutes"),
            Self::TakenForSeconds => one("event times in milliseconds are taken for seconds"),
            Self::TakenForMicroseconds => one("event times in milliseconds are taken for microseconds"),
            Self::Shifted { by_ms } => units::shifted(by_ms),
            Self::Wrap32 => one("sums wrap at 32 bits"),
            Self::Wrap64 => one("sums wrap at 64 bits"),
            Self::Doubles => one("sums go through doubles, which are exact to 2^53"),
            Self::WholeValues => one("values are cut to whole numbers"),
            Self::RepeatsCounted => one("an event that is delivered again counts again"),
            Self::RepeatsDropped => one("records that agree in all they hold count once"),
            Self::LastKept => one("of an event's deliveries the last counts, not the first"),
            Self::ReadTwice => one("every record counts twice, as if the input were read twice"),
            Self::EmptyKeyLeftOut => one("records with the empty key are left out"),
            Self::ZeroLeftOut => one("records with the value 0 are left out, as if it were missing"),
            Self::PartitionMissing { partition } => {
                format!("the records of partition {} are missing", count(i64::from(partition)))
            }
            Self::BoundExclusive => match about.asked {
                Asked::Within { ms } => format!(
                    "a payment exactly {} after its order is no partner of it",
                    span(i64::try_from(ms).unwrap_or(i64::MAX))
                ),
                _ => one("a partner exactly at the far end of the range is none"),
            },
            Self::SameTimeExclusive => match about.asked {
                Asked::AsOf => one("a row of the table is valid only after its time, not at it"),
                _ => one("a partner of the very same time is none"),
            },
            Self::FirstOfTimeKept => {
                one("of rows of the table with one time the first is valid, not the last")
            }
            Self::AsOfArrival => {
                one("a record gets the row that had come before it, whatever their times say")
            }
            Self::UnmatchedToo => one("a left record that has a partner gives an unmatched row as well"),
            Self::UnmatchedMissing => one("a left record without a partner gives no row"),
        }
    }
}

#[cfg(test)]
mod tests;
