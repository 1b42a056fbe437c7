//! Watches for what a column has lost before we saw it.

use crate::form::{Form, IsUtc, Value};

/// Doubles hold every whole number up to this, and not every one beyond.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Describes what the values of a column have shown.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Losses {
    has_fractions: bool,
    is_inexact: bool,
}

impl Losses {
    #[inline]
    pub(crate) fn see(&mut self, value: Value<'_>) {
        if let Value::Double(value) = value
            && !self.has_fractions
            && value.is_finite()
        {
            self.has_fractions = value.fract() != 0.0;
            self.is_inexact |= value.abs() >= EXACT;
        }
    }

    /// Returns what there is to say of a column, a sentence each.
    pub(crate) fn sentences(self, name: &str, form: Form) -> Vec<String> {
        let name = datasets::short_name(name);
        let mut said = Vec::new();
        match form {
            Form::Int96 => said.push(format!(
                "column '{name}' holds times of 96 bits (INT96), which don't say whether they are UTC; they are \
                 written without a zone"
            )),
            Form::Timestamp(_, IsUtc(false)) => {
                said.push(format!("column '{name}' holds times without a zone, so nobody can say when that was"));
            }
            Form::Bytes => said.push(format!(
                "column '{name}' holds bytes that nothing calls a text; they are written as \\x and hexadecimal digits"
            )),
            _ => {}
        }
        if self.is_inexact && !self.has_fractions {
            said.push(format!(
                "column '{name}' holds whole numbers as doubles, some of 2^53 or more: their last digits may have \
                 been lost when they were written"
            ));
        }
        said
    }
}
