//! Several experiments at once: which are run, what they leave, and the exit code of all.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use serde_json::Value;

use crate::support::{RUN_FILES, Ran, Scratch, keys, list, text};

const SUITE_FILES: [&str; 4] = ["index.html", "junit.xml", "suite.json", "summary.md"];

/// An experiment on the dataset `tiny`.
pub(crate) fn packing(stable: &str, candidate: &str) -> String {
    format!("dataset = 'tiny'\nstable.job = '{stable}'\ncandidate.job = '{candidate}'\n")
}

/// A folder `e` with experiments of these names; what each is of goes by its name.
pub(crate) fn with(names: &[&str]) -> Scratch {
    let scratch = Scratch::with_tiny();
    fs::create_dir(scratch.path("e")).expect("a folder");
    for name in names {
        add(&scratch, "e", name);
    }
    scratch
}

pub(crate) fn add(scratch: &Scratch, folder: &str, name: &str) {
    let kind = name.split('-').next().unwrap_or_default();
    let experiment = match kind {
        "pass" => packing("first-fit", "best-fit"),
        "fail" => packing("first-fit", "worst-fit"),
        "next" => packing("next-fit", "first-fit"),
        "typo" => "dataset = 'tiny'\nstabel.job = 'first-fit'\n".to_owned(),
        "lost" => packing("first-fit", "best-fit").replace("tiny", "none"),
        // So far apart are the reference's bounds that nobody knows.
        "open" => packing("first-fit", "best-fit") + "gate.latency_increase = '1%'\ngate.budget = '1ms'\n",
        "slow" => packing("first-fit", "best-fit") + "replay.pace = '0.01/s'\n",
        "quick" => packing("first-fit", "best-fit") + "replay.pace = '1000/s'\n",
        kind => panic!("{kind}?"),
    };
    scratch.write(&format!("{folder}/{name}.toml"), experiment);
}

fn suite(scratch: &Scratch, line: &str) -> Ran {
    let _ = fs::remove_dir_all(scratch.path("out"));
    let ran = scratch.run(&format!("{line} --out out"));
    if scratch.path("out/suite.json").is_file() {
        assert!(schema().is_valid(&scratch.json("out/suite.json")), "{ran}");
    }
    ran
}

pub(crate) fn schema() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas/suite.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("the schema")).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema of draft 2020-12");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

/// The names in the suite, each with what came of it.
pub(crate) fn told(scratch: &Scratch, folder: &str) -> Vec<String> {
    let suite = scratch.json(&format!("{folder}/suite.json"));
    let one = |entry: &Value| {
        let (end, name) = (&entry["end"], text(&entry["name"]));
        match end["judged"]["outcome"].as_str() {
            Some(outcome) => format!("{name} {outcome}"),
            None => format!("{name} {}", keys(end)[0]),
        }
    };
    list(&suite["experiments"]).iter().map(one).collect()
}

#[test]
fn a_folder_is_a_suite_of_runs_as_they_are_alone() {
    let scratch = with(&["pass", "fail"]);
    let ran = suite(&scratch, "gate e").expect(3);
    ran.prints(&[
        "1/2   fail",
        "2/2   pass",
        "2 experiments: 1 passes, 1 fails",
        "exit code 3: fail",
        "out/index.html",
    ]);
    assert_eq!(told(&scratch, "out"), ["fail fail", "pass pass"]);
    let mut files: Vec<String> = SUITE_FILES.map(str::to_owned).into();
    for name in ["fail", "pass"] {
        let more = RUN_FILES.iter().copied().chain(["junit.xml", "summary.md"]);
        files.extend(more.map(|file| format!("{name}/{file}")));
        // The same bytes as alone, also where it stands one folder deeper.
        let alone = scratch.run(&format!("gate e/{name}.toml --out alone-{name}"));
        assert_eq!(alone.code, Some(if name == "pass" { 0 } else { 3 }));
        for file in RUN_FILES.iter().filter(|file| file.starts_with("answers") || **file == "results.json") {
            assert_eq!(
                scratch.read(&format!("out/{name}/{file}")),
                scratch.read(&format!("alone-{name}/{file}"))
            );
        }
        let again = scratch.run(&format!("gate out/{name}/experiment.toml --out again-{name}"));
        assert_eq!(again.code, alone.code, "{again}");
    }
    files.sort();
    assert_eq!(scratch.files("out"), files);
    assert!(scratch.names("").iter().all(|name| !name.contains("partial") && !name.starts_with('.')));
    for name in ["fail", "pass"] {
        let page = scratch.read("out/index.html");
        assert!(page.contains(&format!("href=\"{name}/report.html\"")), "{page}");
        assert!(page.contains("default-src 'none'"), "{page}");
    }
}

