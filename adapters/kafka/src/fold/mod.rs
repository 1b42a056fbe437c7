//! Makes lines of the messages of an output topic: rows that are given and, where rows are taken back, a sign.

use std::collections::HashMap;

mod standing;
#[cfg(test)]
mod tests;

use replay::link::{JobTopics, RowMessages};
use serde::Deserialize;
use serde_json::value::RawValue;

use standing::Standing;

/// Takes a line, a JSON object.
pub(crate) type Give<'a> = dyn FnMut(&[u8]) -> Result<(), String> + 'a;

/// Holds what rows stand, where messages take them back.
#[derive(Debug)]
pub(crate) struct Fold {
    rows: RowMessages,
    /// The columns that a message's key holds, or that name a row in a change.
    key: Vec<String>,
    standing: Standing,
    /// Says of each column of the key whether a row has it, while that is looked at.
    has: Vec<bool>,
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
        Self { rows: job.rows, key: job.key.clone(), standing: Standing::new(job.rows), has: Vec::new() }
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
                        let row = text(value)?;
                        match self.lacking(key, row)? {
                            None => self.standing.stands(key, ["", row], give),
                            Some(lacking) => self.standing.stands(key, [&lacking, row], give),
                        }
                    }
                    // A row that never stood may be taken back: Flink writes that before a row's first message.
                    None => self.standing.goes(key, give).map(drop),
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
        match change.op.as_deref() {
            Some("c" | "r") => {
                let row = side(change.after, "after")?;
                let key = self.named(row)?;
                if self.standing.has(&key) {
                    return Err(format!("inserts a row that stands: {}", shown(&key)));
                }
                self.standing.stands(&key, ["", row], give)
            }
            Some("u") => {
                let row = side(change.after, "after")?;
                let key = self.named(row)?;
                if !self.standing.has(&key) {
                    return Err(format!("updates a row that isn't there: {}", shown(&key)));
                }
                self.standing.stands(&key, ["", row], give)
            }
            Some("d") => {
                let key = self.named(side(change.before, "before")?)?;
                if self.standing.goes(&key, give)? {
                    Ok(())
                } else {
                    Err(format!("deletes a row that isn't there: {}", shown(&key)))
                }
            }
            Some(op) => Err(format!("has the op '{}', known are c, r, u, d", datasets::short_name(op))),
            None => Err("has no op: a change is {\"op\":…,\"before\":…,\"after\":…}".to_owned()),
        }
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

    /// The columns of its message's key that a row lacks, as they are written before its own: `"user":"a",`.
    fn lacking(&mut self, key: &[u8], row: &str) -> Result<Option<String>, String> {
        let (names, has) = (&self.key, &mut self.has);
        has.clear();
        has.resize(names.len(), false);
        datasets::json_fields(row, |name, _, _| {
            if let Some(at) = names.iter().position(|key| key == name) {
                has[at] = true;
            }
            Ok(())
        })?;
        if has.iter().all(|has| *has) {
            return Ok(None);
        }
        let key = text(key)?;
        let mut lacking = String::new();
        for (name, _) in names.iter().zip(has).filter(|(_, has)| !**has) {
            let value = match (names.len(), key.trim_start().starts_with('{')) {
                (_, true) => field(key, name)?,
                (1, false) => serde_json::Value::from(key).to_string(),
                (_, false) => {
                    return Err(format!(
                        "has a key that is no JSON object, and is to hold {}",
                        names.join(", ")
                    ));
                }
            };
            let name = serde_json::Value::from(name.as_str());
            lacking.extend([name.to_string().as_str(), ":", &value, ","]);
        }
        Ok(Some(lacking))
    }
}

/// One of a change's two rows.
fn side<'a>(row: Option<&'a RawValue>, name: &str) -> Result<&'a str, String> {
    let row = row.map(RawValue::get).filter(|text| *text != "null");
    row.ok_or_else(|| format!("has no {name}, which its op needs"))
}

/// A field of the JSON object that a message's key is, as it is written there.
fn field(key: &str, name: &str) -> Result<String, String> {
    let fields: HashMap<std::borrow::Cow<'_, str>, &RawValue> =
        serde_json::from_str(key).map_err(|error| format!("has a key that is no JSON object: {error}"))?;
    let value = fields.get(name).map(|value| value.get().to_owned());
    value.ok_or_else(|| format!("has no {}, neither in its value nor in its key", datasets::short_name(name)))
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|_| "isn't UTF-8".to_owned())
}

/// A row's key in a message: `["a",null]` with the columns' texts.
fn shown(key: &[u8]) -> String {
    datasets::short_name(&String::from_utf8_lossy(key))
}
