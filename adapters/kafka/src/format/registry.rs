//! Asks a schema registry, by the interface that Confluent's, Karapace and Apicurio share.

use std::time::Duration;

use replay::link::Encoding;
use serde::Deserialize;

use super::{Found, Undecoded};

/// A registry that doesn't answer within this time is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// References of references, at most this deep.
const DEEPEST: usize = 16;

/// A registry, by its address.
pub(super) struct Registry {
    address: String,
    agent: ureq::Agent,
}

/// A schema, as a registry gives it.
#[derive(Debug, Deserialize)]
struct Answer {
    schema: String,
    /// Left out of Avro.
    #[serde(rename = "schemaType")]
    kind: Option<String>,
    #[serde(default)]
    references: Vec<Reference>,
}

#[derive(Debug, Deserialize)]
struct Reference {
    name: String,
    subject: String,
    version: u32,
}

impl Registry {
    pub(super) fn new(address: &str) -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).build();
        Self { address: address.trim_end_matches('/').to_owned(), agent: config.new_agent() }
    }

    /// The schema of an id, with all that it refers to.
    pub(super) fn schema(&self, id: u32, encoding: Encoding) -> Result<Found, Undecoded> {
        let answer = self.ask(&format!("schemas/ids/{id}"))?;
        let (kind, wanted) = (answer.kind.as_deref().unwrap_or("AVRO"), encoding.name());
        if !kind.eq_ignore_ascii_case(wanted) {
            return Err(format!(
                "has the schema id {id}, which {} calls {}, and kafka.format is \"{}\"",
                self.address,
                datasets::short_name(kind),
                wanted.to_ascii_lowercase()
            )
            .into());
        }
        let mut references = Vec::new();
        self.gather(answer.references, &mut references, DEEPEST)?;
        Ok(Found { text: answer.schema, references })
    }

    /// Appends what is referred to, each behind what it refers to itself, and each once.
    fn gather(
        &self,
        wanted: Vec<Reference>,
        found: &mut Vec<(String, String)>,
        depth: usize,
    ) -> Result<(), Undecoded> {
        if depth == 0 && !wanted.is_empty() {
            return Err(format!("has a schema whose references are more than {DEEPEST} deep").into());
        }
        for Reference { name, subject, version } in wanted {
            if found.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let answer = self.ask(&format!("subjects/{}/versions/{version}", escaped(&subject)))?;
            self.gather(answer.references, found, depth - 1)?;
            found.push((name, answer.schema));
        }
        Ok(())
    }

    fn ask(&self, path: &str) -> Result<Answer, Undecoded> {
        let url = format!("{}/{path}", self.address);
        let failed = |why: &dyn std::fmt::Display| {
            format!(
                "has a schema that {} doesn't give: {}",
                datasets::shown(&url),
                datasets::shown(&why.to_string())
            )
        };
        let mut answer = self.agent.get(&url).call().map_err(|error| match error {
            ureq::Error::StatusCode(400..=499) => Undecoded::Value(failed(&error)),
            error => Undecoded::Registry(failed(&error)),
        })?;
        let body = answer.body_mut().with_config().limit(super::LARGEST_SCHEMA).read_to_string();
        let body = body.map_err(|error| Undecoded::Registry(failed(&error)))?;
        serde_json::from_str(&body).map_err(|error| Undecoded::Registry(failed(&error)))
    }
}

/// A subject in a path: letters, digits and `.-_~` stand for themselves.
fn escaped(subject: &str) -> String {
    subject
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
