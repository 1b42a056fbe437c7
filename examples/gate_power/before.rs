//! The gate's design before: an e-process that weighs all shares over one half alike, evidence metric by metric.

use compare::{Outcome, ReplicateNs};

/// The metrics that `latency_increase` gates.
const GATED: usize = 3;
/// The control's error rate, in those of the gate.
const CONTROL_RATE: f64 = 5.0;

/// Describes how many replicates lay on one side of a margin, and the greatest evidence of that so far.
#[derive(Clone, Copy, Default)]
struct Side {
    count: usize,
    ln_evidence: f64,
}

impl Side {
    fn push(&mut self, is_there: bool, n: usize) {
        self.count += usize::from(is_there);
        self.ln_evidence = self.ln_evidence.max(ln_uniform(self.count, n));
    }
}

/// A comparison under way.
pub(crate) struct Before {
    margin_ln: f64,
    error_rate: f64,
    replicates: usize,
    /// By metric, whether the candidate is beyond and within, and whether stable is beyond itself up and down.
    sides: [[Side; 4]; GATED],
}

impl Before {
    pub(crate) fn new(margin: f64, error_rate: f64) -> Self {
        Self { margin_ln: margin.ln_1p(), error_rate, replicates: 0, sides: Default::default() }
    }

    pub(crate) fn push(&mut self, replicate: &ReplicateNs) {
        self.replicates += 1;
        for (metric, [beyond, within, up, down]) in self.sides.iter_mut().enumerate() {
            let ln = |ns: &[f64; 6]| ns[metric].max(f64::MIN_POSITIVE).ln();
            let ratio = ln(&replicate.candidate) - ln(&replicate.stable);
            let control = ln(&replicate.again) - ln(&replicate.stable);
            beyond.push(ratio > self.margin_ln, self.replicates);
            within.push(ratio < self.margin_ln, self.replicates);
            up.push(control > self.margin_ln, self.replicates);
            down.push(-control > self.margin_ln, self.replicates);
        }
    }

    /// Returns what is shown, and whether the machine is found unfit.
    pub(crate) fn state(&self) -> (Outcome, bool) {
        let most = |side: usize| self.sides.iter().map(|sides| sides[side].ln_evidence).fold(0.0, f64::max);
        let level = |rate: f64, tests: usize| (tests as f64 / rate).ln();
        let is_unfit = most(2).max(most(3)) >= level(CONTROL_RATE * self.error_rate, 2 * GATED);
        let least =
            (1..1000).find(|&n| ln_uniform(n, n) >= level(self.error_rate, GATED)).unwrap_or(usize::MAX);
        let are_within =
            self.sides.iter().all(|[_, within, ..]| within.ln_evidence >= level(self.error_rate, 1));
        let outcome = if self.replicates < least || is_unfit {
            Outcome::Inconclusive
        } else if most(0) >= level(self.error_rate, GATED) {
            Outcome::Fail
        } else if are_within {
            Outcome::Pass
        } else {
            Outcome::Inconclusive
        };
        (outcome, is_unfit && self.replicates >= least)
    }
}

/// The logarithm of Σ_(j ≤ k) C(n+1, j) / ((n+1) C(n, k)).
fn ln_uniform(k: usize, n: usize) -> f64 {
    let (mut term, mut sum, mut choose) = (0.0_f64, 0.0_f64, 0.0_f64);
    for j in 1..=k {
        term += ((n + 2 - j) as f64 / j as f64).ln();
        choose += ((n + 1 - j) as f64 / j as f64).ln();
        sum = sum.max(term) + (-(sum - term).abs()).exp().ln_1p();
    }
    sum - ((n + 1) as f64).ln() - choose
}
