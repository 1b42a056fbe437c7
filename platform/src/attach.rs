//! Says how a program outside is attached: the keys of `[stable]` and `[candidate]` beside its command.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use replay::{
    CHUNK,
    link::{Emit, Format, JobTopics, Mode, Output},
    process::{Environment, ProcessLimits},
};
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    job_section::JobSection,
    own::{Comparing, Filter},
};

/// In which form a job gets its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputForm {
    /// As their lines stand in the data file.
    #[default]
    Lines,
    /// As JSON, an object a line, with offset and times.
    Json,
}

/// When a job answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputForm {
    /// Once for each record.
    Reply,
    /// Whenever it likes.
    Emit,
}

/// How a job writes its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowForm {
    /// As CSV.
    #[default]
    Csv,
    /// As JSON, an object a line.
    Json,
}

/// How a table follows from the rows that a job emits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowMode {
    /// Each row stays, and a key comes once.
    Append,
    /// The last row of a key stays.
    Upsert,
    /// Rows are given and taken back, by their sign.
    Retract,
}

/// A program that is attached, once the section has been found to say one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Attach {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The section that says so.
    pub keys: JobSection,
    /// Its variables.
    pub(crate) env: Environment,
    /// When it answers; `None` where the problem says.
    pub(crate) output: Option<OutputForm>,
    /// Rows that are left out.
    pub(crate) leave_out: Option<Filter>,
}

impl Attach {
    /// Reads the keys; `wrong` makes an error of what is wrong and the cure.
    pub(crate) fn read(keys: JobSection, wrong: &dyn Fn(&str, &str) -> Error) -> Result<Self, Error> {
        let command = keys.command.clone().unwrap_or_default();
        let env = environment(&keys.env)
            .map_err(|why| wrong(&format!("env: {why}"), "env = [\"NAME\", \"OTHER=value\"]"))?;
        let leave_out = keys.leave_out.as_deref().map(Filter::read).transpose();
        let leave_out =
            leave_out.map_err(|why| wrong(&format!("leave_out: {why}"), "leave_out = \"user = '__end'\""))?;
        if keys.window.is_some_and(|window| !(1..=CHUNK).contains(&window)) {
            return Err(wrong(&format!("window: it is from 1 to {CHUNK} records"), "window = 256"));
        }
        if let Some(line) = keys.close.iter().find(|line| line.contains('\n')) {
            let shown = datasets::shown(line).to_string();
            return Err(wrong(
                &format!("close: '{shown}' is more than one line"),
                "close = [\"first line\", \"second line\"]",
            ));
        }
        match (keys.mode, &keys.sign) {
            (Some(RowMode::Retract), None) => {
                return Err(wrong(
                    "takes rows back, and names no sign",
                    "sign = \"op\", the column that says which",
                ));
            }
            (Some(RowMode::Append | RowMode::Upsert), Some(_)) => {
                return Err(wrong(
                    "has a sign, and takes no rows back",
                    "mode = \"retract\", or leave it out",
                ));
            }
            _ => {}
        }
        check_behind_topics(&keys, wrong)?;
        if keys.leave_out.is_some() && keys.close.is_empty() {
            return Err(wrong("leaves out what closing adds, and is not closed", "add close = [\"…\"]"));
        }
        let output = keys.output;
        let attach = Self { command, keys, env, output, leave_out };
        match output {
            Some(OutputForm::Reply) => attach.check_reply(wrong)?,
            Some(OutputForm::Emit) if attach.keys.window.is_some() => {
                return Err(wrong(
                    "has a window, and answers whenever it likes",
                    "output = \"reply\", or leave window out",
                ));
            }
            Some(OutputForm::Emit) | None => {}
        }
        Ok(attach)
    }

    /// Refuses a way to answer that isn't the problem's.
    pub(crate) fn check_answers(&self, name: &str, answers: OutputForm) -> Result<(), Error> {
        let wrong = |what: &str, hint: &str| Error::usage(format!("{name} {what}")).with_hint(hint);
        match (self.output, answers) {
            (Some(OutputForm::Reply), OutputForm::Emit) => Err(wrong(
                "replies to each record with a number, and the answer is a table",
                "output = \"emit\", or answer = \"decisions\" in [problem]",
            )),
            (Some(OutputForm::Emit), OutputForm::Reply) => Err(wrong(
                "emits rows, and the answer is a decision for each record",
                "output = \"reply\", or leave it out",
            )),
            (None, OutputForm::Reply) => self.check_reply(&wrong),
            (None, OutputForm::Emit) if self.keys.window.is_some() => Err(wrong(
                "has a window, and gives rows whenever it likes, for the answer is a table",
                "leave window out",
            )),
            _ => Ok(()),
        }
    }

