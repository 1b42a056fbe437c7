//! Shows the first minutes: a demo in any folder, completions, the manual.

use crate::support::Scratch;

#[test]
fn the_demo_runs_anywhere_and_is_never_written_over() {
    let scratch = Scratch::new();
    let ran = scratch.run("demo").expect(0);
    for says in ["PASS on accuracy", "counterpoint-demo/runs/late-data/report.html", "cd counterpoint-demo"] {
        assert!(ran.stdout.contains(says), "{says}: {ran}");
    }
    assert!(scratch.read("counterpoint-demo/runs/late-data/report.html").contains("per-trigger"));
    assert_eq!(scratch.names("."), ["counterpoint-demo"]);
    let before = scratch.state();
    scratch.run("demo").expect(2).says(&["counterpoint-demo"]);
    assert_eq!(scratch.state(), before);
}

/// Types each command that it says is to be typed next.
#[test]
fn each_command_that_the_demo_names_runs_in_its_folder() {
    let scratch = Scratch::new();
    let ran = scratch.run("demo").expect(0);
    let folder = scratch.path("counterpoint-demo");
    let commands = ran.stdout.lines().filter_map(|line| line.trim().strip_prefix("counterpoint "));
    let mut count = 0;
    for line in commands {
        let line = line.split('#').next().expect("a line has a beginning").trim();
        let output = scratch.command().current_dir(&folder).args(line.split_whitespace()).output();
        let output = output.expect("it starts");
        assert_eq!(output.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        count += 1;
    }
    assert_eq!(count, 5);
}

#[test]
fn the_demo_may_stand_elsewhere() {
    let scratch = Scratch::new();
    let ran = scratch.run("demo --json mine").expect(0);
    assert_eq!(ran.json()["run"], "mine/runs/late-data");
    scratch.run("demo nowhere/mine").expect(1);
    assert_eq!(scratch.names("."), ["mine"]);
}

#[test]
fn completions_are_those_of_a_shell() {
    let scratch = Scratch::new();
    assert!(scratch.run("completions bash").expect(0).stdout.contains("complete -F _counterpoint"));
    let printed = scratch.run("completions zsh --json").expect(0).json();
    assert!(printed["script"].as_str().is_some_and(|script| script.starts_with("#compdef counterpoint")));
    scratch.run("completions tcsh").expect(2).says(&["tcsh"]);
}

#[test]
fn the_manual_is_a_page_or_a_folder_of_pages() {
    let scratch = Scratch::new();
    assert!(scratch.run("man").expect(0).stdout.contains(".TH counterpoint 1"));
    let printed = scratch.run("man pages --json").expect(0).json();
    let files = printed["files"].as_array().expect("a list").len();
    assert_eq!(scratch.names("pages").len(), files);
    assert!(scratch.names("pages").contains(&"counterpoint-gate.1".to_owned()));
    let before = scratch.state();
    scratch.run("man pages").expect(2).says(&["pages/counterpoint.1"]);
    assert_eq!(scratch.state(), before);
}
