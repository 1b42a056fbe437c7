//! Lists in an experiment's file, where people write a single text.

use serde::{Deserialize, Deserializer, de};

/// Describes what may stand behind the `=` of a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    List(Vec<String>),
    Text(String),
    Other(de::IgnoredAny),
}

/// A program and its arguments.
pub(crate) fn command<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    read(from, "a command is a list of words", |text| text.split_whitespace().map(str::to_owned).collect())
}

/// Triggers or faults.
pub(crate) fn items<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    read(from, "these are a list of texts", |text| vec![text.to_owned()])
}

fn read<'de, D: Deserializer<'de>>(
    from: D,
    what: &str,
    meant: fn(&str) -> Vec<String>,
) -> Result<Option<Vec<String>>, D::Error> {
    let hint = match Written::deserialize(from)? {
        Written::List(list) => return Ok(Some(list)),
        Written::Text(text) => format!("write {:?}", meant(&text)),
        Written::Other(_) => "each in quotes, between brackets".to_owned(),
    };
    Err(de::Error::custom(format!("{what}: {hint}")))
}

#[cfg(test)]
mod tests {
    use crate::experiment::ExperimentFile;

    #[test]
    fn a_text_in_the_place_of_a_list_is_told_how_to_write_it() {
        for (text, wanted) in [
            ("candidate.command = 'python3 v2.py'", "write [\"python3\", \"v2.py\"]"),
            ("candidate.command = 3", "between brackets"),
            ("replay.triggers = 'once'", "write [\"once\"]"),
            ("recovery.faults = 'crash at record 7'", "write [\"crash at record 7\"]"),
        ] {
            let error = toml::from_str::<ExperimentFile>(text).expect_err(text);
            assert!(error.message().ends_with(wanted), "{text}: {error}");
        }
        let text = "candidate.command = ['a', 'b c']\nreplay.triggers = ['once']\nrecovery.faults = ['2 random crashes']";
        let file: ExperimentFile = toml::from_str(text).expect("lists");
        assert_eq!(file.candidate.and_then(|job| job.command), Some(vec!["a".to_owned(), "b c".to_owned()]));
        assert_eq!(file.replay.triggers, Some(vec!["once".to_owned()]));
        assert_eq!(file.recovery.faults, Some(vec!["2 random crashes".to_owned()]));
        assert_eq!(toml::from_str::<ExperimentFile>("stable.job = 'x'").expect("none").recovery.faults, None);
    }
}
