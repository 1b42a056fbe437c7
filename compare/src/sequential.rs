//! Is the candidate slower? A sequential sign test of log ratios, one ratio per replicate, that may be looked at
//! after every replicate without losing its error rate.
//!
//! The hypothesis "the median is at most m" says that a replicate exceeds m with probability at most ½. Against it
//! stands a mixture of "exceeds with probability p": a quarter on p = 1, the rest uniform over p in (½, 1]. The mixture's
//! likelihood ratio is an *e-process*: under the hypothesis it ever reaches 1/α with probability at most α (Ville 1939;
//! see Ramdas, Grünwald, Vovk & Shafer 2023). It assumes nothing of the distribution, only that replicates are
//! independent. After k of n replicates have exceeded m the uniform part is Σ_(j≤k) C(n+1, j) / ((n+1) C(n, k)), and the
//! other 2^n while k = n, and then 0.
//!
//! The same test of every m at once gives an interval that holds at every look (a *confidence sequence*): the values that
//! no look has refuted. It never grows, so what it shows stays shown.

use crate::Estimate;

/// The mixture's weight on "all replicates exceed the margin". What it saves where all agree it costs, as a factor of
/// 1 − [`ALL_AGREE`], where they don't.
const ALL_AGREE: f64 = 0.25;

/// The natural logarithm of the e-value of `k` successes among `n`.
pub fn ln_e_value(k: usize, n: usize) -> f64 {
    let uniform = (1.0 - ALL_AGREE).ln() + ln_uniform(k, n);
    if k < n { uniform } else { ln_sum(uniform, ALL_AGREE.ln() + n as f64 * std::f64::consts::LN_2) }
}

/// The part of the mixture that is uniform over (½, 1].
fn ln_uniform(k: usize, n: usize) -> f64 {
    // Terms C(n+1, j) from j = 0 on, as logarithms; their sum by adding to the greatest so far.
    let (mut term, mut sum, mut choose) = (0.0_f64, 0.0_f64, 0.0_f64);
    for j in 1..=k {
        // C(n+1, j) = C(n+1, j−1) · (n+2−j)/j, and C(n, j) likewise.
        term += ((n + 2 - j) as f64 / j as f64).ln();
        choose += ((n + 1 - j) as f64 / j as f64).ln();
        sum = ln_sum(sum, term);
    }
    sum - ((n + 1) as f64).ln() - choose
}

/// The logarithm of a sum, from those of its parts.
fn ln_sum(a: f64, b: f64) -> f64 {
    a.max(b) + (-(a - b).abs()).exp().ln_1p()
}

/// The least number of successes among `n` whose e-value reaches 1/`alpha`; `None` when not even all of them do.
pub fn needed(n: usize, alpha: f64) -> Option<usize> {
    // The e-value grows with k from below 1 at k = n/2.
    let reaches = |k: usize| ln_e_value(k, n) >= -alpha.ln();
    reaches(n).then(|| (n / 2..n).rev().take_while(|&k| reaches(k)).last().unwrap_or(n))
}

/// Returns how many replicates a verdict at level `alpha` needs at least, when all of them agree.
pub fn least_replicates(alpha: f64) -> usize {
    let mut n = 1;
    // Ends: the e-value of n successes among n grows without bound.
    while needed(n, alpha).is_none() {
        n += 1;
    }
    n
}

/// About how many replicates lead to a verdict at level `alpha` when each lies on one side of the margin with
/// probability `p`, over ½.
pub fn expected_replicates(p: f64, alpha: f64) -> f64 {
    let part = |share: f64| if share > 0.0 { share * (2.0 * share).ln() } else { 0.0 };
    // What a replicate adds to the logarithm of the e-value; the mixture costs it half a logarithm of their number.
    let each = part(p) + part(1.0 - p);
    let mut n = least_replicates(alpha) as f64;
    for _ in 0..20 {
        n = ((-alpha.ln() + 0.5 * n.ln()) / each).max(least_replicates(alpha) as f64);
    }
    n
}

/// One metric's test against one margin, fed replicate by replicate.
#[derive(Debug, Clone)]
pub struct SequentialTest {
    /// The logarithm of the largest ratio that is allowed.
    margin_ln: f64,
    /// The level of each end of the interval.
    alpha: f64,
    /// All log ratios, ascending.
    sorted: Vec<f64>,
    above: usize,
    /// Says how many of the replicates so far must lie on one side of a value to refute it; `None` when not even all
    /// do.
    needed: Option<usize>,
    /// Every value below is refuted, as a log ratio; and every value above the other.
    low: f64,
    high: f64,
}

impl SequentialTest {
    /// A test of whether the median ratio is above `margin` (0.05 is "5 % more"), with an interval whose ends are each
    /// at level `alpha`.
    pub fn new(margin: f64, alpha: f64) -> Self {
        Self {
            margin_ln: margin.ln_1p(),
            alpha,
            sorted: Vec::new(),
            above: 0,
            needed: None,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        }
    }

