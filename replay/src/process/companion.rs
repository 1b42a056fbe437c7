//! A program that works beside a link: records and rows go another way, through a broker say, and of its own pipes only
//! its words are kept.

use std::{
    io::{self, PipeReader, Read},
    os::unix::process::ExitStatusExt,
    process::ExitStatus,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use tempfile::TempDir;

use super::{Launch, PeakMemory, group::Group, home, kept::Kept, pipes::Inner};
use crate::{
    Control, Interrupted,
    link::{LinkFault, Stop},
};

/// Between two looks at a program that is to end.
const BLINK: Duration = Duration::from_millis(5);
/// Says how long words are waited for that a program wrote before its end.
const LISTEN: Duration = Duration::from_millis(200);
/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// A program beside a link. Dropped, it is killed with all that it has started.
#[derive(Debug)]
pub struct Companion {
    group: Group,
    out: Arc<Ear>,
    complaints: Arc<Ear>,
    terminate: Duration,
    peak_memory: Arc<PeakMemory>,
    /// Its `HOME`, which goes after it.
    _home: TempDir,
}

/// Hears one of a program's pipes.
#[derive(Debug, Default)]
struct Ear {
    kept: Mutex<Kept>,
    has_said: AtomicBool,
    is_closed: AtomicBool,
}

impl Companion {
    /// Starts the program of `launch` with `variables` in its environment beside the others. Its stdin is empty. `word`:
    /// what it writes, to stdout or stderr, when it is ready.
    pub fn start(launch: &Launch, variables: &[(&str, &str)], word: Option<&str>) -> Result<Self, LinkFault> {
        let home = home()?;
        let mut program = launch.program(home.path());
        program.variables.extend(variables.iter().map(|&(name, value)| (name.into(), value.into())));
        let broken = |error: io::Error| LinkFault::Machine(error.to_string());
        let (stdin, to_it) = io::pipe().map_err(broken)?;
        drop(to_it);
        let ((out, stdout), (complaints, stderr)) =
            (io::pipe().map_err(broken)?, io::pipe().map_err(broken)?);
        let group = Group::start(&program, home.path(), Inner { stdin, stdout, stderr })?;
        Ok(Self {
            group,
            out: Ear::hear(out, word),
            complaints: Ear::hear(complaints, word),
            terminate: launch.limits.terminate,
            peak_memory: Arc::clone(&launch.peak_memory),
            _home: home,
        })
    }

    /// Returns whether it has written the word that says that it is ready.
    pub fn has_said(&self) -> bool {
        [&self.out, &self.complaints].iter().any(|ear| ear.has_said.load(Ordering::Acquire))
    }

    /// Returns how it has ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, LinkFault> {
        if !self.group.has_ended() {
            return Ok(None);
        }
        self.group.kill().map(Some).map_err(|error| LinkFault::Machine(error.to_string()))
    }

    /// Looks at how much memory it holds, which takes longer than to see whether it is there.
    pub fn note_memory(&self) {
        self.peak_memory.note(self.group.id());
    }

    /// Asks it to end, and kills it when it doesn't within its time.
    pub fn stop(&mut self, control: &Control) -> Result<(), Interrupted> {
        self.ask_to_end(self.terminate, control)?;
        // Nothing can be done about a process that can't be waited for.
        let _ = self.group.kill();
        Ok(())
    }

    /// Asks it to end, which it must do within `patience` and in good order: with 0, or by the very signal.
    pub fn retire(&mut self, patience: Duration, control: &Control) -> Result<(), Stop> {
        if !self.ask_to_end(patience, control)? {
            return Err(LinkFault::Endless(patience.as_secs()).into());
        }
        match self.ended()? {
            Some(status) if !is_told(status) => Err(LinkFault::Failed { status: status.to_string() }.into()),
            _ => Ok(()),
        }
    }

    /// Asks it to end; returns whether it has.
    fn ask_to_end(&mut self, patience: Duration, control: &Control) -> Result<bool, Interrupted> {
        self.group.terminate();
        let start = Instant::now();
        while !self.group.has_ended() && start.elapsed() < patience {
            control.check()?;
            thread::sleep(BLINK);
        }
        Ok(self.group.has_ended())
    }

    /// Gives it its time to end, whatever stopped the run: a command that has submitted a job elsewhere cancels that.
    fn end_at_last(&mut self) {
        if self.group.has_ended() {
            return;
        }
        self.group.terminate();
        let start = Instant::now();
        while !self.group.has_ended() && start.elapsed() < self.terminate {
            thread::sleep(BLINK);
        }
    }

    /// Ends it, and returns the last that it wrote, made harmless, in words that an error's message ends with.
    pub fn last_words(&mut self) -> String {
        self.end_at_last();
        let _ = self.group.kill();
        let (ears, start) = ([&self.complaints, &self.out], Instant::now());
        while start.elapsed() < LISTEN && !ears.iter().all(|ear| ear.is_closed.load(Ordering::Acquire)) {
            thread::sleep(BLINK);
        }
        let words = |(ear, name): (&Arc<Ear>, &str)| ear.kept().last_words_of(name);
        let heard = ears.into_iter().zip(["stderr", "stdout"]).map(words);
        heard.into_iter().find(|words| !words.is_empty()).unwrap_or_default()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        self.end_at_last();
    }
}

