//! Makes messages of the lines that a link is handed: `{"offset":0,"arrival_ms":12,"record":{"user":"a"}}`.

use replay::link::{MessageValue, ReplayTopics};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The column that is no part of a record: when it arrives.
const ARRIVAL: &str = "arrival_ms";

/// A line, as the replay writes it.
#[derive(Debug, Deserialize)]
struct Line<'a> {
    offset: u64,
    arrival_ms: Option<i64>,
    #[serde(borrow)]
    record: &'a RawValue,
}

/// A message that is to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    pub(crate) value: &'a str,
    /// `None` where the record has no key.
    pub(crate) key: Option<&'a [u8]>,
    /// The partition of a record without a key; one with a key is where the key belongs.
    pub(crate) partition: Option<u32>,
    /// `None` for now.
    pub(crate) time_ms: Option<i64>,
}

/// Makes messages.
#[derive(Debug)]
pub(crate) struct Messages {
    topics: ReplayTopics,
    /// By the columns of the key: whether the record at hand has one, and its text.
    fields: Vec<(bool, String)>,
    key: Vec<u8>,
    time: Option<String>,
}

impl Messages {
    pub(crate) fn new(topics: &ReplayTopics) -> Self {
        let fields = topics.key.iter().map(|_| (false, String::new())).collect();
        Self { topics: topics.clone(), fields, key: Vec::new(), time: None }
    }

    /// The message of a line. The error says what it can't be sent for.
    pub(crate) fn of<'a>(&'a mut self, line: &'a str) -> Result<Message<'a>, String> {
        let read: Line<'a> = serde_json::from_str(line).map_err(|error| format!("no record: {error}"))?;
        let record = read.record.get();
        let takes_arrival = self.topics.timestamp.as_deref() == Some(ARRIVAL);
        if !self.topics.key.is_empty() || (self.topics.timestamp.is_some() && !takes_arrival) {
            self.look(record)?;
        }
        if takes_arrival {
            self.time = read.arrival_ms.map(|ms| ms.to_string());
        }
        let time_ms = self.time_ms(read.offset)?;
        let has_key = self.make_key();
        Ok(Message {
            value: match self.topics.value {
                MessageValue::Record => record,
                MessageValue::Envelope => line,
            },
            key: has_key.then_some(&self.key),
            partition: (!has_key).then(|| (read.offset % u64::from(self.topics.partitions)) as u32),
            time_ms,
        })
    }

    /// The message of a closing record for a partition: its value stands in the experiment.
    pub(crate) fn closing<'a>(&'a mut self, value: &'a str, partition: u32) -> Result<Message<'a>, String> {
        self.look(value)?;
        let time_ms = self.time_ms(0)?;
        let has_key = self.make_key();
        Ok(Message { value, key: has_key.then_some(&self.key), partition: Some(partition), time_ms })
    }

    /// Finds the fields that the message's key and time are made of.
    fn look(&mut self, record: &str) -> Result<(), String> {
        self.fields.iter_mut().for_each(|field| field.0 = false);
        self.time = None;
        datasets::json_fields(record, |name, kind, text| {
            for (key, field) in self.topics.key.iter().zip(&mut self.fields) {
                if key == name && kind.has_text() {
                    text.clone_into(&mut field.1);
                    field.0 = true;
                }
            }
            if self.topics.timestamp.as_deref() == Some(name) && kind.has_text() {
                self.time = Some(text.to_owned());
            }
            Ok(())
        })
    }

    /// Makes the key of the fields, if there are any. One is its text; several are a JSON array.
    fn make_key(&mut self) -> bool {
        self.key.clear();
        match &self.fields[..] {
            [(has_text, text)] => {
                self.key.extend_from_slice(text.as_bytes());
                *has_text
            }
            fields => {
                let texts: Vec<Option<&str>> =
                    fields.iter().map(|(has_text, text)| has_text.then_some(text.as_str())).collect();
                // Texts are always JSON.
                let _ = serde_json::to_writer(&mut self.key, &texts);
                fields.iter().any(|(has_text, _)| *has_text)
            }
        }
    }

