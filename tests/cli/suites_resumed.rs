//! Suites that were stopped, or of which some experiments came to no verdict: gone on with where they are.

use std::fs;

use serde_json::Value;

use crate::{
    recovery::{send, start, wait_for_checkpoints},
    suites::{add, packing, schema, stopped, told, with},
    support::{Ran, Scratch, list},
};

/// A gate of four, stopped while `slow` runs: two have ended, one isn't begun.
fn left() -> Scratch {
    let scratch = with(&["fail", "pass", "slow", "typo"]);
    let ended = || scratch.path("out.partial/pass/report.html").exists();
    stopped(&scratch, "-INT", ended).expect(130).hints("go on with --resume out.partial");
    scratch
}

#[test]
fn only_what_has_no_result_runs() {
    let scratch = left();
    let before = ["fail", "pass"].map(|name| scratch.read(&format!("out.partial/{name}/timings.json")));
    // It had not run, so it may be another by now.
    scratch.write("e/slow.toml", packing("first-fit", "best-fit"));
    let ran = scratch.run("gate --resume out.partial").expect(2);
    assert!(!ran.stdout.contains("1/4") && !ran.stdout.contains("2/4"), "{ran}");
    let ran = ran.prints(&["3/4   pass           slow", "4/4   error          typo", "out/index.html"]);
    assert!(ran.stderr.contains("run with 'counterpoint gate --resume out'"), "{ran}");
    assert!(!scratch.path("out.partial").exists());
    assert_eq!(told(&scratch, "out"), ["fail fail", "pass pass", "slow pass", "typo error"]);
    assert_eq!(before, ["fail", "pass"].map(|name| scratch.read(&format!("out/{name}/timings.json"))));
    assert!(schema().is_valid(&scratch.json("out/suite.json")));

    // One that has its name goes on with what has no verdict.
    scratch.write("e/typo.toml", packing("first-fit", "best-fit"));
    let ran = scratch.run("gate --resume out --json").expect(3);
    assert_eq!((ran.json()["exit_code"].as_u64(), ran.stderr.as_str()), (Some(3), ""));
    assert_eq!(told(&scratch, "out"), ["fail fail", "pass pass", "slow pass", "typo pass"]);
    let junit = scratch.read("out/junit.xml");
    assert_eq!(junit.matches("<testsuite ").count(), 4, "{junit}");

    // Nothing is left to do, and what is there stays.
    let ran = scratch.run("gate --resume out").expect(3);
    assert!(!ran.stdout.contains("/4"), "{ran}");
    assert_eq!(before[0], scratch.read("out/fail/timings.json"));
    assert_eq!(scratch.names(""), ["e", "out", "tiny"]);
}

#[test]
fn a_run_that_nobody_was_told_of_counts() {
    let scratch = with(&["fail", "pass"]);
    scratch.run("gate e --out out").expect(3);
    let was = scratch.json("out/suite.json");
    // A kill between the run and the note of it.
    let mut stale = was.clone();
    stale["exit_code"] = Value::Null;
    stale["experiments"][1]["end"] =
        serde_json::json!({ "not-run": { "why": "the suite had not come to it" } });
    (stale["experiments"][1]["exit_code"], stale["experiments"][1]["started"]) = (Value::Null, Value::Null);
    scratch.write("out/suite.json", stale.to_string());
    fs::rename(scratch.path("out"), scratch.path("out.partial")).expect("a folder");
    let ran = scratch.run("gate --resume out.partial").expect(3);
    assert!(!ran.stdout.contains("/2"), "{ran}");
    let is = scratch.json("out/suite.json");
    for (was, is) in list(&was["experiments"]).iter().zip(list(&is["experiments"])) {
        assert_eq!((&was["end"], &was["exit_code"]), (&is["end"], &is["exit_code"]));
    }
}

