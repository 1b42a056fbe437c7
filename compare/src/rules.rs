//! Describes how the values of each column are compared.

use std::collections::BTreeMap;

use datasets::{Field, FieldKind};

use crate::number::{floats_apart, is_same_number, is_within};

/// Describes how the values of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Rule {
    /// They are the same, digit by digit.
    #[default]
    Exact,
    /// They are the same, or numbers of one value: `1.50` and `1.5`.
    Number,
    /// They are the same, or numbers that lie no further apart than this.
    Within(Tolerance),
    /// They are the same, or texts that differ in nothing but this.
    Folded(Folding),
    /// They are not compared.
    Ignore,
}

/// Says of which of two numbers a share is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RelativeTo {
    /// Of the left one: of the reference's, or of stable's where the candidate is held against it.
    #[default]
    Left,
    /// Of the right one.
    Right,
    /// Of the one that is further from 0.
    Larger,
}

impl RelativeTo {
    fn of<T: PartialOrd>(self, left: T, right: T) -> T {
        match self {
            Self::Right => right,
            Self::Larger if left < right => right,
            Self::Left | Self::Larger => left,
        }
    }
}

/// Says how far two numbers may lie apart: any of the three is enough.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tolerance {
    /// So much, in the unit in which they are written.
    pub absolute: f64,
    /// This share of one of them.
    pub relative: f64,
    /// Says of which.
    pub relative_to: RelativeTo,
    /// So many floats of 64 bits from one to the next.
    pub ulps: u64,
}

impl Tolerance {
    /// Returns a tolerance of so much.
    pub fn absolute(most: f64) -> Self {
        Self { absolute: most, ..Self::default() }
    }

    fn allows_texts(self, left: &str, right: &str) -> bool {
        if is_same_number(left, right) || is_within(left, right, self.absolute) {
            return true;
        }
        let size = |text: &str| text.parse::<f64>().map_or(0.0, f64::abs);
        let share = || self.relative_to.of(size(left), size(right)) * self.relative;
        self.relative > 0.0 && is_within(left, right, share())
            || self.ulps > 0 && floats_apart(left, right).is_some_and(|apart| apart <= self.ulps)
    }
}

/// Says in what two texts may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Folding {
    /// Capitals don't count.
    pub case: bool,
    /// Blanks around a text don't count, and several count as one.
    pub spaces: bool,
}

impl Folding {
    fn allows_texts(self, left: &str, right: &str) -> bool {
        self.folded(left).eq(self.folded(right))
    }

    fn folded(self, text: &str) -> Box<dyn Iterator<Item = char> + '_> {
        let spaced: Box<dyn Iterator<Item = char> + '_> = if self.spaces {
            let words = text.split_whitespace().enumerate();
            Box::new(words.flat_map(|(at, word)| (at > 0).then_some(' ').into_iter().chain(word.chars())))
        } else {
            Box::new(text.chars())
        };
        if self.case { Box::new(spaced.flat_map(char::to_lowercase)) } else { spaced }
    }
}

/// A rule for each column, and one for those of which nothing is said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    by_column: BTreeMap<String, Rule>,
    otherwise: Rule,
}

impl Rules {
    /// Every column is exact.
    pub const EXACT: &'static Self = &Self { by_column: BTreeMap::new(), otherwise: Rule::Exact };

    /// Returns rules of which none is set: all columns follow this one.
    pub fn all(otherwise: Rule) -> Self {
        Self { by_column: BTreeMap::new(), otherwise }
    }

    /// Sets the rule of a column.
    #[must_use]
    pub fn with(mut self, column: impl Into<String>, rule: Rule) -> Self {
        self.by_column.insert(column.into(), rule);
        self
    }

    /// Returns the rule of a column.
    pub fn of(&self, column: &str) -> Rule {
        self.by_column.get(column).copied().unwrap_or(self.otherwise)
    }

    /// Returns the same rules for a table that calls columns otherwise: by their new names, the old ones.
    #[must_use]
    pub fn renamed(&self, old_names: &BTreeMap<String, String>) -> Self {
        let name = |new: &String| old_names.get(new).unwrap_or(new).clone();
        let by_column = self.by_column.iter().map(|(column, rule)| (name(column), *rule)).collect();
        Self { by_column, otherwise: self.otherwise }
    }

