//! The smallest jobs in several languages, as they stand in `examples/jobs` and in docs/processes.md. A language whose
//! toolchain isn't here is passed over, and says so.

#[path = "../process/support.rs"]
mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command as Program,
    sync::Arc,
};

use datasets::{Keys, SplitMix64};
use replay::{
    Control,
    link::{Emissions, Emit, Emitting, Format, Input, JsonColumn, JsonLines, JsonValue, Mode, Wire},
    process::{Process, ProcessLimits},
};
use stream::{Deciding, Version, jobs::bin_packing::NextFit};
use support::{Command, feed, items, launch};
use tempfile::TempDir;

/// They are our own children.
fn prepare() {}

/// Which program a language needs, and the jobs in it.
struct Language {
    toolchain: &'static str,
    replies: &'static str,
    emits: &'static str,
}

const LANGUAGES: [Language; 5] = [
    Language { toolchain: "python3", replies: "next_fit.py", emits: "count.py" },
    Language { toolchain: "node", replies: "next_fit.js", emits: "count.js" },
    Language { toolchain: "go", replies: "next_fit.go", emits: "count.go" },
    Language { toolchain: "java", replies: "NextFit.java", emits: "Count.java" },
    Language { toolchain: "sh", replies: "next_fit.sh", emits: "count.sh" },
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a crate in the repository").to_owned()
}

impl Language {
    fn is_here(&self) -> bool {
        let here = ["-version", "version", "--version", "-c"]
            .iter()
            .any(|flag| Program::new(self.toolchain).args([flag, "true"]).output().is_ok());
        if !here {
            eprintln!("PASSED OVER: there is no {} here, so its jobs weren't run", self.toolchain);
        }
        here
    }

    /// The command that runs a job, which may be built in `folder` first.
    fn command(&self, job: &str, folder: &TempDir) -> Command {
        let source = repository().join("examples/jobs").join(job).display().to_string();
        let built = folder.path().join("job").display().to_string();
        if self.toolchain == "go" {
            let go = Program::new("go").args(["build", "-o", &built, &source]).output().expect("go is here");
            assert!(go.status.success(), "{}", String::from_utf8_lossy(&go.stderr));
            return launch(&[&built], ProcessLimits::default());
        }
        launch(&[self.toolchain, &source], ProcessLimits::default())
    }
}

#[test]
fn a_job_that_replies() {
    let records = items(10);
    let mut expected = Vec::new();
    Deciding(NextFit::new(10)).push_chunk(&records, &mut expected);
    assert!(expected.last().is_some_and(|&bin| bin > 3));
    for language in LANGUAGES.iter().filter(|language| language.is_here()) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let job = language.command(language.replies, &folder);
        assert_eq!(feed(&job, &records, 4), Ok(expected.clone()), "{}", language.replies);
    }
}

#[test]
fn a_job_that_emits() {
    let mut random = SplitMix64::new(1);
    let users: Vec<u64> = (0..500).map(|_| random.uniform(0, 30)).collect();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for user in &users {
        *counts.entry(format!("u{user}")).or_default() += 1;
    }
    let expected: Vec<String> = counts.iter().map(|(user, n)| format!("{user},{n}")).collect();
    for language in LANGUAGES.iter().filter(|language| language.is_here()) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (format, input, mode) = forms(language.emits);
        let emit = Emit { key: vec!["user".to_owned()], format, mode, ..Emit::default() };
        let job = language.command(language.emits, &folder);
        assert_eq!(emitted(&job, &users, &emit, input), expected, "{}", language.emits);
    }
}

/// In which forms a job reads and writes, as its first lines say.
fn forms(job: &str) -> (Format, Input, Mode) {
    let column = |name: &str| JsonColumn { name: name.to_owned(), value: JsonValue::AsWritten };
    let json = JsonLines { columns: ["user", "page"].map(column).into(), arrivals_ms: None };
    match job {
        "count.js" => (Format::Json, Input::Json(json), Mode::Append),
        "count.go" => (Format::Csv, Input::Lines, Mode::Upsert),
        "Count.java" => (Format::Csv, Input::Lines, Mode::Retract { sign: "sign".to_owned() }),
        _ => (Format::Csv, Input::Lines, Mode::Append),
    }
}

fn emitted(job: &Command, users: &[u64], emit: &Emit, input: Input) -> Vec<String> {
    let wire = Wire {
        role: "stable",
        name: job.launch.shown_command(),
        header: "user,page".to_owned(),
        line: |user: &u64, _: &Keys, line: &mut Vec<u8>| {
            line.extend(format!("u{user},/{}", user % 7).bytes());
        },
        keys: Arc::default(),
        input,
        whole: |_, _| None,
    };
    let (control, emissions) = (Arc::new(Control::default()), Arc::new(Emissions::default()));
    let started = Process::start(&job.launch);
    let mut version = Emitting::new(&Arc::new(wire), emit, &emissions, &control, started);
    users.chunks(100).for_each(|chunk| version.push_chunk(chunk, &mut Vec::new()));
    let finished = version.finish(&Keys::default());
    let table = finished.expect("a good job").expect("a table").table;
    let text = |row: usize| [0, 1].map(|column| table.text(column, row, &Keys::default())).join(",");
    (0..table.rows()).map(text).collect()
}

#[test]
fn the_page_shows_the_jobs_as_they_are() {
    let page = fs::read_to_string(repository().join("docs/processes.md")).expect("the page");
    for job in ["next_fit.py", "count.py", "count.js", "count.go", "Count.java", "count.sh", "next_fit.sh"] {
        let text = fs::read_to_string(repository().join("examples/jobs").join(job)).expect("a job");
        assert!(page.contains(&text), "docs/processes.md has another {job}");
    }
    for language in &LANGUAGES {
        assert!(page.contains(language.replies) && page.contains(language.emits), "{}", language.toolchain);
    }
}
