//! Makes lines of the messages of an output topic: rows that are given and, where rows are taken back, a sign.

use std::collections::HashMap;

use replay::link::{JobTopics, RowMessages};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Takes a line, a JSON object.
pub(crate) type Give<'a> = dyn FnMut(&[u8]) -> Result<(), String> + 'a;

/// Holds what rows stand, where messages take them back.
#[derive(Debug)]
pub(crate) struct Fold {
    rows: RowMessages,
    /// The columns that a message's key holds, or that name a row in a change.
    key: Vec<String>,
    standing: HashMap<Vec<u8>, String>,
}

/// A change of a row, as Debezium and Flink's `debezium-json` write it.
#[derive(Debug, Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    op: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    before: Option<&'a RawValue>,
    #[serde(borrow)]
    after: Option<&'a RawValue>,
    /// With schemas on, the change is in here.
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl Fold {
    pub(crate) fn new(job: &JobTopics) -> Self {
        Self { rows: job.rows, key: job.key.clone(), standing: HashMap::new() }
    }

    /// Takes a message, and gives the lines that follow from it. The error says why there are none.
    pub(crate) fn take(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        give: &mut Give<'_>,
    ) -> Result<(), String> {
        match (self.rows, value) {
            (RowMessages::Append, Some(value)) => give(value),
            (RowMessages::Append, None) => {
                Err("has no value, and takes a row back only where rows = \"upsert\"".to_owned())
            }
            (RowMessages::Upsert, value) => {
                let Some(key) = key else {
                    return Err("has no key, and rows = \"upsert\" goes by it".to_owned());
                };
                match value {
                    Some(value) => {
                        let row = self.whole(key, text(value)?)?;
                        self.stands(key, &row, give)
                    }
                    // A row that never stood may be taken back: Flink writes that before a row's first message.
                    None => self.goes(key, give).map(drop),
                }
            }
            // What follows a deletion in a topic that is compacted by key says nothing new.
            (RowMessages::Debezium, None) => Ok(()),
            (RowMessages::Debezium, Some(value)) => self.change(text(value)?, give),
        }
    }

    fn change(&mut self, value: &str, give: &mut Give<'_>) -> Result<(), String> {
        let read = |text| {
            serde_json::from_str::<Change<'_>>(text)
                .map_err(|error| format!("is no change of a row: {error}"))
        };
        let mut change = read(value)?;
        if let (None, Some(payload)) = (&change.op, change.payload) {
            change = read(payload.get())?;
        }
        let row = |side: Option<&RawValue>, name: &str| {
            let row = side.map(RawValue::get).filter(|text| *text != "null");
            row.map(str::to_owned).ok_or_else(|| format!("has no {name}, which its op needs"))
        };
        match change.op.as_deref() {
            Some("c" | "r") => {
                let row = row(change.after, "after")?;
                let key = self.named(&row)?;
                if self.standing.contains_key(&key) {
                    return Err(format!("inserts a row that stands: {}", shown(&key)));
                }
                self.stands(&key, &row, give)
            }
            Some("u") => {
                let row = row(change.after, "after")?;
                let key = self.named(&row)?;
                if !self.standing.contains_key(&key) {
                    return Err(format!("updates a row that isn't there: {}", shown(&key)));
                }
                self.stands(&key, &row, give)
            }
            Some("d") => {
                let key = self.named(&row(change.before, "before")?)?;
                if self.goes(&key, give)? {
                    Ok(())
                } else {
                    Err(format!("deletes a row that isn't there: {}", shown(&key)))
                }
            }
            Some(op) => Err(format!("has the op '{}', known are c, r, u, d", datasets::short_name(op))),
            None => Err("has no op: a change is {\"op\":…,\"before\":…,\"after\":…}".to_owned()),
        }
    }

    /// A row stands from now on in the place of the one that stood.
    fn stands(&mut self, key: &[u8], row: &str, give: &mut Give<'_>) -> Result<(), String> {
        self.goes(key, give)?;
        give(signed(self.rows, '+', row)?.as_bytes())?;
        self.standing.insert(key.to_vec(), row.to_owned());
        Ok(())
    }

    /// Takes back the row that stands; whether there was one.
    fn goes(&mut self, key: &[u8], give: &mut Give<'_>) -> Result<bool, String> {
        let Some(row) = self.standing.remove(key) else { return Ok(false) };
        give(signed(self.rows, '-', &row)?.as_bytes())?;
        Ok(true)
    }

    /// The columns that name a row, as the row has them.
    fn named(&self, row: &str) -> Result<Vec<u8>, String> {
        let mut texts: Vec<Option<String>> = vec![None; self.key.len()];
        datasets::json_fields(row, |name, kind, value| {
            if let Some(at) = self.key.iter().position(|key| key == name) {
                texts[at] = kind.has_text().then(|| value.to_owned());
            }
            Ok(())
        })?;
        serde_json::to_vec(&texts).map_err(|error| error.to_string())
    }

    /// A row with the columns of its message's key, where its value lacks them.
    fn whole(&self, key: &[u8], row: &str) -> Result<String, String> {
        let mut has = vec![false; self.key.len()];
        datasets::json_fields(row, |name, _, _| {
            if let Some(at) = self.key.iter().position(|key| key == name) {
                has[at] = true;
            }
            Ok(())
        })?;
        if has.iter().all(|has| *has) {
            return Ok(row.to_owned());
        }
        let key = text(key)?;
        let lacking = || self.key.iter().zip(&has).filter(|(_, has)| !**has).map(|(name, _)| name);
        let mut whole = String::from("{");
        for name in lacking() {
            let value = match (self.key.len(), key.trim_start().starts_with('{')) {
                (_, true) => field(key, name)?,
                (1, false) => serde_json::Value::from(key).to_string(),
                (_, false) => {
                    return Err(format!(
                        "has a key that is no JSON object, and is to hold {}",
                        self.key.join(", ")
                    ));
                }
            };
            let name = serde_json::Value::from(name.as_str());
            whole.extend([name.to_string().as_str(), ":", &value, ","]);
        }
        join(whole, row)
    }
}

