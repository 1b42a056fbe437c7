//! The transcripts of `run` in the README and in docs/runs.md are what `run` prints, but for times, rates and the run's name;
//! docs/tour.md is walked in `tour/`.

#[cfg(unix)]
mod tour;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The block of a page that begins with this command, without the command.
fn transcript(page: &str, command: &str) -> String {
    let page = std::fs::read_to_string(root().join(page)).expect("the page is there");
    let begin = format!("```console\n$ {command}\n");
    let (_, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no block for '{command}'"));
    rest.split_once("```").expect("the block ends").0.to_owned()
}

/// The rows of which only the label is the same in each run.
const SPEEDS: [&str; 2] = ["time a record inside the job, mean", "records a second of work"];

/// Leaves out what differs from run to run: times, rates, the run's name, and the latency verdict, which is the
/// machine's to give. Runs of blanks become one, for columns are as wide as their numbers.
fn comparable(text: &str) -> Vec<String> {
    let line = |line: &str| {
        if let Some(label) = SPEEDS.iter().find(|label| line.starts_with(**label)) {
            let sides = line.split("   ").filter(|cell| !cell.trim().is_empty()).count() - 1;
            return format!("{label}: {sides} versions");
        }
        let line = line.split("runs/").next().unwrap_or(line);
        let times = [" It takes ", " Their speeds "].iter().find_map(|times| line.split_once(times));
        let (before_times, _) = times.unwrap_or((line, ""));
        before_times.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let kept = text.lines().filter(|line| !line.contains("latency_increase_"));
    kept.map(line).filter(|line| !line.is_empty()).collect()
}

/// Runs the program in a copy of what it needs, so that no run is left in the checkout.
fn run_in_copy(args: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in [
        "experiments/bin-packing.toml",
        "datasets/data/uniform-1000/manifest.toml",
        "datasets/data/uniform-1000/records.csv",
        "experiments/late-data.toml",
        "datasets/data/clicks/manifest.toml",
        "datasets/data/clicks/records.csv",
    ] {
        copy(&root().join(file), &folder.path().join(file));
    }
    let output =
        Command::new(env!("CARGO_BIN_EXE_counterpoint")).args(args).current_dir(folder.path()).output();
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().expect("a file has a folder")).expect("a fresh folder");
    std::fs::copy(from, to).expect("what is shipped can be copied");
}

#[test]
fn the_first_command_prints_what_the_readme_and_the_docs_say() {
    let printed = comparable(&run_in_copy(&["run", "experiments/late-data.toml"]));
    let command = "cargo run --release -- run experiments/late-data.toml";
    let promised = comparable(&transcript("docs/runs.md", command));
    assert!(promised.len() > 10, "the page shows the whole output");
    assert_eq!(promised, printed);
    // The README leaves out the checks.
    let shown = transcript("README.md", command);
    let (tables, verdict) = shown.split_once("…\n").expect("the README says that it leaves something out");
    let (tables, verdict) = (comparable(tables), comparable(verdict));
    assert!(tables.len() > 5 && verdict.len() == 3, "{tables:?} {verdict:?}");
    assert_eq!(tables, printed[..tables.len()]);
    let first = printed.iter().position(|line| *line == verdict[0]).expect("the verdict's line");
    assert_eq!(verdict, printed[first..first + verdict.len()]);
    assert!(
        printed[tables.len()..first].iter().all(|line| line.starts_with("pass") || line.starts_with("micro"))
    );
}

/// The README's own job, run as the README says.
#[test]
fn the_readmes_own_job_is_judged() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: there is no python3");
        return;
    }
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README is there");
    let block = |language: &str, part: &str| {
        let fence = format!("```{language}\n");
        let blocks = readme.split(fence.as_str()).skip(1);
        let mut blocks = blocks.filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
        blocks.find(|block| block.contains(part)).expect("a block").to_owned()
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a fresh file");
    let run = |line: &str| {
        let program = Command::new(env!("CARGO_BIN_EXE_counterpoint"))
            .args(line.split_whitespace().skip(1))
            .current_dir(folder.path())
            .output();
        let output = program.expect("the program starts");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    write("clicks.csv", "hour,user,amount\n10,a,1.5\n10,b,2\n11,a,0.25\n10,a,1\n");
    let commands = block("console", "counterpoint init");
    let printed: Vec<String> = commands.lines().filter_map(|line| line.strip_prefix("$ ")).map(run).collect();
    assert_eq!(printed.len(), 2);
    assert!(printed[1].contains("PASS on accuracy"), "{}", printed[1]);
    // The experiment beside it, with two versions that do as the batch job does.
    write("mine.toml", &block("toml", "truth.py"));
    let job = "import csv, sys\nprint('hour,user,amount', flush=True)\nsums = {}\nfor r in csv.DictReader(sys.stdin):\n    \
               k = r['hour'], r['user']\n    sums[k] = sums.get(k, 0) + float(r['amount'])\n\
               for (h, u), a in sums.items():\n    print(f'{h},{u},{a}')\n";
    for name in ["truth.py", "v1.py", "v2.py"] {
        write(name, job);
    }
    run("counterpoint freeze clicks.csv --to data/clicks");
    assert!(run("counterpoint gate mine.toml").contains("PASS on accuracy"));
}

#[test]
fn the_run_command_prints_what_the_docs_say() {
    let printed = comparable(&run_in_copy(&["run"]));
    let promised = comparable(&transcript("docs/runs.md", "cargo run --release -- run"));
    assert!(promised.len() > 10, "the page shows the whole output");
    for label in SPEEDS {
        assert!(printed.contains(&format!("{label}: 2 versions")), "{printed:?}");
    }
    assert_eq!(promised, printed);
}

#[test]
fn the_command_table_names_every_command() {
    let help = run_in_copy(&["--help"]);
    let commands = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    // What goes on in a second line is further in.
    let names: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README is there");
    let missing: Vec<&&str> = names
        .iter()
        .filter(|name| **name != "help" && !readme.contains(&format!("`counterpoint {name}")))
        .collect();
    assert!(names.len() >= 10, "{names:?}");
    assert!(missing.is_empty(), "the README's table lacks {missing:?}");
}
