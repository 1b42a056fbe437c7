//! Envelopes: what they don't say, and what they say in other words.

use super::{Case, captured, envelope, refs, rows_of};
use datasets::{FieldKind, IllegalKind, Row, Rows as _};

const UNSEEN: &str = "__debezium_unavailable_value";

fn bare() -> Case {
    Case::new("debezium").key(&["id"])
}

#[test]
fn the_last_row_of_each_key_stays() {
    let lines = [
        envelope("r", "null", r#"{"id":1,"name":"a"}"#),
        envelope("c", "null", r#"{"id":2,"name":"b"}"#),
        envelope("u", "null", r#"{"id":1,"name":"c"}"#),
        envelope("c", "null", r#"{"id":3,"name":null}"#),
        // What is before a delete is made up but for the key.
        envelope("d", r#"{"id":2,"name":""}"#, "null"),
    ];
    let mut changelog = bare().opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["id=1 name=c", "id=3 name=null"]);
    let facts = changelog.facts();
    assert_eq!((facts.events, facts.rows, facts.keys, facts.transient), (5, 2, 3, 1));
    assert_eq!((facts.changes, facts.illegal_changes()), (5, 0));
    assert_eq!(facts.most_changed.as_ref().map(|most| (most.key.as_str(), most.changes)), Some(("id=1", 2)));
}

#[test]
fn the_place_of_a_row_is_its_last_change() {
    let lines = [
        envelope("c", "null", r#"{"id":1}"#),
        envelope("c", "null", r#"{"id":2}"#),
        envelope("u", "null", r#"{"id":1}"#),
    ];
    let (mut changelog, mut row) = (bare().opened(&refs(&lines)), Row::default());
    assert!(changelog.next(&mut row).expect("a row"));
    assert_eq!(changelog.place().line, Some(3));
    assert!(changelog.next(&mut row).expect("a row"));
    assert_eq!(changelog.place().line, Some(2));
    assert!(changelog.is_typed() && !changelog.next(&mut row).expect("the end"));
}

#[test]
fn captures_have_keys_headers_tombstones_and_messages() {
    let lines = [
        captured("a", 1, r#"{"id":1}"#, r#"{"before":null,"after":{"id":1,"n":1},SOURCE,"op":"c"}"#),
        captured("a", 2, r#"{"id":1}"#, r#"{"before":{"id":1,"n":0},"after":null,SOURCE,"op":"d"}"#),
        captured("a", 3, r#"{"id":1}"#, "null"),
        r#"{"topic":"s.message","headers":{},"key":{"prefix":"x"},"value":{"op":"m","source":{"schema":"","table":""},"message":{}}}"#.into(),
        r#"{"topic":"s.transaction","headers":{},"key":{"id":"9:1"},"value":{"status":"BEGIN","id":"9:1"}}"#.into(),
        r#"{"topic":"__debezium-heartbeat.s","headers":{},"key":{"serverName":"s"},"value":{"ts_ms":1}}"#.into(),
        captured("a", 4, r#"{"id":2}"#, r#"{"before":null,"after":{"id":2,"n":2},SOURCE,"op":"c"}"#),
    ];
    let mut changelog = Case::new("debezium").opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["id=2 n=2"]);
    let facts = changelog.facts();
    assert_eq!((facts.by_op["message"], facts.by_op["tombstone"], facts.without_rows), (1, 1, 2));
    assert_eq!((facts.changes, facts.illegal_changes(), facts.other_tables), (3, 0, 0));
}

#[test]
fn a_tombstone_whose_delete_was_compacted_away_deletes() {
    let lines = [
        captured("a", 1, r#"{"id":1}"#, r#"{"before":null,"after":{"id":1,"n":1},SOURCE,"op":"c"}"#),
        captured("a", 3, r#"{"id":1}"#, "null"),
    ];
    assert_eq!(Case::new("debezium").rows(&refs(&lines)), [""; 0]);
}

#[test]
fn a_large_value_that_was_not_touched_is_the_one_before() {
    let codes: Vec<String> = UNSEEN.bytes().map(|code| code.to_string()).collect();
    let forms = [
        format!("\"{UNSEEN}\""),
        "\"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\"".to_owned(),
        format!("[{}]", codes.join(", ")),
        format!("[\"{UNSEEN}\"]"),
        format!("{{\"{UNSEEN}\":\"{UNSEEN}\"}}"),
        format!("\"{{\\\"{UNSEEN}\\\":\\\"{UNSEEN}\\\"}}\""),
        "\"b68a35a7-17ad-35b3-af2a-ae46edb4545a\"".to_owned(),
        "\"5f5f646562657a69756d5f756e617661696c61626c655f76616c7565\"".to_owned(),
    ];
    for form in forms {
        let lines = [
            envelope("c", "null", r#"{"id":1,"n":1,"big":"large"}"#),
            envelope("u", "null", &format!(r#"{{"id":1,"n":2,"big":{form}}}"#)),
            envelope("c", "null", &format!(r#"{{"id":2,"n":2,"big":{form}}}"#)),
        ];
        assert_eq!(bare().rows(&refs(&lines)), ["id=1 n=2 big=large", "id=2 n=2 big=?"], "{form}");
    }
}

#[test]
fn what_was_never_seen_is_unknown_until_it_is() {
    let unseen = format!(r#"{{"id":1,"big":"{UNSEEN}"}}"#);
    let lines = [envelope("u", "null", &unseen), envelope("u", "null", &unseen)];
    let (mut changelog, mut row) = (bare().opened(&refs(&lines)), Row::default());
    assert_eq!(changelog.facts().illegal[&IllegalKind::UpdateOfAbsent].count, 1);
    assert!(changelog.next(&mut row).expect("a row"));
    assert_eq!(row.field(1).kind, FieldKind::Unknown);
    assert!(row.field(1).text.contains("no change has shown"), "{}", row.field(1).text);

    let healed = [lines[0].clone(), envelope("u", "null", r#"{"id":1,"big":"x"}"#), lines[1].clone()];
    assert_eq!(bare().rows(&refs(&healed)), ["id=1 big=x"]);
}

#[test]
fn a_whole_row_before_shows_what_was_not_touched_and_one_that_is_made_up_does_not() {
    let long = "a note that is longer than a pointer";
    let after = format!(r#"{{"id":1,"big":"{UNSEEN}"}}"#);
    let whole = [envelope("u", &format!(r#"{{"id":1,"big":"{long}"}}"#), &after)];
    assert_eq!(bare().rows(&refs(&whole)), [format!("id=1 big={long}")]);
    let made_up = [envelope("u", r#"{"id":1,"big":""}"#, &after)];
    assert_eq!(bare().rows(&refs(&made_up)), ["id=1 big=?"]);
}

/// A key that changes, in three events: `headers` of the first and the last.
fn moved(from: &str, to: &str) -> Vec<String> {
    let line = |headers: &str, key: &str, value: &str| {
        format!(r#"{{"topic":"s.public.t","headers":{headers},"key":{key},"value":{value}}}"#)
    };
    vec![
        line("{}", r#"{"id":1}"#, r#"{"before":null,"after":{"id":1,"n":1,"big":"large"},"op":"c"}"#),
        line(from, r#"{"id":1}"#, r#"{"before":{"id":1,"n":0,"big":null},"after":null,"op":"d"}"#),
        line(from, r#"{"id":1}"#, "null"),
        line(
            to,
            r#"{"id":7}"#,
            &format!(r#"{{"before":null,"after":{{"id":7,"n":2,"big":"{UNSEEN}"}},"op":"c"}}"#),
        ),
    ]
}

#[test]
fn a_changed_key_takes_its_large_values_along() {
    let plain = moved(r#"{"__debezium.newkey":{"id":7}}"#, r#"{"__debezium.oldkey":{"id":1}}"#);
    let wrapped = moved(
        r#"{"__debezium.newkey":{"schema":{"type":"struct"},"payload":{"id":7}}}"#,
        r#"{"__debezium.oldkey":{"schema":{"type":"struct"},"payload":{"id":1}}}"#,
    );
    let printed = moved(r#"{"__debezium.newkey":"{\"id\":7}"}"#, r#"{"__debezium.oldkey":"{\"id\":1}"}"#);
    for lines in [plain, wrapped, printed] {
        let mut changelog = Case::new("debezium").opened(&refs(&lines));
        assert_eq!(rows_of(&mut changelog), ["id=7 n=2 big=large"]);
        let facts = changelog.facts();
        assert_eq!((facts.illegal_changes(), facts.transient, facts.keys), (0, 1, 2));
    }
    // Without the headers nobody says that it is the same row.
    assert_eq!(Case::new("debezium").rows(&refs(&moved("{}", "{}"))), ["id=7 n=2 big=?"]);
}

#[test]
fn truncation_empties_one_table() {
    let other = r#"{"topic":"s.public.u","key":{"id":1},"value":{"before":null,"after":{"id":1},"source":{"schema":"public","table":"u"},"op":"c"}}"#;
    let lines = [
        captured("a", 1, r#"{"id":1}"#, r#"{"before":null,"after":{"id":1},SOURCE,"op":"c"}"#),
        other.to_owned(),
        captured("a", 2, "null", r#"{"before":null,"after":null,SOURCE,"op":"t"}"#),
        captured("a", 3, r#"{"id":5}"#, r#"{"before":null,"after":{"id":5},SOURCE,"op":"c"}"#),
    ];
    let mut changelog = Case::new("debezium").tables(&["t"]).opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["id=5"]);
    assert_eq!((changelog.facts().transient, changelog.facts().other_tables), (1, 1));
    assert_eq!(Case::new("debezium").tables(&["public.u"]).rows(&refs(&lines)), ["id=1"]);
    // Of two tables that are read as one, one is emptied.
    let both = Case::new("debezium").tables(&["public.u", "public.t"]);
    assert_eq!(both.rows(&refs(&lines[1..])), ["id=1", "id=5"]);
}

#[test]
fn rows_of_a_snapshot_beside_their_changes_are_no_inserts() {
    let lines = [
        envelope("r", "null", r#"{"id":1,"n":1}"#),
        envelope("u", "null", r#"{"id":1,"n":2}"#),
        envelope("r", "null", r#"{"id":1,"n":2}"#),
        envelope("u", "null", r#"{"id":1,"n":3}"#),
    ];
    let mut changelog = bare().opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["id=1 n=3"]);
    let facts = changelog.facts();
    assert_eq!((facts.illegal_changes(), facts.snapshot_again, facts.changes), (0, 1, 3));
}

#[test]
fn a_snapshot_that_begins_twice_is_noted() {
    let first =
        r#"{"before":null,"after":{"id":1},"source":{"schema":"p","table":"t","snapshot":"first"},"op":"r"}"#;
    let changelog = bare().opened(&[first, first]);
    assert!(
        changelog.notes().iter().any(|note| note.contains("p.t begins 2 times")),
        "{:?}",
        changelog.notes()
    );
}

#[test]
fn several_changes_of_one_transaction_are_taken_in_order() {
    let change = |lsn, n, op| {
        captured(
            "a",
            lsn,
            r#"{"id":1}"#,
            &format!(r#"{{"before":null,"after":{{"id":1,"n":{n}}},SOURCE,"op":"{op}"}}"#),
        )
    };
    let lines = [change(5, 1, "c"), change(6, 2, "u"), change(7, 3, "u"), change(8, 2, "u")];
    let mut changelog = Case::new("debezium").opened(&refs(&lines));
    assert_eq!(rows_of(&mut changelog), ["id=1 n=2"]);
    assert_eq!((changelog.facts().repeats, changelog.facts().changes), (0, 4));
}

#[test]
fn a_column_that_came_later_is_missing_and_not_null() {
    let lines = [
        envelope("c", "null", r#"{"id":1,"old":1}"#),
        envelope("c", "null", r#"{"id":2,"old":1}"#),
        envelope("u", "null", r#"{"id":2,"new":null}"#),
    ];
    assert_eq!(bare().rows(&refs(&lines)), ["id=1 old=1", "id=2 new=null"]);
}

#[test]
fn partitions_under_two_names_are_noted_and_can_be_read_as_one() {
    let line = |table: &str, op: &str, v: u32| {
        format!(
            r#"{{"topic":"s.p.{table}","key":{{"id":1}},"value":{{"before":null,"after":{{"id":1,"v":{v}}},"source":{{"schema":"p","table":"{table}"}},"op":"{op}"}}}}"#
        )
    };
    let lines = [line("m", "r", 1), line("m_1", "r", 1), line("m_1", "u", 2)];
    let mut whole = Case::new("debezium").tables(&["p.m"]).opened(&refs(&lines));
    assert_eq!(rows_of(&mut whole), ["id=1 v=1"]);
    assert!(whole.notes().iter().any(|note| note.contains("read p.m_1 in its place")), "{:?}", whole.notes());
    assert_eq!(Case::new("debezium").tables(&["p.m_1"]).rows(&refs(&lines)), ["id=1 v=2"]);
}

/// An envelope with its schema, in which `tier` has a default and may be NULL.
fn with_schema(op: &str, after: &str) -> String {
    let fields = [
        r#"{"type":"int32","optional":false,"field":"id","default":0}"#,
        r#"{"type":"string","optional":true,"default":"basic","field":"tier"}"#,
        r#"{"type":"bytes","optional":true,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"},"field":"credit"}"#,
        r#"{"type":"int32","optional":true,"name":"io.debezium.time.Date","field":"due"}"#,
        r#"{"type":"int64","optional":true,"name":"io.debezium.time.MicroTimestamp","field":"at"}"#,
        r#"{"type":"int64","optional":true,"name":"io.debezium.time.MicroTime","field":"clock"}"#,
        r#"{"type":"struct","optional":true,"name":"io.debezium.data.VariableScaleDecimal","field":"tax"}"#,
        r#"{"type":"string","optional":true,"name":"io.debezium.data.Json","field":"more"}"#,
    ];
    format!(
        r#"{{"schema":{{"type":"struct","fields":[{{"type":"struct","fields":[],"field":"before"}},{{"type":"struct","fields":[{}],"field":"after"}}]}},"payload":{{"before":null,"after":{after},"op":"{op}"}}}}"#,
        fields.join(",")
    )
}

#[test]
fn the_schema_part_says_what_columns_hold() {
    let lines = [with_schema(
        "c",
        r#"{"id":0,"tier":"gold","credit":"OrE=","due":20528,"at":1773375330028000,"clock":16200000000,"tax":{"scale":1,"value":"Dw=="},"more":"{\"b\": 1, \"a\": 2}"}"#,
    )];
    assert_eq!(
        bare().rows(&refs(&lines)),
        [
            r#"id=0 tier=gold credit=150.25 due=2026-03-16 at=2026-03-13T04:15:30.028 clock=04:30:00 tax=1.5 more={"a":2,"b":1}"#
        ]
    );
    // What is declared goes before.
    let declared = bare().of("credit", "text");
    assert!(declared.rows(&refs(&lines))[0].contains("credit=OrE="));
}

#[test]
fn a_default_may_be_a_null_unless_nulls_are_written() {
    let basic = with_schema("c", r#"{"id":1,"tier":"basic"}"#);
    let gold = with_schema("c", r#"{"id":2,"tier":"gold"}"#);
    let null = with_schema("c", r#"{"id":3,"tier":null}"#);
    assert_eq!(bare().rows(&[&basic, &gold]), ["id=1 tier=?", "id=2 tier=gold"]);
    assert_eq!(bare().rows(&[&null, &basic]), ["id=3 tier=null", "id=1 tier=basic"]);
}

#[test]
fn declared_types_turn_numbers_into_what_they_mean() {
    let lines = [envelope(
        "c",
        "null",
        r#"{"id":1,"amount":"OrE=","due":-2147472692,"far":-5000000,"at":-1,"sig":"AP8=","score":"NaN","tags":[1,null]}"#,
    )];
    let case = bare()
        .of("amount", "decimal:2")
        .of("due", "date")
        .of("far", "date")
        .of("at", "timestamp:us")
        .of("sig", "base64")
        .of("score", "number")
        .of("tags", "list");
    assert_eq!(
        case.rows(&refs(&lines)),
        [
            r#"id=1 amount=150.25 due=infinity far=? at=1969-12-31T23:59:59.999999 sig=\x00ff score=NaN tags=["1",null]"#
        ]
    );
}

#[test]
fn other_connectors_of_the_same_shape_are_read() {
    let mysql = |op: &str, row: &str| {
        format!(
            r#"{{"before":null,"after":{row},"source":{{"connector":"mysql","db":"shop","table":"t","file":"binlog.1","pos":4,"snapshot":false}},"op":"{op}"}}"#
        )
    };
    let lines = [
        r#"{"source":{"connector":"mysql"},"databaseName":"shop","ddl":"create table t(id int)"}"#.to_owned(),
        mysql("c", r#"{"id":1,"n":1}"#),
        mysql("u", r#"{"id":1,"n":2}"#),
    ];
    assert_eq!(bare().tables(&["shop.t"]).rows(&refs(&lines)), ["id=1 n=2"]);
}

#[test]
fn topics_may_have_any_name() {
    let lines = [
        captured("a", 1, r#"{"id":1}"#, r#"{"before":null,"after":{"id":1,"n":1},SOURCE,"op":"c"}"#),
        captured("a", 2, r#"{"id":1}"#, r#"{"before":{"id":1,"n":0},"after":null,SOURCE,"op":"d"}"#),
        captured("a", 2, r#"{"id":1}"#, "null"),
        captured("a", 3, r#"{"id":2}"#, r#"{"before":null,"after":{"id":2,"n":2},SOURCE,"op":"c"}"#),
    ];
    let lines = lines
        .map(|line| line.replace("s.public.t", "all-changes").replace(r#""lsn":"#, r#""lsn":"1:2","x":"#));
    assert_eq!(Case::new("debezium").rows(&refs(&lines)), ["id=2 n=2"]);
    assert_eq!(Case::new("debezium").tables(&["public.t"]).rows(&refs(&lines)), ["id=2 n=2"]);
}

#[test]
fn numbers_keep_all_their_digits() {
    let digits = "7".repeat(400);
    let lines =
        [envelope("c", "null", &format!(r#"{{"id":9007199254740993,"n":{digits},"x":1.50,"z":-0.0}}"#))];
    assert_eq!(bare().rows(&refs(&lines)), [format!("id=9007199254740993 n={digits} x=1.50 z=-0.0")]);
}
