//! Shows which lines follow from the messages of an output topic.

use super::*;
use std::{collections::BTreeMap, time::Duration};

fn fold(rows: RowMessages, key: &[&str]) -> Fold {
    Fold::new(&JobTopics {
        output: "out".to_owned(),
        partitions: 1,
        columns: Vec::new(),
        key: key.iter().map(|&name| name.to_owned()).collect(),
        rows,
        format: replay::link::MessageFormat::default(),
        is_bounded: false,
        ready: None,
        close: Vec::new(),
        timeout: Duration::ZERO,
        handover: None,
        is_copied: false,
    })
}

/// The lines that follow from messages, each a key and a value; an empty one is none.
fn lines(fold: &mut Fold, messages: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let some = |text: &'static str| text;
    for (key, value) in messages {
        let part = |text: &&str| (!text.is_empty()).then(|| text.as_bytes().to_vec());
        fold.take(part(key).as_deref(), part(value).as_deref(), &mut |line| {
            lines.push(
                String::from_utf8(line.to_vec()).expect("text").replace(r#""counterpoint sign":"#, some("")),
            );
            Ok(())
        })?;
    }
    Ok(lines)
}

#[test]
fn an_appended_message_is_a_row_as_it_stands() {
    let fold = &mut fold(RowMessages::Append, &["k"]);
    assert_eq!(lines(fold, &[("", r#"{"k":1}"#), ("x", r#"{"k":1}"#)]).expect("rows"), [r#"{"k":1}"#; 2]);
    assert!(lines(fold, &[("k", "")]).expect_err("a tombstone").contains("has no value"));
}

#[test]
fn the_last_message_of_a_key_stands_and_a_tombstone_takes_it_back() {
    let fold = &mut fold(RowMessages::Upsert, &["k"]);
    let one = r#"{"k":"a","n":1}"#;
    assert_eq!(
        lines(fold, &[("a", ""), ("a", one), ("a", r#"{"n":2}"#), ("b", "{}"), ("a", ""), ("a", "")])
            .expect("rows"),
        [
            r#"{"+","k":"a","n":1}"#,
            r#"{"-","k":"a","n":1}"#,
            r#"{"+","k":"a","n":2}"#,
            r#"{"+","k":"b"}"#,
            r#"{"-","k":"a","n":2}"#,
        ]
    );
    assert!(lines(fold, &[("", one)]).expect_err("no key").contains("has no key"));
}

#[test]
fn a_key_of_several_columns_is_an_object() {
    let fold = &mut fold(RowMessages::Upsert, &["k", "w"]);
    assert_eq!(
        lines(fold, &[(r#"{"w":10,"k":"a"}"#, r#"{"n":1}"#)]).expect("rows"),
        [r#"{"+","k":"a","w":10,"n":1}"#]
    );
    for (key, what) in
        [("a", "is no JSON object, and is to hold k, w"), (r#"{"k":"a"}"#, "has no w, neither")]
    {
        let error = lines(fold, &[(key, r#"{"n":1}"#)]).expect_err(key);
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn a_change_gives_a_row_and_takes_it_back() {
    let fold = &mut fold(RowMessages::Debezium, &["k"]);
    assert_eq!(
        lines(
            fold,
            &[
                ("", r#"{"op":"c","before":null,"after":{"k":1,"n":1}}"#),
                ("", r#"{"payload":{"op":"u","before":null,"after":{"k":1,"n":2}}}"#),
                ("", r#"{"op":"d","before":{"k":1,"n":2},"after":null}"#),
                ("1", ""),
            ]
        )
        .expect("rows"),
        [r#"{"+","k":1,"n":1}"#, r#"{"-","k":1,"n":1}"#, r#"{"+","k":1,"n":2}"#, r#"{"-","k":1,"n":2}"#]
    );
}

#[test]
fn a_change_that_can_not_be_is_named() {
    for (change, what) in [
        (r#"{"op":"u","after":{"k":2}}"#, r#"updates a row that isn't there: ["2"]"#),
        (r#"{"op":"d","before":{"k":2}}"#, r#"deletes a row that isn't there: ["2"]"#),
        (r#"{"op":"c","after":{"k":1}}"#, r#"inserts a row that stands: ["1"]"#),
        (r#"{"op":"t"}"#, "the op 't', known are c, r, u, d"),
        (r#"{"k":1}"#, "has no op"),
        (r#"{"op":"c","after":null}"#, "has no after"),
        ("[]", "is no change of a row"),
    ] {
        let fold = &mut fold(RowMessages::Debezium, &["k"]);
        let error = lines(fold, &[("", r#"{"op":"c","after":{"k":1}}"#), ("", change)]).expect_err(change);
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn lines_follow_as_a_table_does() {
    // Random changes of few keys: what the lines leave standing is what a map holds.
    let (mut seed, fold) = (7_u64, &mut fold(RowMessages::Upsert, &["k"]));
    let (mut wanted, mut stands) = (HashMap::new(), Vec::new());
    for n in 0..2000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = format!("k{}", seed >> 62);
        let value = ((seed >> 40) & 3 != 0).then(|| format!("{{\"k\":\"{key}\",\"n\":{n}}}"));
        fold.take(Some(key.as_bytes()), value.as_ref().map(String::as_bytes), &mut |line| {
            let line = String::from_utf8(line.to_vec()).expect("text");
            let (is_given, row) =
                (line.contains(r#":"+""#), line.split_once(',').expect("a sign").1.to_owned());
            if is_given {
                stands.push(row);
            } else {
                let at = stands.iter().position(|other| *other == row);
                stands.remove(at.expect("a row that stands"));
            }
            Ok(())
        })
        .expect("a message");
        match value {
            Some(value) => wanted.insert(key, value[1..].to_owned()),
            None => wanted.remove(&key),
        };
    }
    let mut wanted: Vec<String> = wanted.into_values().collect();
    wanted.sort();
    stands.sort();
    assert_eq!(stands, wanted);
}

/// The rows of a topic as one would write it down: a map of texts, each row made anew when it is taken back.
#[derive(Default)]
struct Naive {
    standing: BTreeMap<Vec<u8>, String>,
}

impl Naive {
    /// The lines that follow from a message whose key names column `k`.
    fn take(&mut self, key: &str, value: Option<&str>) -> Vec<String> {
        let signed = |sign: &str, fields: &str| match fields {
            "" => format!("{{\"counterpoint sign\":\"{sign}\"}}"),
            fields => format!("{{\"counterpoint sign\":\"{sign}\",{fields}}}"),
        };
        let before = self.standing.remove(key.as_bytes());
        let mut lines: Vec<String> = before.iter().map(|fields| signed("-", fields)).collect();
        if let Some(value) = value {
            let own =
                value.trim().strip_prefix('{').and_then(|own| own.strip_suffix('}')).expect("an object");
            let has_key = serde_json::from_str::<serde_json::Value>(value).expect("JSON").get("k").is_some();
            let parts = [format!("\"k\":{}", serde_json::Value::from(key)), own.to_owned()];
            let parts = parts.into_iter().skip(usize::from(has_key)).filter(|part| !part.trim().is_empty());
            let fields = parts.collect::<Vec<_>>().join(",");
            lines.push(signed("+", &fields));
            self.standing.insert(key.as_bytes().to_vec(), fields);
        }
        lines
    }
}

#[test]
fn lines_are_to_the_byte_those_of_a_naive_fold() {
    let mut random = datasets::SplitMix64::new(3);
    for _ in 0..60 {
        let (mut naive, mut fold) = (Naive::default(), fold(RowMessages::Upsert, &["k"]));
        let keys = random.uniform(1, 40);
        for n in 0..random.uniform(1, 200) {
            // Some begin as others do, and one is empty.
            let key = "k".repeat(random.uniform(0, 2) as usize)
                + &"\u{e9}\"7".repeat(random.uniform(0, keys) as usize);
            let text = serde_json::Value::from(key.as_str());
            let value = match random.uniform(0, 8) {
                0 | 1 => None,
                2 => Some("{}".to_owned()),
                3 => Some(format!(" {{\"n\": {n}}} ")),
                4 => Some(format!("{{\"n\":{n},\"k\":{text}}}")),
                // As long as another, or far longer; a name within a value is none of the row's.
                5 => Some(format!("{{\"k\":{text},\"n\":{{\"k\":[{n},null]}}}}")),
                6 => Some(format!("{{\"x\":\"{}\",\"n\":{{\"k\":{n}}}}}", "long ".repeat(n as usize % 30))),
                7 => Some(format!("{{ \"\\u006b\" : {text} , \"n\" : 1.{n} }}")),
                _ => Some(format!("{{\"k\":null,\"n\":{n}}}")),
            };
            let mut found = Vec::new();
            fold.take(Some(key.as_bytes()), value.as_ref().map(String::as_bytes), &mut |line| {
                found.push(String::from_utf8(line.to_vec()).expect("text"));
                Ok(())
            })
            .expect("a message");
            let expected = naive.take(&key, value.as_deref());
            // Blanks before an object's first and behind its last field stay where they are.
            assert_eq!(found, expected, "{key} {value:?}");
        }
    }
}
