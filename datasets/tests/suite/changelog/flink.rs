//! Changes as Flink writes them: printed rows, rows with a column of kinds, and envelopes of inserts and deletes alone.

use super::{Case, envelope, refs, rows_of};
use datasets::{ChangelogForm, IllegalKind, Rows as _};

#[test]
fn printed_rows_are_read_with_and_without_names() {
    let lines = ["+I[1, a]", "3> +I[2, null]", "3> -U[1, a]", "print:2> +U[1, b, c]"];
    let form = Case::new("flink").named("printed.txt").key(&["f0"]);
    assert_eq!(form.rows(&lines[..2]), ["f0=1 f1=a", "f0=2 f1=null"]);
    assert_eq!(form.rows(&["+I[1, a]", "-U[1, a]", "+U[1, b]"]), ["f0=1 f1=b"]);
    let named = Case::new("flink").named("printed.txt").key(&["id"]);
    assert_eq!(named.rows(&["id, name", "+I[1, [x, y]]", "-D[1, [x, y]]", "+I[2, a]"]), ["id=2 name=a"]);
    let mut given = Case::new("flink").named("printed.txt").key(&["id"]);
    given.form = ChangelogForm { columns: vec!["id".into(), "name".into()], ..given.form };
    assert_eq!(given.rows(&lines[..3]), ["id=2 name=null"]);
    let error = given.error(&lines);
    assert!(error.contains("line 4: 3 values for 2 columns: a text with a comma"), "{error}");
    assert!(named.error(&["id", "+I[1]", "+I[2"]).contains("line 3: a printed row without its `]`"));
    assert!(named.error(&["id", "+I[1]", "x"]).contains("line 3: `x` is no printed row"));
}

#[test]
fn without_a_key_rows_are_taken_back_whole() {
    let lines = ["+I[a, 1]", "+I[a, 1]", "-U[a, 1]", "+U[a, 2]", "-D[b, 1]"];
    let mut changelog = Case::new("flink").named("printed.txt").opened(&lines);
    assert_eq!(rows_of(&mut changelog), ["f0=a f1=1", "f0=a f1=2"]);
    assert_eq!(changelog.facts().illegal[&IllegalKind::DeleteOfAbsent].first[0].line, 5);
    assert!(!changelog.is_typed());
}

#[test]
fn a_column_of_kinds_is_found_by_its_name() {
    let json = [
        r#"{"op":"+I","id":1,"n":1}"#,
        r#"{"op":"-U","id":1,"n":1}"#,
        r#"{"op":"+U","id":1,"n":2}"#,
        r#"{"op":"+I","id":2,"n":1}"#,
        r#"{"op":"-D","id":2,"n":1}"#,
    ];
    let case = Case::new("flink").key(&["id"]);
    let mut changelog = case.opened(&json);
    assert_eq!(rows_of(&mut changelog), ["id=1 n=2"]);
    assert_eq!((changelog.facts().changes, changelog.facts().illegal_changes()), (4, 0));
    let csv = ["id,row_kind,n", "1,+I,1", "1,-U,1", "1,+U,2"];
    assert_eq!(Case::new("flink").named("c.csv").key(&["id"]).rows(&csv), ["id=1 n=2"]);
    let error = Case::new("flink").named("c.csv").error(&["id,n", "1,2"]);
    assert!(error.contains("no columns that could hold +I") && error.contains("op:COLUMN"), "{error}");
}

#[test]
fn a_row_that_is_taken_back_must_be_the_one_that_is_there() {
    let lines = ["+I[1, a]", "-U[1, b]", "+U[1, c]", "-U[2, x]", "+U[2, y]", "+U[3, z]", "-U[1, c]"];
    let mut changelog = Case::new("flink").named("printed.txt").key(&["f0"]).opened(&lines);
    // What is taken back at the end is not there.
    assert_eq!(rows_of(&mut changelog), ["f0=2 f1=y", "f0=3 f1=z"]);
    let illegal = &changelog.facts().illegal;
    assert_eq!(illegal[&IllegalKind::OtherTakenBack].first[0].line, 2);
    let absent: Vec<u64> = illegal[&IllegalKind::UpdateOfAbsent].first.iter().map(|one| one.line).collect();
    assert_eq!(absent, [4, 6]);
    assert_eq!((changelog.facts().rows, changelog.facts().transient), (2, 1));
}

#[test]
fn envelopes_of_inserts_and_deletes_alone_are_envelopes() {
    let lines = [
        envelope("c", "null", r#"{"id":1,"n":1}"#),
        envelope("d", r#"{"id":1,"n":1}"#, "null"),
        envelope("c", "null", r#"{"id":1,"n":2}"#),
    ];
    for case in [Case::new("debezium"), Case::new("debezium").key(&["id"])] {
        let mut changelog = case.opened(&refs(&lines));
        assert_eq!(rows_of(&mut changelog), ["id=1 n=2"]);
        assert_eq!(changelog.facts().illegal_changes(), 0);
    }
}
