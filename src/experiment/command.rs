//! The command line that says what an experiment says.

use super::{ExperimentFile, ReplaySection};
use crate::{job_section::JobSection, recovery_section::RecoverySection};

impl ExperimentFile {
    /// One shell command that repeats what a resolved experiment says.
    pub(crate) fn command(&self, verb: &str) -> String {
        let ReplaySection { order, pace, trigger, triggers, max_batch, seed, orders } = &self.replay;
        let gate = &self.gate;
        if [&self.stable, &self.candidate].into_iter().flatten().any(|section| !section.is_flag()) {
            // No flag gives a command, so it is the file in the run's folder.
            return format!("counterpoint {verb} experiment.toml");
        }
        let job = |section: &Option<JobSection>| section.as_ref().and_then(|section| section.job.clone());
        let before = [("dataset", self.dataset.clone()), ("problem", self.problem.clone())];
        let set = self.parameters.iter().map(|(name, value)| ("set", Some(format!("{name}={value}"))));
        let after = [
            ("stable", job(&self.stable)),
            ("candidate", job(&self.candidate)),
            ("order", order.clone()),
            ("pace", pace.clone()),
            ("trigger", trigger.clone()),
            ("triggers", triggers.as_ref().map(|triggers| triggers.join(","))),
            ("max-batch", max_batch.map(|most| most.to_string())),
            ("seed", seed.map(|seed| seed.to_string())),
            ("orders", orders.map(|orders| orders.to_string())),
            ("competitive-ratio", gate.competitive_ratio.map(|limit| limit.to_string())),
            ("competitive-ratio-increase", gate.competitive_ratio_increase.map(|limit| limit.to_string())),
            ("divergence", gate.divergence.map(|limit| limit.to_string())),
            ("divergence-increase", gate.divergence_increase.map(|limit| limit.to_string())),
            ("late", gate.late.map(|limit| limit.to_string())),
            ("not-emitted", gate.not_emitted.map(|limit| limit.to_string())),
            ("rejected", gate.rejected.map(|limit| limit.to_string())),
            ("no-window", gate.no_window.map(|limit| limit.to_string())),
            ("left-out", gate.left_out.map(|limit| limit.to_string())),
            ("decision-changes", gate.decision_changes.map(|limit| limit.to_string())),
            ("latency-increase", gate.latency_increase.map(|limit| limit.to_string())),
            ("latency-tail-increase", gate.latency_tail_increase.map(|limit| limit.to_string())),
            ("latency-p99", gate.latency_p99.map(|limit| limit.to_string())),
            ("peak-memory", gate.peak_memory.map(|limit| limit.to_string())),
            ("peak-memory-increase", gate.peak_memory_increase.map(|limit| limit.to_string())),
            ("budget", gate.budget.map(|budget| budget.to_string())),
            ("error-rate", gate.error_rate.map(|rate| rate.to_string())),
        ];
        let RecoverySection { guarantee, checkpoint_every, durability, store, sink, faults } = &self.recovery;
        let recovery = [
            ("guarantee", guarantee.clone()),
            ("checkpoint-every", checkpoint_every.map(|records| records.to_string())),
            ("durability", durability.clone()),
            ("store", store.clone()),
            ("sink", sink.clone()),
        ];
        let faults = faults.iter().flatten().map(|fault| ("fault", Some(fault.clone())));
        let flags = before.into_iter().chain(set).chain(after).chain(recovery).chain(faults);
        let flags =
            flags.filter_map(|(name, value)| Some(format!(" --{name} {}", datasets::shell_word(&value?))));
        format!("counterpoint {verb}{}", flags.collect::<String>())
    }
}