#[test]
fn another_suite_is_not_gone_on_with() {
    let refused = |code: i32, line: &str, says: &str, hint: &str, change: &dyn Fn(&Scratch)| {
        let scratch = with(&["fail", "typo"]);
        scratch.run("gate e --out out --seed 7").expect(2);
        change(&scratch);
        let before = scratch.state();
        scratch.run(line).expect(code).says(&[says]).hints(hint);
        assert_eq!(scratch.state(), before, "{line}: {says}");
    };
    let nothing = |_: &Scratch| {};
    let resume = "gate --resume out";
    refused(2, "run --resume out", "out is a suite of 'gate', not of 'run'", "gate --resume", &nothing);
    refused(2, "replay --resume out", "no replay of one job", "'gate --resume'", &nothing);
    refused(
        2,
        "gate --resume out --baseline b.toml",
        "--baseline goes with one experiment",
        "leave",
        &nothing,
    );
    refused(2, resume, "fail has changed since it ran in out", "remove out/fail", &|scratch| {
        scratch.edit("e/fail.toml", "worst-fit", "next-fit");
    });
    refused(2, resume, "fail has changed since it ran in out", "remove out/fail", &|scratch| {
        scratch.edit("out/suite.json", "--seed=7", "--seed=8");
    });
    refused(2, resume, "next is new", "with the files that there were", &|scratch| add(scratch, "e", "next"));
    refused(2, resume, "typo is gone", "with the files that there were", &|scratch| {
        fs::remove_file(scratch.path("e/typo.toml")).expect("it was there");
    });
    refused(4, resume, "its words are no command", "run the suite anew", &|scratch| {
        scratch.edit("out/suite.json", "\"--seed=7\"", "\"--seed=x\"");
    });
    refused(4, resume, "its schema is counterpoint.suite/9", "run the suite anew", &|scratch| {
        scratch.edit("out/suite.json", "suite/1", "suite/9");
    });
    refused(2, resume, "out.partial exists already", "choose another", &|scratch| {
        fs::create_dir(scratch.path("out.partial")).expect("a folder");
    });
}

#[cfg(unix)]
#[test]
fn two_do_not_work_in_one_suite() {
    let scratch = left();
    let held = fs::File::open(scratch.path("out.partial")).expect("a folder");
    held.lock().expect("nobody has it");
    let before = scratch.state();
    scratch.run("gate --resume out.partial").expect(1).says(&["another process works in it"]);
    assert_eq!(scratch.state(), before);
}

#[test]
fn a_run_with_checkpoints_goes_on_within_its_suite() {
    let scratch = Scratch::new();
    scratch.run("generate events --records 1600 --seed 7 --set keys=20 --to data").expect(0);
    fs::create_dir(scratch.path("e")).expect("a folder");
    let experiment = "dataset = 'data'\nstable.job = 'per-record'\ncandidate.job = 'pre-aggregated'\n\
                      parameters = { window = 'tumbling:500', delay = 0 }\nrecovery.checkpoint_every = 2\n";
    scratch.write("e/held.toml", experiment);
    scratch.run("run e --out straight").expect(0);
    let child = start(&scratch, "run e --out out");
    wait_for_checkpoints(&scratch, "out.partial/held.partial/stable");
    send(&child, "-KILL");
    Ran::ended(child, "run e");
    let ran = scratch.run("run --resume out.partial").expect(0);
    assert!(ran.stdout.contains("1/1   pass"), "{ran}");
    assert_eq!(scratch.names("out"), ["held", "index.html", "junit.xml", "suite.json", "summary.md"]);
    for file in ["results.json", "answers/stable.csv", "answers/candidate.csv"] {
        assert_eq!(scratch.read(&format!("out/held/{file}")), scratch.read(&format!("straight/held/{file}")));
    }
}

#[test]
fn a_flag_that_is_wrong_for_all_is_refused_before_the_first() {
    let scratch = with(&["fail", "pass", "typo", "lost"]);
    for (flag, says) in [
        ("--order nonsense", "nonsense"),
        ("--orders 2000000", "they may be 1000000 at most"),
        ("--latency-p99 1ms", "at pace max no record has a due time"),
        ("--triggers sometimes", "sometimes"),
    ] {
        let before = scratch.state();
        let ran = scratch.run(&format!("gate e {flag} --out out")).expect(2).says(&[says]);
        assert_eq!((ran.stdout.as_str(), scratch.state() == before), ("", true), "{ran}");
    }
    // It is right for one of them, so each says for itself what it makes of it.
    scratch.write("e/pass.toml", packing("first-fit", "best-fit") + "replay.pace = '10000/s'\n");
    scratch.run("gate e --filter name=s --filter name!=typo --filter name!=lost --latency-p99 10s --out out");
    assert!(scratch.path("out/suite.json").exists());
}

#[test]
fn the_page_says_how_to_repeat_it() {
    let scratch = with(&["pass"]);
    scratch.run("gate e --filter name==pass --accuracy-only --jobs 2 --seed 7 --out out").expect(0);
    let line = "counterpoint gate e --filter=name==pass --accuracy-only --jobs=2 --seed=7";
    let page = scratch.read("out/index.html");
    assert!(page.contains(&format!("<code>{line}</code>")), "{page}");
    let again = scratch.run(&format!("{} --out again", line.replace("counterpoint ", ""))).expect(0);
    assert_eq!(told(&scratch, "again"), ["pass pass"], "{again}");
    assert_eq!(scratch.json("again/suite.json")["asked"], scratch.json("out/suite.json")["asked"]);
}
