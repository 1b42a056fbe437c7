//! Runs the program of this example as its page says, and the commands that start it again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// How the page calls the program.
const PROGRAM: &str = "examples/own-rust-job/target/release/own-rust-job";
/// Holds the page, its experiments and their data.
const FOLDER: &str = "examples/own-rust-job";

/// A copy of what the page's commands need, below a folder that stands for the root of the checkout.
struct Checkout(TempDir);

impl Checkout {
    fn new() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = own.ancestors().nth(2).expect("it lies in a checkout");
        let copy = Self(tempfile::tempdir().expect("a temporary folder"));
        for folder in [FOLDER, "examples/jobs", "datasets/data/uniform-1000"] {
            let to = copy.path(folder);
            fs::create_dir_all(&to).expect("a fresh folder");
            for entry in fs::read_dir(root.join(folder)).expect("it is shipped") {
                let from = entry.expect("an entry").path();
                if from.is_file() {
                    fs::copy(&from, to.join(from.file_name().expect("a name"))).expect("it can be copied");
                }
            }
        }
        copy
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Runs the program with these arguments: its exit code, and what it prints.
    fn run(&self, arguments: &str) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_own-rust-job"))
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .expect("it starts");
        let text = [output.stdout, output.stderr].concat();
        let code = output.status.code().expect("it ends by itself");
        (code, String::from_utf8(text).expect("UTF-8"))
    }

    /// Runs it to a run in the folder `out`, and returns the text of a file of the run.
    fn run_to(&self, arguments: &str, file: &str) -> String {
        let (code, printed) = self.run(&format!("{arguments} --out out"));
        assert_eq!(code, 0, "{arguments}: {printed}");
        let text = fs::read_to_string(self.path("out").join(file)).expect("a file of the run");
        fs::remove_dir_all(self.path("out")).expect("it is ours");
        text
    }

    fn freeze(&self) {
        let columns = "--column event_time_ms=at --column key=till --column value=amount";
        let (code, printed) = self.run(&format!(
            "freeze {FOLDER}/sales.csv --problem net-sales {columns} --to {FOLDER}/data/sales"
        ));
        assert_eq!(code, 0, "{printed}");
    }
}

/// Returns what stands between the fences of a kind on the page.
fn fenced<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let fence = format!("```{kind}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or(rest)).collect()
}

/// Leaves out what differs from run to run: speeds and the run's name.
fn comparable(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let line = line.split("runs/").next().unwrap_or(line);
        let line = line.split(" Their speeds ").next().unwrap_or(line);
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).filter(|line| !line.is_empty()).collect()
}

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(page).expect("the example has a page")
}

#[test]
fn the_page_shows_what_its_commands_print() {
    let checkout = Checkout::new();
    let block = fenced(&page(), "console").concat();
    let mut gates = Vec::new();
    for shown in block.split("$ ").skip(1) {
        let (line, expected) = shown.split_once('\n').expect("a command is a line");
        let arguments = line.strip_prefix(PROGRAM).expect("the page runs this program");
        let (code, printed) = checkout.run(arguments);
        let mut wanted = 0;
        if let Some(experiment) = arguments.trim().strip_prefix("gate ") {
            let text = fs::read_to_string(checkout.path(experiment)).expect("an experiment");
            let named = text.strip_prefix("# Exit code ").and_then(|rest| rest.chars().next()?.to_digit(10));
            wanted = named.expect("the first line names the exit code") as i32;
            gates.push(wanted);
        }
        assert_eq!(code, wanted, "{line}: {printed}");
        assert_eq!(comparable(&printed), comparable(expected), "{line}");
    }
    assert_eq!(gates, [0, 3]);
    let runs =
        fs::read_dir(checkout.path("runs")).expect("two runs").map(|run| run.expect("an entry").path());
    // Beside them stands what keeps them out of git.
    for run in runs.filter(|run| run.is_dir()) {
        let report = fs::read_to_string(run.join("report.html")).expect("a report");
        assert!(report.contains("own-rust-job gate") || report.contains("own-rust-job run"), "{run:?}");
    }
}

#[test]
fn the_page_shows_the_files_as_they_are() {
    let page = page();
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shown = fenced(&page, "rust");
    assert_eq!(shown.len(), 2);
    for (shown, file) in shown.iter().zip(["src/main.rs", "src/next_k_fit.rs"]) {
        let text = fs::read_to_string(own.join(file)).expect("a file of this crate");
        assert_eq!(*shown, text, "{file}");
        assert!(text.lines().count() <= 60, "{file} has grown");
    }
    let (code, jobs) = Checkout::new().run("jobs");
    assert_eq!(code, 0);
    let listed = fenced(&page, "text").concat();
    assert!(listed.lines().count() > 3, "vacuous");
    for line in listed.lines().filter(|line| !line.is_empty()) {
        assert!(jobs.lines().any(|printed| printed == line), "jobs doesn't print: {line}");
    }
}

#[test]
fn with_all_bins_open_it_is_first_fit() {
    let checkout = Checkout::new();
    let answer = |job: &str| {
        checkout.run_to(&format!("replay datasets/data/uniform-1000 --job {job}"), "answers/answer.csv")
    };
    assert_eq!(answer("next-k-fit:1000"), answer("first-fit"));
    assert_ne!(answer("next-k-fit:2"), answer("first-fit"));
}

#[test]
fn a_name_that_is_nearly_right_has_the_right_one_in_its_hint() {
    let checkout = Checkout::new();
    checkout.freeze();
    let run = |more: &str| checkout.run(&format!("run --dataset {FOLDER}/data/sales {more}"));
    let (code, printed) = run("--stable all-receipt --candidate all-receipts");
    assert_eq!(code, 2);
    assert!(printed.contains("did you mean all-receipts?"), "{printed}");
    let (code, printed) = run("--stable all-receipts --candidate all-receipts --problem net-sale");
    assert_eq!(code, 2);
    assert!(printed.contains("did you mean net-sales?"), "{printed}");
}

/// Each of these starts the program again, with a hidden command: to be killed, to be timed, to stand guard over a job.
#[test]
fn it_starts_itself_again_where_it_must() {
    let checkout = Checkout::new();
    checkout.freeze();
    let replay = format!("replay {FOLDER}/data/sales --job all-receipts");
    let plain = checkout.run_to(&replay, "answers/answer.csv");
    let killed = checkout.run_to(&format!("{replay} --checkpoint-every 20 --kill 3"), "answers/answer.csv");
    assert_eq!(killed, plain);

    let timed = format!(
        "run {FOLDER}/experiment.toml --candidate all-receipts --latency-increase 1000% --budget 2s --out timed"
    );
    let (_, printed) = checkout.run(&timed);
    assert!(printed.contains(" replicates\n"), "{printed}");

    let experiment = "dataset = 'datasets/data/uniform-1000'\nstable.job = 'next-fit'\n\
                      candidate.command = ['sh', 'examples/jobs/next_fit.sh']\n";
    fs::write(checkout.path("process.toml"), experiment).expect("a write to the copy");
    let same = checkout.run_to("gate process.toml", "answers/candidate.csv");
    let own = checkout.run_to("replay datasets/data/uniform-1000 --job next-fit", "answers/answer.csv");
    assert_eq!(same, own);
}
