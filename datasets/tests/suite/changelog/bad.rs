//! Files that are refused, each with its line and a way out.

use super::{Case, captured, envelope};
use datasets::{ChangelogKind, Error, Rows as _};

fn check(lines: &[&str], expected: &str) {
    let error = Case::new("debezium").key(&["id"]).error(lines);
    assert!(error.contains(expected), "{error}\n{expected}");
}

#[test]
fn what_is_no_envelope_is_named() {
    let c = envelope("c", "null", r#"{"id":1}"#);
    check(
        &[&c, &envelope("x", "null", r#"{"id":1}"#)],
        "line 2: unknown op `x`, expected one of: c, r, u, d, t, m",
    );
    check(&[&c, &envelope("u", r#"{"id":1}"#, "null")], "line 2: an update without `after`");
    check(&[&envelope("d", "null", "null")], "line 1: a delete without a row");
    check(
        &[r#"{"id":1,"name":"x"}"#],
        "no envelope: it has no `op`, but id, name; for values that are rows themselves, say 'upsert'",
    );
    check(&[r#"{"id":1,"__op":"c"}"#], "say 'op:__op'");
    check(&[&envelope("c", "null", "[1]")], "`after` is `[1]`, expected an object");
    check(&[r#"{"before":null,"after":"{\"_id\":1}","op":"c"}"#], "an envelope of MongoDB");
    check(
        &[r#"{"before":null,"after":null,"source":{"connector":"mongodb"},"op":"d"}"#],
        "an envelope of MongoDB",
    );
    check(
        &[r#"{"topic":"t","key":7,"value":{"op":"c","after":{"id":1}}}"#],
        "`key` is `7`, expected an object",
    );
    check(&[], "holds no change");
    check(&[&c, &c[..c.len() - 5]], "line 2: not an object of JSON in one line: EOF while parsing");
    check(&[&c[..20]], "cut in the middle of a change");
    check(&["[1]"], "expected an object");
}

#[test]
fn values_have_bounds_and_names() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    check(
        &[&envelope("c", "null", &format!(r#"{{"id":1,"x":{deep}}}"#))],
        "column 'x': a value that is nested more than 100",
    );
    check(&[&envelope("c", "null", r#"{"id":1,"id":2}"#)], "the name `id` stands twice");
    let typed = Case::new("debezium").key(&["id"]).of("d", "date");
    let error = typed.error(&[&envelope("c", "null", r#"{"id":1,"d":"tomorrow"}"#)]);
    assert!(error.contains("line 1: column 'd': `tomorrow` is no date: expected days"), "{error}");
    let changelog = typed.opened(&[&envelope("c", "null", r#"{"id":1,"dd":1}"#)]);
    let notes = changelog.notes();
    assert!(notes.iter().any(|note| note.contains("no change has the column 'd'")), "{notes:?}");
}

#[test]
fn keys_and_tables_that_are_not_there_are_named_with_the_nearest() {
    let lines = [envelope("c", "null", r#"{"order_id":1}"#)];
    let error = Case::new("debezium").key(&["order_di"]).error(&[&lines[0]]);
    assert!(
        error.contains("line 1: no column 'order_di', which is of the key; did you mean `order_id`?"),
        "{error}"
    );
    check(
        &[&envelope("c", "null", r#"{"id":1}"#), &envelope("c", "null", r#"{"n":1}"#)],
        "line 2: no column 'id'",
    );

    let t = captured("a", 1, r#"{"id":1}"#, r#"{"before":null,"after":{"id":1},SOURCE,"op":"c"}"#);
    let orders = t.replace("\"table\":\"t\"", "\"table\":\"orders\"").replace("public.t", "public.orders");
    let error = Case::new("debezium").error(&[&t, &orders]);
    assert!(
        error.contains("several tables: public.orders, public.t") && error.contains("--table"),
        "{error}"
    );
    let error = Case::new("debezium").tables(&["order"]).error(&[&t, &orders]);
    assert!(error.contains("no changes of table 'order', there are: public.orders, public.t"), "{error}");
    assert!(error.contains("did you mean `orders`?"), "{error}");
    let keyless = t.replace(r#""key":{"id":1}"#, r#""key":null"#);
    let error = Case::new("debezium").error(&[&t, &keyless]);
    assert!(error.contains("line 2: a change without a key, where others have one"), "{error}");
    let wider =
        captured("a", 2, r#"{"id":1,"n":2}"#, r#"{"before":null,"after":{"id":1,"n":2},SOURCE,"op":"c"}"#);
    let error = Case::new("debezium").error(&[&t, &wider]);
    assert!(error.contains("line 2: the key is id, n here and was id before"), "{error}");
}

#[test]
fn names_of_forms_are_known_or_refused_and_an_interruption_ends_all() {
    for name in ["debezium", "flink", "upsert", "op:x"] {
        assert!(ChangelogKind::parse(name).is_ok());
    }
    assert!(ChangelogKind::parse("op:").is_err());
    assert!(ChangelogKind::parse("debezuim").unwrap_err().contains("did you mean `debezium`?"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("c.jsonl");
    std::fs::write(&file, envelope("c", "null", r#"{"id":1}"#)).expect("written");
    let stopped = datasets::open_changelog(&file, &Case::new("debezium").form, &|| false);
    assert!(matches!(stopped, Err(Error::Interrupted)));
}
