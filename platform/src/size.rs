//! Amounts of memory as people write them: `200MB`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An amount of memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(pub u64);

/// Units with their bytes, the largest first.
const UNITS: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1000),
    ("B", 1),
];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("'{text}' is not an amount of memory, such as 200MB or 1GiB");
        let written = text.trim();
        let (number, unit) = written.split_at(written.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0));
        let bytes = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(invalid)?.1;
        let number = number.trim().parse::<f64>().ok().filter(|number| *number > 0.0).ok_or_else(invalid)?;
        let size = (number * bytes as f64).round();
        if (1.0..9e18).contains(&size) { Ok(Self(size as u64)) } else { Err(invalid()) }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, bytes) =
            UNITS.into_iter().find(|(_, bytes)| self.0.is_multiple_of(*bytes)).unwrap_or(("B", 1));
        write!(f, "{}{unit}", self.0 / bytes)
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        size.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for (text, bytes) in [
            ("200MB", 200_000_000),
            ("1GiB", 1 << 30),
            ("64KiB", 65_536),
            ("3kB", 3000),
            ("17B", 17),
            ("2GB", 2_000_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)));
            assert_eq!(Size(bytes).to_string(), text);
        }
        assert_eq!(("1.5 gb".parse(), " 2 mb".parse()), (Ok(Size(1_500_000_000)), Ok(Size(2_000_000))));
        for text in ["200", "", "MB", "0MB", "-1MB", "1e30GB", "NaNB", "2 parsec", "infMB", "0.1B"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
