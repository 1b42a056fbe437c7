//! Values of the gate's limits as people write them: `5%`, `1ms`, `40`.

use std::{fmt, str::FromStr};

use compare::Amount;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A relative change: `5%` is 0.05.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(into = "String")]
pub struct Percent(pub f64);

/// A length of time, in nanoseconds: `1ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Length(pub u64);

/// Describes how many rows or records, at most: `40`, or `1%` of all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Most(pub Amount);

/// Describes what may stand behind the `=` of a limit: people write numbers where a unit is wanted.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Whole(i64),
    Decimal(f64),
    Other(de::IgnoredAny),
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim().strip_suffix('%').map(str::trim);
        let value = digits.and_then(|digits| digits.parse::<f64>().ok()).filter(|value| value.is_finite());
        match value {
            Some(value) if value > -100.0 => Ok(Self(value / 100.0)),
            _ => Err(match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => format!("'{text}' has no unit: write {}", meant(number)),
                _ => format!("'{text}' is not a percentage above -100%, such as 5%"),
            }),
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

/// The percentage that somebody means who writes this number: 5 is 5%, and 0.05 is so, too.
fn meant(number: f64) -> Percent {
    if number.abs() < 1.0 { Percent(number) } else { Percent(number / 100.0) }
}

impl FromStr for Most {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(count) = text.parse() {
            return Ok(Self(Amount::Count(count)));
        }
        let share = text.ends_with('%').then(|| text.parse::<Percent>().ok()).flatten();
        match share {
            Some(Percent(share)) if (0.0..=1.0).contains(&share) => Ok(Self(Amount::Share(share))),
            _ => Err(match text.parse::<f64>() {
                Ok(share) if (0.0..1.0).contains(&share) => {
                    format!("'{text}' is no whole number: write {} for a share", Percent(share))
                }
                _ => format!(
                    "'{text}' is neither a whole number, such as 40, nor a share up to 100%, such as 1%"
                ),
            }),
        }
    }
}

impl fmt::Display for Most {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Amount::Count(count) => count.fmt(f),
            Amount::Share(share) => Percent(share).fmt(f),
        }
    }
}

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

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = match Written::deserialize(from)? {
            Written::Text(text) => return text.parse().map_err(de::Error::custom),
            Written::Whole(number) => meant(number as f64),
            Written::Decimal(number) => meant(number),
            Written::Other(_) => return Err(de::Error::custom("a percentage is text: write \"5%\"")),
        };
        Err(de::Error::custom(format!("a percentage is text with its unit: write \"{text}\"")))
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = match Written::deserialize(from)? {
            Written::Text(text) => return text.parse().map_err(de::Error::custom),
            Written::Whole(number) => number.to_string(),
            Written::Decimal(number) => number.to_string(),
            Written::Other(_) => {
                return Err(de::Error::custom("a length of time is text: write \"1ms\" or \"60s\""));
            }
        };
        Err(de::Error::custom(format!(
            "a length of time is text with its unit: write \"{number}s\" or \"{number}ms\""
        )))
    }
}

impl<'de> Deserialize<'de> for Most {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = match Written::deserialize(from)? {
            Written::Text(text) => text,
            Written::Whole(number) => number.to_string(),
            Written::Decimal(number) => number.to_string(),
            Written::Other(_) => {
                return Err(de::Error::custom("write a whole number, or a share such as \"1%\""));
            }
        };
        text.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Most {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Amount::Count(count) => to.serialize_u64(count),
            Amount::Share(share) => to.serialize_str(&Percent(share).to_string()),
        }
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

    /// Returns what the key of a file is read as, or what is said against it.
    fn read<T: for<'a> Deserialize<'a>>(value: &str) -> Result<T, String> {
        #[derive(Deserialize)]
        struct File<T> {
            key: T,
        }
        let file: Result<File<T>, _> = toml::from_str(&format!("key = {value}"));
        file.map(|file| file.key).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn amounts_are_read_as_they_are_written() {
        let amount = |text| read::<Most>(text).map(|most| most.0);
        assert_eq!(amount("40"), Ok(Amount::Count(40)));
        assert_eq!(amount("'40'"), Ok(Amount::Count(40)));
        assert_eq!(amount("'1%'"), Ok(Amount::Share(0.01)));
        assert_eq!(amount("'0%'"), Ok(Amount::Share(0.0)));
        for text in ["'101%'", "-1", "'-1%'", "'many'", "true", "''", "'%'"] {
            assert!(amount(text).is_err_and(|why| why.contains("whole number")), "{text}");
        }
        for text in ["40", "1%", "0.5%"] {
            assert_eq!(text.parse::<Most>().expect(text).to_string(), text);
        }
        let written = toml::to_string(
            &[("a", Most(Amount::Count(4))), ("b", Most(Amount::Share(0.05)))]
                .into_iter()
                .collect::<std::collections::BTreeMap<_, _>>(),
        );
        assert_eq!(written.expect("plain"), "a = 4\nb = \"5%\"\n");
    }

    #[test]
    fn a_number_without_its_unit_is_told_how_to_write_it() {
        for (value, wanted) in [
            ("5", "write \"5%\""),
            ("0.05", "write \"5%\""),
            ("-5", "write \"-5%\""),
            ("1.5", "write \"1.5%\""),
        ] {
            assert!(read::<Percent>(value).is_err_and(|why| why.ends_with(wanted)), "{value}");
        }
        for (value, wanted) in [("60", "write \"60s\" or \"60ms\""), ("0.5", "write \"0.5s\" or \"0.5ms\"")] {
            assert!(read::<Length>(value).is_err_and(|why| why.ends_with(wanted)), "{value}");
        }
        assert!(read::<Most>("0.01").is_err_and(|why| why.contains("write 1% for a share")));
        let flag = |text: &str| text.parse::<Percent>().expect_err("it has no unit");
        assert_eq!([flag("5"), flag("0.05")], ["'5' has no unit: write 5%", "'0.05' has no unit: write 5%"]);
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
