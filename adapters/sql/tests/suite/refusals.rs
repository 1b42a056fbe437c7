//! Queries that make no sense, ask for too much, or for data that have changed: the error says what to do.

use std::fs;
use std::time::Duration;

use batch::{Outside as _, Shape};
use datasets::Answer;
use sql::{Limits, SqlErrorKind, answer, answer_within, reference};

use crate::asked::ask;
use crate::made::{events, lines, shipped};

/// Why a query is refused.
fn refused(query: &str) -> String {
    let error = ask(&shipped("clicks"), query).expect_err(query);
    assert_eq!(error.kind, SqlErrorKind::Query, "{error}");
    error.to_string()
}

#[test]
fn sql_that_does_not_parse_says_where() {
    let message = refused("SELECT key\n  FROM records GROUP value");
    assert!(
        message.starts_with("SQL doesn't parse: ") && message.contains("at Line: 2, Column: "),
        "{message}"
    );
    let message = refused("SELECT 'a FROM records");
    assert!(message.contains("Unterminated string literal at Line: 1, Column: 8"), "{message}");
    assert_eq!(refused(" "), "SQL: found nothing, expected one SELECT");
    assert_eq!(
        refused("SELECT 1 AS a; SELECT 2 AS a"),
        "SQL: found more than one statement, expected one SELECT"
    );
}

#[test]
fn unknown_names_come_with_the_nearest() {
    assert_eq!(
        refused("SELECT key, sum(vlaue) AS s FROM records GROUP BY key"),
        "SQL names an unknown column `vlaue` at Line: 1, Column: 17; did you mean `value`?"
    );
    assert_eq!(
        refused("SELECT KEY FROM records"),
        "SQL names an unknown column `KEY` at Line: 1, Column: 8; did you mean `key`?"
    );
    assert!(
        refused("SELECT zebra FROM records").contains("there are the columns `arrival_ms`, `event_time_ms`")
    );
    assert_eq!(
        refused("SELECT * FROM record"),
        "SQL names an unknown table `record` at Line: 1, Column: 15; the dataset is the table `records`"
    );
    let message =
        refused("SELECT date_bim(INTERVAL '1 day', to_timestamp_millis(event_time_ms)) AS d FROM records");
    assert!(
        message.starts_with("SQL names an unknown function `date_bim`") && message.contains("`date_bin`"),
        "{message}"
    );
    assert!(refused("SELECT * FROM 'other.csv'").contains("unknown table"));
}

#[test]
fn a_column_that_comes_twice_is_named() {
    assert_eq!(
        refused("SELECT key AS n, value AS n FROM records"),
        "SQL gives the column `n` twice; give each column a name of its own with AS"
    );
    assert_eq!(
        refused("SELECT a.key, b.key FROM records AS a JOIN records AS b ON a.value = b.value"),
        "SQL gives the column `key` twice; give each column a name of its own with AS"
    );
    let mixed = refused("SELECT a.key AS n, b.n FROM records AS a, (SELECT 1 AS n) AS b");
    assert!(mixed.contains("the column `n`, and more than one has this name"), "{mixed}");
    assert!(refused("SELECT key, key FROM records").contains("gives the column `"));
    let joined = refused("SELECT key FROM records AS a JOIN records AS b ON a.value = b.value");
    assert!(joined.contains("put a table's name before it"), "{joined}");
}

#[test]
fn whatever_does_more_than_ask_is_refused() {
    for query in [
        "CREATE TABLE t AS SELECT 1 AS a",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "COPY records TO '/tmp/counterpoint-test.csv'",
        "COPY (SELECT 1 AS a) TO '/tmp/counterpoint-test.csv' STORED AS CSV",
        "INSERT INTO records VALUES (1)",
        "DELETE FROM records",
        "UPDATE records SET value = 1",
        "DROP TABLE records",
        "SET datafusion.execution.target_partitions = 4",
        "EXPLAIN SELECT 1 AS a",
        "SHOW TABLES",
        "SELECT 1 AS a INTO t",
        "WITH t AS (INSERT INTO records VALUES (1)) SELECT * FROM t",
    ] {
        let message = refused(query);
        assert!(
            message.contains("expected a SELECT") || message.contains("doesn't parse"),
            "{query}: {message}"
        );
    }
    assert!(!fs::exists("/tmp/counterpoint-test.csv").expect("a folder"));
    for query in ["now()", "random()", "uuid()", "current_date", "NOW()", "current_timestamp", "current_time"]
    {
        let message = refused(&format!("SELECT {query} AS a FROM records"));
        assert!(message.contains("gives another answer each time"), "{query}: {message}");
    }
    let message = refused("SELECT count(*) AS n FROM information_schema.tables");
    assert!(message.contains("unknown table"), "{message}");
}