/// A field of the JSON object that a message's key is, as it is written there.
fn field(key: &str, name: &str) -> Result<String, String> {
    let fields: HashMap<std::borrow::Cow<'_, str>, &RawValue> =
        serde_json::from_str(key).map_err(|error| format!("has a key that is no JSON object: {error}"))?;
    let value = fields.get(name).map(|value| value.get().to_owned());
    value.ok_or_else(|| format!("has no {}, neither in its value nor in its key", datasets::short_name(name)))
}

/// A row with its sign.
fn signed(rows: RowMessages, sign: char, row: &str) -> Result<String, String> {
    let name = rows.sign().unwrap_or_default();
    join(format!("{{\"{name}\":\"{sign}\","), row)
}

/// `begin` is an object that goes on, with a comma at its end; `row` follows.
fn join(mut begin: String, row: &str) -> Result<String, String> {
    let Some(rest) = row.trim().strip_prefix('{') else { return Err("is no JSON object".to_owned()) };
    if rest.trim_start().starts_with('}') {
        begin.pop();
    }
    begin.push_str(rest);
    Ok(begin)
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|_| "isn't UTF-8".to_owned())
}

/// A row's key in a message: `["a",null]` with the columns' texts.
fn shown(key: &[u8]) -> String {
    datasets::short_name(&String::from_utf8_lossy(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

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
                    String::from_utf8(line.to_vec())
                        .expect("text")
                        .replace(r#""counterpoint sign":"#, some("")),
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
            let error =
                lines(fold, &[("", r#"{"op":"c","after":{"k":1}}"#), ("", change)]).expect_err(change);
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
}
