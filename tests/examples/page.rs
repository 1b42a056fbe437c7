//! An example's page: its commands are run as they stand there, in a copy of the example.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

/// How a page calls the program.
pub(crate) const PROGRAM: &str = "target/release/counterpoint";

/// A copy of an example, below a folder that stands for the root of the checkout.
pub(crate) struct Example {
    root: TempDir,
    name: &'static str,
}

/// Describes what came of a command.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Example {
    /// Copies an example, if the tools that it needs are at hand.
    pub(crate) fn new(name: &'static str, tools: &[&str]) -> Option<Self> {
        if let Some(tool) = tools.iter().find(|tool| !is_at_hand(tool)) {
            eprintln!("!!!! SKIPPED: examples/{name} needs {tool}, which can't be started here");
            return None;
        }
        let example = Self { root: tempfile::tempdir().expect("a temporary folder"), name };
        fs::create_dir_all(example.folder()).expect("a fresh folder");
        for entry in fs::read_dir(shipped(name)).expect("the example's folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let to = example.folder().join(path.file_name().expect("a file has a name"));
                fs::copy(&path, to).expect("what is shipped can be copied");
            }
        }
        Some(example)
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("examples").join(self.name)
    }

    /// Replaces `from`, which must be there, in a file of the example.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.folder().join(file);
        let text = fs::read_to_string(&path).expect("a file of the example");
        assert!(text.contains(from), "{file} holds no {from:?}");
        fs::write(path, text.replace(from, to)).expect("a write to the copy");
    }

    /// Runs a command line of the page at the root.
    pub(crate) fn run(&self, line: &str) -> Ran {
        let (program, arguments) = line.split_once(' ').unwrap_or((line, ""));
        let program = if program == PROGRAM { env!("CARGO_BIN_EXE_counterpoint") } else { program };
        let output = Command::new(program)
            .args(arguments.split(' ').filter(|argument| !argument.is_empty()))
            .current_dir(self.root.path())
            .output()
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ran {
            code: output.status.code().expect("it ends by itself"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs all commands of the page and holds what each prints against what stands there. The last is the gate, which ends
    /// with the code that the experiment's first line names.
    pub(crate) fn run_page(&self) {
        let page = fs::read_to_string(self.folder().join("README.md")).expect("a page");
        let experiment = fs::read_to_string(self.folder().join("experiment.toml")).expect("an experiment");
        let named = experiment.strip_prefix("# Exit code ").expect("the first line names the exit code");
        let blocks: Vec<&str> =
            page.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        let block = blocks.concat();
        let shown: Vec<(&str, &str)> = block
            .split("$ ")
            .skip(1)
            .map(|shown| shown.split_once('\n').expect("a command is a line"))
            .collect();
        for (number, (line, expected)) in shown.iter().enumerate() {
            let ran = self.run(line);
            let is_last = number + 1 == shown.len();
            let code =
                if is_last { named.chars().next().and_then(|digit| digit.to_digit(10)) } else { Some(0) };
            let printed = format!("{}{}", ran.stdout, ran.stderr);
            assert_eq!(u32::try_from(ran.code).ok(), code, "{line}: {printed}");
            assert_eq!(comparable(&printed), comparable(expected), "{line}");
        }
        assert!(shown.last().is_some_and(|(line, _)| line.contains(" gate ")), "the page ends with the gate");
    }

    /// Returns the results of the only run of a problem.
    pub(crate) fn results(&self, problem: &str) -> Value {
        let runs = fs::read_dir(self.root.path().join("runs")).expect("a run");
        // Beside them stands what keeps them out of git.
        let runs = runs.map(|run| run.expect("an entry").path()).filter(|run| run.is_dir());
        let results = runs.map(|run| {
            let text = fs::read_to_string(run.join("results.json")).expect("results");
            serde_json::from_str::<Value>(&text).expect("JSON")
        });
        let mut of_problem = results.filter(|results| results["problem"] == problem);
        let only = of_problem.next().expect("a run of the problem");
        assert!(of_problem.next().is_none(), "one run of the problem");
        only
    }

    /// Returns the gate's command for this example.
    pub(crate) fn gate(&self) -> String {
        format!("{PROGRAM} gate examples/{}/experiment.toml", self.name)
    }
}

pub(crate) fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn is_at_hand(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Leaves out what differs from run to run: times, speeds and the run's name.
fn comparable(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let line = line.split("runs/").next().unwrap_or(line);
        let times =
            [" It takes ", " It took in ", " Their speeds "].iter().find_map(|times| line.split_once(times));
        let (line, _) = times.unwrap_or((line, ""));
        let line = if line.starts_with("Ran ") { line.split(" in ").next().unwrap_or(line) } else { line };
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let speeds = ["records a second", "a row after its record", "time a record of a job that does nothing"];
    let is_speed = |line: &&str| speeds.iter().any(|speed| line.starts_with(speed));
    text.lines().filter(|line| !is_speed(line)).map(line).filter(|line| !line.is_empty()).collect()
}

/// Returns the rows of a version that differ from the reference, as `key: reference's value, its own`.
pub(crate) fn differing(version: &Value) -> Vec<String> {
    let rows = version["answer"]["table"]["divergence"]["worst"].as_array().expect("rows that differ");
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let key =
        |row: &Value| row["key"].as_array().expect("a key").iter().map(text).collect::<Vec<_>>().join(" ");
    rows.iter().map(|row| format!("{}: {}, {}", key(row), text(&row["left"]), text(&row["right"]))).collect()
}
