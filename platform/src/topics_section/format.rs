//! How the values of messages are written, as an experiment or a command line says it.

use std::path::PathBuf;

use replay::link::{Encoding, MessageFormat};
use serde::{Deserialize, Serialize};

use super::JobKafka;
use crate::error::Error;

/// How the value of a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueForm {
    /// A JSON object.
    Json,
    /// A record of Avro.
    Avro,
    /// A message of Protobuf.
    Protobuf,
}

impl JobKafka {
    /// How values are written, once what is said of it has been found to fit.
    pub(super) fn format(&self, section: &str) -> Result<MessageFormat, Error> {
        MessageFormat {
            encoding: match self.format {
                Some(ValueForm::Avro) => Encoding::Avro,
                Some(ValueForm::Protobuf) => Encoding::Protobuf,
                Some(ValueForm::Json) | None => Encoding::Json,
            },
            schema: self.schema.as_ref().map(PathBuf::from),
            message: self.message.clone(),
            registry: self.registry.clone(),
            is_framed: self.framed.unwrap_or(self.registry.is_some()),
        }
        .checked(|key| format!("{section}.{key}"))
    }
}

/// Refuses what doesn't fit together; `key` gives the name by which a user knows a part of it.
pub trait Checked: Sized {
    /// Returns it, if it can be.
    fn checked(self, key: impl Fn(&str) -> String) -> Result<Self, Error>;
}

impl Checked for MessageFormat {
    fn checked(self, key: impl Fn(&str) -> String) -> Result<Self, Error> {
        let wrong = |name: &str, what: &str, hint: &str| {
            Err(Error::usage(format!("{}: {what}", key(name))).with_hint(hint))
        };
        let needs = matches!(self.encoding, Encoding::Avro | Encoding::Protobuf);
        match (&self.schema, &self.registry, &self.message) {
            (Some(_), _, _) if !needs => {
                wrong("schema", "JSON has none", "set the format, or leave the schema out")
            }
            (_, _, Some(_)) if self.encoding != Encoding::Protobuf => {
                wrong("message", "only a schema of Protobuf has several", "leave it out")
            }
            (Some(_), Some(_), _) => wrong("schema", "the registry has it", "one of the two"),
            (None, None, _) if needs => wrong(
                "format",
                "values in this format are read by a schema",
                "name the schema's file, or the registry that has it",
            ),
            (_, Some(address), _) if !address.starts_with("http://") => wrong(
                "registry",
                &format!("'{}' is no address that can be asked", datasets::short_name(address)),
                "http://host:8081; there is no TLS in this program",
            ),
            (_, Some(_), _) if !self.is_framed => {
                wrong("framed", "a registry's ids stand in frames", "leave it out")
            }
            _ => Ok(self),
        }
    }
}
