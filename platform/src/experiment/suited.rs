//! Describes what whoever runs several experiments has to know of one before it is resolved.

use compare::Role;
use datasets::Frozen;

use super::{ExperimentFile, GateSection};
use crate::own::ProblemChoice;

impl ExperimentFile {
    /// Returns the name of the problem, as the file has it or else the dataset's manifest; nothing where neither says.
    pub fn problem_name(&self) -> Option<String> {
        match &self.problem {
            Some(ProblemChoice::Named(name)) => Some(name.clone()),
            Some(ProblemChoice::Own(section)) => Some(section.name().to_owned()),
            None => {
                let frozen = Frozen::open(self.dataset.as_ref()?.as_ref()).ok()?;
                Some(frozen.manifest.problem).filter(|problem| !problem.is_empty())
            }
        }
    }

    /// Returns the names of stable and the candidate, as reports have them; nothing where a section names none.
    pub fn job_names(&self) -> Option<[String; 2]> {
        let stable = self.stable.as_ref()?.choice(Role::Stable).ok()?;
        let candidate = self.candidate.as_ref()?.choice(Role::Candidate).ok()?;
        Some([stable.name, candidate.name])
    }

    /// Returns the experiment without the limits that are judged by what a process takes: time, throughput, memory.
    #[must_use]
    pub fn accuracy_only(self) -> Self {
        let gate = GateSection {
            latency_increase: None,
            latency_tail_increase: None,
            latency_p99: None,
            throughput_decrease: None,
            peak_memory: None,
            peak_memory_increase: None,
            budget: None,
            error_rate: None,
            ..self.gate
        };
        Self { gate, ..self }
    }

    /// Returns whether another experiment at its side could change what it comes to: it is paced, so that a feeder that
    /// comes late makes it invalid, or it works on a server or a view whose topics or tables another may work on, too.
    pub fn must_run_alone(&self) -> bool {
        let is_paced = self.replay.pace.as_ref().is_some_and(|pace| pace != "max");
        let is_behind_topics =
            [&self.stable, &self.candidate].into_iter().flatten().any(|job| job.kafka.is_some());
        let has_served_log = self.serving.log.as_ref().is_some_and(|log| log != "embedded");
        let has_served_sink = self.recovery.sink.as_ref().is_some_and(|sink| sink == "postgres");
        is_paced
            || self.serving.view.is_some()
            || is_behind_topics
            || self.replay.kafka.is_some()
            || has_served_log
            || has_served_sink
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> ExperimentFile {
        toml::from_str(text).expect("valid")
    }

    #[test]
    fn no_limit_on_what_a_process_takes_is_left() {
        let all = "gate.divergence = 3\ngate.latency_increase = '5%'\ngate.latency_tail_increase = '30%'\n\
                   gate.latency_p99 = '1ms'\ngate.throughput_decrease = '10%'\ngate.peak_memory = '200MB'\n\
                   gate.peak_memory_increase = '10%'\ngate.budget = '10s'\ngate.error_rate = '2%'\ngate.view_age = 4";
        let left = file(all).accuracy_only();
        assert_eq!(left, file("gate.divergence = 3\ngate.view_age = 4"));
    }

    #[test]
    fn what_is_paced_or_served_runs_alone() {
        for alone in [
            "replay.pace = '1000/s'",
            "replay.pace = 'recorded'",
            "recovery.sink = 'postgres'",
            "serving.view = 'postgres://me@127.0.0.1:5432/d/t'",
            "serving.log = 'kafka://127.0.0.1:9092/clicks'",
            "stable.command = ['x']\nstable.kafka = { output = 'b' }",
        ] {
            assert!(file(alone).must_run_alone(), "{alone}");
        }
        for beside in ["", "replay.pace = 'max'", "recovery.sink = 'store'", "serving.log = 'embedded'"] {
            assert!(!file(beside).must_run_alone(), "{beside}");
        }
    }

    #[test]
    fn names_are_those_of_reports() {
        let jobs = |text| file(text).job_names().map(|names| names.join(" "));
        assert_eq!(jobs("stable.job = 'a'\ncandidate.command = ['b', 'c']").as_deref(), Some("a b c"));
        assert_eq!(jobs("stable.job = 'a'"), None);
        let problem = |text| file(text).problem_name();
        assert_eq!(problem("problem = 'caching'").as_deref(), Some("caching"));
        assert_eq!(problem("[problem]\nname = 'mine'\nkey = ['a']").as_deref(), Some("mine"));
        assert_eq!(problem("[problem]\nkey = ['a']").as_deref(), Some("own problem"));
        assert_eq!(problem("dataset = 'none'"), None);
    }
}
