//! Why there is no reference.

use std::fmt;

/// Why a reference can't be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchError {
    /// The offset of the record that stands in the way, counted from 0; of several the first in the file.
    /// `None` when it isn't one record's doing.
    pub record: Option<u64>,
    /// Holds what is wrong and, where known, the cure.
    pub message: String,
    /// Says whether the experiment is at fault, which asks for something that there isn't, rather than the data.
    pub is_usage: bool,
}

impl BatchError {
    /// Returns the error that a record stands in the way.
    pub fn at(record: usize, message: String) -> Self {
        Self { record: Some(record as u64), message, is_usage: false }
    }

    /// Returns an error of the whole.
    pub fn whole(message: String) -> Self {
        Self { record: None, message, is_usage: false }
    }

    /// Returns the error of an experiment that asks for what there isn't.
    pub fn usage(message: String) -> Self {
        Self { record: None, message, is_usage: true }
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(record) = self.record {
            write!(f, "record {record}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for BatchError {}