    /// The keys that say something of rows say nothing of replies.
    fn check_reply(&self, wrong: &dyn Fn(&str, &str) -> Error) -> Result<(), Error> {
        let JobSection { format, mode, sign, offset, close, unclosed, .. } = &self.keys;
        let set = [
            ("format", format.is_some()),
            ("mode", mode.is_some()),
            ("sign", sign.is_some()),
            ("offset", offset.is_some()),
            ("close", !close.is_empty()),
            ("unclosed", unclosed.is_some()),
        ];
        match set.iter().find(|(_, is_set)| *is_set) {
            Some((key, _)) => Err(wrong(
                &format!("has {key}, and replies to each record"),
                "output = \"emit\", or leave it out",
            )),
            None => Ok(()),
        }
    }

    /// Says how it answers: with rows that are compared like this, or with decisions.
    pub(crate) fn output(&self, rows: Option<&Comparing>, topics: Option<&JobTopics>) -> Output {
        let JobSection { window, format, mode, sign, offset, close, .. } = &self.keys;
        let Some(Comparing { key, rename, .. }) = rows else {
            return Output::Reply { window: window.unwrap_or(CHUNK) };
        };
        if let Some(topics) = topics {
            // The closing records are the link's business: each partition gets them.
            let mode = match topics.rows.sign() {
                Some(sign) => Mode::Retract { sign: sign.to_owned() },
                None => Mode::Append,
            };
            let (key, rename, offset) = (key.clone(), rename.clone(), offset.clone());
            let handover = topics.handover.as_ref().map(|handover| handover.at);
            let format = Format::Json;
            return Output::Emit(Emit { format, mode, key, rename, offset, handover, ..Emit::default() });
        }
        let mode = match (mode, sign) {
            (_, Some(sign)) => Mode::Retract { sign: sign.clone() },
            (Some(RowMode::Upsert), None) => Mode::Upsert,
            (Some(RowMode::Append | RowMode::Retract) | None, None) => Mode::Append,
        };
        Output::Emit(Emit {
            format: match format.unwrap_or_default() {
                RowForm::Csv => Format::Csv,
                RowForm::Json => Format::Json,
            },
            mode,
            key: key.clone(),
            rename: rename.clone(),
            offset: offset.clone(),
            close: close.clone(),
            ..Emit::default()
        })
    }

    /// Says how long it is waited for.
    pub(crate) fn limits(&self) -> ProcessLimits {
        let usual = ProcessLimits::default();
        let stall = self.keys.stall.map_or(usual.stall, |stall| Duration::from_nanos(stall.0));
        ProcessLimits { stall, ..usual }
    }

    /// The folder in which it works.
    pub(crate) fn cwd(&self) -> Option<PathBuf> {
        self.keys.cwd.as_ref().map(PathBuf::from)
    }
}

/// Refuses keys that speak of pipes where a job is behind topics.
fn check_behind_topics(keys: &JobSection, wrong: &dyn Fn(&str, &str) -> Error) -> Result<(), Error> {
    let set = [
        ("input", keys.input.is_some()),
        ("format", keys.format.is_some()),
        ("mode", keys.mode.is_some()),
        ("sign", keys.sign.is_some()),
        ("window", keys.window.is_some()),
        ("stall", keys.stall.is_some()),
        ("output = \"reply\"", keys.output == Some(OutputForm::Reply)),
    ];
    match set.iter().find(|(_, is_set)| keys.kafka.is_some() && *is_set) {
        Some((key, _)) => Err(wrong(
            &format!("has {key}, which speaks of stdin and stdout, and is behind topics"),
            "leave it out: messages are JSON, kafka.rows says how a table follows from them, and kafka.timeout how long one waits",
        )),
        None => Ok(()),
    }
}

/// `NAME` lets a variable through, `NAME=value` sets one.
pub(crate) fn environment(names: &[String]) -> Result<Environment, String> {
    let mut environment = Environment { pass: Vec::new(), set: BTreeMap::new() };
    for name in names {
        match name.split_once('=') {
            Some((name, value)) => {
                environment.set.insert(name.to_owned(), value.to_owned());
            }
            None => environment.pass.push(name.clone()),
        }
    }
    environment.check()?;
    Ok(environment)
}
