//! Describes what can be wrong with a job outside of this process, in words and with the cure.

use std::fmt;

/// The most characters of a job's line that a message quotes.
const QUOTED_CHARS: usize = 60;

/// Says why a job outside of this process can't go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkError {
    /// `stable` or `candidate`.
    pub role: &'static str,
    /// The command, or another name of what the link leads to, made harmless for a terminal.
    pub name: String,
    /// The record that has no answer, counted from 0 in the order of sending; `None` before the first. Of a job that emits
    /// rows, how many records it had been sent, or had read where that is known.
    pub record: Option<u64>,
    /// Says whether it emits rows.
    pub emits: bool,
    /// Holds what happened.
    pub fault: LinkFault,
    /// The last that it complained of, as the link words it: `its stderr ends with: no such file`. Made harmless; empty
    /// when nothing is known.
    pub last_words: String,
}

/// Describes what a job did, or failed to do. Texts are harmless for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkFault {
    /// It could not be started.
    NotStarted {
        /// The program's path, and why.
        why: String,
        /// Holds what may help.
        hint: &'static str,
    },
    /// It sent back another line than the header.
    Header {
        /// Holds what it was to send back.
        expected: String,
        /// Holds what came.
        found: String,
    },
    /// Its first line doesn't name the columns as it must.
    Columns {
        /// The line.
        line: String,
        /// Says what is wrong with it.
        why: String,
    },
    /// It wrote something that is no row.
    Row {
        /// The line's number in its output, counted from 1.
        number: u64,
        /// The line.
        line: String,
        /// Says what is wrong with it.
        why: String,
    },
    /// It emitted two rows of one key.
    TwoRows(Box<TwoRows>),
    /// Its rows can't be served while it goes on, for this reason.
    Unserved(String),
    /// It wrote more than so many bytes.
    TooMuch {
        /// The limit.
        bytes: u64,
        /// Bytes that it had been sent until then.
        sent: u64,
    },
    /// It ended while there were records left. Even an exit with 0 is one too early.
    EndedEarly {
        /// `exit status: 0`, `signal: 9 (SIGKILL)`.
        status: String,
    },
    /// It closed its stdin and runs on.
    ClosedInput,
    /// It closed its stdout and runs on.
    ClosedOutput,
    /// It left its input unread for this many milliseconds.
    Unread(u128),
    /// It read its input and gave no answer for this many milliseconds, nor at the end of input.
    Unanswered(u128),
    /// It answers at the end of its input only.
    Buffers,
    /// It wrote a line longer than this many bytes.
    LongLine(usize),
    /// It wrote something that is no answer.
    Answer {
        /// The line.
        line: String,
        /// Holds what is wrong with it.
        why: &'static str,
    },
    /// It ended with a line without an end.
    PartialLine(String),
    /// It wrote something that it wasn't asked for.
    Unasked(String),
    /// Its link took all records as answered, and handed on fewer answers.
    Miscounted {
        /// Records sent.
        sent: usize,
        /// Answers that came.
        answered: usize,
    },
    /// It took every record, and then failed.
    Failed {
        /// `exit status: 1`, `signal: 11 (SIGSEGV)`.
        status: String,
    },
    /// It ran on for this many milliseconds after the end of its input.
    Hung(u128),
    /// Nobody can say that all of its rows are out.
    NotSettled {
        /// Says which of the signals is missing.
        why: String,
        /// Holds what may help.
        hint: &'static str,
    },
    /// The job that was to hand over to it has failed.
    Before {
        /// The beginning of that job's command.
        command: String,
        /// Holds what that one did.
        fault: Box<LinkFault>,
    },
    /// It ran on for so many seconds after it was told to end, and had to be killed: its state is lost.
    Endless(u64),
    /// The machine failed on the way to it.
    Machine(String),
}

/// Two rows of one key, where each row has a key of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoRows {
    /// The key.
    pub key: String,
    /// Each row's line in the job's output, and the row.
    pub rows: [(u64, String); 2],
}

impl LinkError {
    /// Returns whether the command is at fault rather than the job: it could not even be started.
    pub fn is_usage(&self) -> bool {
        self.fault.is_usage()
    }

    /// The cure, when one is known.
    pub fn hint(&self) -> Option<&'static str> {
        self.fault.hint()
    }
}

impl std::error::Error for LinkError {}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} job ({}) ", self.role, self.name)?;
        match self.record {
            Some(record) if self.emits => write!(f, "after {record} records: {}", self.fault)?,
            Some(record) => write!(f, "at record {record}: {}", self.fault)?,
            None if self.is_usage() => write!(f, "{}", self.fault)?,
            None => write!(f, "before the first record: {}", self.fault)?,
        }
        if self.last_words.is_empty() {
            return Ok(());
        }
        write!(f, "; {}", self.last_words)
    }
}

