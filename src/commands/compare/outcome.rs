//! Says how a comparison ends, by its exit code.

use std::collections::BTreeMap;

use compare::{FieldNoise, RowsFound};
use serde::Serialize;

use crate::exit;

/// Describes how a comparison ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    Equal,
    WithinNoise,
    Different,
    /// The tables don't differ, but the way to the right one doesn't keep a limit.
    OverLimit,
}

impl Outcome {
    pub(super) fn of(found: &RowsFound, noise: Option<&BTreeMap<String, FieldNoise>>) -> Self {
        let same_columns = found.columns_missing.is_empty() && found.columns_extra.is_empty();
        match noise {
            _ if found.is_none() => Self::Equal,
            Some(fields) if same_columns && fields.values().all(|field| !field.beyond) => Self::WithinNoise,
            Some(_) | None => Self::Different,
        }
    }

    /// Returns what it is where limits aren't kept.
    pub(super) fn limited(self, keeps_limits: bool) -> Self {
        if keeps_limits || self == Self::Different { self } else { Self::OverLimit }
    }

    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::Equal | Self::WithinNoise => 0,
            Self::Different | Self::OverLimit => exit::FAIL,
        }
    }

    /// Returns it for a badge.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::WithinNoise => "within noise",
            Self::Different => "different",
            Self::OverLimit => "over a limit",
        }
    }

    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::Equal => "the tables are equal",
            Self::WithinNoise => "the tables differ by no more than their noise",
            Self::Different => "the tables differ",
            Self::OverLimit => {
                "the tables don't differ, but the changes that made the right one go beyond a limit"
            }
        }
    }
}