    /// Returns the columns whose rules are set, with them.
    pub fn set(&self) -> impl Iterator<Item = (&str, Rule)> {
        self.by_column.iter().map(|(column, rule)| (column.as_str(), *rule))
    }
}

impl Rule {
    /// Tells whether two numbers that differ count as the same. `distance` is how far they are apart in units of which
    /// `scale` make one of those that are written; `sizes` are how far the left and the right one are from 0, in the same.
    pub(crate) fn allows(self, distance: u128, sizes: (u128, u128), scale: u64) -> bool {
        match self {
            Self::Exact | Self::Number | Self::Folded(_) => distance == 0,
            Self::Within(most) => {
                distance as f64 <= most.absolute * scale as f64
                    || distance as f64 <= most.relative * most.relative_to.of(sizes.0, sizes.1) as f64
                    || distance <= u128::from(most.ulps) && scale == 1 && sizes.0 < 1 << 53
            }
            Self::Ignore => true,
        }
    }

    /// Tells whether two fields count as the same that aren't.
    pub(crate) fn allows_fields(self, left: Field<'_>, right: Field<'_>) -> bool {
        let are_numbers = left.number().is_some() && right.number().is_some();
        // A text is no boolean, whatever the case in which they are written.
        let is_one_kind = left.kind == right.kind || [left.kind, right.kind].contains(&FieldKind::Untyped);
        self == Self::Ignore
            || left.kind.has_text()
                && right.kind.has_text()
                && (is_one_kind || !matches!(self, Self::Folded(_)))
                && self.allows_texts(left.text, right.text, are_numbers)
    }

    /// Tells whether two fields that are written otherwise count as the same; `are_numbers` says whether the format they
    /// come from lets both be numbers.
    fn allows_texts(self, left: &str, right: &str, are_numbers: bool) -> bool {
        match self {
            Self::Exact => false,
            Self::Number => are_numbers && is_same_number(left, right),
            Self::Within(most) => are_numbers && most.allows_texts(left, right),
            Self::Folded(folding) => folding.allows_texts(left, right),
            Self::Ignore => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(tolerance: Tolerance) -> impl Fn(&str, &str) -> bool {
        move |left, right| Rule::Within(tolerance).allows_texts(left, right, true)
    }

    #[test]
    fn any_part_of_a_tolerance_is_enough() {
        let absolute = within(Tolerance::absolute(0.005));
        assert!(absolute("1.015", "1.01") && !absolute("1.016", "1.01") && absolute("1.0", "1"));
        let relative = within(Tolerance { relative: 0.01, ..Tolerance::default() });
        assert!(relative("100", "101") && relative("-100", "-99") && !relative("100", "102"));
        // It is of the left one.
        assert!(relative("101", "102.01") && !relative("100", "101.01"));
        let of = |relative_to| within(Tolerance { relative: 0.01, relative_to, ..Tolerance::default() });
        assert!(of(RelativeTo::Right)("100", "101.01") && !of(RelativeTo::Right)("101.01", "100"));
        assert!(of(RelativeTo::Larger)("101.01", "100") && of(RelativeTo::Larger)("-100", "-101.01"));
        let ulps = within(Tolerance { ulps: 1, ..Tolerance::default() });
        assert!(ulps("0.30000000000000004", "0.3") && !ulps("0.3000000000000001", "0.3"));
        assert!(within(Tolerance::default())("NaN", "nan") && !absolute("NaN", "1") && !absolute("", "0"));
    }

    #[test]
    fn texts_may_differ_in_case_and_blanks() {
        let folded = |case, spaces, left, right| {
            Rule::Folded(Folding { case, spaces }).allows_texts(left, right, false)
        };
        assert!(folded(true, false, "Ünal", "üNAL") && !folded(true, false, "a b", "a  b"));
        assert!(folded(false, true, " a \t b", "a b ") && !folded(false, true, "ab", "a b"));
        assert!(folded(true, true, " A b", "a  B ") && !folded(false, false, "A", "a"));
    }
}
