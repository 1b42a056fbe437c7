//! Says how a dataset came to be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::value::Value;

/// Where a dataset comes from: an imported file, or a generator and its seed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// The imported file's name, without its folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The imported file's format: `csv`, `orlib`, `bpplib`, `access-log`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Which of the file's instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// BLAKE3 of the imported file's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
    /// Holds what the imported file's epoch numbers count, unless it is milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<String>,
    /// The zone of the imported file's dates that have no offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The power of ten that numbers were rounded to, where the user named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Says how many numbers that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounded: Option<u64>,
    /// Says how the imported file is compressed: `gzip`, `zstd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// The encoding of its text, unless it is UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Holds what separates its fields, unless it is a comma.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Holds what its fields are quoted by, unless it is `"`; `none` where quotes are characters as others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Says which share of the keys was kept, where not all were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// The seed by which keys were drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_seed: Option<u64>,
    /// Says how many records the keys were drawn from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampled_from: Option<u64>,
    /// Says how many keys were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampled_keys: Option<u64>,
    /// Columns whose values were replaced by keyed hashes. The key isn't kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
    /// The column by which the imported rows were sorted, unless they are in the file's order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sorted_by: Option<String>,
    /// The slice of topics that the imported file was made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<TopicSlice>,
    /// The generator's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// The generator's seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The generator's arguments, defaults included.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, Value>,
    /// For each column that the imported file doesn't have: the value that all records have there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, String>,
    /// For each column that was renamed: its name here, and its name in the imported file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed: BTreeMap<String, String>,
}

/// A bounded slice of a message broker's topics.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TopicSlice {
    /// The first time of a message that belongs to it, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
    /// The first time that doesn't any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// By at most how much partitions ran behind others when they were merged, where they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew_ms: Option<u64>,
    /// The seed by which that was drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew_seed: Option<u64>,
    /// The partitions, in the order of their topics and numbers.
    pub partitions: Vec<SlicedPartition>,
}

/// A partition of a slice: the offsets that were read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SlicedPartition {
    /// The topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// The first offset.
    pub from: i64,
    /// The first that isn't read any more.
    pub until: i64,
    /// Says that the broker had deleted the beginning of what was asked for: its retention has cut the slice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
    /// By how much it ran behind when partitions were merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind_ms: Option<u64>,
}

impl Source {
    /// Returns whether nothing is known.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
