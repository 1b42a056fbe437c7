//! From a file to a verdict without a question.

use std::process::Command;

use super::CLICKS;
use crate::support::{Scratch, number};

/// Tells whether a program can be run here.
fn is_at_hand(program: &str, argument: &str) -> bool {
    let is_it = Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success());
    if !is_it {
        eprintln!("SKIPPED: {program} is not at hand");
    }
    is_it
}

#[test]
fn what_init_writes_runs_as_it_stands() {
    for (language, program, argument) in [
        ("python", "python3", "--version"),
        ("javascript", "node", "--version"),
        ("go", "go", "version"),
        ("java", "java", "-version"),
        ("shell", "sh", "-c:"),
        ("rust", "rustc", "--version"),
    ] {
        if language != "shell" && !is_at_hand(program, argument) {
            continue;
        }
        let scratch = Scratch::new();
        scratch.write("clicks.csv", CLICKS);
        let ran = scratch.run(&format!("init clicks.csv --to mine --language {language}")).expect(0);
        let before = ran.stdout.lines().find_map(|line| line.strip_prefix("first   "));
        if let Some(before) = before.and_then(|line| line.split("   ").next()) {
            let built = Command::new("sh")
                .args(["-c", before])
                .current_dir(scratch.path("mine"))
                .env("GOCACHE", scratch.path("cache"))
                .output()
                .expect("a shell");
            assert!(built.status.success(), "{language}: {}", String::from_utf8_lossy(&built.stderr));
        }
        scratch.run("gate mine/experiment.toml --out out").expect(0);
        let results = scratch.json("out/results.json");
        assert_eq!(number(&results["candidate"]["answer"]["table"]["divergence"]["equal"]), 2, "{language}");
    }
}

#[test]
fn names_and_values_may_be_anything() {
    if !is_at_hand("python3", "--version") {
        return;
    }
    let scratch = Scratch::new();
    scratch.write("a b.csv", "\"a \"\"b\"\", \\c'\",n\n\"x,y\",1\n\"x,y\",2\n\"\",3\n,4\n");
    scratch.run_args(&["init", "a b.csv", "--to", "mine"]).expect(0);
    scratch.run("gate mine/experiment.toml").expect(0);
}

#[test]
fn nothing_is_written_over() {
    let scratch = Scratch::new();
    scratch.write("clicks.csv", CLICKS);
    scratch.write("job.py", "mine");
    let before = scratch.state();
    scratch.run("init clicks.csv").expect(2).says(&["job.py exists already"]);
    scratch
        .run("init clicks.csv --language cobol")
        .expect(2)
        .says(&["unknown language 'cobol'"])
        .hints("python");
    scratch.run("init clicks.csv --to new -- --delimeter ;").expect(2).hints("freeze --help");
    scratch.run("init none.csv --to new").expect(4);
    assert_eq!(scratch.state(), before);
}

#[test]
fn what_stands_behind_the_dashes_is_for_freeze() {
    let scratch = Scratch::new();
    scratch.write("clicks.txt", CLICKS.replace(',', ";"));
    scratch.run("init clicks.txt --to mine --language shell -- --delimiter ; --key hour").expect(0);
    assert!(scratch.read("mine/experiment.toml").contains("key = [\"hour\"]"));
    scratch.run("gate mine/experiment.toml").expect(0);
}
