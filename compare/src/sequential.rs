//! Is the candidate slower? A sequential sign test of log ratios, one ratio per replicate, that may be looked at
//! after every replicate without losing its error rate.
//!
//! The hypothesis "the median is at most m" says that a replicate exceeds m with probability at most ½. Against it
//! stands the mixture, uniform over p in (½, 1], of "exceeds with probability p". The mixture's likelihood ratio is
//! an *e-process*: under the hypothesis it ever reaches 1/α with probability at most α (Ville 1939; see Ramdas,
//! Grünwald, Vovk & Shafer 2023). It assumes nothing of the distribution, only that replicates are independent.
//! After k of n replicates have exceeded m it is Σ_(j≤k) C(n+1, j) / ((n+1) C(n, k)).

use crate::{Estimate, Outcome};

/// The natural logarithm of the e-value of `k` successes among `n`.
pub fn ln_e_value(k: usize, n: usize) -> f64 {
    // Terms C(n+1, j) from j = 0 on, as logarithms; their sum by adding to the greatest so far.
    let (mut term, mut sum, mut choose) = (0.0_f64, 0.0_f64, 0.0_f64);
    for j in 1..=k {
        // C(n+1, j) = C(n+1, j−1) · (n+2−j)/j, and C(n, j) likewise.
        term += ((n + 2 - j) as f64 / j as f64).ln();
        choose += ((n + 1 - j) as f64 / j as f64).ln();
        sum = sum.max(term) + (-(sum - term).abs()).exp().ln_1p();
    }
    sum - ((n + 1) as f64).ln() - choose
}

/// The least number of successes among `n` whose e-value reaches 1/`alpha`; `None` when not even all of them do.
pub fn needed(n: usize, alpha: f64) -> Option<usize> {
    // The e-value grows with k from below 1 at k = n/2.
    let reaches = |k: usize| ln_e_value(k, n) >= -alpha.ln();
    reaches(n).then(|| (n / 2..n).rev().take_while(|&k| reaches(k)).last().unwrap_or(n))
}

/// How many replicates a verdict at level `alpha` needs at least, when all of them agree.
pub fn least_replicates(alpha: f64) -> usize {
    let mut n = 1;
    // Ends: the e-value of n successes among n is (2^(n+1) − 1) / (n + 1), which grows without bound.
    while needed(n, alpha).is_none() {
        n += 1;
    }
    n
}

/// One metric's test against one margin, fed replicate by replicate.
#[derive(Debug, Clone)]
pub struct SequentialTest {
    /// The logarithm of the largest ratio that is allowed.
    margin_ln: f64,
    log_ratios: Vec<f64>,
    above: usize,
    below: usize,
    /// The greatest evidence so far, as logarithms of e-values.
    worse: f64,
    better: f64,
}

impl SequentialTest {
    /// A test of whether the median ratio is above `margin` (0.05 is "5 % more").
    pub fn new(margin: f64) -> Self {
        let margin_ln = margin.ln_1p();
        Self { margin_ln, log_ratios: Vec::new(), above: 0, below: 0, worse: 0.0, better: 0.0 }
    }

    /// Takes in a replicate. A ratio on the margin counts for neither side.
    pub fn push(&mut self, log_ratio: f64) {
        self.log_ratios.push(log_ratio);
        self.above += usize::from(log_ratio > self.margin_ln);
        self.below += usize::from(log_ratio < self.margin_ln);
        let n = self.log_ratios.len();
        // Once reached, evidence stays: an e-process may be stopped at its peak.
        self.worse = self.worse.max(ln_e_value(self.above, n));
        self.better = self.better.max(ln_e_value(self.below, n));
    }

    /// The logarithm of the evidence that the median lies above the margin.
    pub fn ln_evidence_worse(&self) -> f64 {
        self.worse
    }

    /// Whether the median is shown, at level `alpha`, to lie below the margin.
    pub fn is_within(&self, alpha: f64) -> bool {
        self.better >= -alpha.ln()
    }

    /// Replicates so far.
    pub fn replicates(&self) -> usize {
        self.log_ratios.len()
    }

    /// The median ratio and its interval, each end at level `alpha`. With too few replicates for that level the
    /// ends are the extremes seen, and [`needed`] says so.
    pub fn ratio(&self, alpha: f64) -> Estimate {
        if self.log_ratios.is_empty() {
            return Estimate { value: 1.0, low: 0.0, high: f64::MAX };
        }
        let Estimate { value, low, high } = median(&self.log_ratios, alpha);
        Estimate { value: value.exp(), low: low.exp(), high: high.exp() }
    }

