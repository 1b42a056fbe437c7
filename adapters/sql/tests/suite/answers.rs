//! Numbers that engines get wrong, and the one way in which each type is written.

use datasets::{Cells, FieldKind, SplitMix64};
use sql::{SqlErrorKind, answer};

use crate::asked::ask;
use crate::made::{events, lines, shipped, sizes};

/// One row.
fn one() -> crate::made::Made {
    events(&[(0, "a", 1)], 1)
}

/// Returns what a query without a table gives.
fn value(expression: &str) -> String {
    lines(&one().frozen, &format!("SELECT {expression} AS answer FROM records")).join("\n")
}

/// Why it gives nothing.
fn failure(expression: &str) -> String {
    let error =
        ask(&one().frozen, &format!("SELECT {expression} AS answer FROM records")).expect_err(expression);
    assert_eq!(error.kind, SqlErrorKind::Failed, "{error}");
    error.to_string()
}

#[test]
fn sums_beyond_64_bits_are_exact() {
    let made =
        events(&[(0, "a", i64::MAX), (1, "a", i64::MAX), (2, "a", 1), (3, "b", i64::MIN), (4, "b", -1)], 1);
    assert_eq!(
        lines(&made.frozen, "SELECT key, sum(value) AS sum FROM records GROUP BY key"),
        ["a|18446744073709551615", "b|-9223372036854775809"]
    );
    assert_eq!(lines(&made.frozen, "SELECT sum(value) AS sum FROM records"), ["9223372036854775806"]);
    let running =
        "SELECT record_offset, sum(value) OVER (ORDER BY record_offset ROWS 1 PRECEDING) AS sum FROM records";
    assert_eq!(
        lines(&made.frozen, running),
        [
            "0|9223372036854775807",
            "1|18446744073709551614",
            "2|9223372036854775808",
            "3|-9223372036854775807",
            "4|-9223372036854775809"
        ]
    );
    let distinct = "SELECT sum(DISTINCT value) AS sum, count(DISTINCT value) AS n, avg(DISTINCT value) AS mean FROM records";
    assert_eq!(lines(&made.frozen, distinct), ["-1|4|-0.25"]);
    assert_eq!(
        lines(&sizes(&[u64::MAX, u64::MAX]).frozen, "SELECT sum(size) AS sum FROM records"),
        ["36893488147419103230"]
    );
}

#[test]
fn averages_of_large_numbers_are_rounded_once() {
    // As floats these add up to 2^64 - 2^12, a third of which is another float.
    let made = events(&[(0, "a", i64::MAX), (1, "a", i64::MAX - 1025), (2, "a", -3)], 1);
    let exact = (2 * i128::from(i64::MAX) - 1028) / 3;
    let found = lines(&made.frozen, "SELECT avg(value) AS mean FROM records");
    let found: f64 = found[0].parse().expect("a float");
    assert_eq!(found as i128, exact as f64 as i128);
    let scaled = events(&[(0, "a", 10), (1, "a", 5), (2, "a", 5)], 10);
    assert_eq!(
        lines(&scaled.frozen, "SELECT avg(value) AS mean, sum(value) AS sum FROM records"),
        ["0.66667|2.0"]
    );
    let none = "SELECT avg(value) AS mean, sum(value) AS sum FROM records WHERE key = 'z'";
    assert_eq!(lines(&scaled.frozen, none), ["NULL|NULL"]);
}

#[test]
fn values_have_the_unit_of_the_source() {
    let made = events(&[(0, "a", 1307), (1, "b", -5)], 100);
    assert_eq!(
        lines(&made.frozen, "SELECT key, value, value * 2 AS twice, value > 13.06 AS large FROM records"),
        ["a|13.07|26.14|true", "b|-0.05|-0.10|false"]
    );
}