    /// Takes in a replicate. A ratio on the margin counts for neither side.
    pub fn push(&mut self, log_ratio: f64) {
        let place = self.sorted.partition_point(|&other| other < log_ratio);
        self.sorted.insert(place, log_ratio);
        self.above += usize::from(log_ratio > self.margin_ln);
        let n = self.sorted.len();
        // One more replicate needs as many as before, or one more: the e-value is a martingale that grows with k.
        let reaches = |&k: &usize| ln_e_value(k, n) >= -self.alpha.ln();
        let least = self.needed.unwrap_or(n);
        self.needed = (least..=(least + 1).min(n)).find(reaches);
        if let Some(k) = self.needed {
            // A value is refuted from above when k replicates lie above it: all below the k-th greatest are.
            self.low = self.low.max(self.sorted[n - k]);
            self.high = self.high.min(self.sorted[k - 1]);
        }
    }

    /// The logarithm of the evidence at this look that the median lies above the margin.
    pub fn ln_evidence_above(&self) -> f64 {
        ln_e_value(self.above, self.sorted.len())
    }

    /// Replicates so far.
    pub fn replicates(&self) -> usize {
        self.sorted.len()
    }

    /// The median ratio and its interval, which covers the true one at all looks together, each end at the test's level;
    /// `None` while there are too few replicates for any. Should looks contradict each other, all that they leave open is
    /// in it. An estimate that an earlier look has refuted gives way to the nearest that isn't.
    pub fn interval(&self) -> Option<Estimate> {
        self.needed?;
        let (low, high) = (self.low.min(self.high), self.low.max(self.high));
        let value = self.median().clamp(low, high);
        Some(Estimate { value: value.exp(), low: low.exp(), high: high.exp() })
    }

    /// The smallest true increase that these replicates, with the spread that they have, would have shown to be
    /// beyond the margin at level `alpha`: 0.03 is "3 % more". `None` while no effect at all could be shown.
    pub fn smallest_effect(&self, alpha: f64) -> Option<f64> {
        let n = self.sorted.len();
        let k = needed(n, alpha)?;
        // Shifted so far that the k-th greatest stands on the margin.
        Some((self.margin_ln - (self.sorted[n - k] - self.median())).exp_m1())
    }

    /// Returns how many replicates lie within this log ratio of their median.
    pub fn within_of_median(&self, distance_ln: f64) -> usize {
        let median = self.median();
        self.sorted.iter().filter(|&&ratio| (ratio - median).abs() < distance_ln).count()
    }

