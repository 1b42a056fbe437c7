//! Says what an experiment can declare, so that a rule's rows are no surprise.

use super::About;
use crate::{Asked, Rule};

/// Says how an experiment declares a rule expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// Conditions on rows, each for an `[[expected]]` of its own.
    Where(Vec<String>),
    /// A parameter of the problem, with which the reference has the rule as well.
    Parameter {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: i64,
    },
    /// Neither can say it.
    Nothing,
}

/// Returns what declares this rule, where anything does.
pub(super) fn of(rule: Rule, about: &About<'_>) -> Declared {
    let version = about.version;
    let one = |condition: String| Declared::Where(vec![condition]);
    let compared = |column: &str, how: &str| format!("{version}.{column} {how} reference.{column}");
    match rule {
        Rule::LateDropped { .. }
        | Rule::LateDroppedByBatchBefore { .. }
        | Rule::LateDroppedByBatch { .. }
        | Rule::LateRowOfItsOwn { .. }
        | Rule::RepeatsDropped => one(compared(counts(about.asked), "<")),
        Rule::LateInOpenWindow { .. } | Rule::ClosedRight => one(compared(counts(about.asked), "!=")),
        Rule::RepeatsCounted => one(compared(counts(about.asked), ">")),
        Rule::LastMissing { after_ms } => one(format!("window_end_ms > {after_ms}")),
        Rule::TowardZero => one("window_start_ms <= 0".to_owned()),
        Rule::Wrap32 => beyond(i128::from(i32::MAX), i128::from(i32::MIN), about),
        Rule::Wrap64 => beyond(i128::from(i64::MAX), i128::from(i64::MIN), about),
        Rule::Doubles => beyond(1 << 53, -(1 << 53), about),
        Rule::WholeValues | Rule::LastKept => {
            Declared::Where(sums(about.asked).iter().map(|sum| compared(sum, "!=")).collect())
        }
        Rule::EmptyKeyLeftOut => one("key = ''".to_owned()),
        Rule::ZeroLeftOut => zero(about),
        Rule::BoundExclusive => match about.asked {
            Asked::Within { ms } => {
                let less = i64::try_from(ms).ok().and_then(|ms| ms.checked_sub(1)).filter(|ms| *ms > 0);
                less.map_or(Declared::Nothing, |value| Declared::Parameter { name: "within", value })
            }
            _ => Declared::Nothing,
        },
        Rule::UnmatchedToo | Rule::UnmatchedMissing => match about.asked {
            Asked::Within { .. } => one("payment_time_ms = ''".to_owned()),
            Asked::AsOf => one("attribute = ''".to_owned()),
            _ => Declared::Nothing,
        },
        // Such rows have other keys than the reference's, or the rule is a fault that is to be mended.
        Rule::LastOfKeyMissing
        | Rule::Origin { .. }
        | Rule::FromFirstRecord
        | Rule::EndInclusive
        | Rule::GapExclusive
        | Rule::SessionEndsAtLast
        | Rule::SessionEndsAfterLast
        | Rule::SecondsCut
        | Rule::SecondsRounded
        | Rule::MinutesCut
        | Rule::TakenForSeconds
        | Rule::TakenForMicroseconds
        | Rule::Shifted { .. }
        | Rule::ReadTwice
        | Rule::PartitionMissing { .. }
        | Rule::SameTimeExclusive
        | Rule::FirstOfTimeKept
        | Rule::AsOfArrival => Declared::Nothing,
    }
}

/// The column that counts records.
fn counts(asked: Asked) -> &'static str {
    if matches!(asked, Asked::Within { .. }) { "pairs" } else { "count" }
}

/// The columns that hold sums.
fn sums(asked: Asked) -> &'static [&'static str] {
    if matches!(asked, Asked::Within { .. }) { &["order_value", "payment_value"] } else { &["sum"] }
}

/// Of each column of sums those rows whose sum isn't within these bounds, which are in the dataset's unit.
fn beyond(most: i128, least: i128, about: &About<'_>) -> Declared {
    let bound = |how: &str, bound: i128| {
        let bound = in_unit(bound, about.scale);
        sums(about.asked).iter().map(move |sum| format!("reference.{sum} {how} {bound}")).collect::<Vec<_>>()
    };
    Declared::Where([bound(">", most), bound("<", least)].concat())
}

/// A number of the dataset's unit in that of the source.
fn in_unit(number: i128, scale: u64) -> String {
    let Some(places) = scale.checked_ilog10().filter(|places| *places > 0) else { return number.to_string() };
    let (size, places) = (number.unsigned_abs(), places as usize);
    let unit = u128::from(scale);
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}.{:0places$}", size / unit, size % unit)
}

fn zero(about: &About<'_>) -> Declared {
    let version = about.version;
    let count = counts(about.asked);
    let fewer = format!("{version}.{count} < reference.{count}");
    let all = match about.asked {
        Asked::Tumbling { .. } | Asked::Sliding { .. } | Asked::Sessions { .. } => {
            Some("reference.min = 0 and reference.max = 0".to_owned())
        }
        Asked::Totals | Asked::AsOf => Some("reference.sum = 0".to_owned()),
        Asked::Within { .. } => None,
    };
    Declared::Where([fewer].into_iter().chain(all).collect())
}
