//! Where an axis has its labels: at round numbers.

/// Round numbers between two ends, and how many decimals tell them apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ticks {
    pub values: Vec<f64>,
    pub decimals: usize,
}

/// At most about `most` multiples of 1, 2 or 5 times a power of ten in `low..=high`.
pub(crate) fn round_ticks(low: f64, high: f64, most: usize) -> Ticks {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 {
        return Ticks { values: Vec::new(), decimals: 0 };
    }
    let raw = span / most.max(1) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let factor =
        [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= raw * 0.999).unwrap_or(10.0);
    let step = factor * power;
    // Numbers so close to 0, or to each other, that nothing lies between them.
    if !step.is_normal() || low + step <= low {
        return Ticks { values: Vec::new(), decimals: 0 };
    }
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let decimals = (-(step * 1.001).log10().floor()).max(0.0) as usize;
    Ticks { values: (first..=last).map(|index| index as f64 * step).collect(), decimals }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let check = |low, high, most, values: &[f64], decimals| {
            let ticks = round_ticks(low, high, most);
            let rounded: Vec<_> = ticks.values.iter().map(|v| (v * 1e6).round() / 1e6).collect();
            assert_eq!((rounded.as_slice(), ticks.decimals), (values, decimals), "{low} to {high}");
        };
        check(1.0, 1.45, 5, &[1.0, 1.1, 1.2, 1.3, 1.4], 1);
        check(1.0, 1.04, 4, &[1.0, 1.01, 1.02, 1.03, 1.04], 2);
        check(0.0, 1_000.0, 6, &[0.0, 200.0, 400.0, 600.0, 800.0, 1_000.0], 0);
        check(0.0, 1.0, 6, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0], 1);
        check(3.0, 3.0, 5, &[], 0);
        check(f64::NAN, 3.0, 5, &[], 0);
        check(0.0, 5e-324, 5, &[], 0);
        check(1e300, 1e300 * (1.0 + f64::EPSILON), 5, &[], 0);
        check(-1e308, 1e308, 5, &[], 0);
    }
}
