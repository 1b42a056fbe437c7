//! Describes how much of a whole a limit allows: so many, or such a share.

use crate::{
    Check, Outcome, Unit,
    ratio::within,
    verdict::{Held, check, pass_if},
};

/// The most rows or records that may be affected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// So many.
    Count(u64),
    /// Such a share of all: 0.01 is one in a hundred.
    Share(f64),
}

/// Describes how much of a whole was found, counted in `unit`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Affected {
    pub(crate) unit: Unit,
    pub(crate) found: u64,
    pub(crate) whole: u64,
}

impl Amount {
    /// Returns whether `found` of `whole` are no more than this.
    pub(crate) fn allows(self, found: u64, whole: u64) -> bool {
        match self {
            Self::Count(most) => found <= most,
            // Rounding must not decide: 7 of 100 are 7 %, though 0.07 times 100 is a little more than 7.
            Self::Share(most) => within(found as f64, most * whole as f64),
        }
    }

    /// The check that no more than this are affected; its unit is a part where this is a share.
    pub(crate) fn check(self, name: &str, affected: Affected, note: String) -> Check {
        self.judged(name, affected, pass_if(self.allows(affected.found, affected.whole)), note)
    }

    /// Returns the same with an outcome that the caller has found.
    pub(crate) fn judged(self, name: &str, affected: Affected, outcome: Outcome, note: String) -> Check {
        let Affected { unit, found, whole } = affected;
        match self {
            Self::Count(most) => {
                check(name, Held { unit, limit: most as f64, value: found as f64 }, outcome, note)
            }
            Self::Share(limit) => {
                let value = found as f64 / whole.max(1) as f64;
                let note = format!("{note}; {found} of {whole}");
                check(name, Held { unit: Unit::Part, limit, value }, outcome, note)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_shares_allow_as_much_as_they_say() {
        for (limit, found, whole, expected) in [
            (Amount::Count(3), 3, 3, true),
            (Amount::Count(3), 4, 1_000, false),
            (Amount::Share(0.07), 7, 100, true),
            (Amount::Share(0.07), 8, 100, false),
            (Amount::Share(0.01), 20, 2_000, true),
            (Amount::Share(0.01), 21, 2_000, false),
            (Amount::Share(0.0), 0, 0, true),
            (Amount::Share(1.0), 1, 0, false),
        ] {
            assert_eq!(limit.allows(found, whole), expected, "{limit:?}: {found} of {whole}");
        }
    }

    #[test]
    fn a_check_says_what_the_limit_counts() {
        let note = || "998 records are left out".to_owned();
        let affected = Affected { unit: Unit::Records, found: 998, whole: 2_000 };
        let by_count = Amount::Count(50).check("left_out", affected, note());
        assert_eq!((by_count.unit, by_count.limit, by_count.value), (Unit::Records, 50.0, 998.0));
        let by_share = Amount::Share(0.05).check("left_out", affected, note());
        assert_eq!((by_share.unit, by_share.limit, by_share.value), (Unit::Part, 0.05, 0.499));
        assert_eq!(by_share.note, "998 records are left out; 998 of 2000");
        assert_eq!([by_count.outcome, by_share.outcome], [Outcome::Fail; 2]);
    }
}
