//! The schema of a generic dataset: what each column holds, written down once for review and never guessed again.

mod calendar;
mod class;
mod fits;
mod infer;
mod numbers;
mod rank;
mod record_times;
mod state;
mod values;
mod words;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::import::TimeUnit;

pub use calendar::DateForm;
pub(crate) use calendar::{Clock, Stamp};
pub(crate) use fits::Checker;
pub(crate) use infer::{Learner, Looks};
pub use numbers::NumberForm;
pub(crate) use rank::Ranked;
pub use record_times::RecordTimes;
pub use values::{FieldReader, FieldValue};
pub(crate) use words::check;

/// The format of a time of day that stands in a column of its own, beside its date.
pub(crate) const TIME_OF_DAY: &str = "h:m:s";

/// Describes a column of a generic dataset, as it stands under `[[fields]]` in `manifest.toml`.
///
/// The columns of the data file and these stand in one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSchema {
    /// Holds the column's name, as in the data file's header. It may hold any characters but line ends.
    pub name: String,
    /// Says what its values are.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Holds the most digits that a value has, those after the point among them: of a whole number or a decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<u32>,
    /// Holds the most digits that a decimal has after its point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<u32>,
    /// Says what the column is to a record, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<FieldRole>,
    /// Says how values are written, where there is more than one way: `Y-M-D`, `M/D/Y` and the like for dates and times, `ms`
    /// and the like for times that are numbers, `1.234,56` and the like for numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Holds the zone of times that say none, an IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Says which of the two times is meant that a clock shows twice when it is put back; the first, if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<Fold>,
    /// Says whether blanks around a value don't belong to it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub trim: bool,
    /// Says how many records have no value here: an empty field without quotes, and in a column of another type than text an
    /// empty one with them.
    #[serde(default)]
    pub missing: u64,
}

/// Says what the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldType {
    /// Whole numbers of up to 38 digits, with or without a minus sign, without leading zeros.
    Whole,
    /// Exact decimals of up to 38 digits.
    Decimal,
    /// Numbers with exponents, or `NaN` and infinities among numbers.
    Float,
    /// `true` and `false`.
    Boolean,
    /// Days.
    Date,
    /// Days and times of day without a zone.
    Time,
    /// Days and times of day with an offset from UTC.
    TimeZoned,
    /// Anything.
    Text,
    /// Objects and lists of JSON.
    Json,
}

impl FieldType {
    /// All types.
    pub const ALL: [Self; 9] = [
        Self::Whole,
        Self::Decimal,
        Self::Float,
        Self::Boolean,
        Self::Date,
        Self::Time,
        Self::TimeZoned,
        Self::Text,
        Self::Json,
    ];

    /// Returns its name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Decimal => "decimal",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::TimeZoned => "time-zoned",
            Self::Text => "text",
            Self::Json => "json",
        }
    }

    /// Returns whether its values are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Whole | Self::Decimal | Self::Float)
    }
}

/// Says what a column is to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldRole {
    /// The column says when the record's event happened. A date and a time of day in columns of their own both have this role.
    EventTime,
    /// The column says when the record arrived; it is called `arrival_ms` and stands first.
    Arrival,
    /// The column is what a record belongs to, alone or with other such columns.
    Key,
    /// The column holds what is measured.
    Value,
}

impl FieldRole {
    /// Returns its name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventTime => "event-time",
            Self::Arrival => "arrival",
            Self::Key => "key",
            Self::Value => "value",
        }
    }
}

/// Says which of the two times is meant that a clock shows twice when it is put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fold {
    /// The first.
    #[default]
    First,
    /// The first, unless it lies before the time of the record before.
    ByOrder,
}

impl FieldSchema {
    /// Returns what the numbers of a column of times count, where the manifest or the column's name says so.
    pub fn time_unit(&self) -> Option<TimeUnit> {
        let named = TimeUnit::ALL.into_iter().find(|unit| Some(unit.name()) == self.format.as_deref());
        named.or_else(|| TimeUnit::in_name(&self.name))
    }

    /// Returns the description of a column of which no more is known.
    pub(crate) fn plain(name: &str, kind: FieldType, role: Option<FieldRole>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            digits: None,
            scale: None,
            role,
            format: None,
            zone: None,
            fold: None,
            trim: false,
            missing: 0,
        }
    }
}

impl FromStr for Fold {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "first" => Ok(Self::First),
            "by-order" => Ok(Self::ByOrder),
            _ => Err(Error::usage(format!("of two equal times, none is `{}`", crate::shown(name)))
                .with_hint("say `first` or `by-order`".to_owned())),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_in_manifests() {
        #[derive(Serialize)]
        struct Row<T> {
            word: T,
        }
        let written = |row: String| row.trim_end().to_owned();
        for kind in FieldType::ALL {
            let row = toml::to_string(&Row { word: kind }).expect("a word");
            assert_eq!(written(row), format!("word = \"{}\"", kind.name()));
        }
        for role in [FieldRole::EventTime, FieldRole::Arrival, FieldRole::Key, FieldRole::Value] {
            let row = toml::to_string(&Row { word: role }).expect("a word");
            assert_eq!(written(row), format!("word = \"{}\"", role.name()));
        }
    }
}
