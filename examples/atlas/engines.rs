//! Engines: what starts each, and one process that answers questions until it ends, fails or says nothing for too long.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;

use crate::{Fallible, question::Question};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    engine: Vec<Engine>,
}

/// Holds one engine: an entry of `examples/engines/engines.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Engine {
    /// The folder of its glue.
    pub(crate) name: String,
    /// Its name, as its makers write it.
    pub(crate) title: String,
    /// The release, as it is pinned.
    pub(crate) version: String,
    /// How its glue asks it, in one sentence.
    pub(crate) how: String,
    /// Starts the glue; empty: this repository's own job of that name.
    #[serde(default)]
    pub(crate) command: Vec<String>,
    /// The file that is there when it is installed.
    #[serde(default)]
    pub(crate) needs: String,
}

/// Returns all engines, in the order of the matrix.
pub(crate) fn all(root: &Path) -> Fallible<Vec<Engine>> {
    let text = std::fs::read_to_string(root.join("examples/engines/engines.toml"))?;
    Ok(toml::from_str::<Listed>(&text)?.engine)
}

/// Holds what a glue said to a question: its lines, and whether it came to the answer's end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) lines: Vec<String>,
    /// Why there is no end, if there is none.
    pub(crate) broken: Option<String>,
}

/// Where what was fetched lies, and how long a process may be silent.
pub(crate) struct Place {
    pub(crate) root: PathBuf,
    pub(crate) atlas: PathBuf,
    pub(crate) engines: PathBuf,
    pub(crate) silent: Duration,
}

impl Place {
    /// Returns where the fetching scripts put things, or what the environment names.
    pub(crate) fn of(root: &Path) -> Fallible<Self> {
        let cache = |variable: &str, name: &str| {
            let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache").join(name));
            std::env::var_os(variable).map(PathBuf::from).or_else(home)
        };
        let lost = "HOME is not set: COUNTERPOINT_ATLAS and COUNTERPOINT_ENGINES name the folders of what was fetched";
        Ok(Self {
            root: root.to_owned(),
            atlas: cache("COUNTERPOINT_ATLAS", "counterpoint-atlas").ok_or(lost)?,
            engines: cache("COUNTERPOINT_ENGINES", "counterpoint-engines").ok_or(lost)?,
            silent: Duration::from_mins(2),
        })
    }

    fn filled(&self, text: &str) -> String {
        let text = text.replace("{atlas}", &self.atlas.display().to_string());
        text.replace("{engines}", &self.engines.display().to_string())
    }

    /// Says whether an engine can be started here.
    pub(crate) fn has(&self, engine: &Engine) -> bool {
        engine.needs.is_empty() || Path::new(&self.filled(&engine.needs)).exists()
    }

    /// Asks an engine all questions. Where its process ends or is silent within one, that one is broken, and a new process is
    /// asked those that are left.
    pub(crate) fn ask(&self, engine: &Engine, questions: &[&Question]) -> Fallible<BTreeMap<String, Said>> {
        let mut answers = BTreeMap::new();
        let mut left: Vec<&Question> = questions.to_vec();
        while !left.is_empty() {
            let before = answers.len();
            let why = self.ask_once(engine, &left, &mut answers)?;
            left.retain(|question| !answers.contains_key(&question.name));
            if answers.len() == before {
                let question = left.remove(0);
                answers.insert(question.name.clone(), Said { lines: Vec::new(), broken: Some(why) });
            }
        }
        Ok(answers)
    }

    /// Returns why the process said no more; what it said is put into `answers`.
    fn ask_once(
        &self,
        engine: &Engine,
        questions: &[&Question],
        answers: &mut BTreeMap<String, Said>,
    ) -> Fallible<String> {
        let scratch = tempfile::tempdir()?;
        let mut child = self.start(engine, scratch.path())?;
        let said = listen(&mut child, questions.iter().map(|question| question.feed()).collect());
        let known: BTreeSet<&str> = questions.iter().map(|question| question.name.as_str()).collect();
        let mut open: Option<(String, Vec<String>)> = None;
        let why = loop {
            let line = match said.recv_timeout(self.silent) {
                Ok(line) => line,
                Err(mpsc::RecvTimeoutError::Timeout) => break "it was silent for too long and was ended",
                Err(mpsc::RecvTimeoutError::Disconnected) => break "its process ended without an answer",
            };
            match (line.strip_prefix("? "), &mut open) {
                (Some(name), _) if known.contains(name) => open = Some((name.to_owned(), Vec::new())),
                (None, Some(_)) if line == "." => {
                    answers.extend(open.take().map(|(name, lines)| (name, Said { lines, broken: None })));
                }
                (_, Some((_, lines))) => lines.push(line),
                (_, None) => {}
            }
            if known.iter().all(|name| answers.contains_key(*name)) {
                break "it has answered";
            }
        };
        end(&mut child);
        if let Some((name, _)) = open {
            answers.insert(name, Said { lines: Vec::new(), broken: Some(why.to_owned()) });
        }
        Ok(why.to_owned())
    }

    fn start(&self, engine: &Engine, scratch: &Path) -> Fallible<Child> {
        use std::os::unix::process::CommandExt;
        let words: Vec<String> = engine.command.iter().map(|word| self.filled(word)).collect();
        let (program, arguments) = words.split_first().ok_or("an engine without a command")?;
        let kept = ["PATH", "JAVA_HOME"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let glue = self.root.join("examples/engines/glue");
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(kept).env("PYTHONPATH", glue);
        command.envs([("HOME", scratch), ("TMPDIR", scratch)]);
        command.envs([("TZ", "UTC"), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8")]);
        command.current_dir(self.root.join("examples/engines").join(&engine.name));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        Ok(command.spawn().map_err(|error| format!("{program}: {error}"))?)
    }
}

/// Feeds the process on one thread and reads it on another: neither waits for the other.
fn listen(child: &mut Child, feed: String) -> Receiver<String> {
    let (tell, said) = mpsc::channel();
    if let Some(mut stdin) = child.stdin.take() {
        // A process that ended reads no more; that shows in what it said.
        thread::spawn(move || drop(stdin.write_all(feed.as_bytes())));
    }
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
    }
    said
}

/// Ends the process and whatever it started.
fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}
