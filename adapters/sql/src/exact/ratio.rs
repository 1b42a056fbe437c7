//! Quotients that are rounded once.

/// Returns the float that is nearest to `number` / `count`, of two equally near the even one.
pub(super) fn nearest(number: i128, count: u64) -> f64 {
    let (size, count) = (number.unsigned_abs(), u128::from(count));
    let (mut quotient, mut rest) = (size / count, size % count);
    let mut shift = 0;
    // With 64 bits before the last one, what is left over can only decide which way a tie goes.
    while quotient < 1 << 64 && shift < 192 {
        quotient = (quotient << 64) | ((rest << 64) / count);
        rest = (rest << 64) % count;
        shift += 64;
        if rest == 0 {
            break;
        }
    }
    let rounded = (quotient | u128::from(rest != 0)) as f64 * 2_f64.powi(-shift);
    if number < 0 { -rounded } else { rounded }
}

/// Returns `number` / `count`, halves away from zero.
pub(super) fn half_away(number: i128, count: u64) -> i128 {
    let count = i128::from(count);
    let (quotient, rest) = (number / count, number % count);
    if rest.unsigned_abs() >= count.unsigned_abs() - rest.unsigned_abs() {
        quotient + number.signum()
    } else {
        quotient
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    /// Returns whether the two are one float, bit by bit.
    fn is(found: f64, expected: f64) -> bool {
        found.to_bits() == expected.to_bits()
    }

    #[test]
    fn quotients_of_small_numbers_are_those_of_floats() {
        let mut random = SplitMix64::new(5);
        for _ in 0..20_000 {
            let bits = [random.uniform(0, 53), random.uniform(0, 52)];
            let number = random.uniform(0, 1 << bits[0]).cast_signed() - (1 << 20);
            let count = 1 + random.uniform(0, 1 << bits[1]);
            assert!(is(nearest(number.into(), count), number as f64 / count as f64), "{number} / {count}");
        }
    }

    /// The nearest float is one to which no neighbour is nearer, in whole numbers.
    #[test]
    fn quotients_of_large_numbers_are_nearest() {
        let mut random = SplitMix64::new(6);
        for _ in 0..5_000 {
            let number = i128::from(random.uniform(0, u64::MAX)) << random.uniform(0, 20);
            let bits = random.uniform(0, 18);
            let count = 1 + random.uniform(0, 1 << bits);
            let float = nearest(number, count);
            if float < 2_f64.powi(54) {
                continue;
            }
            // Whole numbers from here on.
            let distance = |float: f64| (number - float as i128 * i128::from(count)).abs();
            assert!(
                distance(float) <= distance(float.next_up())
                    && distance(float) <= distance(float.next_down())
            );
        }
        assert!(is(nearest(i128::MAX, 1), i128::MAX as f64));
        assert!(is(nearest(-1, 3), -1.0 / 3.0));
        assert_eq!(nearest(0, 3).to_bits(), 0);
    }

    #[test]
    fn halves_go_away_from_zero() {
        let cases = [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (5, 3, 2), (0, 9, 0), (7, 1, 7)];
        for (number, count, expected) in cases {
            assert_eq!(half_away(number, count), expected, "{number} / {count}");
        }
    }
}