impl fmt::Display for LinkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { why, .. } => write!(f, "can't be started: {why}"),
            Self::Header { expected, found } => {
                write!(f, "it must first send back the header '{expected}', and sent '{found}'")
            }
            Self::Columns { line, why } => {
                write!(f, "its first line, '{line}', must name the columns of its rows, and {why}")
            }
            Self::Row { number, line, why } => write!(f, "line {number} of its output, '{line}', {why}"),
            Self::TwoRows(two) => {
                let TwoRows { key, rows: [(first, one), (second, other)] } = &**two;
                write!(
                    f,
                    "it emitted two rows of one key, {key}: '{one}' in line {first} and '{other}' in line {second}"
                )
            }
            Self::Unserved(why) => write!(f, "{why}"),
            Self::TooMuch { bytes, sent } => {
                write!(f, "it wrote more than {bytes} bytes, and had been sent {sent}")
            }
            Self::EndedEarly { status } => write!(f, "it ended ({status}) before its input did"),
            Self::ClosedInput => write!(f, "it closed its stdin while there was more to read"),
            Self::ClosedOutput => write!(f, "it closed its stdout while answers were due"),
            Self::Unread(ms) => write!(f, "it has not read its input for {} s", seconds(*ms)),
            Self::Unanswered(ms) => {
                write!(f, "it has read its input and not answered for {} s", seconds(*ms))
            }
            Self::Buffers => write!(f, "it keeps its answers back until its input ends"),
            Self::LongLine(limit) => write!(f, "it wrote a line of more than {limit} bytes"),
            Self::Answer { line, why } => write!(f, "its answer '{line}' {why}"),
            Self::PartialLine(line) => write!(f, "its last line '{line}' has no end"),
            Self::Unasked(line) => write!(f, "it wrote '{line}' without being asked"),
            Self::Miscounted { sent, answered } => {
                write!(f, "it was sent {sent} records and gave {answered} answers")
            }
            Self::Failed { status } => write!(f, "it took every record and then failed ({status})"),
            Self::Hung(ms) => write!(f, "it still ran {} s after its input had ended", seconds(*ms)),
            Self::NotSettled { why, .. } => write!(f, "its answer is not settled: {why}"),
            Self::Before { command, fault } if fault.is_usage() => {
                write!(f, "the command that it takes over from ({command}) {fault}")
            }
            Self::Before { command, fault } => {
                write!(f, "of the command that it takes over from ({command}): {fault}")
            }
            Self::Endless(seconds) => {
                write!(f, "it still ran {seconds} s after it was told to end (SIGTERM), and was killed")
            }
            Self::Machine(cause) => write!(f, "cannot talk to it: {cause}"),
        }
    }
}

/// Holds what to do about a stdout that is kept in a buffer.
const FLUSH: &str = "flush stdout after each answer: print(…, flush=True) or python -u, stdbuf -oL for a C program, \
                     io::stdout().flush() in Rust; docs/processes.md has examples";
const PROTOCOL: &str = "one line for each line of input, in order: the header sent back, then a number a record; \
                        see docs/processes.md";

const COLUMNS: &str = "the first line is the header of its own rows, in CSV or as {\"columns\":[…]}, and says that it is \
                       ready; see docs/processes.md";

impl LinkFault {
    /// Returns whether a command could not even be started.
    fn is_usage(&self) -> bool {
        match self {
            Self::NotStarted { .. } => true,
            Self::Before { fault, .. } => fault.is_usage(),
            _ => false,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Before { fault, .. } => fault.hint(),
            Self::Endless(_) => Some(
                "on SIGTERM it leaves its state in COUNTERPOINT_STATE and ends; kafka.timeout gives it more time",
            ),
            Self::NotStarted { hint, .. } | Self::NotSettled { hint, .. } => Some(hint),
            Self::Buffers => Some(FLUSH),
            Self::Unanswered(_) => Some("it may keep its answers in a buffer: flush stdout after each one"),
            Self::Header { .. }
            | Self::Answer { .. }
            | Self::Unasked(_)
            | Self::PartialLine(_)
            | Self::Miscounted { .. } => Some(PROTOCOL),
            Self::Columns { .. } => Some(COLUMNS),
            Self::TwoRows(_) => Some(
                "the last row of a key stays with mode \"upsert\"; with mode \"retract\" and a sign rows are taken back; or \
                 name more columns in the key",
            ),
            Self::EndedEarly { status } | Self::Failed { status } if status.contains("SIGKILL") => {
                Some("a system that runs out of memory ends processes this way")
            }
            Self::EndedEarly { status } | Self::Failed { status } if status.contains("SIGPIPE") => {
                Some("it closed one of its pipes and then used it")
            }
            Self::Hung(_) => Some("end when stdin ends; a thread or child process may keep the job alive"),
            Self::EndedEarly { .. }
            | Self::Failed { .. }
            | Self::ClosedInput
            | Self::ClosedOutput
            | Self::Unread(_)
            | Self::Row { .. }
            | Self::Unserved(_)
            | Self::TooMuch { .. }
            | Self::LongLine(_)
            | Self::Machine(_) => None,
        }
    }
}

fn seconds(ms: u128) -> String {
    let tenths = (ms + 50) / 100;
    if tenths.is_multiple_of(10) {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

/// The beginning of what a job wrote, made harmless.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    // Four bytes hold any character.
    let cut = &bytes[..bytes.len().min(4 * (QUOTED_CHARS + 1))];
    let text = String::from_utf8_lossy(cut);
    let head: String = text.chars().take(QUOTED_CHARS).collect();
    let more = if text.chars().count() > QUOTED_CHARS { "…" } else { "" };
    format!("{}{more}", datasets::shown(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_job_the_record_and_its_last_words() {
        let error = LinkError {
            role: "candidate",
            name: "python3 v2.py".into(),
            record: Some(7),
            emits: false,
            fault: LinkFault::EndedEarly { status: "exit status: 1".into() },
            last_words: "its last word: ValueError".into(),
        };
        assert_eq!(
            error.to_string(),
            "the candidate job (python3 v2.py) at record 7: it ended (exit status: 1) before its input did; its \
             last word: ValueError"
        );
    }

    #[test]
    fn a_quoted_line_is_short_and_harmless() {
        assert_eq!(quoted(b"\x1b[31m\xff\n"), "\\u{1b}[31m\u{fffd}\\u{a}");
        assert_eq!(quoted(&[b'x'; 10_000]), "x".repeat(60) + "…");
    }
}
