//! `log` and `log_properties` in `[serving]`: where the log is kept that an architecture's jobs read. Whoever keeps logs elsewhere
//! than in a folder is an adapter's, which the program hands over when it has one.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::OnceLock};

use store::log::{Elsewhere, Keeper};

use crate::error::Error;

static KEEPER: OnceLock<Keeper> = OnceLock::new();

/// Begins the address of a log that is a broker's topic.
const SCHEME: &str = "kafka://";
/// The log in a folder of the run.
const EMBEDDED: &str = "embedded";
/// The longest name that an experiment may give: the broker's longest has 249, and the run adds its own end.
const LONGEST_NAME: usize = 200;

/// Hands over the adapter that keeps logs in topics, once; a second is ignored.
pub fn provide(keeper: Keeper) {
    let _ = KEEPER.set(keeper);
}

/// Returns the adapter, or the error of a program that has none.
pub(crate) fn keeper() -> Result<&'static Keeper, Error> {
    KEEPER.get().ok_or_else(|| {
        Error::usage("[serving] log: this program is built without Kafka")
            .with_hint("build it with --features kafka, or leave log out")
    })
}

/// Says where a log is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LogChoice {
    /// In a folder of the run.
    #[default]
    Embedded,
    /// In a topic of the run's own, whose name begins as the place's does.
    Topic(Elsewhere),
}

impl LogChoice {
    /// Reads what the section says.
    pub(crate) fn of(log: Option<&str>, properties: Option<&[String]>) -> Result<Self, Error> {
        let named = log.map_or(Ok(Self::Embedded), str::parse).map_err(|Unknown(why)| {
            Error::usage(format!("[serving] log: {}", datasets::shown(&why)))
                .with_hint("\"embedded\", or a topic such as \"kafka://127.0.0.1:9092/clicks\"")
        })?;
        match (named, properties) {
            (Self::Topic(place), properties) => {
                let settings = properties.unwrap_or_default().iter().map(|text| property(text));
                Ok(Self::Topic(Elsewhere { settings: settings.collect::<Result<_, _>>()?, ..place }))
            }
            (Self::Embedded, Some([_, ..])) => {
                Err(Error::usage("[serving] log_properties: the log in a folder has none")
                    .with_hint("set log = \"kafka://127.0.0.1:9092/clicks\", or leave log_properties out"))
            }
            (named, _) => Ok(named),
        }
    }

    /// Returns what a file says of its client's settings.
    pub(crate) fn properties(&self) -> Option<Vec<String>> {
        let Self::Topic(Elsewhere { settings, .. }) = self else { return None };
        let said = settings.iter().map(|(name, value)| format!("{name}={value}"));
        (!settings.is_empty()).then(|| said.collect())
    }

    /// Refuses a log that this program can't keep.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Embedded => Ok(()),
            Self::Topic(_) => keeper().map(drop),
        }
    }
}

fn property(text: &str) -> Result<(String, String), Error> {
    match text.split_once('=').map(|(name, value)| (name.trim(), value)) {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => {
            let text = datasets::short_name(text);
            Err(Error::usage(format!("[serving] log_properties: '{text}' is no setting"))
                .with_hint("a name and a value, such as security.protocol=ssl"))
        }
    }
}

/// Says why a text names no place for a log.
#[derive(Debug)]
pub struct Unknown(String);

impl FromStr for LogChoice {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let text = text.trim();
        if text == EMBEDDED {
            return Ok(Self::Embedded);
        }
        let Some(rest) = text.strip_prefix(SCHEME) else {
            return Err(Unknown(format!("unknown place '{text}'")));
        };
        let (address, name) = match rest.rsplit_once('/') {
            Some((address, name)) if !address.is_empty() && !name.is_empty() => (address, name),
            _ => return Err(Unknown(format!("'{text}' names no server, or no topic"))),
        };
        let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.len() > LONGEST_NAME || !name.chars().all(is_legal) {
            return Err(Unknown(format!(
                "'{}' can't begin a topic's name: at most {LONGEST_NAME} letters of a-z, digits, '.', '_' and '-'",
                datasets::short_name(name)
            )));
        }
        let (address, name) = (address.to_owned(), name.to_owned());
        Ok(Self::Topic(Elsewhere { address, name, settings: BTreeMap::new() }))
    }
}

impl fmt::Display for LogChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str(EMBEDDED),
            Self::Topic(Elsewhere { address, name, .. }) => write!(f, "{SCHEME}{address}/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_itself() {
        for text in ["embedded", "kafka://127.0.0.1:9092/clicks", "kafka://a:1,b:2/c.d_e-f"] {
            let choice = LogChoice::of(Some(text), None).expect(text);
            assert_eq!(choice.to_string(), text);
        }
        let said = ["b=2=3".to_owned(), "a=1".to_owned()];
        let choice = LogChoice::of(Some("kafka://a:1/c"), Some(&said)).expect("a topic");
        assert_eq!(choice.properties(), Some(vec!["a=1".to_owned(), "b=2=3".to_owned()]));
        assert_eq!(LogChoice::of(None, None).expect("the default"), LogChoice::Embedded);
    }

    #[test]
    fn what_names_no_place_is_refused() {
        let long = format!("kafka://a:1/{}", "x".repeat(201));
        for (text, why) in [
            ("pulsar://a:1/b", "unknown place 'pulsar://a:1/b'"),
            ("kafka://a:1", "names no server, or no topic"),
            ("kafka:///b", "names no server, or no topic"),
            ("kafka://a:1/", "names no server, or no topic"),
            ("kafka://a:1/b c", "'b c' can't begin a topic's name"),
            (&long, "can't begin a topic's name: at most 200"),
        ] {
            let refused = LogChoice::of(Some(text), None).expect_err(text);
            assert!(refused.is_usage() && refused.to_string().contains(why), "{refused}");
        }
        for (log, property, why) in
            [("kafka://a:1/b", "x", "'x' is no setting"), ("embedded", "a=b", "the log in a folder has none")]
        {
            let refused = LogChoice::of(Some(log), Some(&[property.to_owned()])).expect_err(property);
            assert!(refused.to_string().contains(why), "{refused}");
        }
    }
}