    /// The median log ratio; of none 0.
    pub fn median(&self) -> f64 {
        let n = self.sorted.len();
        if n == 0 { 0.0 } else { f64::midpoint(self.sorted[(n - 1) / 2], self.sorted[n / 2]) }
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

/// Which of several tests show at this look that their median lies beyond the margin, with one error rate `alpha` for
/// all of them together, at all looks together: Holm's procedure for e-values (Vovk & Wang 2021, algorithm 1). A median is
/// shown beyond when the mean of the e-values reaches 1/α in every set of tests that it is in; the mean over those
/// that aren't beyond is an e-process, however the metrics depend on each other. So metrics that agree lend each other
/// their evidence, and one that stands alone needs as much as by Holm's (1979) own procedure.
pub fn beyond(tests: &[&SequentialTest], alpha: f64) -> Vec<bool> {
    let enough = 1.0 / alpha;
    let evidence: Vec<f64> = tests.iter().map(|test| test.ln_evidence_above().exp()).collect();
    // The hardest set takes in each other test that has less than enough.
    let missing: f64 = evidence.iter().map(|own| (enough - own).max(0.0)).sum();
    evidence.iter().map(|&own| own >= enough && own >= enough + missing).collect()
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

    /// Returns how many of `gates` show the median beyond `margin`, and within, looking after each of at most `most`
    /// replicates.
    fn gates(margin: f64, effect: f64, noise: Noise, gates: u64, most: usize) -> (u32, u32) {
        let (mut fails, mut passes) = (0, 0);
        for seed in 0..gates {
            let mut random = SplitMix64::new(seed);
            let mut test = SequentialTest::new(margin, 0.01);
            for i in 0..most {
                test.push(effect.ln_1p() + noise(&mut random, i));
                if beyond(&[&test], 0.01) == [true] {
                    fails += 1;
                } else if test.interval().is_some_and(|ratio| ratio.high < 1.0 + margin) {
                    passes += 1;
                } else {
                    continue;
                }
                break;
            }
        }
        (fails, passes)
    }

    #[test]
    fn e_values_are_those_of_the_closed_form() {
        let e = |k, n| ln_e_value(k, n).exp();
        // Uniform: two of two (1 + 3 + 3) / (3 · 1), none of one 1 / (2 · 1), one of one (1 + 2) / 2. All: 2^n or 0.
        for (k, n, uniform, all) in [
            (0, 0, 1.0, 1.0),
            (0, 1, 0.5, 0.0),
            (1, 1, 1.5, 2.0),
            (2, 2, 7.0 / 3.0, 4.0),
            (1, 2, 4.0 / 6.0, 0.0),
        ] {
            let expected = 0.75 * uniform + 0.25 * all;
            assert!((e(k, n) - expected).abs() < 1e-12, "{k} of {n}: {}", e(k, n));
        }
        assert!((e(11, 11) - 0.75 * 4095.0 / 12.0 - 0.25 * 2048.0).abs() < 1e-9);
        assert!(ln_e_value(900, 1000).is_finite() && ln_e_value(5000, 5000).is_finite());
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
        assert_eq!(least_replicates(0.01), 8);
        assert_eq!(least_replicates(0.01 / 3.0), 10);
        assert_eq!((needed(7, 0.01), needed(8, 0.01)), (None, Some(8)));
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
            let mut test = SequentialTest::new(0.0, 0.01);
            // At any look: an interval that has once excluded the truth excludes it for ever.
            (0..80).for_each(|_| test.push(normal(&mut random)));
            let Estimate { low, high, .. } = test.interval().expect("so many are enough");
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
            let mut test = SequentialTest::new(0.02, 0.01);
            for ratio in &noise {
                test.push(ratio + shift);
            }
            test
        };
        let effect = test_of(0.0).smallest_effect(0.01).expect("thirty are enough");
        let shift = effect.ln_1p() - test_of(0.0).median();
        let reached = |shift| {
            let test = test_of(shift);
            test.ln_evidence_above() >= 100.0_f64.ln()
        };
        assert!(reached(shift + 1e-9) && !reached(shift - 1e-9), "{effect}");
        let mut few = SequentialTest::new(0.02, 0.01);
        (0..7).for_each(|_| few.push(1.0));
        assert_eq!(few.smallest_effect(0.01), None);
    }

    fn fed(ratios: &[(f64, usize)]) -> SequentialTest {
        let mut test = SequentialTest::new(0.05, 0.01);
        for &(ratio, times) in ratios {
            (0..times).for_each(|_| test.push(f64::ln(ratio)));
        }
        test
    }

    #[test]
    fn one_error_rate_is_shared_over_the_metrics() {
        // Eight agree: enough for one metric at 1 %, too few for one of three. Ten are enough for one of three.
        let [eight, nine, ten] = [8, 9, 10].map(|times| fed(&[(1.2, times)]));
        let fine = fed(&[(1.0, 10)]);
        assert_eq!(beyond(&[&eight], 0.01), [true]);
        assert_eq!(beyond(&[&eight, &fine, &fine], 0.01), [false, false, false]);
        assert_eq!(beyond(&[&ten, &fine, &fine], 0.01), [true, false, false]);
        // Once the first is out, the rest share what is left; and where all agree, each lends the others its evidence.
        assert_eq!(beyond(&[&ten, &nine, &fine], 0.01), [true, true, false]);
        assert_eq!(beyond(&[&eight, &eight, &eight], 0.01), [true, true, true]);
    }

    #[test]
    fn what_one_metric_lends_another_keeps_the_error_rate() {
        // Three medians on their margins, once independent of each other and once all the same: at any of 60 looks.
        for alike in [false, true] {
            let mut wrong = 0;
            for seed in 0..500 {
                let mut random = SplitMix64::new(seed);
                let mut tests = [(); 3].map(|()| SequentialTest::new(0.0, 0.01));
                wrong += u32::from((0..60).any(|_| {
                    let first = normal(&mut random);
                    for test in &mut tests {
                        test.push(if alike { first } else { normal(&mut random) });
                    }
                    let [a, b, c] = &tests;
                    beyond(&[a, b, c], 0.01).contains(&true)
                }));
            }
            // 1 % of 500 is 5; three standard errors above that are 12.
            assert!(wrong <= 12, "alike {alike}: {wrong} of 500");
        }
    }

    #[test]
    fn what_is_shown_once_stays_shown() {
        // Ten below, then as many above: at the end nothing speaks against either side, but an earlier look did.
        let test = fed(&[(0.9, 10), (1.1, 10)]);
        let Estimate { value, low, high } = test.interval().expect("so many are enough");
        assert!(
            (low - 0.9).abs() < 1e-9 && (high - 0.9).abs() < 1e-9 && value <= high,
            "{low} {value} {high}"
        );
        // Thirty more refute what the first ten had left open: then nothing is shown of what lies between.
        let torn = fed(&[(0.9, 10), (1.1, 40)]).interval().expect("so many are enough");
        assert!((torn.low - 0.9).abs() < 1e-9 && (torn.high - 1.1).abs() < 1e-9);
    }

    #[test]
    fn fewer_that_agree_take_longer() {
        let expected: Vec<u64> =
            [1.0, 0.9, 0.8, 0.7, 0.6].map(|p| expected_replicates(p, 0.01) as u64).into();
        assert!(expected.is_sorted() && expected[0] >= 8, "{expected:?}");
        assert!(expected_replicates(0.5, 0.01) > 1e6);
        // By simulation, `cargo run -p compare --example designs`: 44 at 0.75 and 29 at 0.8, a third of the level.
        assert!((20.0..60.0).contains(&expected_replicates(0.8, 0.01 / 3.0)));
    }
}
