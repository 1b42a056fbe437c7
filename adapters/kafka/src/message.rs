//! Makes messages of the lines that a link is handed: `{"offset":0,"arrival_ms":12,"record":{"user":"a"}}`.

use std::{borrow::Cow, fmt};

use replay::link::{MessageValue, ReplayTopics};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

/// The column that is no part of a record: when it arrives.
const ARRIVAL: &str = "arrival_ms";
/// The columns begin so in which a slice of a topic says where a message stood.
const PLACE: &str = "kafka_";

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
    pub(crate) value: Cow<'a, str>,
    /// `None` where the record has no key.
    pub(crate) key: Option<&'a [u8]>,
    /// The partition of a record without a key, or of each where a column says it; else one with a key is where the key belongs.
    pub(crate) partition: Option<u32>,
    /// Names and values.
    pub(crate) headers: &'a [(String, Option<String>)],
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
    partition: Option<String>,
    headers: Vec<(String, Option<String>)>,
}

impl Messages {
    pub(crate) fn new(topics: &ReplayTopics) -> Self {
        let fields = topics.key.iter().map(|_| (false, String::new())).collect();
        let headers = topics.headers.keys().map(|name| (name.clone(), None)).collect();
        Self { topics: topics.clone(), fields, key: Vec::new(), time: None, partition: None, headers }
    }

    /// The message of a line. The error says what it can't be sent for.
    pub(crate) fn of<'a>(&'a mut self, line: &'a str) -> Result<Message<'a>, String> {
        let read: Line<'a> = serde_json::from_str(line).map_err(|error| format!("no record: {error}"))?;
        let record = read.record.get();
        let takes_arrival = self.topics.timestamp.as_deref() == Some(ARRIVAL);
        let topics = &self.topics;
        let looks = !topics.key.is_empty() || topics.partition.is_some() || !topics.headers.is_empty();
        if looks || (topics.timestamp.is_some() && !takes_arrival) {
            self.look(record)?;
        }
        if takes_arrival {
            self.time = read.arrival_ms.map(|ms| ms.to_string());
        }
        let time_ms = self.time_ms(Some(read.offset))?;
        let has_key = self.make_key();
        let partition = match self.topics.partition {
            Some(_) => Some(self.named_partition(read.offset)?),
            None => (!has_key).then(|| (read.offset % u64::from(self.topics.partitions)) as u32),
        };
        Ok(Message {
            value: match self.topics.value {
                MessageValue::Record => record.into(),
                MessageValue::Envelope => line.into(),
                MessageValue::Payload => payload(record)?.into(),
            },
            key: has_key.then_some(&self.key),
            partition,
            headers: &self.headers,
            time_ms,
        })
    }

    /// The message of a closing record for a partition: its value stands in the experiment.
    pub(crate) fn closing<'a>(&'a mut self, value: &'a str, partition: u32) -> Result<Message<'a>, String> {
        self.look(value)?;
        let time_ms = self.time_ms(None)?;
        let has_key = self.make_key();
        let key = has_key.then_some(&*self.key);
        let value = match self.topics.value {
            MessageValue::Record | MessageValue::Envelope => value.into(),
            MessageValue::Payload => payload(value)?.into(),
        };
        Ok(Message { value, key, partition: Some(partition), headers: &[], time_ms })
    }

