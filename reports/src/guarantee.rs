//! The checks named `guarantee`: there is one for each version, and what they find is a yes or a no.

use compare::Check;

/// The name of the checks.
pub(crate) const GUARANTEE: &str = "guarantee";

/// What stands where other checks have their limit.
pub(crate) const KEPT: &str = "kept";

/// Whether it was kept, in a word.
pub(crate) fn kept(check: &Check) -> &'static str {
    if check.value > 0.0 { "broken" } else { KEPT }
}
