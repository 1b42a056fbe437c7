//! A stretch of the log as people write it: `1000 records`, `25%` of all, or `10min` of recorded time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::limits::{Length, Percent};

/// A stretch of the log.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(into = "String")]
pub enum Span {
    /// So many records.
    Records(u64),
    /// A share of all records.
    Share(f64),
    /// Recorded time.
    Time(Length),
}

impl Span {
    /// Returns whether nothing is in it, however long the log is.
    pub(crate) fn is_empty(self) -> bool {
        match self {
            Self::Records(records) => records == 0,
            Self::Share(share) => share <= 0.0,
            Self::Time(length) => length.0 == 0,
        }
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let invalid = || {
            format!(
                "'{text}' is no stretch of the log: write '1000 records', '25%' of all, or '10min' of time"
            )
        };
        let records = ["records", "record"].iter().find_map(|unit| text.strip_suffix(unit));
        if let Some(records) = records {
            return records.trim().parse().map(Self::Records).map_err(|_| invalid());
        }
        if let Ok(records) = text.parse::<u64>() {
            return Err(format!("'{text}' has no unit: write '{records} records'"));
        }
        if text.ends_with('%') {
            let share = text.parse::<Percent>().ok().filter(|share| (0.0..=1.0).contains(&share.0));
            return share.map(|share| Self::Share(share.0)).ok_or_else(invalid);
        }
        text.parse().map(Self::Time).map_err(|_| invalid())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(1) => f.write_str("1 record"),
            Self::Records(records) => write!(f, "{records} records"),
            Self::Share(share) => Percent(*share).fmt(f),
            Self::Time(length) => length.fmt(f),
        }
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Other(de::IgnoredAny),
        }
        match Written::deserialize(from)? {
            Written::Text(text) => text.parse().map_err(de::Error::custom),
            Written::Other(_) => Err(de::Error::custom(
                "a stretch of the log is text: write \"1000 records\", \"25%\" or \"10min\"",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_they_are_written() {
        for text in ["1 record", "1000 records", "25%", "0.5%", "90s", "250ms"] {
            assert_eq!(text.parse::<Span>().map(|span| span.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("10min".parse(), Ok(Span::Time(Length(600_000_000_000))));
        assert_eq!("1000records".parse(), Ok(Span::Records(1000)));
    }

    #[test]
    fn what_is_no_span_is_refused_with_the_way_to_write_it() {
        for (text, why) in [
            ("1000", "has no unit: write '1000 records'"),
            ("101%", "is no stretch of the log"),
            ("-1 records", "is no stretch of the log"),
            ("soon", "is no stretch of the log"),
            ("", "is no stretch of the log"),
        ] {
            let refused = text.parse::<Span>().expect_err(text);
            assert!(refused.contains(why), "{refused}");
        }
    }
}
