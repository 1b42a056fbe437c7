//! Describes how a job outside answers, and what a job that emits rows has done.

use std::{collections::BTreeMap, time::Duration};

use crate::{CHUNK, Latency};

/// Says how a job outside answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// With one answer for each record.
    Reply {
        /// So many records are sent before their answers are read: a job sees no further than that. At most
        /// [`CHUNK`], which is what fits between a job and us whatever it does.
        window: usize,
    },
    /// With rows of a table, whenever it likes.
    Emit(Emit),
}

impl Default for Output {
    fn default() -> Self {
        Self::Reply { window: CHUNK }
    }
}

/// Says what the rows are that a job emits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emit {
    /// How they are written.
    pub format: Format,
    /// How the table follows from them.
    pub mode: Mode,
    /// The columns that name a row.
    pub key: Vec<String>,
    /// For columns that the job may call otherwise: its name, and the one here.
    pub rename: BTreeMap<String, String>,
    /// The column that holds the offset of the record which made a row due: how many records were sent before that one. It
    /// is no part of the table.
    pub offset: Option<String>,
    /// Closing records, whole lines in the form of the job's input: they are sent behind the last record, to have the job
    /// give out what it would give out only later.
    pub close: Vec<String>,
    /// One job hands over to another when so many records are sent: what either gives out is told apart.
    pub handover: Option<u64>,
    /// The most bytes that it may write. It is held to less while it was sent little: 64 MiB, and 256 bytes for each.
    pub most_bytes: u64,
}

impl Default for Emit {
    fn default() -> Self {
        let (format, mode) = (Format::default(), Mode::default());
        Self {
            format,
            mode,
            key: Vec::new(),
            rename: BTreeMap::new(),
            offset: None,
            close: Vec::new(),
            handover: None,
            most_bytes: 4 << 30,
        }
    }
}

/// Says how rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// As CSV, after a header.
    #[default]
    Csv,
    /// As JSON, an object a line, after `{"columns":["hour","user","n"]}`.
    Json,
}

/// Says how a table follows from the rows that a job emits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mode {
    /// Each row stays: a second one of a key is an error.
    #[default]
    Append,
    /// The last row of a key stays.
    Upsert,
    /// Rows are given and taken back.
    Retract {
        /// The column that says which: `+1`, `+`, `+I`, `+U`, `I`, `true` give a row, `-1`, `-`, `-D`, `-U`, `D`, `false`
        /// take it back. It is no part of the table.
        sign: String,
    },
}

impl Emit {
    /// Returns what the rows are that a link gives which copies: [`JobTopics::copying`](super::JobTopics::copying).
    pub fn of_copies() -> Self {
        let [key, offset] = super::topics::COPIED.map(str::to_owned);
        Self { format: Format::Json, key: vec![key], offset: Some(offset), ..Self::default() }
    }

    /// Says what is wrong with the names: the table must have a key, and neither sign nor offset is part of it.
    pub fn check(&self) -> Result<(), String> {
        if self.key.is_empty() {
            return Err("no column names a row: give the key's columns".to_owned());
        }
        let twice = self.key.iter().enumerate().find(|(at, name)| self.key[..*at].contains(name));
        if let Some((_, name)) = twice {
            return Err(format!("the key has the column '{}' twice", datasets::shown(name)));
        }
        let aside: Vec<&str> = self.aside().collect();
        if let [sign, offset] = aside[..]
            && sign == offset
        {
            return Err(format!("'{}' can't be both sign and offset", datasets::shown(sign)));
        }
        match aside.iter().find(|name| self.key.iter().any(|key| key == *name)) {
            Some(name) => {
                Err(format!("'{}' is no part of the table, and can't name a row", datasets::shown(name)))
            }
            None => Ok(()),
        }
    }

