//! The command line that says what an experiment says.

use super::{ExperimentFile, keys::flags};
use crate::{error::Error, job_section::JobSection, own::ProblemChoice};

impl ExperimentFile {
    /// Returns one shell command that repeats what a resolved experiment says, by the program of this name. What is the same
    /// without a flag has none.
    pub fn command(&self, program: &str, verb: &str) -> String {
        let Some(Ok(flags)) = Some(self).filter(|file| file.has_flags_alone()).map(Self::flags) else {
            return format!("{program} {verb} experiment.toml");
        };
        let flags = flags
            .into_iter()
            .filter(|flag| !is_default(flag))
            .map(|(name, value)| format!(" --{name} {}", datasets::shell_word(&value)));
        format!("{program} {verb}{}", flags.collect::<String>())
    }

    /// Returns the words of a command line that say what this one says by flags, with nothing left out.
    pub fn flag_words(&self) -> Result<Vec<String>, Error> {
        Ok(self.flags()?.into_iter().map(|(name, value)| format!("--{name}={value}")).collect())
    }

    /// Returns whether flags can say all of it. Where they can't, it is the file in the run's folder.
    fn has_flags_alone(&self) -> bool {
        let is_flag = |section: &Option<JobSection>| section.as_ref().is_none_or(JobSection::is_flag);
        is_flag(&self.stable)
            && is_flag(&self.candidate)
            && self.problem.as_ref().is_none_or(|problem| problem.named().is_some())
            && self.reference.is_empty()
            && self.expected.is_empty()
            && self.replay.kafka.is_none()
            && self.recovery.postgres.is_none()
    }

    fn flags(&self) -> Result<Vec<(String, String)>, Error> {
        let job = |section: &Option<JobSection>| section.as_ref().and_then(|section| section.job.clone());
        let before = [
            ("dataset", self.dataset.clone()),
            ("problem", self.problem.as_ref().and_then(ProblemChoice::named)),
        ];
        let set = self.parameters.iter().map(|(name, value)| ("set", Some(format!("{name}={value}"))));
        let jobs = [("stable", job(&self.stable)), ("candidate", job(&self.candidate))];
        let named = before.into_iter().chain(set).chain(jobs);
        let named = named.filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let architecture =
            self.architecture.map(|architecture| ("architecture".to_owned(), architecture.to_string()));
        let sections = [
            flags(&self.replay)?,
            flags(&self.gate)?,
            flags(&self.recovery)?,
            architecture.into_iter().collect(),
            flags(&self.serving)?,
            flags(&self.kappa)?,
            flags(&self.lambda)?,
        ];
        Ok(named.chain(sections.into_iter().flatten()).collect())
    }
}

/// Flags whose value is the same whatever the data and the other flags are, unless somebody sets it. The seed isn't among them:
/// whoever repeats a run wants to see it; nor is the guarantee, which says that there are checkpoints at all.
const DEFAULTS: [(&str, &str); 19] = [
    ("order", "recorded"),
    ("pace", "max"),
    ("trigger", "record"),
    ("amplify", "1"),
    ("orders", "0"),
    ("budget", "60s"),
    ("error-rate", "1%"),
    ("checkpoint-every", "1000"),
    ("durability", "process"),
    ("store", "sled"),
    ("sink", "file"),
    ("survives", "process"),
    ("log", "embedded"),
    ("start-at", "25%"),
    ("catch-up", "x4"),
    ("probation", "20%"),
    ("keep-old", "20%"),
    ("every", "10%"),
    ("takes", "1%"),
];

fn is_default((name, value): &(String, String)) -> bool {
    DEFAULTS.contains(&(name.as_str(), value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(toml: &str) -> String {
        let text = format!("dataset = \"data\"\nstable.job = \"a\"\ncandidate.job = \"b\"\n{toml}");
        let file: ExperimentFile = toml::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        file.command("counterpoint", "run")
    }

    #[test]
    fn a_command_line_says_all_of_it_or_names_the_file() {
        let flags = "counterpoint run --dataset data --problem sessions --stable a --candidate b --seed 3 --sink store";
        let plain = "problem = \"sessions\"\nreplay.seed = 3\nrecovery.sink = \"store\"\n";
        assert_eq!(command(plain), flags);
        for beyond_flags in [
            "[problem]\nname = \"mine\"",
            "problem = \"sessions\"\nreference.sql = \"select 1\"",
            "problem = \"sessions\"\nreference.file = \"answer.csv\"",
            "problem = \"sessions\"\n[[expected]]\nwhere = \"n < 3\"\nwhy = \"a test\"",
            "problem = \"sessions\"\n[replay.kafka]\nbootstrap = \"127.0.0.1:9092\"",
            "problem = \"sessions\"\n[recovery.postgres]\nurl = \"postgres://127.0.0.1/db\"",
        ] {
            assert_eq!(command(beyond_flags), "counterpoint run experiment.toml", "{beyond_flags}");
        }
    }

    #[test]
    fn what_is_left_out_is_what_the_page_of_keys_calls_the_default() {
        let page = include_str!("../../../docs/experiment.md");
        for (name, value) in DEFAULTS {
            let row = page.lines().find(|line| line.contains(&format!("| `--{name}` |")));
            let row = row.unwrap_or_else(|| panic!("--{name} stands in no row"));
            let default = row.split(" | ").nth(3).expect("a default").trim_matches('`');
            assert_eq!(default, value, "--{name}");
        }
    }
}
