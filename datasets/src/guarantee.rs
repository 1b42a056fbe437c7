//! Describes what a crash may do to a record's effect: the word that experiments, replays and results share.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A delivery guarantee: what holds of each record's effect, and of each row that is delivered, whatever crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guarantee {
    /// Nothing counts twice: the position is committed before the records are worked off, so a crash loses them.
    AtMostOnce,
    /// Nothing is lost: the position is committed last, so a crash in between has records count twice.
    AtLeastOnce,
    /// Neither: state, position and output are committed in one step.
    ExactlyOnce,
}

impl Guarantee {
    /// All, from the weakest for duplicates to the strongest.
    pub const ALL: [Self; 3] = [Self::AtMostOnce, Self::AtLeastOnce, Self::ExactlyOnce];

    /// Returns its name in experiment files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtMostOnce => "at-most-once",
            Self::AtLeastOnce => "at-least-once",
            Self::ExactlyOnce => "exactly-once",
        }
    }
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Guarantee {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|guarantee| guarantee.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("unknown guarantee '{text}', expected one of: {known}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for guarantee in Guarantee::ALL {
            let name = guarantee.to_string();
            assert_eq!(name.parse(), Ok(guarantee));
            let written = toml::Value::try_from(guarantee).expect("a name");
            assert_eq!(written, toml::Value::String(name));
            assert_eq!(written.try_into::<Guarantee>().expect("what was written"), guarantee);
        }
        let expected = "unknown guarantee 'once', expected one of: at-most-once, at-least-once, exactly-once";
        assert_eq!("once".parse::<Guarantee>(), Err(expected.to_owned()));
    }
}
