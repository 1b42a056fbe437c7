//! `[stable]` and `[candidate]`: a job of the catalogue, or the command of a program outside.

use compare::Role;
use serde::{Deserialize, Serialize};
use stream::Trigger;

use crate::{
    attach::{Attach, InputForm, OutputForm, RowForm, RowMode},
    erased::Info,
    error::Error,
    limits::Length,
    topics_section::JobKafka,
};

/// The most characters of a command that go for its name.
const NAME_CHARS: usize = 64;

/// `[stable]` or `[candidate]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSection {
    /// A version of the catalogue.
    pub job: Option<String>,
    /// A program and its arguments.
    #[serde(default, deserialize_with = "crate::listed::command")]
    pub command: Option<Vec<String>>,
    /// Holds what stands for the command in reports.
    pub name: Option<String>,
    /// The folder in which it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Variables of the environment that it sees (`NAME`) or is given (`NAME=value`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The form of its input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<InputForm>,
    /// When it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputForm>,
    /// How it writes its rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<RowForm>,
    /// So many records it may have read that it hasn't answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    /// How long it may be silent before it is given up [default: 30s].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stall: Option<Length>,
    /// How a table follows from its rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<RowMode>,
    /// The column that says whether a row is given or taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign: Option<String>,
    /// The column with the offset of the record that made a row due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    /// Lines that are sent behind the last record, so that it gives out what only time would have it give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub close: Vec<String>,
    /// Rows that are left out, because the closing records have added them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leave_out: Option<String>,
    /// The column by which rows ascend with time: rows above all that it gave out were never given out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unclosed: Option<String>,
    /// The topics that it is behind, where it doesn't read from stdin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kafka: Option<JobKafka>,
}

/// A job, once the section has been found to name one.
#[derive(Debug, Clone, PartialEq)]
pub struct JobChoice {
    /// Holds what reports call it, harmless for a terminal.
    pub name: String,
    /// The program, unless it is a version of the catalogue of that name.
    pub command: Option<Box<Attach>>,
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

    fn has_keys_of_a_command(&self) -> bool {
        let plain = Self { job: self.job.clone(), ..Self::default() };
        *self != plain
    }

    /// Returns what the section called `role` chooses.
    pub fn choice(&self, role: Role) -> Result<JobChoice, Error> {
        let error = |what: &str, hint: &str| Error::usage(format!("[{role}] {what}")).with_hint(hint);
        let wrong = |what: &str, hint: &str| Err(error(what, hint));
        match (&self.job, &self.command, &self.name) {
            (Some(_), Some(_), _) => {
                wrong("has both a job and a command", "a version is the one or the other")
            }
            (None, None, _) => wrong(
                "names no job",
                "write job = \"first-fit\", or command = [\"program\", \"argument\"] for a program outside",
            ),
            (Some(_), None, Some(_)) => wrong("gives a job another name", "name goes with command"),
            (Some(_), None, None) if self.has_keys_of_a_command() => wrong(
                "has a job, and keys of a program outside",
                "a version of the catalogue has no key but job",
            ),
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
                    command: Some(Box::new(Attach::read(Self { name: None, ..self.clone() }, &error)?)),
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
            Some(attach) => JobSection { name: Some(self.name.clone()), ..attach.keys.clone() },
        }
    }

    /// Returns whether a program outside can stand here.
    pub fn check_attachable(&self, attach: &Attach, problem: &Info, trigger: Trigger) -> Result<(), Error> {
        let name = &self.name;
        attach.check_answers(name, problem.answers)?;
        // A job behind topics cuts its input as it likes; the trigger is that of the version beside it.
        if trigger != Trigger::Record && attach.keys.kafka.is_none() {
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
