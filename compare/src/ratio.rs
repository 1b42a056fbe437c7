//! The competitive ratio as an interval, and comparisons that rounding must not decide.

/// `(cost / upper, cost / lower)`: the true ratio, cost over optimum, lies between.
///
/// With no record, where cost and bounds are 0, there is nothing to lose and the ratio is 1.
pub fn ratio_interval(cost: u64, lower: u64, upper: u64) -> (f64, f64) {
    (quotient(cost, upper), quotient(cost, lower))
}

fn quotient(cost: u64, optimum: u64) -> f64 {
    match (cost, optimum) {
        (0, 0) => 1.0,
        (_, 0) => f64::MAX,
        _ => cost as f64 / optimum as f64,
    }
}

/// Whether `value ≤ limit`, where both are whole numbers times a decimal such as 1.1: a hair's breadth that only
/// rounding explains (2⁻⁴⁰ of the value) does not count as beyond.
pub(crate) fn within(value: f64, limit: f64) -> bool {
    value <= limit + value.abs() * 2.0_f64.powi(-40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_the_contracts() {
        let (low, high) = ratio_interval(424, 400, 401);
        assert!((low - 1.057_356).abs() < 1e-6 && (high - 1.06).abs() < 1e-12);
    }

    #[test]
    fn the_ratio_of_nothing_is_one_and_never_infinite() {
        assert_eq!(ratio_interval(0, 0, 0), (1.0, 1.0));
        assert!(ratio_interval(3, 0, 1).1.is_finite());
    }

    #[test]
    fn rounding_does_not_decide() {
        assert!(within(110.0, 100.0 * (1.0 + 0.1)));
        assert!(within(0.1 + 0.2, 0.3));
        assert!(!within(111.0, 110.0));
        assert!(!within(1_000_001.0, 1_000_000.0));
    }
}