    /// Returns the first line of a job that emits no more than it must: the columns of the key, and those beside the table.
    pub fn first_line(&self) -> String {
        let names = || self.key.iter().map(String::as_str).chain(self.aside());
        match self.format {
            Format::Csv => names().map(csv_field).collect::<Vec<_>>().join(","),
            Format::Json => serde_json::json!({ "columns": names().collect::<Vec<_>>() }).to_string(),
        }
    }

    /// The columns that are no part of the table.
    pub(super) fn aside(&self) -> impl Iterator<Item = &str> {
        let sign = match &self.mode {
            Mode::Retract { sign } => Some(sign.as_str()),
            Mode::Append | Mode::Upsert => None,
        };
        sign.into_iter().chain(self.offset.as_deref())
    }
}

/// A field as CSV has it, in quotes where it needs them.
fn csv_field(text: &str) -> String {
    let is_plain = !text.is_empty() && !text.contains(['"', ',', '\r', '\n']);
    if is_plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// Describes what a job has done that emits rows.
#[derive(Debug, Clone)]
pub struct Emitted {
    /// Records sent, closing ones not among them.
    pub records: u64,
    /// Rows that came before the first closing record was sent; all of them where there is none.
    pub rows: u64,
    /// Rows that came after that.
    pub rows_after_close: u64,
    /// The rows of the table, ascending, that stand as they do only since the first closing record was sent.
    pub closed: Vec<u32>,
    /// The time in which it was sent records, and waited for until it had ended.
    pub took_ns: u64,
    /// Holds the part of that which came after its last record: closing records, the end of its input, and its own end.
    pub ending: Duration,
    /// From the moment a record was due to the moment a row was read that it made due; `None` where rows don't say which record
    /// that is, and nothing is known but how long all took. Rows after the first closing record aren't in it.
    pub latency: Option<Latency>,
    /// Describes the hand-over, where there was one.
    pub handed_over: Option<HandedOver>,
}

/// Describes how one job handed over to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// Rows that the first gave out.
    pub rows: u64,
    /// Keys of which both gave out a row, where rows aren't taken back: the second's stays.
    pub again: u64,
    /// The rows of the table, ascending, that the second gave out.
    pub behind: Vec<u32>,
    /// How long it took, from the first's last record on until the second could be sent its first.
    pub took: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::rows::EmittedRows;

    #[test]
    fn the_least_first_line_is_one() {
        for format in [Format::Csv, Format::Json] {
            for (sign, offset) in
                [(None, None), (Some("op"), None), (None, Some("n")), (Some("a,b"), Some("\"n\""))]
            {
                let key = ["hour", "the user", "a \"b\"", ",", "café"].map(str::to_owned).into();
                let mode = sign.map_or(Mode::Append, |sign| Mode::Retract { sign: sign.to_owned() });
                let emit = Emit { format, mode, key, offset: offset.map(str::to_owned), ..Emit::default() };
                let line = emit.first_line();
                assert_eq!(EmittedRows::new(&emit).begin(line.as_bytes()), Ok(()), "{line}");
            }
        }
    }

    #[test]
    fn names_that_contradict_each_other_are_refused() {
        let emit = |key: &[&str], sign: Option<&str>, offset: Option<&str>| Emit {
            key: key.iter().map(|&name| name.to_owned()).collect(),
            mode: sign.map_or(Mode::Append, |sign| Mode::Retract { sign: sign.to_owned() }),
            offset: offset.map(str::to_owned),
            ..Emit::default()
        };
        for (emit, part) in [
            (emit(&[], None, None), "no column names a row"),
            (emit(&["a", "b", "a"], None, None), "'a' twice"),
            (emit(&["a"], Some("s"), Some("s")), "both sign and offset"),
            (emit(&["a"], Some("a"), None), "'a' is no part of the table"),
            (emit(&["a", "b"], Some("s"), Some("b")), "'b' is no part of the table"),
        ] {
            assert!(emit.check().is_err_and(|why| why.contains(part)), "{emit:?}");
        }
        assert_eq!(emit(&["a", "b"], Some("s"), Some("o")).check(), Ok(()));
    }
}
