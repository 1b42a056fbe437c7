//! Checks that find a yes or a no, no number: `guarantee`, one for each version, `reference` and `upgrade`.

use compare::Check;

/// The name of the checks.
pub(crate) const GUARANTEE: &str = "guarantee";

/// The name of the check that a candidate takes over.
pub(crate) const UPGRADE: &str = "upgrade";

/// Holds what stands where other checks have their limit.
const KEPT: &str = "kept";

/// Returns whether it was kept, in a word.
pub(crate) fn kept(check: &Check) -> &'static str {
    if check.value > 0.0 { "broken" } else { KEPT }
}

/// Returns what stands in the place of limit and finding, where they are no numbers.
pub(crate) fn in_words(check: &Check) -> Option<[&'static str; 2]> {
    match check.name.as_str() {
        GUARANTEE => Some([KEPT, kept(check)]),
        "reference" => Some(["sound", "contradicted"]),
        UPGRADE => Some(["done", if check.value > 0.0 { "not done" } else { "done" }]),
        _ => None,
    }
}
