//! Holds what was observed of jobs whose rows come when they like: it differs from run to run, so it is none of the results.

use serde::{Deserialize, Serialize};

use super::{Changelog, RowsWritten};
use crate::{Pair, Wrongness};

/// Describes what was observed of an upgrade.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObservedUpgrade {
    /// Describes what subscribers saw at the switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<Changelog>,
    /// Describes what they saw when stable came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Changelog>,
    /// Rows that stable served at the switch and the candidate didn't yet: still under way, or kept back until later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_way: Option<u64>,
    /// Rows that came to be served.
    pub written: Pair<RowsWritten>,
    /// How far what was served was from the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Wrongness>,
}

/// Describes what was observed of the layers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObservedLayers {
    /// For each view the rows of the merged answer that are otherwise with it than they were before.
    pub changed: Vec<u64>,
    /// Rows of the speed layer.
    pub written: RowsWritten,
    /// How far the merged answer was from the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Wrongness>,
}
