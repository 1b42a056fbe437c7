//! The lines of a slice, and what is to be known of them.

use datasets::TopicSlice;
use rdkafka::{
    Message as _,
    message::{BorrowedMessage, Headers as _},
};
use serde_json::{Value, value::RawValue};

use super::{Part, Sliced};
use crate::format::{Decoder, Undecoded};

/// So many places are named, where there are many.
const NAMED: usize = 3;

/// Gathers what is to be known.
pub(super) struct Told {
    decoder: Decoder,
    pub(super) source: TopicSlice,
    pub(super) lines: u64,
    pub(super) notes: Vec<String>,
    tombstones: u64,
    strange: u64,
    /// Keys and headers that aren't UTF-8.
    lossy: u64,
    /// Headers that another of their name follows.
    repeated: u64,
}

impl Told {
    pub(super) fn new(decoder: Decoder) -> Self {
        let (source, notes) = (TopicSlice::default(), Vec::new());
        Self { decoder, source, lines: 0, notes, tombstones: 0, strange: 0, lossy: 0, repeated: 0 }
    }

    /// The line of a message; `None` for one without a value.
    ///
    /// # Errors
    ///
    /// Where nothing is known of its value, for the registry doesn't answer.
    pub(super) fn line(
        &mut self,
        message: &BorrowedMessage<'_>,
        names_topic: bool,
    ) -> Result<Option<Vec<u8>>, String> {
        let Some(value) = message.payload() else {
            self.tombstones += 1;
            return Ok(None);
        };
        let decoded = self.decoder.decode(value);
        let (value, why) = match &decoded {
            Ok(value) => (&**value, None),
            Err(Undecoded::Value(why)) => (value, Some(why.as_str())),
            Err(Undecoded::Registry(why)) => return Err(format!("a message {why}")),
        };
        let text = if why.is_some() { None } else { str::from_utf8(value).ok().map(str::trim) };
        let fields = text.and_then(|text| {
            let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
            is_json.then(|| text.strip_prefix('{')).flatten()
        });
        let Some(rest) = fields else {
            self.strange += 1;
            if self.strange <= NAMED as u64 {
                let (topic, partition) = (datasets::shown(message.topic()), message.partition());
                let offset = message.offset();
                let what = why.map_or_else(|| "no JSON object".to_owned(), |why| format!("a message {why}"));
                self.notes.push(format!("{what}: partition {partition}, offset {offset} of {topic}"));
            }
            // Whoever reads the lines finds it to be a bad row.
            let is_json = self.decoder.is_json();
            let mut line = if is_json { value.to_vec() } else { lossless(value) };
            line.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
            line.push(b'\n');
            return Ok(Some(line));
        };
        let mut begin = self.place(message, names_topic);
        if !rest.trim_start().starts_with('}') {
            begin.push(b',');
        }
        begin.extend(rest.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
        begin.push(b'\n');
        Ok(Some(begin))
    }

    /// The beginning of a line that says where a message stood: its time, partition and offset, its key and its headers.
    fn place(&mut self, message: &BorrowedMessage<'_>, names_topic: bool) -> Vec<u8> {
        let mut place = vec![b'{'];
        let mut field = |name: &str, value: Value| {
            place.extend_from_slice(if place.len() > 1 { b"," } else { b"" });
            place.extend_from_slice(format!("{}:{value}", Value::from(name)).as_bytes());
        };
        let mut lossy = 0;
        let mut text = |bytes: Option<&[u8]>| {
            let text = bytes.map(String::from_utf8_lossy);
            lossy += u64::from(matches!(text, Some(std::borrow::Cow::Owned(_))));
            Value::from(text)
        };
        if names_topic {
            field("kafka_topic", message.topic().into());
        }
        field("kafka_timestamp", message.timestamp().to_millis().into());
        field("kafka_partition", message.partition().into());
        field("kafka_offset", message.offset().into());
        field("kafka_key", text(message.key()));
        let all: Vec<_> = message.headers().into_iter().flat_map(|headers| headers.iter()).collect();
        for (at, header) in all.iter().enumerate() {
            // A field stands once: of headers with one name the last counts, as for most readers.
            if all[at + 1..].iter().any(|later| later.key == header.key) {
                self.repeated += 1;
                continue;
            }
            field(&format!("kafka_header_{}", header.key), text(header.value));
        }
        self.lossy += lossy;
        place
    }

    pub(super) fn finish(mut self, parts: &[Part]) -> Sliced {
        if self.strange > NAMED as u64 {
            self.notes.push(format!("messages that can't be read: {}", self.strange));
        }
        if self.tombstones > 0 {
            self.notes.push(format!("messages without a value, which are left out: {}", self.tombstones));
        }
        if self.lossy > 0 {
            let what = "they are no text, and don't go back as they stood";
            self.notes
                .push(format!("keys and headers with bytes that were replaced: {}; {what}", self.lossy));
        }
        if self.repeated > 0 {
            self.notes.push(format!("headers left out, for one of their name follows: {}", self.repeated));
        }
        let gaps = parts.iter().filter(|part| part.has_gaps).count();
        if gaps > 0 {
            let what = "their topic is compacted, or written to in transactions";
            self.notes.push(format!("partitions whose offsets have gaps: {gaps}; {what}"));
        }
        Sliced { lines: self.lines, source: self.source, notes: self.notes }
    }
}

/// Bytes that are no text, as hexadecimal digits.
fn lossless(value: &[u8]) -> Vec<u8> {
    value.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}
