//! Objectives: the worth of an answer, and which of two is better.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::ratio::{quotient, within};

/// Says what answers are to keep low or high.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// An answer is right or wrong, and costs nothing.
    None,
    /// The lower the better; what is counted, in the plural: `bins`.
    Minimise(Cow<'static, str>),
    /// The higher the better; what is counted, in the plural.
    Maximise(Cow<'static, str>),
}

impl Objective {
    /// Returns what is counted, in the plural; nothing where nothing is.
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Minimise(unit) | Self::Maximise(unit) => Some(unit),
        }
    }

    /// Returns the competitive ratio as an interval: the true one, where 1 is the optimum and more is worse, lies between.
    ///
    /// With no record, where value and bounds are 0, there is nothing to lose and the ratio is 1.
    pub fn ratio(&self, value: u64, lower: u64, upper: u64) -> (f64, f64) {
        match self {
            Self::None | Self::Minimise(_) => (quotient(value, upper), quotient(value, lower)),
            Self::Maximise(_) => (quotient(lower, value), quotient(upper, value)),
        }
    }

    /// Returns two values in such an order that the first over the second grows as the candidate gets worse.
    pub(crate) fn against(&self, stable: u64, candidate: u64) -> (u64, u64) {
        match self {
            Self::None | Self::Minimise(_) => (candidate, stable),
            Self::Maximise(_) => (stable, candidate),
        }
    }

    /// Returns by how much the candidate is worse: 0.05 is 5 %.
    pub(crate) fn increase(&self, stable: u64, candidate: u64) -> f64 {
        let (worse, base) = self.against(stable, candidate);
        worse as f64 / base.max(1) as f64 - 1.0
    }

    /// Tells whether the candidate is worse by no more than `limit`.
    pub(crate) fn allows(&self, limit: f64, stable: u64, candidate: u64) -> bool {
        let (worse, base) = self.against(stable, candidate);
        within(worse as f64, base as f64 * (1.0 + limit))
    }

    /// Returns the best and the worst of the values from `low` to `high`.
    pub(crate) fn best_and_worst(&self, (low, high): (u64, u64)) -> (u64, u64) {
        match self {
            Self::None | Self::Minimise(_) => (low, high),
            Self::Maximise(_) => (high, low),
        }
    }
}

/// Explains a version's profile: how often each part of a range occurred.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The question that it answers: `How full are the bins?`
    pub title: Cow<'static, str>,
    /// Names it in a few words: `Fill of the bins`.
    pub name: Cow<'static, str>,
    /// Names what is counted, in the plural.
    pub unit: Cow<'static, str>,
    /// Names what the range is of: `% full`.
    pub axis: Cow<'static, str>,
    /// Where the range begins and where it ends; all parts of it are of one length.
    pub range: (f64, f64),
    /// Describes those in the last part: `filled to 95 % or more`.
    pub last: Cow<'static, str>,
    /// Says how to read it, in sentences.
    pub reading: Cow<'static, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_worse_whichever_way_it_goes() {
        let (bins, pairs) = (Objective::Minimise("bins".into()), Objective::Maximise("pairs".into()));
        let (low, high) = bins.ratio(424, 400, 401);
        assert!((low - 1.057_356).abs() < 1e-6 && (high - 1.06).abs() < 1e-12);
        // The optimum is 400 to 500: an answer of 250 is 1.6 to 2 times too small.
        assert_eq!(pairs.ratio(250, 400, 500), (1.6, 2.0));
        assert_eq!((pairs.ratio(0, 0, 0), pairs.ratio(0, 0, 1).1), ((1.0, 1.0), f64::MAX));
        assert!(bins.increase(100, 110) > 0.0 && pairs.increase(100, 110) < 0.0);
        assert_eq!((bins.increase(100, 150), pairs.increase(150, 100)), (0.5, 0.5));
        assert!(bins.allows(0.1, 100, 110) && !bins.allows(0.1, 100, 111));
        assert!(pairs.allows(0.1, 110, 100) && !pairs.allows(0.1, 111, 100));
        assert_eq!((bins.best_and_worst((1, 2)), pairs.best_and_worst((1, 2))), ((1, 2), (2, 1)));
    }
}
