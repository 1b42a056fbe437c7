//! The job that does nothing: beside a job in one run it shows what the pipes cost.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::AsFd,
    sync::OnceLock,
};

/// As much as is read at once.
const BLOCK: usize = 64 * 1024;

/// Says what a job that does nothing answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NullJob {
    /// Sends its first line back, and then 0 for each.
    Reply,
    /// Names these columns, in a line of the form of its output, and emits no row.
    Emit(String),
}

/// The arguments with which this program is such a job.
static ARGUMENTS: OnceLock<Vec<String>> = OnceLock::new();

/// Says that this program, started once more with `arguments` and those of [`NullJob::of`] behind them, is a job that does nothing.
///
/// The first call counts.
pub fn null_jobs_with(arguments: &[&str]) {
    // Whoever comes second would say the same.
    let _ = ARGUMENTS.set(arguments.iter().map(|&argument| argument.to_owned()).collect());
}

impl NullJob {
    /// Returns the command that starts it, where this program has said that it can: [`null_jobs_with`].
    pub fn command(&self) -> Option<Vec<String>> {
        let program = std::env::current_exe().ok()?.into_os_string().into_string().ok()?;
        let own = match self {
            Self::Reply => vec!["reply".to_owned()],
            Self::Emit(first) => vec!["emit".to_owned(), first.clone()],
        };
        Some([vec![program], ARGUMENTS.get()?.clone(), own].concat())
    }

    /// Returns the one that these arguments name: `reply`, or `emit` and the line that names the columns.
    pub fn of(arguments: &[String]) -> Option<Self> {
        match arguments {
            [kind] if kind == "reply" => Some(Self::Reply),
            [kind, first] if kind == "emit" => Some(Self::Emit(first.clone())),
            _ => None,
        }
    }

    /// Is that job, from stdin to stdout: it answers whatever it has read before it reads again.
    pub fn run(&self) -> io::Result<()> {
        // Nothing between it and its pipes.
        let (stdin, stdout) = (io::stdin(), io::stdout());
        let mut input = File::from(stdin.as_fd().try_clone_to_owned()?);
        let mut output = File::from(stdout.as_fd().try_clone_to_owned()?);
        let mut first = Some(Vec::new());
        let mut block = vec![0; BLOCK];
        let zeros = b"0\n".repeat(BLOCK);
        loop {
            let length = match input.read(&mut block) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let mut lines = &block[..length];
            if let Some(line) = &mut first {
                let end = memchr::memchr(b'\n', lines).map_or(length, |end| end + 1);
                line.extend_from_slice(&lines[..end]);
                lines = &lines[end..];
                if line.ends_with(b"\n") {
                    output.write_all(self.ready(line).as_slice())?;
                    first = None;
                }
            }
            if *self == Self::Reply && !lines.is_empty() {
                let answers = memchr::memchr_iter(b'\n', lines).count();
                output.write_all(&zeros[..2 * answers])?;
            }
        }
    }

    fn ready(&self, first: &[u8]) -> Vec<u8> {
        match self {
            Self::Reply => first.to_vec(),
            Self::Emit(columns) => format!("{columns}\n").into_bytes(),
        }
    }
}
