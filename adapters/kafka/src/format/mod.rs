//! Makes JSON of messages that are written otherwise: Avro and Protobuf, with a schema of their own or one that a registry has.
//!
//! A message is understood before anything is compared, so that two versions may write one row in two formats.

mod avro;
mod frame;
mod protobuf;
mod registry;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    fmt,
    path::Path,
};

use replay::link::{Encoding, MessageFormat};

use self::{avro::Avro, protobuf::Protobuf, registry::Registry};

/// A schema is a page of text; a file beyond this isn't one.
const LARGEST_SCHEMA: u64 = 4 << 20;

/// Says why a value isn't understood, as the rest of a sentence about its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Undecoded {
    /// Something is wrong with it.
    Value(String),
    /// The registry that has its schema doesn't answer: nothing is known of the value.
    Registry(String),
}

impl From<String> for Undecoded {
    fn from(why: String) -> Self {
        Self::Value(why)
    }
}

impl fmt::Display for Undecoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Value(why) | Self::Registry(why)) = self;
        f.write_str(why)
    }
}

/// Understands the values of a topic.
pub(crate) struct Decoder {
    encoding: Encoding,
    is_framed: bool,
    /// The schema of a file, and the one id that the topic's frames have named with it.
    own: Option<Schema>,
    own_id: Option<u32>,
    registry: Option<Registry>,
    /// Of each id the schema, or why it has none.
    by_id: HashMap<u32, Result<Schema, String>>,
    /// The message that is meant, of Protobuf.
    message: Option<String>,
}

/// A schema by which values are read.
enum Schema {
    Json,
    Avro(Avro),
    Protobuf(Protobuf),
}

impl Decoder {
    /// Reads the schema's file, where there is one. The error says what is wrong with it.
    pub(crate) fn new(format: &MessageFormat) -> Result<Self, String> {
        let message = format.message.as_deref();
        let own = format.schema.as_deref().map(|file| of_file(format.encoding, file, message)).transpose()?;
        Ok(Self {
            encoding: format.encoding,
            is_framed: format.is_framed,
            own,
            own_id: None,
            registry: format.registry.as_deref().map(Registry::new),
            by_id: HashMap::new(),
            message: format.message.clone(),
        })
    }

    /// Returns whether values are JSON as they stand.
    pub(crate) fn is_json(&self) -> bool {
        self.encoding == Encoding::Json && !self.is_framed
    }

    /// The value as JSON.
    pub(crate) fn decode<'a>(&mut self, value: &'a [u8]) -> Result<Cow<'a, [u8]>, Undecoded> {
        if !self.is_framed {
            return match &self.own {
                Some(schema) => Ok(schema.decode(value, None)?),
                None => Ok(Cow::Borrowed(value)),
            };
        }
        let (id, rest) = frame::split(value)?;
        let (indexes, rest) = match self.encoding {
            Encoding::Protobuf => frame::indexes(rest).map(|(indexes, rest)| (Some(indexes), rest))?,
            Encoding::Json | Encoding::Avro => (None, rest),
        };
        Ok(self.of_id(id)?.decode(rest, indexes.as_deref())?)
    }

    /// The schema of an id. Without a registry there is one, and all messages have to name one id.
    fn of_id(&mut self, id: u32) -> Result<&Schema, Undecoded> {
        if let Some(registry) = &self.registry {
            let schema = match self.by_id.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    // One that doesn't answer may do so later; one that knows no such schema never will.
                    let schema = match registry.schema(id, self.encoding) {
                        Ok(found) => Schema::of(self.encoding, &found, self.message.as_deref())
                            .map_err(|why| format!("has the schema id {id}, whose schema {why}")),
                        Err(Undecoded::Value(why)) => Err(why),
                        Err(silent @ Undecoded::Registry(_)) => return Err(silent),
                    };
                    new.insert(schema)
                }
            };
            return schema.as_ref().map_err(|why| Undecoded::Value(why.clone()));
        }
        let first = *self.own_id.get_or_insert(id);
        if first != id {
            return Err(format!(
                "has the schema id {id}, and others have {first}: one file can't be the schema of both; name the registry"
            )
            .into());
        }
        Ok(self.own.get_or_insert(Schema::Json))
    }
}

/// The schema of a file.
fn of_file(encoding: Encoding, file: &Path, message: Option<&str>) -> Result<Schema, String> {
    let shown = datasets::shown_path(file);
    let unreadable = |error: &dyn std::fmt::Display| format!("the schema {shown} can't be read: {error}");
    let length = std::fs::metadata(file).map_err(|error| unreadable(&error))?.len();
    if length > LARGEST_SCHEMA {
        return Err(format!("{shown} has {length} bytes, more than a schema's {LARGEST_SCHEMA}"));
    }
    let wrong = |why: String| format!("the schema {shown} {why}");
    if encoding == Encoding::Protobuf {
        return Protobuf::of_file(file, message).map(Schema::Protobuf).map_err(wrong);
    }
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(&error))?;
    Schema::of(encoding, &Found { text, references: Vec::new() }, message).map_err(wrong)
}

/// A schema's text, and those that it refers to by name, each before who needs it.
struct Found {
    text: String,
    references: Vec<(String, String)>,
}

impl Schema {
    /// The error is the rest of a sentence about the schema.
    fn of(encoding: Encoding, found: &Found, message: Option<&str>) -> Result<Self, String> {
        Ok(match encoding {
            Encoding::Json => Self::Json,
            Encoding::Avro => Self::Avro(Avro::new(found)?),
            Encoding::Protobuf => Self::Protobuf(Protobuf::of_text(found, message)?),
        })
    }

    fn decode<'a>(&self, value: &'a [u8], indexes: Option<&[usize]>) -> Result<Cow<'a, [u8]>, String> {
        match self {
            Self::Json => Ok(Cow::Borrowed(value)),
            Self::Avro(avro) => avro.decode(value).map(|json| Cow::Owned(json.into_bytes())),
            Self::Protobuf(protobuf) => protobuf.decode(value, indexes).map(Cow::Owned),
        }
    }
}