#[test]
fn sums_of_floats_do_not_depend_on_their_order() {
    let mut random = SplitMix64::new(4);
    let rows: Vec<(i64, &str, i64)> =
        (0..500).map(|i| (i, "a", random.uniform(0, 2_000_000).cast_signed() - 1_000_000)).collect();
    let mut backwards = rows.clone();
    backwards.reverse();
    let query = "SELECT sum(CAST(value AS DOUBLE) / 7 * power(10.0, value % 30)) AS sum FROM records";
    assert_eq!(lines(&events(&rows, 1).frozen, query), lines(&events(&backwards, 1).frozen, query));
    let cancelled = events(&[(0, "a", 1), (1, "a", 2), (2, "a", 3)], 1);
    let query = "SELECT sum(CASE WHEN value = 1 THEN 1e16::DOUBLE WHEN value = 2 THEN 1::DOUBLE ELSE -1e16::DOUBLE END) AS sum FROM records";
    assert_eq!(lines(&cancelled.frozen, query), ["1.0"]);
    // What has left a moving frame leaves nothing behind.
    let query = "SELECT record_offset AS at, sum(CASE WHEN value = 1 THEN 1e16::DOUBLE ELSE 1::DOUBLE END) \
                 OVER (ORDER BY record_offset ROWS 1 PRECEDING) AS sum FROM records";
    assert_eq!(lines(&cancelled.frozen, query), ["0|1e16", "1|1e16", "2|2.0"]);
}

#[test]
fn whole_numbers_never_wrap() {
    for expression in [
        "9223372036854775807 + value",
        "-9223372036854775807 - value - value",
        "4611686018427387904 * (value + value)",
        "-(-9223372036854775807 - value)",
        "abs(-9223372036854775807 - value)",
        "CAST(2147483647 AS INT) + CAST(value AS INT)",
        "CAST(9223372036854775807 AS INT)",
        "sum(value) OVER () * 99999999999999999999999999999999999999 * 2",
    ] {
        let message = failure(expression).to_lowercase();
        assert!(
            message.contains("overflow") || message.contains("cast") || message.contains("range"),
            "{message}"
        );
    }
    assert_eq!(value("9223372036854775806 + value"), "9223372036854775807");
    assert_eq!(value("CAST(9223372036854775807 AS DECIMAL(38, 0)) + value"), "9223372036854775808");
    // Two constants are added before there is a row.
    assert!(ask(&one().frozen, "SELECT 9223372036854775807 + 1 AS n").is_err());
}

#[test]
fn floats_that_are_equal_are_one_group() {
    let made = events(&[(0, "a", 0), (1, "a", -1), (2, "a", 1), (3, "a", 2)], 1);
    let zeros = "SELECT zero, count(*) AS n FROM (SELECT CAST(0 AS DOUBLE) * value AS zero FROM records) GROUP BY zero";
    assert_eq!(lines(&made.frozen, zeros), ["0.0|4"]);
    let nans = "SELECT n, count(*) AS times FROM (SELECT CASE WHEN value > 0 THEN CAST('inf' AS DOUBLE) - CAST('inf' AS DOUBLE) \
                ELSE CAST('NaN' AS DOUBLE) END AS n FROM records) GROUP BY n";
    assert_eq!(lines(&made.frozen, nans), ["NaN|4"]);
    assert_eq!(value("-CAST(0 AS DOUBLE) = CAST('-0' AS DOUBLE)"), "true");
}

