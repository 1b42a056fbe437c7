//! Changes as the input of a job: frozen as they stand, in their order.

use std::process::Command;

use serde_json::Value;

use crate::support::Scratch;

/// Changes of two tables, a tombstone and a number that no float holds among them.
const CAPTURE: [&str; 5] = [
    r#"{"topic":"s.a","headers":{"h":"1"},"key":{"id":9007199254740993},"value":{"op":"c","before":null,"after":{"id":9007199254740993,"v":"a, \"q\"\n"},"source":{"ts_ms":1000}}}"#,
    r#"{"topic":"s.b","headers":null,"key":{"id":1},"value":{"op":"r","before":null,"after":{"id":1,"v":""},"source":{"ts_ms":2000}}}"#,
    r#"{"topic":"s.a","headers":null,"key":{"id":9007199254740993},"value":{"op":"u","before":{"id":9007199254740993},"after":{"id":9007199254740993,"v":1.50},"source":{"ts_ms":3000}}}"#,
    r#"{"topic":"s.a","headers":null,"key":{"id":9007199254740993},"value":{"op":"d","before":{"id":9007199254740993},"after":null,"source":{"ts_ms":4000}}}"#,
    r#"{"topic":"s.a","headers":null,"key":{"id":9007199254740993},"value":null}"#,
];

/// Returns the rows of a dataset, by the names of its columns.
fn rows(scratch: &Scratch, dataset: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let text = scratch.read(&format!("{dataset}/records.csv"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let columns = texts(reader.headers().expect("a header"));
    (columns, reader.records().map(|record| texts(&record.expect("a row"))).collect())
}

#[test]
fn events_of_a_capture_are_records_as_they_stand() {
    let scratch = Scratch::new();
    scratch.write("capture.jsonl", CAPTURE.join("\n"));
    scratch.run("freeze capture.jsonl --to frozen").expect(0);
    scratch.run("verify frozen").expect(0);
    let (columns, records) = rows(&scratch, "frozen");
    assert_eq!(columns, ["topic", "headers", "key", "value"]);
    assert_eq!(records.len(), CAPTURE.len());
    for (event, record) in CAPTURE.iter().zip(&records) {
        let event: Value = serde_json::from_str(event).expect("JSON");
        assert_eq!(record[0], event["topic"].as_str().expect("a text"));
        for (name, text) in columns.iter().zip(record).skip(1) {
            // What is null is missing, which is an empty field.
            let value = if text.is_empty() { Value::Null } else { serde_json::from_str(text).expect("JSON") };
            assert_eq!(value, event[name], "{name}");
        }
    }
    assert!(records[2][3].contains("\"v\":1.50"), "{:?}", records[2]);
}

#[test]
fn bare_changes_are_records_too_and_what_is_no_table_is_refused() {
    let scratch = Scratch::new();
    let bare = CAPTURE.map(|event| {
        let event: Value = serde_json::from_str(event).expect("JSON");
        event["value"].to_string()
    });
    scratch.write("bare.jsonl", bare.join("\n"));
    scratch.run("freeze bare.jsonl --to bare").expect(4).says(&["bare.jsonl line 5", "not an object"]);
    scratch.run("freeze bare.jsonl --to bare --bad-rows reject").expect(0);
    let (columns, records) = rows(&scratch, "bare");
    let op = columns.iter().position(|name| name == "op").expect("an op");
    assert_eq!(records.iter().map(|record| record[op].as_str()).collect::<Vec<_>>(), ["c", "r", "u", "d"]);
    scratch.write("op.csv", "op,id,v\n+I,1,a\n-D,1,a\n");
    scratch.run("freeze op.csv --to op").expect(0);
    assert_eq!(scratch.read("op/records.csv"), scratch.read("op.csv"));
    for (name, text) in [("print.txt", "+I[1, a]\n-U[1, a]\n"), ("named.txt", "id, v\n3> +I[1, a]\n")] {
        scratch.write(name, text);
        let ran = scratch.run(&format!("freeze {name} --to {name}.frozen"));
        ran.expect(4).says(&[name, "print connector", "column 'op'"]);
    }
}

/// Tries the command of docs/changelogs.md.
#[test]
fn one_table_of_a_capture_is_picked_with_its_times() {
    if Command::new("jq").arg("--version").output().is_err() {
        return;
    }
    let scratch = Scratch::new();
    scratch.write("capture.jsonl", CAPTURE.join("\n"));
    let page = include_str!("../../docs/changelogs.md");
    let command =
        page.split("```sh\njq").nth(1).and_then(|rest| rest.split("```").next()).expect("a command");
    let command = format!("jq{command}").replace(".orders", ".a");
    scratch
        .shell(&format!("counterpoint() {{ \"$COUNTERPOINT\" \"$@\"; }}\nmkdir data\n{command}"))
        .expect(0);
    let (columns, records) = rows(&scratch, "data/orders");
    assert_eq!(columns, ["op", "at", "key", "before", "after"]);
    let column = |at: usize| records.iter().map(|record| record[at].as_str()).collect::<Vec<_>>();
    assert_eq!((column(0), column(1)), (vec!["c", "u", "d"], vec!["1000", "3000", "4000"]));
}