#[test]
fn changed_data_are_never_asked() {
    let made = events(&[(0, "a", 1), (1, "b", 2)], 1);
    let path = made.frozen.data_path();
    let text = fs::read_to_string(&path).expect("the data");
    fs::write(&path, text.replace("b,2", "b,3")).expect("written");
    let error = ask(&made.frozen, "SELECT sum(value) AS sum FROM records").expect_err("changed");
    assert_eq!(error.kind, SqlErrorKind::Data);
    assert!(error.message.contains("changed since the freeze"), "{error}");
}

#[test]
fn too_much_is_an_error_and_not_a_hang() {
    let frozen = shipped("clicks");
    let limits = Limits { rows: 1_999, ..Limits::default() };
    let message = |query: &str, limits: &Limits| {
        let error = answer_within(&frozen, query, limits, &|| false).expect_err(query);
        assert_eq!(error.kind, SqlErrorKind::Failed);
        error.to_string()
    };
    assert_eq!(
        message("SELECT key FROM records", &limits),
        "SQL gives more than 1999 rows; compare fewer records, or a coarser answer"
    );
    let limits = Limits { bytes: 2_000 * 6 - 1, ..Limits::default() };
    assert!(message("SELECT key FROM records", &limits).starts_with("SQL gives more than 11999 bytes"));
    let cubed = "SELECT count(*) AS n FROM records AS a, records AS b, records AS c WHERE a.value + b.value + c.value = 7";
    let limits = Limits { time: Duration::from_millis(200), ..Limits::default() };
    assert_eq!(message(cubed, &limits), "SQL has no answer after 0.2 s");
    let error = answer(&frozen, cubed, &|| true).expect_err("stopped");
    assert_eq!(error.kind, SqlErrorKind::Stopped);
    let limits = Limits { memory: 1 << 16, ..Limits::default() };
    let sorted = "SELECT a.key AS k, b.value AS v FROM records AS a, records AS b ORDER BY v, k";
    assert!(message(sorted, &limits).starts_with("SQL needs more memory than it may have"));
}

#[test]
fn a_query_that_is_very_deep_is_answered_or_refused() {
    let deep = |terms: usize| format!("SELECT {} AS n FROM records", vec!["value"; terms].join(" + "));
    let made = events(&[(0, "a", 1)], 1);
    let frozen = &made.frozen;
    assert_eq!(lines(frozen, &deep(100)), ["100"]);
    let nested = format!("SELECT {}value{} AS n FROM records", "(".repeat(1_000), ")".repeat(1_000));
    for query in [deep(20_000), nested] {
        let error = ask(frozen, &query).expect_err("too long");
        assert_eq!(error.kind, SqlErrorKind::Query, "{error}");
    }
}

#[test]
fn a_reference_is_checked_when_it_is_made_and_when_it_is_asked() {
    for query in ["SELEC 1", "DROP TABLE records", "SELECT now() AS a"] {
        assert_eq!(reference(query).expect_err(query).kind, SqlErrorKind::Query);
    }
    let frozen = shipped("clicks");
    let keyed = reference("SELECT key, count(*) AS n FROM records GROUP BY key").expect("a query");
    let given = keyed.compute(&frozen, &Shape::Rows, &|| false).expect("an answer");
    assert!(matches!(given.answer, Answer::Table(table) if table.rows() == 40));
    assert!(keyed.compute(&frozen, &Shape::Decisions, &|| false).expect_err("a table").is_usage);
    let unknown = reference("SELECT kye FROM records").expect("its names are the dataset's");
    let error = unknown.compute(&frozen, &Shape::Rows, &|| false).expect_err("no such column");
    assert!(error.is_usage && error.message.contains("did you mean `key`?"), "{error}");
    let failing = reference("SELECT 1 / (value - value) AS n FROM records").expect("a query");
    assert!(!failing.compute(&frozen, &Shape::Rows, &|| false).expect_err("by zero").is_usage);
    let divides = reference("SELECT event_time_ms / 7 AS n FROM records").expect("a query");
    assert_eq!(divides.notes(&frozen).len(), 1);
}
