//! Tables whose rows have no key: equal ones are counted.

use super::{Case, captured, envelope, refs, rows_of};
use datasets::{IllegalKind, Rows as _};

#[test]
fn equal_rows_are_counted() {
    let p = r#"{"page":"p","n":1}"#;
    let lines = [
        envelope("r", "null", p),
        envelope("r", "null", p),
        envelope("c", "null", p),
        envelope("c", "null", r#"{"page":"q","n":2}"#),
        envelope("d", p, "null"),
        envelope("u", r#"{"page":"q","n":2}"#, r#"{"page":"q","n":3}"#),
    ];
    let mut changelog = Case::new("debezium").opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["page=p n=1", "page=p n=1", "page=q n=3"]);
    assert_eq!((changelog.facts().rows, changelog.facts().illegal_changes()), (3, 0));
    assert!(changelog.notes().iter().any(|note| note.contains("no key")));
}

#[test]
fn rows_that_are_not_there_are_named_whole() {
    let lines = [
        envelope("c", "null", r#"{"page":"p"}"#),
        envelope("d", r#"{"page":"p"}"#, "null"),
        envelope("d", r#"{"page":"p"}"#, "null"),
        envelope("d", r#"{"page":"x"}"#, "null"),
        envelope("u", r#"{"page":"y"}"#, r#"{"page":"z"}"#),
    ];
    let mut changelog = Case::new("debezium").opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["page=z"]);
    let illegal = &changelog.facts().illegal;
    let first =
        |kind| (illegal[&kind].count, illegal[&kind].first[0].line, illegal[&kind].first[0].key.clone());
    assert_eq!(first(IllegalKind::DeleteTwice), (1, 3, "page=p".into()));
    assert_eq!(first(IllegalKind::DeleteOfAbsent), (1, 4, "page=x".into()));
    assert_eq!(first(IllegalKind::UpdateOfAbsent), (1, 5, "page=y".into()));
}

#[test]
fn equal_rows_of_one_statement_are_not_taken_for_repetitions() {
    // Three equal rows of one COPY share their place in the log; the next run sends two of them again, then a fourth.
    let row =
        |run, lsn| captured(run, lsn, "null", r#"{"before":null,"after":{"page":"p"},SOURCE,"op":"c"}"#);
    let lines = [row("a", 5), row("a", 5), row("a", 5), row("b", 5), row("b", 5), row("b", 6)];
    let mut changelog = Case::new("debezium").opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["page=p"; 4]);
    assert_eq!(changelog.facts().repeats, 2);
}

#[test]
fn without_the_row_before_a_key_is_asked_for() {
    let lines = [envelope("c", "null", r#"{"id":1}"#), envelope("u", "null", r#"{"id":1}"#)];
    let error = Case::new("debezium").error(&refs(&lines));
    assert!(
        error.contains("line 2: an update without the row before it, of a table without a key"),
        "{error}"
    );
    assert_eq!(Case::new("debezium").key(&["id"]).rows(&refs(&lines)), ["id=1"]);
}