    /// Finds the fields that the message's key and time are made of.
    fn look(&mut self, record: &str) -> Result<(), String> {
        self.fields.iter_mut().for_each(|field| field.0 = false);
        (self.time, self.partition) = (None, None);
        self.headers.iter_mut().for_each(|header| header.1 = None);
        datasets::json_fields(record, |name, kind, text| {
            for (key, field) in self.topics.key.iter().zip(&mut self.fields) {
                if key == name && kind.has_text() {
                    text.clone_into(&mut field.1);
                    field.0 = true;
                }
            }
            if !kind.has_text() {
                return Ok(());
            }
            if self.topics.timestamp.as_deref() == Some(name) {
                self.time = Some(text.to_owned());
            }
            if self.topics.partition.as_deref() == Some(name) {
                self.partition = Some(text.to_owned());
            }
            for (column, header) in self.topics.headers.values().zip(&mut self.headers) {
                if column == name {
                    header.1 = Some(text.to_owned());
                }
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

    /// The partition that the record's column names.
    fn named_partition(&self, offset: u64) -> Result<u32, String> {
        let column = datasets::short_name(self.topics.partition.as_deref().unwrap_or_default());
        let (partitions, text) = (self.topics.partitions, self.partition.as_deref().unwrap_or_default());
        match text.parse::<u32>() {
            Ok(partition) if partition < partitions => Ok(partition),
            Ok(partition) => Err(format!(
                "record {offset} has the {column} {partition}, and the topic is made with the partitions 0 to {}: kafka.partitions",
                partitions - 1
            )),
            Err(_) => Err(format!(
                "record {offset} has the {column} '{}', which is no partition's number",
                datasets::short_name(text)
            )),
        }
    }

    /// The message's time; `offset` is the record's, and nothing of a closing record.
    fn time_ms(&self, offset: Option<u64>) -> Result<Option<i64>, String> {
        let Some(column) = &self.topics.timestamp else { return Ok(None) };
        let column = datasets::short_name(column);
        let at =
            || offset.map_or_else(|| "the closing record".to_owned(), |offset| format!("record {offset}"));
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

/// A record without the columns that say where its message stood.
fn payload(record: &str) -> Result<String, String> {
    let fields: Fields<'_> = serde_json::from_str(record).map_err(|error| format!("no record: {error}"))?;
    let mut value = String::from("{");
    for (name, text) in fields.0.iter().filter(|(name, _)| !name.starts_with(PLACE)) {
        if value.len() > 1 {
            value.push(',');
        }
        value.push_str(&serde_json::Value::from(name.as_ref()).to_string());
        value.push(':');
        value.push_str(text.get());
    }
    value.push('}');
    Ok(value)
}

/// The fields of an object as they are written, in order.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> de::Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: de::MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    fields.push((name.into(), value));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
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
            partition: None,
            headers: [].into(),
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
        let wanted = Message {
            value: value.into(),
            key: Some(b"a"),
            partition: None,
            headers: &[],
            time_ms: Some(17),
        };
        assert_eq!(messages.of(LINE), Ok(wanted));
        let mut arriving = Messages::new(&topics(&[], Some("arrival_ms")));
        assert_eq!(arriving.of(LINE).expect("a line").time_ms, Some(3));
        assert!(arriving.of("{\"offset\":0,\"record\":{}}").expect_err("none").contains("no arrival_ms"));
        let mut enveloped = topics(&[], None);
        enveloped.value = MessageValue::Envelope;
        let wanted =
            Message { value: LINE.into(), key: None, partition: Some(2), headers: &[], time_ms: None };
        assert_eq!(Messages::new(&enveloped).of(LINE), Ok(wanted));
    }

    #[test]
    fn a_message_of_a_slice_goes_back_as_it_stood() {
        let mut recorded = topics(&["kafka_key"], Some("kafka_timestamp"));
        recorded.value = MessageValue::Payload;
        recorded.partition = Some("kafka_partition".to_owned());
        recorded.headers = [("trace", "kafka_header_trace"), ("none", "kafka_header_none")]
            .map(|(name, column)| (name.to_owned(), column.to_owned()))
            .into();
        let mut messages = Messages::new(&recorded);
        let line = |partition: &str| {
            format!(
                r#"{{"offset":1,"record":{{"kafka_timestamp":17,"kafka_partition":{partition},"kafka_offset":9,"kafka_key":"k","kafka_header_trace":"t1","user":"a","n":1.50}}}}"#
            )
        };
        let line_of = line("3");
        let message = messages.of(&line_of).expect("a line");
        assert_eq!(message.value, r#"{"user":"a","n":1.50}"#);
        assert_eq!((message.key, message.partition, message.time_ms), (Some(&b"k"[..]), Some(3), Some(17)));
        let headers = [("none".to_owned(), None), ("trace".to_owned(), Some("t1".to_owned()))];
        assert_eq!(message.headers, headers);
        for (partition, what) in [
            ("4", "has the kafka_partition 4, and the topic is made with the partitions 0 to 3"),
            ("null", "''"),
            ("\"x\"", "'x'"),
        ] {
            let error = messages.of(&line(partition)).expect_err(partition);
            assert!(error.contains(what), "{error}");
        }
        assert_eq!(payload(r#"{"kafka_offset":1}"#).as_deref(), Ok("{}"));
        let late = messages.closing(r#"{"user":"~end"}"#, 1).expect_err("no time");
        assert_eq!(late, "the closing record has no kafka_timestamp, which is to be its time");
        let closing = messages.closing(r#"{"kafka_timestamp":9,"user":"~end"}"#, 1).expect("a record");
        assert_eq!((&*closing.value, closing.time_ms), (r#"{"user":"~end"}"#, Some(9)));
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
        let wanted = Message {
            value: value.into(),
            key: Some(b"~end"),
            partition: Some(3),
            headers: &[],
            time_ms: None,
        };
        assert_eq!(messages.closing(value, 3), Ok(wanted));
        assert!(messages.closing("end", 0).is_err());
    }
}