impl Ear {
    fn hear(mut pipe: PipeReader, word: Option<&str>) -> Arc<Self> {
        let ear = Arc::new(Self::default());
        let hearing = Arc::clone(&ear);
        let word = word.map(str::to_owned);
        // Whoever escaped from the group may hold the pipe open for ever, so nobody waits for this thread.
        thread::spawn(move || {
            let (mut piece, mut said) = (vec![0; PIECE], Vec::new());
            while let Some(bytes) = next(&mut pipe, &mut piece) {
                hearing.kept().push(&piece[..bytes]);
                if let Some(word) = &word {
                    hearing.listen_for(word, &mut said, &piece[..bytes]);
                }
            }
            hearing.is_closed.store(true, Ordering::Release);
        });
        ear
    }

    /// `said`: the end of what came before, in which the word may have begun.
    fn listen_for(&self, word: &str, said: &mut Vec<u8>, piece: &[u8]) {
        said.extend_from_slice(piece);
        if memchr::memmem::find(said, word.as_bytes()).is_some() {
            self.has_said.store(true, Ordering::Release);
        }
        said.drain(..said.len().saturating_sub(word.len()));
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether a program that was told to end has done no more than that. A JVM ends with 128 and the signal's number.
fn is_told(status: ExitStatus) -> bool {
    let term = Signal::TERM.as_raw();
    status.success() || status.signal() == Some(term) || status.code() == Some(128 + term)
}

/// Bytes that have come; `None` at the end, however it came.
fn next(pipe: &mut PipeReader, piece: &mut [u8]) -> Option<usize> {
    loop {
        match pipe.read(piece) {
            Ok(0) => return None,
            Ok(bytes) => return Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Environment, ProcessLimits};

    fn started(script: &str, word: Option<&str>) -> Companion {
        let launch = Launch {
            role: "stable",
            command: ["sh", "-c", script].map(str::to_owned).into(),
            cwd: None,
            env: Environment::default(),
            parameters: vec![("gap".to_owned(), "5".to_owned())],
            limits: ProcessLimits { terminate: Duration::from_millis(200), ..ProcessLimits::default() },
            peak_memory: Arc::default(),
        };
        Companion::start(&launch, &[("COUNTERPOINT_TOPIC", "t-1")], word).expect("there is a shell")
    }

    fn status(companion: &mut Companion) -> ExitStatus {
        for _ in 0..1000 {
            if let Some(status) = companion.ended().expect("a child") {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("it hasn't ended within 5 s")
    }

    #[test]
    fn it_is_told_its_variables_and_finds_nothing_on_stdin() {
        let mut companion =
            started("cat; echo \"$COUNTERPOINT_TOPIC $COUNTERPOINT_PARAMETER_GAP\" >&2; exit 3", None);
        assert_eq!(status(&mut companion).code(), Some(3));
        assert_eq!(companion.last_words(), "its stderr ends with: t-1 5");
    }

    #[test]
    fn stdout_has_the_last_word_where_stderr_has_none() {
        let mut companion = started("echo a; echo b", None);
        assert!(status(&mut companion).success());
        assert_eq!(companion.last_words(), "its stdout ends with: a | b");
    }

    #[test]
    fn a_word_is_heard_though_it_comes_in_two_pieces() {
        let mut companion = started("printf 'submi'; sleep 0.1; printf 'tted'; sleep 60", Some("submitted"));
        let start = Instant::now();
        while !companion.has_said() {
            assert!(start.elapsed() < Duration::from_secs(5), "it isn't heard");
            thread::sleep(BLINK);
        }
        companion.stop(&Control::default()).expect("not interrupted");
        assert!(!status(&mut companion).success());
    }

    #[test]
    fn one_that_will_not_end_is_killed() {
        let mut companion = started("trap '' TERM; echo up; while :; do sleep 0.05; done", Some("up"));
        while !companion.has_said() {
            thread::sleep(BLINK);
        }
        companion.stop(&Control::default()).expect("not interrupted");
        assert_eq!(status(&mut companion).code(), None, "by a signal");
    }
}
