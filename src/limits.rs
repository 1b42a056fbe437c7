//! Values of the gate's limits as people write them: `5%`, `1ms`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A relative change: `5%` is 0.05.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Percent(pub(crate) f64);

/// A length of time, in nanoseconds: `1ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Length(pub(crate) u64);

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim().strip_suffix('%').map(str::trim);
        let value = digits.and_then(|digits| digits.parse::<f64>().ok()).filter(|value| value.is_finite());
        match value {
            Some(value) if value > -100.0 => Ok(Self(value / 100.0)),
            _ => Err(format!("'{text}' is not a percentage above -100%, such as 5%")),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Through the shortest decimal of the product, so that 5% doesn't come back as 5.000000000000001%.
        write!(f, "{}%", (self.0 * 100.0 * 1e9).round() / 1e9)
    }
}

/// Units of time, the longest first, each with its nanoseconds.
const UNITS: [(&str, u64); 4] = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1)];

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("'{text}' is not a length of time, such as 1ms, 250us or 2s");
        let length: jiff::SignedDuration = text.trim().parse().map_err(|_| invalid())?;
        u64::try_from(length.as_nanos()).ok().filter(|ns| *ns > 0).map(Self).ok_or_else(invalid)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, ns) = UNITS.into_iter().find(|(_, ns)| self.0.is_multiple_of(*ns)).unwrap_or(("ns", 1));
        write!(f, "{}{unit}", self.0 / ns)
    }
}

impl TryFrom<String> for Percent {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Length {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Percent> for String {
    fn from(percent: Percent) -> Self {
        percent.to_string()
    }
}

impl From<Length> for String {
    fn from(length: Length) -> Self {
        length.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_as_they_are_written() {
        for (text, value) in [("5%", 0.05), ("0%", 0.0), ("-2.5%", -0.025), ("7%", 0.07), ("150%", 1.5)] {
            let percent: Percent = text.parse().expect(text);
            assert!((percent.0 - value).abs() < 1e-12, "{text}");
            assert_eq!(percent.to_string(), text);
        }
        for text in ["5", "", "%", "NaN%", "inf%", "-100%", "five%"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_are_read_as_they_are_written() {
        for (text, ns) in [("1ms", 1_000_000), ("250us", 250_000), ("2s", 2_000_000_000), ("17ns", 17)] {
            assert_eq!(text.parse(), Ok(Length(ns)));
            assert_eq!(Length(ns).to_string(), text);
        }
        for text in ["1", "", "0ms", "-1ms", "1 parsec"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }
}
