//! Changes that a connector sends again after it was killed.

use super::{Case, captured, refs, rows_of};
use datasets::Rows as _;

fn change(run: &str, lsn: u64, id: u32, n: u32, op: &str) -> String {
    let row = format!(r#"{{"id":{id},"n":{n}}}"#);
    let value = match op {
        "d" => format!(r#"{{"before":{row},"after":null,SOURCE,"op":"d"}}"#),
        _ => format!(r#"{{"before":null,"after":{row},SOURCE,"op":"{op}"}}"#),
    };
    captured(run, lsn, &format!(r#"{{"id":{id}}}"#), &value)
}

fn tombstone(run: &str, id: u32) -> String {
    captured(run, 0, &format!(r#"{{"id":{id}}}"#), "null")
}

/// A life in one run, which is then sent again: row 1 is deleted and comes back, 2 is changed, 3 is gone.
fn life(run: &str) -> Vec<String> {
    vec![
        change(run, 10, 1, 1, "c"),
        change(run, 11, 2, 1, "c"),
        change(run, 12, 1, 0, "d"),
        tombstone(run, 1),
        // Committed later, written earlier.
        change(run, 9, 3, 1, "c"),
        change(run, 13, 1, 2, "c"),
        change(run, 14, 2, 2, "u"),
        change(run, 15, 3, 0, "d"),
        tombstone(run, 3),
    ]
}

#[test]
fn what_is_sent_again_changes_nothing() {
    let once = Case::new("debezium").opened(&refs(&life("a")));
    for from in 0..life("a").len() {
        let mut lines = life("a");
        lines.extend(life("b").split_off(from));
        let repeated = lines[9..].iter().filter(|line| !line.contains(r#""value":null"#)).count();
        lines.push(change("b", 20, 2, 3, "u"));
        let mut changelog = Case::new("debezium").opened(&refs(&lines));
        assert_eq!(rows_of(&mut changelog), ["id=2 n=3", "id=1 n=2"], "from {from}");
        let facts = changelog.facts();
        assert_eq!(facts.repeats, repeated as u64);
        assert_eq!((facts.illegal_changes(), facts.changes), (0, once.facts().changes + 1));
        let is_noted = changelog.notes().iter().any(|note| note.contains("sent again"));
        assert_eq!(is_noted, repeated > 0);
    }
}

#[test]
fn a_truncation_that_is_sent_again_takes_nothing_away() {
    let truncate = |run, lsn| captured(run, lsn, "null", r#"{"before":null,"after":null,SOURCE,"op":"t"}"#);
    let lines = [
        change("a", 1, 1, 1, "c"),
        truncate("a", 2),
        change("a", 3, 5, 1, "c"),
        truncate("b", 2),
        change("b", 3, 5, 1, "c"),
    ];
    let mut changelog = Case::new("debezium").opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["id=5 n=1"]);
    assert_eq!((changelog.facts().repeats, changelog.facts().changes), (2, 3));
    let again = [lines.as_slice(), &[truncate("b", 9)]].concat();
    assert_eq!(Case::new("debezium").rows(&refs(&again)), [""; 0]);
}

#[test]
fn without_the_headers_the_place_in_the_log_tells() {
    let strip = |line: &String| line.replace(r#""__debezium.context.runId":"a""#, "");
    let lines: Vec<String> = life("a").iter().chain(&life("a")).map(strip).collect();
    let mut changelog = Case::new("debezium").opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["id=2 n=2", "id=1 n=2"]);
    assert_eq!((changelog.facts().repeats, changelog.facts().illegal_changes()), (7, 0));
}

#[test]
fn another_log_that_begins_lower_is_no_repetition() {
    // The server behind it was replaced: places are lower, times go on.
    let later = change("b", 3, 1, 5, "u").replace(r#""ts_ms":1003"#, r#""ts_ms":9000"#);
    let lines = [change("a", 10, 1, 1, "c"), later];
    let mut changelog = Case::new("debezium").opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["id=1 n=5"]);
    assert_eq!(changelog.facts().repeats, 0);
}

#[test]
fn a_connector_that_says_no_place_is_noted() {
    let mysql = |run, n| change(run, 1, 1, n, "u").replace("postgresql", "mysql").replace(r#","lsn":1"#, "");
    let changelog = Case::new("debezium").opened(&[&mysql("a", 1), &mysql("b", 2)]);
    let notes = changelog.notes();
    assert!(notes.iter().any(|note| note.contains("mysql don't say where they stand")), "{notes:?}");
}