#[test]
fn each_type_is_written_in_one_way() {
    for (expression, written) in [
        ("1", "1"),
        ("1.50", "1.50"),
        ("CAST(0.1 AS DOUBLE) + 0.2::DOUBLE", "0.30000000000000004"),
        ("CAST(1 AS DOUBLE)", "1.0"),
        ("CAST('1e300' AS DOUBLE)", "1e300"),
        ("CAST(0.1 AS REAL)", "0.1"),
        ("CAST('-inf' AS DOUBLE)", "-Infinity"),
        ("true", "true"),
        ("NULL", "NULL"),
        ("''", ""),
        ("DATE '1969-12-31'", "1969-12-31"),
        ("TIMESTAMP '1969-12-31 23:59:59.5'", "1969-12-31T23:59:59.500"),
        ("TIMESTAMP '2024-07-01 00:00:00' AT TIME ZONE 'Europe/Berlin'", "2024-06-30T22:00:00Z"),
        ("to_timestamp_millis(-1)", "1969-12-31T23:59:59.999"),
        ("[3, 1, NULL]", "[3,1,null]"),
        ("named_struct('b', 'x\"', 'a', [1.5])", "{\"a\":[1.5],\"b\":\"x\\\"\"}"),
    ] {
        assert_eq!(value(expression), written, "{expression}");
    }
    let table = ask(&one().frozen, "SELECT 1 AS n, 'a' AS t, NULL AS m, [1] AS l, true AS b FROM records")
        .expect("a row");
    let kinds: Vec<FieldKind> = table
        .columns
        .iter()
        .map(|column| match &column.cells {
            Cells::Written(fields) => fields.field(0).kind,
            _ => panic!("written cells"),
        })
        .collect();
    assert_eq!(
        kinds,
        [FieldKind::Number, FieldKind::Text, FieldKind::Null, FieldKind::Nested, FieldKind::Boolean]
    );
}

#[test]
fn an_answer_is_the_same_each_time() {
    let frozen = shipped("clicks");
    let query = "SELECT key, count(*) AS n, avg(value) AS mean, sum(CAST(value AS DOUBLE) / 3) AS thirds, \
                 array_agg(value) AS all FROM records GROUP BY key";
    let first = ask(&frozen, query).expect("an answer");
    assert!(first.rows() > 10);
    for _ in 0..3 {
        assert_eq!(ask(&frozen, query).as_ref(), Ok(&first), "in the same order, too");
    }
}

#[test]
fn notes_tell_of_what_is_not_expected() {
    let notes = |query: &str| answer(&one().frozen, query, &|| false).expect(query).notes;
    let divided = notes(
        "SELECT event_time_ms / 10000 AS bucket, count(*) AS n FROM records GROUP BY event_time_ms / 10000",
    );
    assert_eq!(
        divided,
        [
            "`/` on the time column event_time_ms cuts toward zero: times before 1970 fall into the bucket behind theirs; \
          `date_bin` goes down for all times"
        ]
    );
    assert_eq!(
        notes("SELECT r.event_time_ms - (r.event_time_ms + 5) % (60 * 1000) AS start FROM records AS r")
            .len(),
        1
    );
    assert!(
        notes("SELECT approx_distinct(key) AS n FROM records")[0].starts_with("approx_distinct estimates")
    );
    for fine in ["SELECT value / 10 AS n FROM records", "SELECT event_time_ms / 2.5 AS n FROM records"] {
        assert_eq!(notes(fine), [""; 0]);
    }
}

/// The page says so: whatever of it changes with the engine is to be said anew.
#[test]
fn the_engine_does_what_the_page_says() {
    assert_eq!(value("CAST(2 AS DECIMAL(10, 2)) / 3"), "0.666666");
    // 2024-01-03 is a Wednesday.
    let week = "TIMESTAMP '2024-01-03 00:00:00'";
    assert_eq!(value(&format!("date_bin(INTERVAL '7 days', {week})")), "2023-12-28T00:00:00");
    assert_eq!(value(&format!("date_trunc('week', {week})")), "2024-01-01T00:00:00");
    let local = "TIMESTAMP '2024-07-01 01:00:00' AT TIME ZONE 'Europe/Berlin'";
    assert_eq!(value(&format!("date_bin(INTERVAL '1 day', {local})")), "2024-06-30T00:00:00Z");
    assert_eq!(value(&format!("date_trunc('day', {local})")), "2024-06-30T22:00:00Z");
    assert_eq!(value("event_time_ms / 10 = (event_time_ms - 9) / 10"), "true", "toward zero");
}
