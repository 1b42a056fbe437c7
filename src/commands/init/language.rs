//! The languages in which a job can begin.

use platform::Error;

/// A language, with the smallest job in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Language {
    pub(super) name: &'static str,
    /// The job's file.
    pub(super) file: &'static str,
    pub(super) skeleton: &'static str,
    /// The words that start it.
    pub(super) command: &'static [&'static str],
    /// Holds what has to be done before it can be started, if anything.
    pub(super) before: Option<&'static str>,
}

const LANGUAGES: [Language; 6] = [
    Language {
        name: "python",
        file: "job.py",
        skeleton: include_str!("skeletons/job.py"),
        command: &["python3", "job.py"],
        before: None,
    },
    Language {
        name: "javascript",
        file: "job.js",
        skeleton: include_str!("skeletons/job.js"),
        command: &["node", "job.js"],
        before: None,
    },
    Language {
        name: "go",
        file: "job.go",
        skeleton: include_str!("skeletons/job.go"),
        command: &["./job"],
        before: Some("go build -o job job.go"),
    },
    Language {
        name: "java",
        file: "Job.java",
        skeleton: include_str!("skeletons/job.java"),
        command: &["java", "Job.java"],
        before: None,
    },
    Language {
        name: "shell",
        file: "job.sh",
        skeleton: include_str!("skeletons/job.sh"),
        command: &["sh", "job.sh"],
        before: None,
    },
    Language {
        name: "rust",
        file: "job.rs",
        skeleton: include_str!("skeletons/job.rs"),
        command: &["./job"],
        before: Some("rustc -O -o job job.rs"),
    },
];

impl Language {
    pub(super) fn read(name: &str) -> Result<Self, Error> {
        LANGUAGES.into_iter().find(|language| language.name == name).ok_or_else(|| {
            let names = LANGUAGES.map(|language| language.name);
            let message = format!("unknown language '{}'", datasets::shown(name));
            let hint = datasets::nearest(name, names).map_or_else(
                || format!("expected one of: {}", names.join(", ")),
                |near| format!("did you mean {near}?"),
            );
            Error::usage(message).with_hint(hint)
        })
    }

    /// The skeleton for a column, whose name stands in texts of the language.
    pub(super) fn job(self, key: &str) -> String {
        let name = match self.name {
            "shell" => key.replace('\'', "'\\''"),
            _ => key.replace('\\', "\\\\").replace('"', "\\\""),
        };
        self.skeleton.replace("@KEY@", &name)
    }

    /// The words that start it, as TOML has them.
    pub(super) fn command(self) -> String {
        let words: Vec<String> = self.command.iter().map(|word| format!("\"{word}\"")).collect();
        format!("[{}]", words.join(", "))
    }
}
