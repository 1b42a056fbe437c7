//! Protobuf as JSON, by a schema that is read when the program runs.

use std::{collections::HashMap, path::Path};

use prost_reflect::{
    DescriptorPool, DynamicMessage, FileDescriptor, MessageDescriptor, ReflectMessage as _, SerializeOptions,
    Value,
};
use protox::{
    Compiler,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver},
};

use super::Found;

/// A registry's schema has no name of its own.
const NAMELESS: &str = "schema.proto";

/// A message of a schema.
pub(super) struct Protobuf {
    file: FileDescriptor,
    /// The message that is meant; without it the frame says, or there is one alone.
    message: Option<MessageDescriptor>,
}

/// Schemas in memory, by name.
struct InMemory(HashMap<String, String>);

impl FileResolver for InMemory {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let source = self.0.get(name).ok_or_else(|| protox::Error::file_not_found(name))?;
        File::from_source(name, source)
    }
}

impl Protobuf {
    /// The schema of a `.proto` file, which may import others from its folder.
    pub(super) fn of_file(file: &Path, message: Option<&str>) -> Result<Self, String> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = file.file_name().and_then(|name| name.to_str()).ok_or("has no name that is text")?;
        let mut resolver = ChainFileResolver::new();
        resolver.add(IncludeFileResolver::new(folder.to_owned()));
        resolver.add(GoogleFileResolver::new());
        Self::compiled(resolver, name, message)
    }

    /// The schema of a text.
    pub(super) fn of_text(found: &Found, message: Option<&str>) -> Result<Self, String> {
        let mut all: HashMap<String, String> = found.references.iter().cloned().collect();
        all.insert(NAMELESS.to_owned(), found.text.clone());
        let mut resolver = ChainFileResolver::new();
        resolver.add(InMemory(all));
        resolver.add(GoogleFileResolver::new());
        Self::compiled(resolver, NAMELESS, message)
    }

    fn compiled(resolver: ChainFileResolver, name: &str, message: Option<&str>) -> Result<Self, String> {
        let wrong =
            |error: protox::Error| format!("isn't understood: {}", datasets::shown(&error.to_string()));
        let mut compiler = Compiler::with_file_resolver(resolver);
        let files = compiler.include_imports(true).open_file(name).map_err(wrong)?.file_descriptor_set();
        let pool = DescriptorPool::from_file_descriptor_set(files)
            .map_err(|error| format!("isn't understood: {}", datasets::shown(&error.to_string())))?;
        let file = pool.get_file_by_name(name).ok_or("isn't there any more")?;
        let names =
            || file.messages().map(|message| message.full_name().to_owned()).collect::<Vec<_>>().join(", ");
        let message = match message {
            None => None,
            Some(name) => Some(pool.get_message_by_name(name).ok_or_else(|| {
                format!(
                    "has no message '{}'; it has {}",
                    datasets::short_name(name),
                    datasets::shown(&names())
                )
            })?),
        };
        Ok(Self { file, message })
    }

    /// The message that a frame's indexes lead to, or that is meant without any.
    fn meant(&self, indexes: Option<&[usize]>) -> Result<MessageDescriptor, String> {
        let framed = indexes.map(|indexes| self.at(indexes)).transpose()?;
        match (&self.message, framed) {
            (Some(wanted), Some(framed)) if *wanted != framed => {
                Err(format!("is a {}, and kafka.message is \"{}\"", framed.full_name(), wanted.full_name()))
            }
            (Some(wanted), _) => Ok(wanted.clone()),
            (None, Some(framed)) => Ok(framed),
            (None, None) => {
                let mut all = self.file.messages();
                match (all.next(), all.next()) {
                    (Some(only), None) => Ok(only),
                    (None, _) => Err("has a schema without a message".to_owned()),
                    (Some(_), Some(_)) => {
                        Err("has a schema with several messages: kafka.message says which is meant"
                            .to_owned())
                    }
                }
            }
        }
    }

    fn at(&self, indexes: &[usize]) -> Result<MessageDescriptor, String> {
        let none = || format!("is of the message {indexes:?} of its schema, which has none there");
        let (first, inner) = indexes.split_first().ok_or_else(none)?;
        let mut message = self.file.messages().nth(*first).ok_or_else(none)?;
        for index in inner {
            let child = message.child_messages().nth(*index);
            message = child.ok_or_else(none)?;
        }
        Ok(message)
    }

    /// A value as JSON: fields by their names in the schema, whole numbers as numbers, and those at their default too, since a
    /// row has all of its columns.
    pub(super) fn decode(&self, value: &[u8], indexes: Option<&[usize]>) -> Result<Vec<u8>, String> {
        let meant = self.meant(indexes)?;
        let name = meant.full_name().to_owned();
        let message = DynamicMessage::decode(meant, value)
            .map_err(|error| format!("is no {name}: {}", datasets::shown(&error.to_string())))?;
        // A field that the schema doesn't know would be left out without a word.
        if let Some((number, name)) = unknown(&message) {
            return Err(format!("has a field {number}, which {name} doesn't have in its schema"));
        }
        let options = SerializeOptions::new()
            .stringify_64_bit_integers(false)
            .use_proto_field_name(true)
            .skip_default_fields(false);
        let mut json = Vec::new();
        message
            .serialize_with_options(&mut serde_json::Serializer::new(&mut json), &options)
            .map_err(|error| format!("can't be written as JSON: {}", datasets::shown(&error.to_string())))?;
        Ok(json)
    }
}

/// The number of a field that the schema doesn't know, of a message or of one within it, and the message's name.
fn unknown(message: &DynamicMessage) -> Option<(u32, String)> {
    if let Some(field) = message.unknown_fields().next() {
        return Some((field.number(), message.descriptor().full_name().to_owned()));
    }
    message.fields().find_map(|(_, value)| unknown_in(value))
}

fn unknown_in(value: &Value) -> Option<(u32, String)> {
    match value {
        Value::Message(message) => unknown(message),
        Value::List(values) => values.iter().find_map(unknown_in),
        Value::Map(values) => values.values().find_map(unknown_in),
        _ => None,
    }
}