    fn time_ms(&self, offset: u64) -> Result<Option<i64>, String> {
        let Some(column) = &self.topics.timestamp else { return Ok(None) };
        let (column, at) = (datasets::short_name(column), || format!("record {offset}"));
        let Some(text) = &self.time else {
            return Err(format!("{} has no {column}, which is to be its time", at()));
        };
        match text.parse::<i64>() {
            Ok(ms) if ms > 0 => Ok(Some(ms)),
            Ok(ms) => Err(format!(
                "{} has the {column} {ms}: a message's time is after 1970-01-01T00:00:00, which the client would send as now",
                at()
            )),
            Err(_) => {
                let text = datasets::short_name(text);
                Err(format!(
                    "{} has the {column} '{text}', and a message's time is in whole milliseconds",
                    at()
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(key: &[&str], timestamp: Option<&str>) -> ReplayTopics {
        ReplayTopics {
            bootstrap: "localhost:1".to_owned(),
            input: "in".to_owned(),
            partitions: 4,
            key: key.iter().map(|&name| name.to_owned()).collect(),
            timestamp: timestamp.map(str::to_owned),
            value: MessageValue::Record,
            properties: [].into(),
        }
    }

    const LINE: &str = r#"{"offset":6,"arrival_ms":3,"record":{"at":17,"user":"a","n":1.50,"gone":null}}"#;

    #[test]
    fn a_record_is_sent_as_it_stands() {
        let mut messages = Messages::new(&topics(&["user"], Some("at")));
        let value = r#"{"at":17,"user":"a","n":1.50,"gone":null}"#;
        let wanted = Message { value, key: Some(b"a"), partition: None, time_ms: Some(17) };
        assert_eq!(messages.of(LINE), Ok(wanted));
        let mut arriving = Messages::new(&topics(&[], Some("arrival_ms")));
        assert_eq!(arriving.of(LINE).expect("a line").time_ms, Some(3));
        assert!(arriving.of("{\"offset\":0,\"record\":{}}").expect_err("none").contains("no arrival_ms"));
        let mut enveloped = topics(&[], None);
        enveloped.value = MessageValue::Envelope;
        let wanted = Message { value: LINE, key: None, partition: Some(2), time_ms: None };
        assert_eq!(Messages::new(&enveloped).of(LINE), Ok(wanted));
    }

    #[test]
    fn several_columns_make_one_key_and_none_makes_none() {
        for (columns, key) in [
            (vec!["n"], Some("1.50")),
            (vec!["user", "n"], Some(r#"["a","1.50"]"#)),
            (vec!["gone", "n"], Some(r#"[null,"1.50"]"#)),
            (vec!["gone"], None),
            (vec!["gone", "nowhere"], None),
        ] {
            let mut messages = Messages::new(&topics(&columns, None));
            // What the line before had is forgotten.
            messages.of(r#"{"offset":0,"record":{"gone":"x","nowhere":"y"}}"#).expect("a line");
            let message = messages.of(LINE).expect("a line");
            assert_eq!(message.key, key.map(str::as_bytes), "{columns:?}");
            assert_eq!(message.partition, key.is_none().then_some(2), "{columns:?}");
        }
    }

    #[test]
    fn a_time_that_can_not_be_sent_is_named() {
        for (record, what) in [
            (r#"{"at":0}"#, "record 5 has the at 0: a message's time is after 1970"),
            (r#"{"at":-1}"#, "has the at -1"),
            (r#"{"at":null}"#, "record 5 has no at"),
            (r#"{"at":"soon"}"#, "'soon', and a message's time is in whole milliseconds"),
            (r#"{"at":1.5}"#, "'1.5', and"),
        ] {
            let mut messages = Messages::new(&topics(&[], Some("at")));
            let line = format!("{{\"offset\":5,\"record\":{record}}}");
            let error = messages.of(&line).expect_err(record);
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn a_closing_record_goes_where_it_is_sent() {
        let mut messages = Messages::new(&topics(&["user"], None));
        let value = r#"{"user":"~end","at":9}"#;
        let wanted = Message { value, key: Some(b"~end"), partition: Some(3), time_ms: None };
        assert_eq!(messages.closing(value, 3), Ok(wanted));
        assert!(messages.closing("end", 0).is_err());
    }
}
