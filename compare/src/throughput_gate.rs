//! The comparison of throughputs: replicates in, a conclusion out.
//!
//! One number a job and replicate, its records a second over a whole replay; so one test, and nothing that shares its error
//! rate. It is the test of the latency comparison, of the same kind of ratio.

use crate::{
    Estimate, Outcome,
    latency_gate::{CONTROL_RATE, bias, expected_from, log_ratio, outward, widened},
    ratio::within,
    sequential::{SequentialTest, beyond, least_replicates, median},
};

/// A comparison under way.
#[derive(Debug, Clone)]
pub struct ThroughputGate {
    /// By how much of stable's rate the candidate's may be lower.
    limit: f64,
    error_rate: f64,
    /// The candidate's time over stable's.
    test: SequentialTest,
    /// Stable's over its own, tested upwards and downwards.
    control: [SequentialTest; 2],
    /// Stable's own rates.
    stable_per_second: Vec<f64>,
    /// Stable was shown to differ from itself.
    unfit: bool,
}

impl ThroughputGate {
    /// A comparison that allows the candidate's rate to be lower by `limit` of stable's, below 1, at this error rate.
    pub fn new(limit: f64, error_rate: f64) -> Self {
        let margin = 1.0 / (1.0 - limit) - 1.0;
        // A candidate may have to be quicker; stable only has to be like itself, in both directions alike.
        let apart = margin.ln_1p().abs().exp_m1();
        let control = [(); 2].map(|()| SequentialTest::new(apart, error_rate));
        let test = SequentialTest::new(margin, error_rate);
        Self { limit, error_rate, test, control, stable_per_second: Vec::new(), unfit: false }
    }

    /// Takes in a replicate: how long a record took stable, the candidate, and stable again, in nanoseconds.
    pub fn push(&mut self, [stable, candidate, again]: [f64; 3]) {
        self.stable_per_second.push(1e9 / stable.max(f64::MIN_POSITIVE));
        self.test.push(log_ratio(candidate, stable));
        let [upward, downward] = &mut self.control;
        upward.push(log_ratio(again, stable));
        downward.push(log_ratio(stable, again));
        // The control tries harder than the gate, so that it speaks up first on a machine that is unfit.
        self.unfit |= beyond(&[upward, downward], CONTROL_RATE * self.error_rate).contains(&true);
    }

    /// Returns by how much of stable's rate the candidate's may be lower.
    pub fn limit(&self) -> f64 {
        self.limit
    }

    /// Returns how many replicates a verdict needs at least, when all of them agree.
    pub fn least_replicates(&self) -> usize {
        least_replicates(self.error_rate)
    }

    /// Replicates so far.
    pub fn replicates(&self) -> usize {
        self.test.replicates()
    }

    /// Returns what is shown so far. It is read off the interval, as it is printed.
    pub fn outcome(&self) -> Outcome {
        let least = 1.0 - self.limit;
        match self.ratio() {
            Some(ratio) if !within(least, ratio.high) => Outcome::Fail,
            Some(ratio) if within(least, ratio.low) => Outcome::Pass,
            Some(_) | None => Outcome::Inconclusive,
        }
    }

    /// Returns whether stable was shown to be slower, or quicker, than itself by more than the limit.
    pub fn is_unfit(&self) -> bool {
        self.unfit
    }

    /// About how many replicates a verdict on an unchanged job takes at the spread that these have; `None` before they
    /// are enough for any verdict, and at a limit of 0 %, at which an unchanged job has none.
    pub fn expected_replicates(&self) -> Option<f64> {
        let distance = Some((1.0 - self.limit).ln().abs()).filter(|&distance| distance > 0.0)?;
        let is_known = self.replicates() >= self.least_replicates();
        is_known.then(|| expected_from([&self.test, &self.control[0]], distance, self.error_rate))
    }

    /// Stable's own rate: its median over replicates, with its interval.
    pub fn stable_per_second(&self) -> Option<Estimate> {
        (self.replicates() > 0).then(|| median(&self.stable_per_second, self.error_rate))
    }

    /// The candidate's rate over stable's, with its interval, whose ends are rounded outward to tenths of a percent.
    pub fn ratio(&self) -> Option<Estimate> {
        let seen = inverse(self.test.interval()?);
        let ratio = if self.unfit { widened(seen, bias(&self.control[0])) } else { seen };
        Some(outward(ratio))
    }

    /// The rate of stable, run again, over its own.
    pub fn control(&self) -> Option<Estimate> {
        self.control[0].interval().map(inverse).map(outward)
    }

    /// The smallest decrease of the rate that these replicates would have shown to be beyond the limit.
    pub fn smallest_effect(&self) -> Option<f64> {
        let increase = self.test.smallest_effect(self.error_rate)?;
        Some(1.0 - 1.0 / (1.0 + increase))
    }
}

