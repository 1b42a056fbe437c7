//! The newest row of each key, and rows with an op column of one's own.

use super::{Case, rows_of};
use datasets::{Field, FieldKind, IllegalKind, Remember};

#[test]
fn the_newest_value_of_each_key_stays() {
    let lines = [
        r#"{"key":{"id":1},"value":{"n":1}}"#,
        r#"{"key":{"id":2},"value":null}"#,
        r#"{"key":{"id":2},"value":{"n":2,"id":2}}"#,
        r#"{"key":{"id":1},"value":{"n":3}}"#,
        r#"{"key":{"id":2},"value":null}"#,
    ];
    let mut changelog = Case::new("upsert").opened(&lines);
    assert_eq!(rows_of(&mut changelog), ["id=1 n=3"]);
    let facts = changelog.facts();
    assert_eq!((facts.by_op["upsert"], facts.by_op["tombstone"], facts.illegal_changes()), (3, 2, 0));
    assert_eq!((facts.keys, facts.transient, facts.changes), (2, 1, 4));
    let marked = "\u{FEFF}".to_owned() + lines[0];
    assert_eq!(Case::new("upsert").rows(&[&marked]), ["id=1 n=1"]);
    let schema = r#"{"key":{"schema":{},"payload":{"id":1}},"value":{"schema":{"type":"struct","fields":[{"type":"int32","name":"io.debezium.time.Date","field":"d"}]},"payload":{"d":0}}}"#;
    assert_eq!(Case::new("upsert").rows(&[schema]), ["id=1 d=1970-01-01"]);
    assert_eq!(Case::new("upsert").key(&["k"]).rows(&[r#"{"key":"a","value":{"n":1}}"#]), ["k=a n=1"]);
}

#[test]
fn rows_without_values_take_their_key_away() {
    let json = [r#"{"id":1,"n":1}"#, r#"{"id":2,"n":1}"#, r#"{"id":1,"n":null}"#, r#"{"id":2,"n":4}"#];
    assert_eq!(Case::new("upsert").key(&["id"]).rows(&json), ["id=2 n=4"]);
    let mut csv = Case::new("upsert").named("c.csv").key(&["id"]);
    csv.form.rows.null = Some(String::new());
    assert_eq!(csv.rows(&["id,n,m", "1,,", "1,a,b", "2,a,", "1,,"]), ["id=2 n=a m=null"]);
    let error = Case::new("upsert").named("c.csv").error(&["id,n", "1,2"]);
    assert!(error.contains("without a key of their own") && error.contains("--key"), "{error}");
    let error = Case::new("upsert").key(&["idd"]).named("c.csv").error(&["id,n", "1,2"]);
    assert!(error.contains("no column 'idd'") && error.contains("did you mean `id`?"), "{error}");
    let error = Case::new("upsert").error(&[r#"{"key":{"id":1},"value":{"op":"c","after":{},"source":{}}}"#]);
    assert!(error.contains("say 'debezium'"), "{error}");
}

#[test]
fn an_op_column_of_ones_own_is_read_in_many_words() {
    let csv = ["what,id,n", "I,1,a", "insert,2,b", "U,1,c", "r,3,d", "DELETE,2,", "+U,3,e"];
    let case = Case::new("op:what").named("c.csv").key(&["id"]);
    let mut changelog = case.opened(&csv);
    assert_eq!(rows_of(&mut changelog), ["id=1 n=c", "id=3 n=e"]);
    assert_eq!(changelog.facts().illegal_changes(), 0);
    // What stands beside the key of a row that is gone needn't be of its type.
    let dated = Case::new("op:what").named("c.csv").key(&["id"]).of("n", "date");
    assert_eq!(dated.rows(&["what,id,n", "I,1,2026-01-01", "I,2,1970-01-01", "D,1,"]), ["id=2 n=1970-01-01"]);
    let error = case.error(&["what,id,n", "I,1,a", "X,1,b"]);
    assert!(error.contains("line 3: unknown op `X`, expected one of: +I, -U"), "{error}");
    let error = Case::new("op:wat").named("c.csv").key(&["id"]).error(&csv);
    assert!(error.contains("no column 'wat'") && error.contains("did you mean `what`?"), "{error}");
}

#[test]
fn illegal_changes_are_named_with_line_and_key() {
    let csv = ["op,id,b", "I,1,x", "I,1,x", "U,2,x", "D,3,x", "D,1,x", "D,1,x", "I,1,y"];
    let mut changelog = Case::new("op:op").named("c.csv").key(&["id", "b"]).opened(&csv);
    assert_eq!(rows_of(&mut changelog), ["id=2 b=x", "id=1 b=y"]);
    let facts = changelog.facts();
    let first = |kind| {
        let illegal = &facts.illegal[&kind];
        (illegal.count, illegal.first[0].line, illegal.first[0].key.clone())
    };
    assert_eq!(first(IllegalKind::InsertOfLiving), (1, 3, "id=1, b=x".into()));
    assert_eq!(first(IllegalKind::UpdateOfAbsent), (1, 4, "id=2, b=x".into()));
    assert_eq!(first(IllegalKind::DeleteOfAbsent), (1, 5, "id=3, b=x".into()));
    assert_eq!(first(IllegalKind::DeleteTwice), (1, 7, "id=1, b=x".into()));
    assert_eq!(facts.illegal_changes(), 4);
    let json = serde_json::to_value(facts).expect("JSON");
    assert_eq!(json["illegal"]["delete_twice"]["first"][0]["line"], 7);
}

#[test]
fn states_in_between_are_remembered_when_asked_for() {
    let csv = ["op,id,n,m", "I,1,a,x", "U,1,b,y", "U,1,c,z"];
    let mut case = Case::new("op:op").named("c.csv").key(&["id"]);
    assert_eq!(case.opened(&csv).ever_held(&[]), None);
    case.form.remember = Some(Remember { columns: vec!["n".into(), "id".into()], most: 10 });
    let changelog = case.opened(&csv);
    let text = |text| Field { kind: FieldKind::Text, text };
    let held = |n, id| changelog.ever_held(&[text(n), text(id)]);
    assert_eq!([held("a", "1"), held("b", "1"), held("c", "1")], [Some(true); 3]);
    assert_eq!([held("d", "1"), held("a", "2"), held("1", "a")], [Some(false); 3]);
    assert_eq!(changelog.ever_held(&[text("a")]), None);
    let unknown = Field { kind: FieldKind::Unknown, text: "why" };
    assert_eq!(changelog.ever_held(&[unknown, text("1")]), None);
    // More states than are remembered: what isn't found may have been there.
    case.form.remember = Some(Remember { columns: vec!["n".into(), "id".into()], most: 2 });
    let changelog = case.opened(&csv);
    assert_eq!(changelog.ever_held(&[text("a"), text("1")]), Some(true));
    assert_eq!(changelog.ever_held(&[text("c"), text("1")]), None);
}
