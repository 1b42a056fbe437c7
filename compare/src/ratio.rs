//! Ratios of costs, and comparisons that rounding must not decide.

/// One value over another. Of nothing it is 1, and it is never infinite.
pub(crate) fn quotient(value: u64, optimum: u64) -> f64 {
    match (value, optimum) {
        (0, 0) => 1.0,
        (_, 0) => f64::MAX,
        _ => value as f64 / optimum as f64,
    }
}

/// Returns whether `value ≤ limit`, where both are whole numbers times a decimal such as 1.1: a hair's breadth that
/// only rounding explains (2⁻⁴⁰ of the value) does not count as beyond.
pub(crate) fn within(value: f64, limit: f64) -> bool {
    value <= limit + value.abs() * 2.0_f64.powi(-40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_of_nothing_is_one_and_never_infinite() {
        assert!((quotient(0, 0) - 1.0).abs() < f64::EPSILON);
        assert!(quotient(3, 0).is_finite());
    }

    #[test]
    fn rounding_does_not_decide() {
        assert!(within(110.0, 100.0 * (1.0 + 0.1)));
        assert!(within(0.1 + 0.2, 0.3));
        assert!(!within(111.0, 110.0));
        assert!(!within(1_000_001.0, 1_000_000.0));
    }
}