/// Returns what a ratio of times is as one of rates.
fn inverse(times: Estimate) -> Estimate {
    Estimate { value: 1.0 / times.value, low: 1.0 / times.high, high: 1.0 / times.low }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datasets::SplitMix64;
    use proptest::prelude::*;

    fn fraction(random: &mut SplitMix64) -> f64 {
        (random.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// A gate after so many replicates of which the candidate takes `slower` times as long as stable, within a spread.
    fn gate(limit: f64, slower: f64, spread: f64, replicates: usize) -> ThroughputGate {
        let mut gate = ThroughputGate::new(limit, 0.01);
        let mut random = SplitMix64::new(7);
        for _ in 0..replicates {
            let mut took = |times: f64| times * 1000.0 * (1.0 + spread * (fraction(&mut random) - 0.5));
            gate.push([took(1.0), took(slower), took(1.0)]);
        }
        gate
    }

    #[test]
    fn a_tenth_of_the_rate_is_a_ninth_more_time() {
        // 10 % fewer records a second: 1 / 0.9 of the time.
        assert_eq!(gate(0.1, 1.13, 0.01, 8).outcome(), Outcome::Fail);
        assert_eq!(gate(0.1, 1.09, 0.01, 8).outcome(), Outcome::Pass);
        assert_eq!(gate(0.1, 1.0 / 0.9, 0.05, 100).outcome(), Outcome::Inconclusive);
        assert_eq!(gate(0.5, 1.9, 0.01, 8).outcome(), Outcome::Pass);
        assert_eq!(gate(0.5, 2.1, 0.01, 8).outcome(), Outcome::Fail);
    }

    #[test]
    fn fewer_replicates_than_a_fail_needs_say_nothing() {
        for slower in [0.1, 1.0, 10.0] {
            let few = gate(0.2, slower, 0.01, 7);
            assert_eq!(
                (few.outcome(), few.ratio(), few.expected_replicates()),
                (Outcome::Inconclusive, None, None)
            );
        }
        assert_eq!(gate(0.2, 1.0, 0.01, 8).least_replicates(), 8);
    }

    #[test]
    fn a_limit_below_nothing_asks_for_more() {
        let outcomes = [0.9, 0.97, 1.0].map(|slower| gate(-0.05, slower, 0.001, 10).outcome());
        assert_eq!(outcomes, [Outcome::Pass, Outcome::Fail, Outcome::Fail]);
        assert!(!gate(-0.05, 1.0, 0.001, 10).is_unfit());
    }

    #[test]
    fn figures_are_of_rates() {
        let gate = gate(0.1, 2.0, 0.0, 9);
        let at = |estimate: Option<Estimate>| estimate.expect("nine are enough");
        assert_eq!(at(gate.stable_per_second()), Estimate { value: 1e6, low: 1e6, high: 1e6 });
        let ratio = at(gate.ratio());
        assert!((ratio.value - 0.5).abs() < 1e-9 && (ratio.low - 0.5).abs() < 0.0011, "{ratio:?}");
        assert_eq!(at(gate.control()), Estimate { value: 1.0, low: 1.0, high: 1.0 });
        let effect = gate.smallest_effect().expect("nine are enough");
        assert!((effect - 0.1).abs() < 1e-9, "{effect}");
    }

    #[test]
    fn a_machine_on_which_stable_differs_from_itself_leaves_it_open() {
        let mut gate = ThroughputGate::new(0.1, 0.01);
        for _ in 0..12 {
            gate.push([100.0, 140.0, 150.0]);
        }
        assert!(gate.is_unfit());
        // What is further off than the machine is from itself is shown all the same.
        assert_eq!(gate.outcome(), Outcome::Inconclusive);
        let mut gate = ThroughputGate::new(0.1, 0.01);
        (0..12).for_each(|_| gate.push([100.0, 200.0, 150.0]));
        assert_eq!(gate.outcome(), Outcome::Fail);
    }

    #[test]
    fn an_unchanged_job_is_seldom_failed_and_a_slow_one_seldom_passed() {
        // Both stand on the limit itself, which is the worst case: each may be wrong once in a hundred gates.
        let (mut fails, mut passes) = (0, 0);
        for seed in 0..400 {
            let mut random = SplitMix64::new(seed);
            let mut gate = ThroughputGate::new(0.2, 0.01);
            for _ in 0..60 {
                let mut noise = || (0.3 * (fraction(&mut random) - 0.5)).exp();
                let replicate = [noise(), noise() / 0.8, noise()];
                gate.push(replicate);
                match gate.outcome() {
                    Outcome::Fail => fails += 1,
                    Outcome::Pass => passes += 1,
                    Outcome::Inconclusive | Outcome::Invalid => continue,
                }
                break;
            }
        }
        // 1 % of 400 are 4; three standard errors above that are 10.
        assert!(fails <= 10 && passes <= 10, "{fails} {passes}");
    }

    #[test]
    fn noise_needs_more_replicates() {
        let expected = |spread| gate(0.05, 1.0, spread, 20).expected_replicates().expect("twenty are enough");
        assert!(expected(0.01) < 12.0 && expected(2.0) > 100.0);
        assert_eq!(gate(0.0, 1.0, 0.1, 20).expected_replicates(), None);
    }

    proptest! {
        /// For any replicates, after each of them: the interval as it is printed says what the outcome says.
        #[test]
        fn outcome_and_interval_agree(permille in -400_i32..900, slower in 1_u32..40, spread in 1_u32..300, seed in any::<u64>()) {
            let limit = f64::from(permille) / 1000.0;
            let mut random = SplitMix64::new(seed);
            let mut gate = ThroughputGate::new(limit, 0.01);
            for _ in 0..40 {
                let mut took = |times: f64| times * (1.0 + f64::from(spread) / 100.0 * fraction(&mut random));
                gate.push([took(10.0), took(f64::from(slower)), took(10.0)]);
                let Some(ratio) = gate.ratio() else {
                    prop_assert_eq!(gate.outcome(), Outcome::Inconclusive);
                    continue;
                };
                prop_assert!(ratio.low <= ratio.value && ratio.value <= ratio.high, "{:?}", ratio);
                let tenths = |share: f64| (share * 1000.0).round() as i64;
                let (low, high, least) = (tenths(ratio.low), tenths(ratio.high), tenths(1.0 - limit));
                let says = match gate.outcome() {
                    Outcome::Pass => low >= least,
                    Outcome::Fail => high < least,
                    Outcome::Inconclusive => low < least && least <= high,
                    Outcome::Invalid => false,
                };
                prop_assert!(says, "{low} to {high} against {least}");
            }
        }
    }
}