#[test]
fn a_run_is_only_not_a_success_where_it_cannot_be_trusted() {
    let scratch = with(&["pass", "fail"]);
    suite(&scratch, "run e").expect(0);
    assert_eq!(scratch.files("out").len(), 2 * RUN_FILES.len() + SUITE_FILES.len());
}

#[test]
fn one_file_is_no_suite_unless_a_flag_says_so() {
    let scratch = with(&["pass"]);
    suite(&scratch, "gate e/pass.toml").expect(0);
    assert!(scratch.path("out/results.json").is_file() && !scratch.path("out/suite.json").exists());
    for flag in ["--fail-fast", "--filter name=pass", "--shard 1/1", "--accuracy-only --jobs 2"] {
        suite(&scratch, &format!("gate e/pass.toml {flag}")).expect(0);
        assert_eq!(told(&scratch, "out"), ["pass pass"], "{flag}");
    }
}

#[test]
fn side_by_side_it_comes_to_the_same() {
    let names = ["pass", "fail", "next", "open", "quick", "typo", "pass-2", "fail-2"];
    let scratch = with(&names);
    let mut all = Vec::new();
    for jobs in [1, 4, 100] {
        suite(&scratch, &format!("gate e --accuracy-only --jobs {jobs}")).expect(2);
        let mut told = told(&scratch, "out");
        // Its feeder may come late where others are at work, which is for it to say.
        told.retain(|line| !line.starts_with("quick "));
        told.push(scratch.json("out/suite.json")["asked"]["jobs"].to_string());
        assert_eq!(told.pop(), Some(jobs.to_string()));
        let is_same = |file: &String| {
            file.contains("/answers/") || file.ends_with("results.json") || file.ends_with("experiment.toml")
        };
        let files = scratch.files("out").into_iter().filter(is_same);
        let bytes: Vec<(String, String)> =
            files.map(|file| (file.clone(), scratch.read(&format!("out/{file}")))).collect();
        assert_eq!(bytes.len(), 7 * 5);
        all.push((told, bytes));
    }
    for pair in all.windows(2) {
        assert_eq!(pair[0].0, pair[1].0);
        for (one, other) in pair[0].1.iter().zip(&pair[1].1) {
            assert_eq!(one, other);
        }
    }
    assert_eq!(all[0].0[2..4], ["next pass", "open pass"]);
}

#[test]
fn accuracy_only_leaves_out_what_is_timed() {
    let scratch = with(&["open"]);
    suite(&scratch, "gate e/open.toml").expect(5);
    suite(&scratch, "gate e/open.toml --accuracy-only").expect(0);
    let judged = &scratch.json("out/timings.json")["judged"];
    assert_eq!((judged["accuracy"].as_str(), judged["speed"].as_str()), (Some("pass"), None));
    let ran = scratch.run("gate e/open.toml --accuracy-only --latency-increase 5%");
    ran.expect(2).says(&["--accuracy-only", "--latency-increase"]);
    scratch.run("gate e --jobs 2").expect(2).says(&["--accuracy-only"]);
}

#[test]
fn files_folders_and_patterns_lead_to_experiments() {
    let scratch = with(&["pass", "next"]);
    for (line, names) in [
        ("e/pass.toml e/next.toml", "next pass"),
        ("e e/pass.toml ./e", "next pass"),
        ("e/p*.toml e/*ss.toml", "pass"),
        ("e/????.toml", "next pass"),
        ("**/next.toml", "next"),
    ] {
        let words: Vec<&str> = "run".split(' ').chain(line.split(' ')).chain(["--out", "out"]).collect();
        let _ = fs::remove_dir_all(scratch.path("out"));
        scratch.run_args(&words).expect(0);
        let names: Vec<String> = names.split(' ').map(|name| format!("{name} pass")).collect();
        assert_eq!(told(&scratch, "out"), names, "{line}");
    }
}

