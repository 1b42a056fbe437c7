//! The one way in which each type is written, and what a text means on Spark that means something else to `DataFusion`.

use std::fs;
use std::path::PathBuf;

use datasets::{Frozen, GenericOptions, Keys};

use crate::asked::{ask, is_there};
use crate::made::{Made, events, generic, lines, rows, shipped, sizes};

/// One row.
fn one() -> Made {
    events(&[(0, "a", 1)], 1)
}

/// Holds what expressions give against how it is written, all of them in one query.
fn written(frozen: &Frozen, expected: &[(&str, &str)]) {
    let columns = expected.iter().enumerate().map(|(at, (expression, _))| format!("{expression} AS c{at}"));
    let query = format!("SELECT {} FROM records", columns.collect::<Vec<_>>().join(", "));
    let table = ask(frozen, &query).expect("a row");
    assert_eq!(table.rows(), 1);
    let found = &rows(&table, &Keys::default())[0];
    for ((expression, written), found) in expected.iter().zip(found) {
        assert_eq!(found, written, "{expression}");
    }
}

#[test]
fn each_type_is_written_in_one_way() {
    if !is_there() {
        return;
    }
    let types = [
        ("1", "1"),
        ("CAST(-7 AS TINYINT)", "-7"),
        ("1.50", "1.50"),
        ("CAST(0.1 AS DOUBLE) + 0.2::DOUBLE", "0.30000000000000004"),
        ("CAST('1e300' AS DOUBLE)", "1e300"),
        ("CAST(0.1 AS REAL)", "0.1"),
        (
            "array(-CAST('inf' AS DOUBLE), CAST('NaN' AS DOUBLE), CAST('-0' AS DOUBLE))",
            "[\"-Infinity\",\"NaN\",0.0]",
        ),
        ("array(true, NULL)", "[true,null]"),
        ("NULL", "NULL"),
        ("''", ""),
        ("'it''s \\\\d' || r'\\d'", "it's \\d\\d"),
        ("DATE '1969-12-31'", "1969-12-31"),
        ("TIMESTAMP '1969-12-31 23:59:59.5'", "1969-12-31T23:59:59.500"),
        (
            "to_utc_timestamp(TIMESTAMP '2024-07-01 00:00:00', 'Europe/Berlin')::TIMESTAMP_LTZ",
            "2024-06-30T22:00:00Z",
        ),
        ("to_timestamp_millis(-1)", "1969-12-31T23:59:59.999"),
        ("X'00ff'", "00ff"),
        ("named_struct('b', 'x\"', 'a', array(1.5))", "{\"a\":[1.5],\"b\":\"x\\\"\"}"),
    ];
    written(&one().frozen, &types);
}

/// The page says so: whatever of it changes with the engine is to be said anew.
#[test]
fn the_engine_does_what_the_page_says() {
    if !is_there() {
        return;
    }
    let made = events(&[(-1, "a", 7)], 1);
    let differs = [
        ("event_time_ms / 10", "-0.1"),
        ("event_time_ms div 10", "0"),
        ("event_time_ms % 10", "-1"),
        ("event_time_ms - (event_time_ms % 10 + 10) % 10", "-10"),
        ("epoch_ms(date_bin(INTERVAL '10 milliseconds', to_timestamp_millis(event_time_ms)))", "-10"),
        ("date_bin(INTERVAL '7 days', TIMESTAMP '2024-01-03 00:00:00')", "2023-12-28T00:00:00"),
        ("date_trunc('week', TIMESTAMP '2024-01-03 00:00:00')", "2024-01-01T00:00:00Z"),
        ("1.0 / 3", "0.333333"),
        ("avg(value) OVER ()", "7.0"),
    ];
    written(&made.frozen, &differs);
    let sum = "SELECT sum(size) AS sum FROM records";
    assert_eq!(lines(&sizes(&[u64::MAX, u64::MAX]).frozen, sum), ["36893488147419103230"]);
    let made = events(&[(0, "a", i64::MAX), (1, "a", 1)], 1);
    let error = ask(&made.frozen, "SELECT sum(value) AS sum FROM records").expect_err("beyond 64 bits");
    assert!(!error.is_usage && error.message.contains("cast the numbers to DECIMAL(38, 0)"), "{error}");
}

#[test]
fn a_dataset_without_a_record_has_columns() {
    if !is_there() {
        return;
    }
    let made = generic("a,b\n", &GenericOptions::default());
    assert_eq!(lines(&made.frozen, "SELECT a, b, record_offset FROM records"), [""; 0]);
    assert_eq!(lines(&made.frozen, "SELECT count(*) AS n FROM records"), ["0"]);
}

#[test]
fn fine_times_are_refused() {
    if !is_there() {
        return;
    }
    let fine =
        generic("at\n2024-01-01T00:00:00Z\n1969-12-31T23:59:59.999999999Z\n", &GenericOptions::default());
    let error = ask(&fine.frozen, "SELECT at FROM records").expect_err("nanoseconds");
    let message = "line 3: column at: its time has nanoseconds, and Spark's have microseconds";
    assert!(!error.is_usage && error.message.contains(message), "{error}");
}

/// More than one piece goes over, and the answer comes in more than one batch.
#[test]
fn many_records_come_over_and_back() {
    if !is_there() {
        return;
    }
    let keys = ["a".repeat(90), "b".repeat(90)];
    let rows: Vec<(i64, &str, i64)> = (0..120_000).map(|n| (n, &*keys[n as usize % 2], n * n)).collect();
    let made = events(&rows, 1);
    let sums = "SELECT count(*) AS n, sum(event_time_ms) AS t, sum(value) AS v, sum(record_offset) AS o FROM records";
    let last = 119_999_i64;
    let (sum, squares) = (last * (last + 1) / 2, last * (last + 1) * (2 * last + 1) / 6);
    assert_eq!(lines(&made.frozen, sums), [format!("120000|{sum}|{squares}|{sum}")]);
    let table = ask(&made.frozen, "SELECT record_offset, value FROM records").expect("rows");
    assert_eq!(table.rows(), 120_000);
}

#[test]
fn what_the_server_has_itself_is_not_asked() {
    if !is_there() {
        return;
    }
    let data = fs::canonicalize(PathBuf::from(env!("CARGO_MANIFEST_DIR"))).expect("this folder");
    let query = format!("SELECT value FROM text.`{}`", data.join("Cargo.toml").display());
    let error = ask(&shipped("clicks"), &query).expect_err("a file");
    assert!(error.is_usage, "{error}");
}
