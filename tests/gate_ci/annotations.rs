//! Shows what GitHub Actions reads from a gate's output, and what it must not read.

use crate::{
    FAILING, PASSING, program,
    support::{Ran, Scratch},
};

/// Tries to be every command that a runner knows, and markup besides.
const NAME: &str = "::error::x\n::set-output name=a::b\r\n##[add-mask]y ##vso[task.x]z | `c` <script>s</script> @team %0A::e::";

/// Runs `gate` as a step of a workflow whose page is the file `page`.
fn step(scratch: &Scratch, line: &str) -> Ran {
    let mut command = program(scratch);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "page");
    Ran::of(command.arg("gate").args(line.split_whitespace()))
}

/// The commands in a log, as a runner finds them.
fn commands(log: &str) -> Vec<&str> {
    assert!(!log.contains("##[") && !log.contains("##vso["), "{log}");
    log.lines().filter(|line| line.trim_start().starts_with("::")).collect()
}

fn check(line: &str, code: i32, start: &str) {
    let scratch = Scratch::with_tiny();
    let ran = step(&scratch, line).expect(code);
    let found = commands(&ran.stdout);
    assert!(found.len() == 1 && found[0].starts_with(start), "no {start:?} in {found:?}: {ran}");
    assert!(commands(&ran.stderr).is_empty(), "{ran}");
}

#[test]
fn each_verdict_is_one_annotation() {
    check(
        PASSING,
        0,
        "::notice title=Counterpoint%3A pass on accuracy; speed not judged::best-fit may replace first-fit. ",
    );
    check(
        FAILING,
        3,
        "::error title=Counterpoint%3A fail on accuracy; speed not judged::worst-fit may not replace first-fit. ",
    );
    let missing = format!("{PASSING} --baseline none.toml");
    check(
        &missing,
        4,
        "::error title=Counterpoint%3A no verdict::none.toml: there is no such baseline (write one",
    );
}

#[test]
fn without_a_workflow_there_is_none() {
    let scratch = Scratch::with_tiny();
    for value in [None, Some("false"), Some("")] {
        let mut command = program(&scratch);
        command.env("GITHUB_STEP_SUMMARY", "page").args(["gate"]).args(PASSING.split(' '));
        value.map(|value| command.env("GITHUB_ACTIONS", value));
        let ran = Ran::of(&mut command).expect(0);
        assert!(commands(&ran.stdout).is_empty() && commands(&ran.stderr).is_empty(), "{ran}");
    }
    assert_eq!(scratch.names(""), ["runs", "tiny"]);
}

#[test]
fn json_stays_json() {
    let scratch = Scratch::with_tiny();
    let ran = step(&scratch, &format!("{FAILING} --json")).expect(3);
    assert_eq!(ran.json()["outcome"], "fail");
    assert_eq!(commands(&ran.stderr).len(), 1, "{ran}");
}

#[test]
fn the_summary_is_added_to_the_steps_page() {
    let scratch = Scratch::with_tiny();
    scratch.write("page", "before\n");
    step(&scratch, &format!("{PASSING} --out one")).expect(0);
    step(&scratch, &format!("{FAILING} --out two")).expect(3);
    let (one, two) = (scratch.read("one/summary.md"), scratch.read("two/summary.md"));
    assert_eq!(scratch.read("page"), format!("before\n{one}\n{two}\n"));
}

#[test]
fn a_page_that_cannot_be_written_changes_no_verdict() {
    let scratch = Scratch::with_tiny();
    std::fs::create_dir(scratch.path("page")).expect("a folder");
    let ran = step(&scratch, FAILING).expect(3);
    assert!(ran.stderr.starts_with("note: "), "{ran}");
    assert_eq!(commands(&ran.stdout).len(), 1, "{ran}");
}

/// `tiny` with the hostile name.
fn hostile() -> Scratch {
    let scratch = Scratch::with_tiny();
    let name = toml::Value::String(NAME.to_owned()).to_string();
    scratch.edit("tiny/manifest.toml", "name = \"tiny\"", &format!("name = {name}"));
    scratch
}

#[test]
fn a_datasets_name_gives_no_command() {
    let scratch = hostile();
    for (line, code) in [(PASSING.to_owned(), 0), (format!("{PASSING} --json"), 0), (FAILING.to_owned(), 3)] {
        let ran = step(&scratch, &line).expect(code);
        let all = [commands(&ran.stdout), commands(&ran.stderr)].concat();
        assert!(all.len() == 1 && all[0].contains("title=Counterpoint"), "{all:?} in {ran}");
        if line.ends_with("--json") {
            assert_eq!(ran.json()["dataset"]["name"], NAME);
        }
    }
    // Through an error as well: a baseline of another dataset is quoted with its name.
    step(&scratch, &format!("{PASSING} --write-baseline base.toml")).expect(0);
    let ran = step(&scratch, &format!("{PASSING} --set capacity=11 --baseline base.toml")).expect(4);
    assert_eq!((commands(&ran.stdout).len(), commands(&ran.stderr).len()), (1, 0), "{ran}");
    scratch.freeze("other", &[1, 2], 10);
    let other = "--dataset other --stable first-fit --candidate best-fit --baseline base.toml";
    let ran = step(&scratch, other).expect(4);
    assert_eq!((commands(&ran.stdout).len(), commands(&ran.stderr).len()), (1, 0), "{ran}");
    assert!(commands(&ran.stdout)[0].contains("%250A"), "{ran}");
}

#[test]
fn a_datasets_name_is_only_text_in_the_summary() {
    let scratch = hostile();
    step(&scratch, &format!("{PASSING} --out out")).expect(0);
    let summary = scratch.read("out/summary.md");
    for harmful in ["<script", "@team", "`c`", "| `", "\n::", "\r", "##[", "##vso"] {
        assert!(!summary.contains(harmful), "{harmful:?} in {summary}");
    }
    assert!(
        summary.contains("dataset <code>") && summary.contains("&#60;script&#62;s&#60;/script&#62;"),
        "{summary}"
    );
}
