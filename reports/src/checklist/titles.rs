//! Calls each check by what it is about.

use compare::{Changes, Measure, Results, Timings};

/// Returns what a check is about, in a few words; of one that isn't known, its name.
pub(super) fn title(results: &Results, timings: &Timings, name: &str) -> String {
    let is_table = matches!(results.changes, Changes::Table(_));
    let time = match timings.measure {
        Measure::ServiceTimeByChunk => "time a record against stable",
        Measure::FromDueTime => "latency against stable",
    };
    if let Some(metric) = name.strip_prefix("latency_increase_") {
        return match metric {
            "mean" => format!("{time}, mean"),
            "p50" => format!("{time}, median"),
            quantile => format!("{time}, {quantile}"),
        };
    }
    let known = match name {
        "divergence" if is_table => "rows unlike the reference\u{2019}s",
        "divergence" => "wrong rows",
        "divergence_increase" => "rows worse than stable\u{2019}s",
        "decision_changes" if is_table => "rows unlike stable\u{2019}s",
        "decision_changes" => "decisions unlike stable\u{2019}s",
        "late" => "late records",
        "not_emitted" => "records not emitted",
        "rejected" => "rejected records",
        "no_window" => "records in no window",
        "left_out" => "records left out",
        "competitive_ratio" => "competitive ratio",
        "competitive_ratio_increase" => "cost against stable",
        "competitive_ratio_increase_over_orders" => "cost against stable over shuffled orders",
        "proven_ratio" => "what is proved of the job",
        "lower_bound" => "the bound on the optimum",
        "reference" => "the reference",
        "ledger" => "the account of the records",
        "guarantee" => "the delivery guarantee",
        "upgrade" => "the upgrade",
        "view_age" => "the age of the batch view",
        "expected" => "rows that are expected to differ",
        "baseline" => "values of the baseline",
        "noise_stable" => "stable against itself",
        "noise_candidate" => "the candidate against itself",
        "deterministic" => "the same rows in two runs",
        "feeder" => "the feeder\u{2019}s own schedule",
        "latency_p99" => "latency, 99 % within",
        "throughput_decrease" => "records a second against stable",
        "peak_memory" => "peak memory",
        "peak_memory_increase" => "peak memory against stable",
        other => return other.replace('_', " "),
    };
    known.to_owned()
}

/// Returns whether the check's number and its limit tell more than its note does.
pub(super) fn has_limit(name: &str) -> bool {
    let of_trust = [
        "reference",
        "lower_bound",
        "proven_ratio",
        "ledger",
        "deterministic",
        "noise_stable",
        "noise_candidate",
    ];
    !of_trust.contains(&name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_check_has_a_title_of_its_own() {
        let source = include_str!("titles.rs");
        for (name, _) in compare::CHECKS {
            let is_known = source.contains(&format!("\"{name}\" ")) || name.starts_with("latency_increase_");
            assert!(is_known, "{name} has no title");
        }
    }
}