    /// The smallest true increase that these replicates, with the spread that they have, would have shown to be
    /// beyond the margin at level `alpha`: 0.03 is "3 % more". `None` while no effect at all could be shown.
    pub fn smallest_effect(&self, alpha: f64) -> Option<f64> {
        let n = self.log_ratios.len();
        let k = needed(n, alpha)?;
        let sorted = self.sorted();
        let median = f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]);
        // Shifted so far that the k-th greatest stands on the margin.
        Some((self.margin_ln - (sorted[n - k] - median)).exp_m1())
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.log_ratios.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// The median of one number a replicate, and its interval, each end at level `alpha`; zeros where there is none.
pub(crate) fn median(values: &[f64], alpha: f64) -> Estimate {
    let n = values.len();
    if n == 0 {
        return Estimate { value: 0.0, low: 0.0, high: 0.0 };
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // The k-th greatest is the highest θ that at least k replicates reach.
    let rank = needed(n, alpha).map_or(0, |k| n - k);
    let value = f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]);
    Estimate { value, low: sorted[rank], high: sorted[n - 1 - rank] }
}

/// Which of several tests show that their median lies beyond the margin, with one error rate `alpha` for all of
/// them together: Holm's procedure (1979), which holds for e-values as it does for p-values.
pub fn beyond(tests: &[&SequentialTest], alpha: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..tests.len()).collect();
    order.sort_by(|&a, &b| tests[b].worse.total_cmp(&tests[a].worse));
    let mut rejected = vec![false; tests.len()];
    for (rank, &index) in order.iter().enumerate() {
        let left = (tests.len() - rank) as f64;
        if tests[index].worse < (left / alpha).ln() {
            break;
        }
        rejected[index] = true;
    }
    rejected
}