#[test]
fn what_leads_nowhere_says_what_there_is() {
    let scratch = with(&["pass", "next"]);
    fs::create_dir(scratch.path("empty")).expect("a folder");
    scratch.write("empty/notes.csv", "a,b\n");
    for (line, says, hint) in [
        ("e/late*.toml", "no file matches 'e/late*.toml'", "e/ holds next.toml, pass.toml"),
        ("none/*.toml", "no file matches", "there is no folder none/"),
        ("empty", "empty holds no experiment", "empty holds notes.csv"),
        ("e e/none.toml", "e/none.toml", "name an experiment file"),
        ("e tiny", "tiny is a frozen dataset", "--dataset tiny"),
        ("e --filter name=late", "no experiment matches --filter name=late", "there is: next, pass"),
        ("e --filter problem==x", "no experiment matches", "there is: bin-packing"),
        (
            "e --filter job=x --filter name=pass",
            "no experiment matches",
            "there is: best-fit, first-fit, next, next-fit, pass",
        ),
    ] {
        let before = scratch.state();
        scratch.run(&format!("gate {line}")).expect(2).says(&[says]).hints(hint);
        assert_eq!(scratch.state(), before, "{line}");
    }
    for line in [
        "e --filter late",
        "e --filter dataset=x",
        "e --shard 0/2",
        "e --shard 3/2",
        "--filter name=x",
        "--shard 1/2",
    ] {
        scratch.run(&format!("gate {line}")).expect(2);
    }
}

#[test]
fn a_file_of_another_kind_in_a_folder_is_passed_over_with_a_note() {
    let scratch = with(&["pass"]);
    scratch.run("gate e/pass.toml --write-baseline e/baseline.toml --out alone").expect(0);
    let ran = suite(&scratch, "gate e").expect(0);
    assert!(ran.stderr.contains("e/baseline.toml is no experiment"), "{ran}");
    assert_eq!(told(&scratch, "out"), ["pass pass"]);
}

