//! Every check that a verdict can hold, by name.

/// Describes what a check goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoesBy {
    /// The answers and the account of the records: the same every time.
    Answers,
    /// How the experiment is laid out: the same every time, whatever the jobs do, so that no mutant of a job shows it.
    Plan,
    /// Times, or memory: what the machine gives.
    Machine,
    /// Nothing: it tells the reader something, and never fails.
    Nothing,
}

/// All checks. A gate that lacks one of them must be noticed, so each needs a mutant in `gate --self-test` that this
/// check alone sees.
pub const CHECKS: &[(&str, GoesBy)] = &[
    ("divergence", GoesBy::Answers),
    ("divergence_increase", GoesBy::Answers),
    ("decision_changes", GoesBy::Answers),
    ("late", GoesBy::Answers),
    ("not_emitted", GoesBy::Answers),
    ("rejected", GoesBy::Answers),
    ("no_window", GoesBy::Answers),
    ("left_out", GoesBy::Answers),
    ("competitive_ratio", GoesBy::Answers),
    ("competitive_ratio_increase", GoesBy::Answers),
    ("competitive_ratio_increase_over_orders", GoesBy::Answers),
    ("proven_ratio", GoesBy::Answers),
    ("lower_bound", GoesBy::Answers),
    ("reference", GoesBy::Answers),
    ("ledger", GoesBy::Answers),
    ("guarantee", GoesBy::Answers),
    ("upgrade", GoesBy::Answers),
    ("view_age", GoesBy::Plan),
    ("expected", GoesBy::Plan),
    ("baseline", GoesBy::Answers),
    ("noise_stable", GoesBy::Nothing),
    ("noise_candidate", GoesBy::Nothing),
    ("deterministic", GoesBy::Machine),
    ("feeder", GoesBy::Machine),
    ("latency_increase_mean", GoesBy::Machine),
    ("latency_increase_p50", GoesBy::Machine),
    ("latency_increase_p90", GoesBy::Machine),
    ("latency_increase_p95", GoesBy::Machine),
    ("latency_increase_p99", GoesBy::Machine),
    ("latency_p99", GoesBy::Machine),
    ("throughput_decrease", GoesBy::Machine),
    ("peak_memory", GoesBy::Machine),
    ("peak_memory_increase", GoesBy::Machine),
];

/// Returns whether a check of this name is known.
pub(crate) fn is_known(name: &str) -> bool {
    CHECKS.iter().any(|(known, _)| *known == name)
}
