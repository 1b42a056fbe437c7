//! `[stable]` and `[candidate]`: a job of the catalogue, or the command of a program outside.

use compare::Role;
use serde::{Deserialize, Serialize};
use stream::Trigger;

use crate::{erased::Info, error::Error};

/// The most characters of a command that go for its name.
const NAME_CHARS: usize = 64;

/// `[stable]` or `[candidate]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSection {
    /// A version of the catalogue.
    pub job: Option<String>,
    /// A program and its arguments.
    #[serde(default, deserialize_with = "crate::listed::command")]
    pub command: Option<Vec<String>>,
    /// Holds what stands for the command in reports.
    pub name: Option<String>,
}

/// A job, once the section has been found to name one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobChoice {
    /// Holds what reports call it, harmless for a terminal.
    pub name: String,
    /// The program, unless it is a version of the catalogue of that name.
    pub command: Option<Vec<String>>,
}

impl JobSection {
    /// A version of the catalogue.
    pub fn of_job(job: String) -> Self {
        Self { job: Some(job), ..Self::default() }
    }

    /// Returns whether a command line can say as much.
    pub fn is_flag(&self) -> bool {
        self.command.is_none()
    }

    /// Returns what the section called `role` chooses.
    pub fn choice(&self, role: Role) -> Result<JobChoice, Error> {
        let wrong = |what: &str, hint: &str| Err(Error::usage(format!("[{role}] {what}")).with_hint(hint));
        match (&self.job, &self.command, &self.name) {
            (Some(_), Some(_), _) => {
                wrong("has both a job and a command", "a version is the one or the other")
            }
            (None, None, _) => wrong(
                "names no job",
                "write job = \"first-fit\", or command = [\"program\", \"argument\"] for a program outside",
            ),
            (Some(_), None, Some(_)) => wrong("gives a job another name", "name goes with command"),
            (Some(job), None, None) => Ok(JobChoice { name: job.clone(), command: None }),
            (None, Some(command), name) => match command.first().map(String::as_str) {
                None | Some("") => {
                    wrong("has a command without a program", "command = [\"./job\", \"argument\"]")
                }
                Some(_) if command.iter().any(|word| word.contains('\0')) => {
                    wrong("has a NUL in its command", "no program can be given one")
                }
                Some(_) if name.as_ref().is_some_and(|name| name.trim().is_empty()) => {
                    wrong("has an empty name", "leave it out, and the command stands for the job")
                }
                Some(_) => Ok(JobChoice {
                    name: short(name.as_ref().unwrap_or(&command.join(" "))),
                    command: Some(command.clone()),
                }),
            },
        }
    }
}

impl JobChoice {
    /// The section that chooses it, with its name written out.
    pub fn section(&self) -> JobSection {
        match &self.command {
            None => JobSection::of_job(self.name.clone()),
            command => JobSection { job: None, command: command.clone(), name: Some(self.name.clone()) },
        }
    }

    /// Returns whether a program outside can stand here.
    pub fn check_attachable(&self, problem: &Info, trigger: Trigger) -> Result<(), Error> {
        let name = &self.name;
        if !problem.takes_processes {
            return Err(Error::usage(format!(
                "{name}: problem {} answers with a table, and a command can only decide record by record",
                problem.name
            ))
            .with_hint("name a version that 'counterpoint jobs' lists"));
        }
        if trigger != Trigger::Record {
            return Err(Error::usage(format!("{name}: a command acts on each record, not on '{trigger}'"))
                .with_hint("write trigger = \"record\", or leave it out"));
        }
        Ok(())
    }
}

/// A name of bearable length, harmless for a terminal.
fn short(name: &str) -> String {
    let head: String = name.chars().take(NAME_CHARS).collect();
    let more = if head.len() < name.len() { "…" } else { "" };
    format!("{}{more}", datasets::shown(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(text: &str) -> Result<JobChoice, Error> {
        toml::from_str::<JobSection>(text).expect("TOML").choice(Role::Candidate)
    }

    #[test]
    fn a_section_names_a_job_or_a_command() {
        let name = |text| choice(text).expect("a choice").name;
        assert_eq!(name("job = 'first-fit'"), "first-fit");
        assert_eq!(name("command = ['python3', 'v2.py']"), "python3 v2.py");
        assert_eq!(name("command = ['python3', 'v2.py']\nname = 'v2'"), "v2");
        assert_eq!(name("command = [\"a\\u001b[31m\"]"), "a\\u{1b}[31m");
        assert_eq!(name(&format!("command = ['{}']", "x".repeat(500))), "x".repeat(64) + "…");
    }

    #[test]
    fn a_section_that_names_neither_or_both_is_refused() {
        for (text, what) in [
            ("", "names no job"),
            ("name = 'x'", "names no job"),
            ("job = 'a'\ncommand = ['b']", "both"),
            ("job = 'a'\nname = 'b'", "another name"),
            ("command = []", "without a program"),
            ("command = ['', 'x']", "without a program"),
            ("command = [\"a\\u0000\"]", "NUL"),
            ("command = ['a']\nname = ' '", "empty name"),
        ] {
            let error = choice(text).expect_err(text);
            assert!(error.to_string().contains(what) && error.to_string().contains("[candidate]"), "{error}");
            assert!(error.is_usage());
        }
    }

    #[test]
    fn a_choice_reads_back_as_itself() {
        for text in ["job = 'first-fit'", "command = ['a', \"b'c\\n\"]", "command = ['a']\nname = 'x'"] {
            let choice = choice(text).expect("a choice");
            let written = toml::to_string(&choice.section()).expect("plain");
            assert_eq!(
                toml::from_str::<JobSection>(&written).expect("written").choice(Role::Stable).expect("valid"),
                choice
            );
        }
    }
}
