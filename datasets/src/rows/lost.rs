//! Looks at the cells of a column for what was lost when they were written.

use crate::reading::short_name;
use crate::table::{Field, FieldKind};

/// From here on a double lacks some whole numbers.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// Describes how fine the times of a column are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimesSeen {
    /// How many there are.
    pub times: u64,
    /// The most digits of a second behind the point that one needs.
    pub digits: usize,
}

impl TimesSeen {
    pub(crate) fn note(&mut self, canonical: &str) {
        let fraction = canonical.trim_end_matches('Z').split_once('.');
        self.times += 1;
        self.digits = self.digits.max(fraction.map_or(0, |(_, digits)| digits.len()));
    }
}

/// Holds what the numbers of a column look like.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NumbersSeen {
    /// How many are whole, of 2^53 or more, and written as a double is.
    beyond: u64,
    /// Says whether there is something that isn't a whole number.
    has_others: bool,
    /// Says whether there is a number that is written as a double is.
    has_doubles: bool,
    has_texts: bool,
    nulls: u64,
}

impl NumbersSeen {
    #[inline]
    pub(crate) fn note(&mut self, field: Field<'_>) {
        match field.kind {
            FieldKind::Null => self.nulls += 1,
            FieldKind::Untyped | FieldKind::Number if !field.text.is_empty() => self.note_text(field.text),
            FieldKind::Untyped | FieldKind::Number | FieldKind::Missing | FieldKind::Unknown => {}
            FieldKind::Text | FieldKind::Boolean | FieldKind::Nested => self.has_texts = true,
        }
    }

    fn note_text(&mut self, text: &str) {
        if self.has_texts || self.has_others && self.has_doubles {
            return;
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        let number =
            if digits.starts_with(|c: char| c.is_ascii_digit()) { text.parse::<f64>().ok() } else { None };
        let Some(number) = number.filter(|number| number.is_finite()) else {
            self.has_texts = true;
            return;
        };
        let is_double = is_spelled_as_double(digits);
        self.has_doubles |= is_double;
        if number.fract() != 0.0 {
            self.has_others = true;
        } else if is_double && number.abs() >= EXACT_BELOW {
            self.beyond += 1;
        }
    }

    /// Returns how many whole numbers may have lost digits, in a column of whole numbers.
    fn lossy(&self) -> u64 {
        if self.has_texts || self.has_others { 0 } else { self.beyond }
    }

    /// Says how many whole numbers of a column may have lost digits, if there are any.
    pub(crate) fn lost_digits(&self, column: &str) -> Option<String> {
        let (lossy, name) = (self.lossy(), short_name(column));
        let numbers = crate::counted(lossy, "whole numbers");
        (lossy > 0).then(|| {
            format!(
                "column '{name}': {numbers} of 2^53 or more written as doubles: their last digits may be lost"
            )
        })
    }

    /// Returns how many nulls there are among doubles.
    pub(super) fn nulls_of_doubles(&self) -> u64 {
        if self.has_texts || !(self.has_doubles || self.has_others) { 0 } else { self.nulls }
    }
}

/// `1.8446744073709552E19`, `1e+19` or `18446744073709552000.0`; `1E+2` is a decimal of Java's.
fn is_spelled_as_double(text: &str) -> bool {
    if text.contains("E+") {
        return false;
    }
    text.contains(['e', 'E']) || text.split_once('.').is_some_and(|(_, fraction)| fraction == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lossy(texts: &[&str]) -> u64 {
        let mut seen = NumbersSeen::default();
        for text in texts {
            seen.note(Field { kind: FieldKind::Untyped, text });
        }
        seen.lossy()
    }

    #[test]
    fn whole_numbers_that_were_doubles_are_counted() {
        assert_eq!(lossy(&["1.8446744073709552E19", "3.0", "", "-1.8446744073709552e+19"]), 2);
        assert_eq!(lossy(&["9007199254740992.0", "9007199254740991.0", "7"]), 1);
        // Decimals, whole numbers, measures, texts.
        for exact in [
            &["9007199254740993.00"][..],
            &["1E+20"],
            &["18446744073709551616"],
            &["1e300", "0.5"],
            &["0.5", "1e300"],
            &["1e300", "a"],
            &["1e300", "NaN"],
        ] {
            assert_eq!(lossy(exact), 0, "{exact:?}");
        }
    }

    #[test]
    fn times_are_as_fine_as_the_finest() {
        let mut seen = TimesSeen::default();
        for (text, digits) in
            [("2026-01-01T00:00:00Z", 0), ("2026-01-01T00:00:00.12", 2), ("2026-01-01T00:00:00.000001Z", 6)]
        {
            seen.note(text);
            assert_eq!(seen.digits, digits);
        }
        assert_eq!(seen.times, 3);
    }
}
