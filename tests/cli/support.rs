//! A scratch folder, the program run in it, and what came of that.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// The files of a run, and nothing else.
pub(crate) const RUN_FILES: [&str; 9] = [
    "answers/candidate.csv",
    "answers/reference.csv",
    "answers/stable.csv",
    "experiment.toml",
    "latency/candidate.hlog",
    "latency/stable.hlog",
    "report.html",
    "results.json",
    "timings.json",
];

/// A small experiment that passes, on the dataset `tiny`.
pub(crate) const BEST_FOR_FIRST: &str = "--dataset tiny --stable first-fit --candidate best-fit";

/// A page without its script, which is ours to the byte and the only one.
pub(crate) fn without_script(page: &str) -> String {
    let script = concat!("<script>", include_str!("../../reports/src/page.js"), "</script>");
    assert_eq!(page.matches(script).count(), 1, "the page's own script");
    page.replace(script, "")
}

/// A folder that is removed at the end of the test.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// With a copy of the shipped dataset `tiny` in it.
    pub(crate) fn with_tiny() -> Self {
        let scratch = Self::new();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/data/tiny");
        fs::create_dir(scratch.path("tiny")).expect("a fresh folder");
        for name in ["records.csv", "manifest.toml"] {
            fs::copy(shipped.join(name), scratch.path("tiny").join(name)).expect("the shipped dataset");
        }
        scratch
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("a write to the scratch folder");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Replaces `from`, which must be there, in the file `name`.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} holds no {from:?}: {text}");
        self.write(name, text.replace(from, to));
    }

    /// Every file, link and folder below the scratch folder with its content.
    pub(crate) fn state(&self) -> BTreeMap<String, Vec<u8>> {
        let mut state = BTreeMap::new();
        collect(self.0.path(), self.0.path(), &mut state);
        state
    }

    /// The files below the folder `name`, sorted.
    pub(crate) fn files(&self, name: &str) -> Vec<String> {
        let mut state = BTreeMap::new();
        collect(&self.path(name), &self.path(name), &mut state);
        state.into_keys().filter(|path| !path.ends_with('/')).collect()
    }

    /// The names in the folder `name`, hidden ones among them, sorted.
    pub(crate) fn names(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The program, to be run here, with nothing on stdin and no wish about colours.
    pub(crate) fn command(&self) -> Command {
        self.prepared(Command::new(env!("CARGO_BIN_EXE_counterpoint")))
    }

    /// Another program in the same surroundings.
    pub(crate) fn prepared(&self, mut command: Command) -> Command {
        command.current_dir(self.0.path()).stdin(Stdio::null());
        for name in [
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "RUST_BACKTRACE",
            "GITHUB_ACTIONS",
            "GITHUB_STEP_SUMMARY",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program with the words of `line` as arguments.
    pub(crate) fn run(&self, line: &str) -> Ran {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn run_args(&self, args: &[&str]) -> Ran {
        let mut command = self.command();
        command.args(args);
        Ran::of(&mut command)
    }

    /// Runs `script` with a shell; the program is `$COUNTERPOINT`.
    pub(crate) fn shell(&self, script: &str) -> Ran {
        let mut command = self.prepared(Command::new("sh"));
        command.arg("-c").arg(script).env("COUNTERPOINT", env!("CARGO_BIN_EXE_counterpoint"));
        Ran::of(&mut command)
    }

    /// Freezes `sizes` for bins of `capacity` into the folder `name`.
    pub(crate) fn freeze(&self, name: &str, sizes: &[u64], capacity: u64) {
        self.write(&format!("{name}.csv"), format!("size\n{}\n", lines(sizes)));
        self.run(&format!("freeze {name}.csv --to {name} --problem bin-packing --set capacity={capacity}"))
            .expect(0);
    }

    /// The sizes of the frozen dataset in the folder `name`.
    pub(crate) fn sizes(&self, name: &str) -> Vec<u64> {
        let text = self.read(&format!("{name}/records.csv"));
        text.lines().skip(1).map(|line| line.parse().expect("a size")).collect()
    }

    /// The bins in an answer, by record.
    pub(crate) fn answer(&self, name: &str) -> Vec<u64> {
        let text = self.read(name);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("record,bin"), "{name}");
        let bin = |(record, line): (usize, &str)| {
            let (number, bin) = line.split_once(',').unwrap_or_else(|| panic!("{name}: {line}"));
            assert_eq!(number, record.to_string(), "{name}: {line}");
            bin.parse().unwrap_or_else(|error| panic!("{name}: {line}: {error}"))
        };
        lines.enumerate().map(bin).collect()
    }
}

fn collect(root: &Path, dir: &Path, state: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
        if path.is_symlink() {
            state.insert(name, fs::read_link(&path).expect("a link").to_string_lossy().into_owned().into());
        } else if path.is_dir() {
            state.insert(name + "/", Vec::new());
            collect(root, &path, state);
        } else {
            state.insert(name, fs::read(&path).expect("a file"));
        }
    }
}

/// Describes what a program said, and its exit code.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    what: String,
}

impl Ran {
    /// Runs `command` to its end. A panic is never an answer.
    pub(crate) fn of(command: &mut Command) -> Self {
        let what = command.get_args().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ");
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Self::ended(child.expect("the program starts"), &what)
    }

    /// Waits for the end of a program that was started.
    pub(crate) fn ended(child: std::process::Child, what: &str) -> Self {
        let output = child.wait_with_output().expect("it is our child");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let ran = Self { code: output.status.code(), stdout, stderr, what: what.to_owned() };
        assert!(!ran.stderr.contains("panicked"), "{ran}");
        ran
    }

    /// Asserts the exit code.
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Asserts that stderr is `error: …`, with `--json` an error as JSON, and says each of `parts`.
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        let is_json = self.stderr.starts_with("{\"schema\":\"counterpoint.error/1\",\"error\":");
        assert!(self.stderr.starts_with("error: ") || is_json, "{self}");
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in\n{self}");
        }
        self
    }

    /// Asserts that stderr holds notes alone, and each of `parts`.
    pub(crate) fn notes(self, parts: &[&str]) -> Self {
        assert!(self.stderr.lines().all(|line| line.starts_with("note: ")), "{self}");
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in\n{self}");
        }
        self
    }

    /// Asserts that stdout has each of `parts`.
    pub(crate) fn prints(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stdout.contains(part), "no {part:?} in\n{self}");
        }
        self
    }

    /// Asserts that a hint follows the error, or stands in it with `--json`, and says `part`.
    pub(crate) fn hints(self, part: &str) -> Self {
        let told = serde_json::from_str::<Value>(&self.stderr).ok();
        let told = told.as_ref().and_then(|error| error["hint"].as_str());
        let hint = told.or_else(|| self.stderr.lines().find(|line| line.starts_with("hint: ")));
        assert!(hint.is_some_and(|hint| hint.contains(part)), "no hint {part:?} in\n{self}");
        self
    }

    /// All of stdout as one JSON value.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in\n{self}"))
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr, what } = self;
        write!(f, "{what}\ncode {code:?}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

/// A number a line, without the last line's end.
pub(crate) fn lines(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join("\n")
}

/// The keys of an object, sorted.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is not a whole number"))
}

pub(crate) fn real(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is not a list"))
}