#[test]
fn filters_choose_by_name_problem_and_job() {
    let scratch = with(&["pass", "fail", "next", "typo"]);
    // The file with the typo says nothing of problem and jobs.
    for (filters, names) in [
        ("--filter name=a", "fail pass"),
        ("--filter name==pass", "pass"),
        ("--filter name!=*t", "fail pass typo"),
        ("--filter job=next-fit", "next typo"),
        ("--filter job=worst* --filter problem=packing", "fail typo"),
        ("--filter problem=x", "typo"),
        ("--filter name=next --filter job=best", ""),
    ] {
        let ran = suite(&scratch, &format!("run e {filters}"));
        if names.is_empty() {
            ran.expect(2);
            continue;
        }
        let told: Vec<String> = told(&scratch, "out")
            .iter()
            .map(|told| told.split(' ').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(told.join(" "), names, "{filters}");
    }
}

#[test]
fn each_experiment_is_in_one_shard_whatever_is_filtered() {
    let names = ["pass", "fail", "next", "pass-2", "next-2"];
    let scratch = with(&names);
    for of in [2, 3, 7] {
        let mut of_filter = [Vec::new(), Vec::new()];
        for index in 1..=of {
            let mut both = Vec::new();
            for (filter, all) in ["", "--filter name!=fail*"].iter().zip(&mut of_filter) {
                suite(&scratch, &format!("run e --shard {index}/{of} {filter}")).expect(0);
                let told = told(&scratch, "out");
                all.extend(told.clone());
                both.push(told);
            }
            assert!(both[1].iter().all(|name| both[0].contains(name)), "{index}/{of}: {both:?}");
        }
        for (all, count) in of_filter.iter_mut().zip([5, 4]) {
            all.sort();
            let length = all.len();
            all.dedup();
            assert_eq!((all.len(), length), (count, count), "{of}: {all:?}");
        }
    }
    suite(&scratch, "run e --shard 7/7").expect(0).prints(&["0 experiments"]);
}

#[test]
fn two_files_of_one_name_have_folders_of_their_own() {
    let scratch = with(&["pass"]);
    fs::create_dir(scratch.path("f")).expect("a folder");
    add(&scratch, "f", "pass");
    scratch.edit("f/pass.toml", "best-fit", "worst-fit");
    add(&scratch, "f", "next");
    suite(&scratch, "gate e f").expect(3);
    assert_eq!(told(&scratch, "out"), ["e-pass pass", "f-pass fail", "next pass"]);
    assert!(scratch.read("out/f-pass/experiment.toml").contains("worst-fit"));
}

#[test]
fn a_wrong_file_counts_and_stops_no_other() {
    for (names, code, told_all) in [
        (&["fail", "open", "pass"][..], 3, &["fail fail", "open inconclusive", "pass pass"][..]),
        (&["open", "pass"], 5, &["open inconclusive", "pass pass"]),
        (&["lost", "fail"], 4, &["fail fail", "lost error"]),
        (&["lost", "typo", "pass", "fail"], 2, &["fail fail", "lost error", "pass pass", "typo error"]),
    ] {
        let scratch = with(names);
        suite(&scratch, "gate e").expect(code);
        assert_eq!(told(&scratch, "out"), told_all);
        let suite = scratch.json("out/suite.json");
        assert_eq!(suite["exit_code"], code);
        let of_error = list(&suite["experiments"]).iter().filter(|entry| entry["end"]["error"].is_object());
        for entry in of_error {
            assert!(!scratch.path("out").join(text(&entry["name"])).exists(), "{entry}");
            assert!(!text(&entry["end"]["error"]["message"]).is_empty());
        }
    }
}

#[test]
fn the_first_that_fails_may_be_the_last() {
    let scratch = with(&["fail", "next", "pass"]);
    let ran = suite(&scratch, "gate e --fail-fast").expect(3);
    assert!(!ran.stdout.contains("2/3"), "{ran}");
    assert_eq!(told(&scratch, "out"), ["fail fail", "next not-run", "pass not-run"]);
    assert!(scratch.read("out/summary.md").contains("1 fails, 2 were not run"));
    suite(&scratch, "run e --fail-fast").expect(0);
}

#[test]
fn flags_go_over_each_file_or_are_refused() {
    let scratch = with(&["pass", "next"]);
    suite(&scratch, "gate e --seed 7 --orders 3 --divergence 1").expect(0);
    for name in ["pass", "next"] {
        let toml = scratch.read(&format!("out/{name}/experiment.toml"));
        for line in ["seed = 7", "orders = 3", "divergence = 1"] {
            assert!(toml.contains(line), "{toml}");
        }
    }
    for flag in [
        "--dataset tiny",
        "--problem bin-packing",
        "--stable first-fit",
        "--candidate first-fit",
        "--set capacity=9",
        "--baseline b.toml",
        "--write-baseline b.toml",
    ] {
        let before = scratch.state();
        let name = flag.split(' ').next().expect("a flag");
        scratch.run(&format!("gate e {flag}")).expect(2).says(&[name, "goes with one experiment"]);
        assert_eq!(scratch.state(), before, "{flag}");
    }
    for flag in ["--resume x.partial", "--self-test"] {
        scratch.run(&format!("gate e {flag}")).expect(2);
    }
}

#[test]
fn each_experiment_is_a_test_suite() {
    let scratch = with(&["fail", "pass", "typo"]);
    suite(&scratch, "gate e --fail-fast --filter name!=typo").expect(3);
    suite(&scratch, "gate e").expect(2);
    let report = Report::deserialize_from_str(&scratch.read("out/junit.xml")).expect("JUnit");
    let names: Vec<&str> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(names, ["fail", "pass", "typo"]);
    for suite in &report.test_suites {
        assert!(suite.timestamp.is_some() && suite.time.is_some(), "{}", suite.name.as_str());
        for case in &suite.test_cases {
            let class = case.classname.as_ref().map(quick_junit::XmlString::as_str).unwrap_or_default();
            assert!(class.starts_with(&format!("counterpoint.{}", suite.name.as_str())), "{class}");
        }
    }
    let cases = |name: &str| {
        scratch.json(&format!("out/{name}/results.json"))["verdict"]["checks"].as_array().map(Vec::len)
    };
    assert_eq!(Some(report.test_suites[0].test_cases.len()), cases("fail"));
    let TestCaseStatus::NonSuccess { kind, .. } = &report.test_suites[2].test_cases[0].status else {
        panic!("a file with a typo passes")
    };
    assert_eq!((*kind, report.errors), (NonSuccessKind::Error, 1));
}

#[test]
fn programs_read_the_suite_on_stdout() {
    let scratch = with(&["fail", "pass"]);
    let mut printed = suite(&scratch, "gate e --json").expect(3).json();
    let folder = printed.as_object_mut().expect("an object").remove("folder");
    assert_eq!(folder.as_ref().map(text), Some("out"));
    assert_eq!(printed, scratch.json("out/suite.json"));
    for (pointer, value) in [
        ("/schema", "counterpoint.suite/2".into()),
        ("/experiments/0/end/judged/outcome", "maybe".into()),
        ("/experiments/0/more", 1.into()),
        ("/exit_code", 7.into()),
    ] {
        let mut changed = printed.clone();
        match changed.pointer_mut(pointer) {
            Some(old) => *old = value,
            None => changed["experiments"][0]["more"] = value,
        }
        assert!(!schema().is_valid(&changed), "{pointer}");
    }
}

#[test]
fn github_reads_what_did_not_pass() {
    let scratch = with(&["fail", "pass", "typo"]);
    let mut command = scratch.command();
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "page");
    let ran = Ran::of(command.args(["gate", "e", "--out", "out"])).expect(2);
    let commands: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.len(), 3, "{ran}");
    assert!(
        commands[0].starts_with("::error title=Counterpoint%3A fail%3A fail::fail on accuracy"),
        "{commands:?}"
    );
    assert!(commands[1].starts_with("::error title=Counterpoint%3A typo%3A no verdict::"), "{commands:?}");
    assert!(commands[2].contains("3 experiments: 1 passes, 1 fails, 1 has no verdict"), "{commands:?}");
    assert_eq!(scratch.read("page").trim(), scratch.read("out/summary.md").trim());
}

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Begins a gate of the folder `e`, and sends it a signal as soon as `is_time`.
pub(crate) fn stopped(scratch: &Scratch, signal: &str, is_time: impl FnMut() -> bool) -> Ran {
    let mut command = scratch.command();
    command.args(["gate", "e", "--out", "out"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    wait_for("the moment", is_time);
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("there is a kill").success());
    Ran::ended(child, "a gate that is stopped")
}

#[test]
fn what_ran_before_an_interrupt_is_kept() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let scratch = with(&["fail", "pass", "slow", "typo"]);
        let ended = || scratch.path("out.partial/pass/report.html").exists();
        let ran = stopped(&scratch, signal, ended).expect(code);
        let ran = ran.says(&["interrupted; what ran until then is kept in out.partial"]).hints("suite.json");
        assert!(!scratch.path("out").exists(), "{ran}");
        assert_eq!(told(&scratch, "out.partial"), ["fail fail", "pass pass", "slow not-run", "typo not-run"]);
        assert!(schema().is_valid(&scratch.json("out.partial/suite.json")));
        assert_eq!(scratch.json("out.partial/suite.json")["exit_code"], Value::Null);
        assert_eq!(
            scratch.names("out.partial"),
            ["fail", "index.html", "junit.xml", "pass", "suite.json", "summary.md"]
        );
        assert!(scratch.read("out.partial/index.html").contains("It was stopped."));
        scratch.run("gate e --out out").expect(2).says(&["out.partial exists already"]);
        scratch.run("run --resume out.partial").expect(2).says(&["is a suite of 'gate', not of 'run'"]);
    }
}

#[test]
fn an_interrupt_before_anything_ran_leaves_nothing() {
    let scratch = with(&["slow"]);
    add(&scratch, "e", "slow-2");
    stopped(&scratch, "-INT", || scratch.path("out.partial/suite.json").exists())
        .expect(130)
        .says(&["interrupted; nothing was kept"]);
    assert_eq!(scratch.names(""), ["e", "tiny"]);
}
