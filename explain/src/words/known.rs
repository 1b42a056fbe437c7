//! Engines and libraries in which a rule was seen.

use super::{About, units};
use crate::Rule;

/// Returns who is known to have this rule, with this number.
pub(super) fn of(rule: Rule, about: &About<'_>) -> Vec<&'static str> {
    match rule {
        Rule::LateDropped { .. } => {
            vec!["Flink", "Kafka Streams", "Hazelcast Jet", "Beam while it streams", "Bytewax"]
        }
        Rule::LateDroppedByBatchBefore { .. } => vec!["Spark 3.4 and later"],
        Rule::LateDroppedByBatch { .. } => vec!["Spark before 3.4"],
        Rule::LateInOpenWindow { .. } => vec!["Esper", "Siddhi", "streamz"],
        Rule::LateRowOfItsOwn { .. } => vec!["denormalized"],
        Rule::LastMissing { .. } => vec!["Spark in append mode", "Kafka Streams", "Esper", "Siddhi"],
        Rule::LastOfKeyMissing => vec!["Quix Streams"],
        Rule::ClosedRight => vec!["Polars and pandas with closed = \"right\""],
        Rule::Origin { offset_ms } => origin(offset_ms, about),
        Rule::TowardZero => vec!["division of whole numbers in SQL", "Siddhi", "Beam in Java"],
        Rule::FromFirstRecord => vec!["Polars"],
        Rule::EndInclusive => vec!["Flink's window_time"],
        Rule::GapExclusive => vec!["Hazelcast Jet", "Esper", "Siddhi", "Beam", "Pathway"],
        Rule::SessionEndsAtLast => vec!["Kafka Streams"],
        Rule::Shifted { .. } => vec!["Flink's Parquet sink, by the zone of its machine"],
        Rule::Wrap32 => vec!["Flink's SUM(INT)", "Polars on Int32"],
        Rule::Wrap64 => {
            vec!["Kafka Streams", "Esper", "Siddhi", "Beam in Java", "Pathway", "DataFusion", "Polars"]
        }
        Rule::Doubles => vec!["DuckDB's 128-bit sums in Parquet"],
        Rule::WholeValues => vec!["Flink's CAST to INT"],
        Rule::EmptyKeyLeftOut => vec!["Kafka Streams, of null keys"],
        Rule::AsOfArrival => vec!["Flink's lookup joins", "Kafka Streams' joins with a KTable"],
        Rule::UnmatchedToo => vec!["Kafka Streams within grace", "Quix Streams", "Esper"],
        Rule::SessionEndsAfterLast
        | Rule::SecondsCut
        | Rule::SecondsRounded
        | Rule::MinutesCut
        | Rule::TakenForSeconds
        | Rule::TakenForMicroseconds
        | Rule::RepeatsCounted
        | Rule::RepeatsDropped
        | Rule::LastKept
        | Rule::ReadTwice
        | Rule::ZeroLeftOut
        | Rule::PartitionMissing { .. }
        | Rule::BoundExclusive
        | Rule::SameTimeExclusive
        | Rule::FirstOfTimeKept
        | Rule::UnmatchedMissing => Vec::new(),
    }
}

fn origin(offset_ms: i64, about: &About<'_>) -> Vec<&'static str> {
    if units::is_week_from("Monday", offset_ms, about.asked) {
        return vec!["DuckDB's time_bucket", "Polars' 1w"];
    }
    if units::is_week_from("Sunday", offset_ms, about.asked) {
        return vec!["Flink's FLOOR(TO WEEK)"];
    }
    if units::is_local_midnight(offset_ms, about.asked) {
        return vec!["date_trunc in Spark and DuckDB"];
    }
    if units::starts_with_first(offset_ms, about) {
        return vec!["renoir", "Esper and Siddhi without an origin"];
    }
    if units::is_monday_2000(offset_ms, about.asked) {
        return vec!["DuckDB's time_bucket"];
    }
    Vec::new()
}
