//! Checks of parameters that several problems have.

use datasets::Value;

/// A number of at least 1.
pub(super) fn at_least_one(value: &Value) -> Result<(), String> {
    match value.number() {
        Some(1..) => Ok(()),
        Some(0) => Err("must be at least 1".to_owned()),
        None => Err("must be a whole number".to_owned()),
    }
}