/// The verdict on several metrics: fail when one is shown beyond its margin, pass when all are shown within, at one
/// error rate `alpha` for either.
pub fn verdict(tests: &[&SequentialTest], alpha: f64) -> Outcome {
    if beyond(tests, alpha).contains(&true) {
        Outcome::Fail
    } else if tests.iter().all(|test| test.is_within(alpha)) {
        // All must hold, so each may err at the full rate: a wrong pass needs the one that is wrong to be passed.
        Outcome::Pass
    } else {
        Outcome::Inconclusive
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;

    /// A fraction in (0, 1).
    fn fraction(random: &mut SplitMix64) -> f64 {
        (random.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0 + 1e-17
    }

    /// As good as standard normal: twelve uniforms less six.
    fn normal(random: &mut SplitMix64) -> f64 {
        (0..12).map(|_| fraction(random)).sum::<f64>() - 6.0
    }

    /// The next sample, given its number.
    type Noise = fn(&mut SplitMix64, usize) -> f64;

    /// Samples with median 0, by name.
    fn noises() -> [(&'static str, Noise); 4] {
        [
            ("normal", |random, _| normal(random) * 0.008),
            ("heavy-tailed", |random, _| ((fraction(random) - 0.5) * std::f64::consts::PI).tan() * 0.005),
            ("bimodal", |random, _| {
                (if random.next_u64() & 1 == 0 { 0.03 } else { -0.03 }) + normal(random) * 0.002
            }),
            ("drifting spread", |random, i| normal(random) * 0.002 * (1.0 + i as f64 / 20.0)),
        ]
    }

    /// How many of `gates` end in a fail, and in a pass, looking after each of at most `most` replicates.
    fn gates(margin: f64, effect: f64, noise: Noise, gates: u64, most: usize) -> (u32, u32) {
        let (mut fails, mut passes) = (0, 0);
        for seed in 0..gates {
            let mut random = SplitMix64::new(seed);
            let mut test = SequentialTest::new(margin);
            for i in 0..most {
                test.push(effect.ln_1p() + noise(&mut random, i));
                match verdict(&[&test], 0.01) {
                    Outcome::Fail => fails += 1,
                    Outcome::Pass => passes += 1,
                    Outcome::Inconclusive | Outcome::Invalid => continue,
                }
                break;
            }
        }
        (fails, passes)
    }

    #[test]
    fn e_values_are_those_of_the_closed_form() {
        let e = |k, n| ln_e_value(k, n).exp();
        // Two of two: (1 + 3 + 3) / (3 · 1). None of one: 1 / (2 · 1). One of one: (1 + 2) / 2.
        for (k, n, expected) in [(0, 0, 1.0), (0, 1, 0.5), (1, 1, 1.5), (2, 2, 7.0 / 3.0), (1, 2, 4.0 / 6.0)]
        {
            assert!((e(k, n) - expected).abs() < 1e-12, "{k} of {n}: {}", e(k, n));
        }
        assert!((e(11, 11) - 4095.0 / 12.0).abs() < 1e-9);
        assert!(ln_e_value(900, 1000).is_finite());
    }

    #[test]
    fn the_e_value_is_a_martingale_under_a_fair_coin() {
        for n in 0..40 {
            for k in 0..=n {
                let expected = f64::midpoint(ln_e_value(k + 1, n + 1).exp(), ln_e_value(k, n + 1).exp());
                assert!((expected / ln_e_value(k, n).exp() - 1.0).abs() < 1e-9, "{k} of {n}");
            }
        }
    }

    #[test]
    fn the_least_numbers_of_replicates() {
        assert_eq!(least_replicates(0.01), 9);
        assert_eq!(least_replicates(0.01 / 3.0), 11);
        assert_eq!((needed(8, 0.01), needed(9, 0.01)), (None, Some(9)));
        assert!(needed(100, 0.01).is_some_and(|k| (60..75).contains(&k)));
    }

    #[test]
    fn looking_after_every_replicate_keeps_the_error_rate() {
        // The worst case: the truth lies on the margin, and the gate goes on to its budget.
        for (name, noise) in noises() {
            let (fails, passes) = gates(0.0, 0.0, noise, 1000, 120);
            // 1 % of 1000 is 10; three standard errors above that are 19.
            assert!(fails <= 19, "{name}: {fails} false fails");
            assert!(passes <= 19, "{name}: {passes} false passes");
        }
    }

    #[test]
    fn what_is_within_passes_and_what_is_beyond_fails() {
        for (name, noise) in &noises()[..2] {
            assert_eq!(gates(0.02, 0.05, *noise, 300, 300), (300, 0), "{name}: beyond");
            assert_eq!(gates(0.05, 0.0, *noise, 300, 300), (0, 300), "{name}: within");
        }
    }

    #[test]
    fn the_interval_covers_the_median() {
        let mut missed = 0;
        for seed in 0..1000 {
            let mut random = SplitMix64::new(seed);
            let mut test = SequentialTest::new(0.0);
            (0..50).for_each(|_| test.push(normal(&mut random)));
            let Estimate { low, high, .. } = test.ratio(0.01);
            missed += u32::from(low > 1.0) + u32::from(high < 1.0);
        }
        // Both sides together at most 2 % of 1000, and three standard errors.
        assert!(missed <= 33, "{missed} of 1000");
    }

    #[test]
    fn a_shift_of_the_smallest_effect_is_just_enough() {
        let mut random = SplitMix64::new(3);
        let noise: Vec<f64> = (0..30).map(|_| normal(&mut random) * 0.01).collect();
        let test_of = |shift: f64| {
            let mut test = SequentialTest::new(0.02);
            for ratio in &noise {
                test.push(ratio + shift);
            }
            test
        };
        let effect = test_of(0.0).smallest_effect(0.01).expect("thirty are enough");
        let median = test_of(0.0).ratio(0.01).value;
        let shift = effect.ln_1p() - median.ln();
        let reached = |shift| {
            let test = test_of(shift);
            ln_e_value(test.above, 30) >= 100.0_f64.ln()
        };
        assert!(reached(shift + 1e-9) && !reached(shift - 1e-9), "{effect}");
        let mut few = SequentialTest::new(0.02);
        (0..8).for_each(|_| few.push(1.0));
        assert_eq!(few.smallest_effect(0.01), None);
    }

    #[test]
    fn one_error_rate_is_shared_over_the_metrics() {
        let fed = |ratio: f64, times: usize| {
            let mut test = SequentialTest::new(0.05);
            (0..times).for_each(|_| test.push(ratio.ln()));
            test
        };
        // Nine agree: enough for one metric at 1 %, too few for three. Eleven are enough for three.
        let (nine, eleven, fine) = (fed(1.2, 9), fed(1.2, 11), fed(1.0, 11));
        assert_eq!(beyond(&[&nine], 0.01), [true]);
        assert_eq!(beyond(&[&nine, &fine, &fine], 0.01), [false, false, false]);
        assert_eq!(beyond(&[&eleven, &fine, &fine], 0.01), [true, false, false]);
        // Holm: once the first is out, the rest share what is left.
        assert_eq!(beyond(&[&eleven, &nine, &nine], 0.01), [true, false, false]);
        assert_eq!(beyond(&[&eleven, &eleven, &eleven], 0.01), [true, true, true]);
        assert_eq!(verdict(&[&fine, &fine], 0.01), Outcome::Pass);
        assert_eq!(verdict(&[&fine, &eleven], 0.01), Outcome::Inconclusive.max(Outcome::Fail));
    }
}
