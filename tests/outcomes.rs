//! Each shipped experiment ends with the exit code that its file names, and docs/outcomes.md shows what the program prints.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Holds what stands in an experiment's file before its exit code; one that names none ends with 0.
const CODE: &str = "# Exit code ";

/// It compares times within minutes, and what comes of that is the machine's to say.
const TAKES_LONG: [&str; 1] = ["bin-packing.toml"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The shipped experiments, each with its exit code.
fn experiments() -> Vec<(String, i32)> {
    let entries = fs::read_dir(root().join("experiments")).expect("the experiments");
    let mut all: Vec<(String, i32)> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let text = fs::read_to_string(&path).expect("a file");
            let code = text.strip_prefix(CODE).and_then(|rest| rest.split(':').next());
            let code =
                code.map_or(0, |code| code.parse().unwrap_or_else(|_| panic!("{}: {code}", path.display())));
            (path.file_name().expect("a name").to_string_lossy().into_owned(), code)
        })
        .collect();
    all.sort();
    all
}

/// Runs the gate where nothing but what is shipped stands, so that no run is left in the checkout.
fn gate(folder: &Path, experiment: &str) -> (String, Option<i32>) {
    let args = ["gate", &format!("experiments/{experiment}")];
    let output = Command::new(env!("CARGO_BIN_EXE_counterpoint"))
        .args(args)
        .current_dir(folder)
        .env_remove("GITHUB_ACTIONS")
        .output()
        .expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked") && !stderr.contains("error:"), "{experiment}: {stderr}");
    (String::from_utf8(output.stdout).expect("UTF-8"), output.status.code())
}

/// A folder with what is shipped in it.
fn shipped() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["experiments", "datasets/data"] {
        copy(&root().join(name), &folder.path().join(name));
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).expect("an entry");
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("what is shipped can be copied");
        }
    }
}

/// Returns what every machine prints: the verdict, and of all else the sentences that don't speak of time. Columns are
/// as wide as their numbers; the run's name is its date.
fn comparable(text: &str) -> Vec<String> {
    const OF_TIME: [&str; 12] = [
        " ns",
        " µs",
        " ms",
        "M/s",
        "replicate",
        "latency",
        "speed",
        "slower",
        "faster",
        "a second",
        "time",
        "chunk",
    ];
    let is_verdict =
        |line: &str| ["PASS", "FAIL", "INCONCLUSIVE", "INVALID"].iter().any(|word| line.starts_with(word));
    let line = |line: &str| {
        let line = line.split("runs/").next().unwrap_or(line);
        let sentences = line
            .split(". ")
            .filter(|said| is_verdict(line) || !OF_TIME.iter().any(|word| said.contains(word)));
        let kept = sentences.collect::<Vec<_>>().join(". ");
        kept.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
    };
    text.lines().map(line).filter(|line| !line.is_empty()).collect()
}

#[test]
fn each_shipped_experiment_ends_with_its_exit_code() {
    let (folder, all) = (shipped(), experiments());
    for wanted in [0, 3, 5, 6] {
        assert!(all.iter().any(|(_, code)| *code == wanted), "no experiment shows exit code {wanted}");
    }
    for (name, code) in all.iter().filter(|(name, _)| !TAKES_LONG.contains(&name.as_str())) {
        let (printed, found) = gate(folder.path(), name);
        assert_eq!(found, Some(*code), "{name}: {printed}");
    }
}

#[test]
fn the_page_on_outcomes_shows_what_is_printed() {
    let page = fs::read_to_string(root().join("docs/outcomes.md")).expect("the page");
    let folder = shipped();
    let samples: Vec<&str> = page.split("```console\n$ counterpoint gate experiments/").skip(1).collect();
    let mut shown = Vec::new();
    for sample in samples {
        let (name, rest) = sample.split_once('\n').expect("a command");
        let promised = rest.split("```").next().expect("the block ends");
        let (printed, code) = gate(folder.path(), name);
        assert_eq!(comparable(promised), comparable(&printed), "{name}:\n{printed}");
        shown.push(code.expect("it ended by itself"));
    }
    shown.sort_unstable();
    assert_eq!(
        shown,
        [0, 3, 3, 5, 6],
        "a pass, a fail on accuracy, one on speed, an inconclusive and an invalid one"
    );
}
