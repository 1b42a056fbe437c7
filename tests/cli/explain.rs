//! `explain`: the rule that makes a run's rows differ, told from the run's folder.

use std::fs;

use serde_json::Value;

use crate::support::{Scratch, number, text};

/// Windows over records that come late: stable drops them, and the candidate, which holds all until the end, is right.
fn late() -> Scratch {
    let scratch = Scratch::new();
    scratch.run("generate events --records 3000 --seed 1 --set keys=5 --set rate=100 --to data").expect(0);
    let flags = "--problem windowed-aggregation --dataset data --set window=tumbling:1000 --set delay=0 --accuracy-only";
    scratch.run(&format!("run {flags} --stable per-record --candidate at-end --out out")).expect(0);
    scratch
}

fn explained(scratch: &Scratch, flags: &str) -> Value {
    scratch.run(&format!("explain out {flags} --json")).expect(0).json()
}

fn rules(found: &Value) -> Vec<&str> {
    found["explanation"]["rules"].as_array().expect("rules").iter().map(|rule| text(&rule["name"])).collect()
}

#[test]
fn late_records_that_are_dropped_are_named_with_the_line_that_declares_them() {
    let scratch = late();
    let found = explained(&scratch, "--version stable");
    assert_eq!(rules(&found), ["late-dropped"]);
    let explanation = &found["explanation"];
    assert_eq!(number(&explanation["rules"][0]["number"]), 0);
    let differing = number(&explanation["differing"]);
    assert!(differing > 20 && number(&explanation["explained"]) == differing, "{found:#}");
    assert_eq!(explanation["held_out"]["explained"], explanation["held_out"]["differing"]);
    scratch.run("explain out --version stable").expect(0).prints(&[
        "that differ: late records are dropped",
        "held out",
        "known of   Flink",
        "[[expected]]",
    ]);
    // The line is one of an experiment, and speaks of as many rows as it says.
    let declare = &explanation["rules"][0]["declare"][0];
    let experiment = scratch.read("out/experiment.toml") + "\n" + text(&declare["toml"]);
    scratch.write("again.toml", experiment.replace("../data", "data"));
    scratch.run("run again.toml --dataset data --accuracy-only --out again").expect(0);
    let again = scratch.json("again/results.json");
    assert_eq!(again["expected"][0]["stable"], declare["rows"]);
}

#[test]
fn a_run_says_by_itself_what_its_folder_is_explained_by() {
    let scratch = late();
    let results = scratch.json("out/results.json");
    let told = &results["stable"]["explanation"];
    assert_eq!(told, &explained(&scratch, "--version stable")["explanation"]);
    assert_eq!(text(&told["rules"][0]["name"]), "late-dropped");
    assert!(results["candidate"].get("explanation").is_none());
    let page = scratch.read("out/report.html");
    assert!(page.contains("Why the rows differ") && page.contains("late records are dropped"));
    let flags = "run out/experiment.toml --accuracy-only --out";
    scratch.run(&format!("{flags} again")).expect(0).prints(&["Why rows differ: stable per-record: all "]);
    assert_eq!(scratch.read("again/results.json"), scratch.read("out/results.json"));
    // What a crash leaves is no rule of an engine's.
    let crash = scratch.read("out/experiment.toml") + "\n[recovery]\ncheckpoint_every = 1000\n";
    scratch.write("crash.toml", crash.replace("../data", "data"));
    scratch.run("run crash.toml --dataset data --accuracy-only --out crash").expect(0);
    assert!(scratch.json("crash/results.json")["stable"].get("explanation").is_none());
}

#[test]
fn where_no_row_differs_it_says_so() {
    let scratch = late();
    assert!(explained(&scratch, "").get("explanation").is_none());
    scratch.run("explain out").expect(0).prints(&["candidate at-end: no row differs from the reference"]);
}

/// Changes a column of numbers of the candidate's answer.
fn change(scratch: &Scratch, column: usize, change: impl Fn(usize, i64) -> i64) {
    let path = scratch.path("out/answers/candidate.csv");
    let answer = fs::read_to_string(&path).expect("an answer");
    let line = |(row, line): (usize, &str)| {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if row > 0 {
            fields[column] = change(row, fields[column].parse().expect("a number")).to_string();
        }
        fields.join(",") + "\n"
    };
    fs::write(&path, answer.lines().enumerate().map(line).collect::<String>()).expect("written");
}

#[test]
fn an_answer_is_explained_as_it_stands_in_the_folder() {
    let scratch = late();
    change(&scratch, 1, |_, end| end - 1);
    assert_eq!(rules(&explained(&scratch, "")), ["end-inclusive"]);
    let scratch = late();
    change(&scratch, 4, |row, sum| if row % 7 == 0 { sum + row.cast_signed() as i64 } else { sum });
    let found = explained(&scratch, "");
    assert!(rules(&found).is_empty(), "{found:#}");
    let tried = &found["explanation"]["tried"];
    assert!(number(&tried["rules"]) > 20 && number(&tried["sets"]) >= number(&tried["rules"]), "{found:#}");
    assert_eq!(found["explanation"]["left"].as_array().map(Vec::len), Some(5));
    scratch.run("explain out").expect(0).prints(&["no known rule explains", "were tried", "differs"]);
}

#[test]
fn a_problem_of_ones_own_is_understood_by_its_reference() {
    let scratch = Scratch::new();
    let mut clicks = "at,user,amount\n".to_owned();
    for at in 0..400 {
        let time_ms = 1_700_000_000_000_i64 + at * 97_000;
        clicks.extend([format!("{time_ms},u{},{}.5\n", at % 3, at % 11)]);
    }
    scratch.write("clicks.csv", clicks);
    scratch.run("freeze clicks.csv --event-time at --time-unit ms --to data").expect(0);
    let job = |shift: i64| {
        format!(
            "command = ['awk', '-F,', '-v', 'OFS=,', 'BEGIN {{ print \"hour,who,n,total\"; fflush() }} \
             NR > 1 {{ w = int(($1 - {shift}) / 3600000) * 3600000 + {shift}; k = w / 1000 \",\" $2; n[k]++; s[k] += $3 }} \
             END {{ for (k in n) print k, n[k], s[k] }}']\noutput = 'emit'\n"
        )
    };
    scratch.write(
        "e.toml",
        format!(
            "dataset = 'data'\n[problem]\nkey = ['hour', 'user']\nrename = {{ who = 'user' }}\n[reference]\n\
             problem = 'windowed-aggregation'\nparameters = {{ window = 'tumbling:3600000' }}\n\
             columns = {{ event_time_ms = 'at', key = 'user', value = 'amount' }}\n\
             select = {{ hour = 'window_start_ms', user = 'key', n = 'count', total = 'sum' }}\ntimes = 's'\n\
             [stable]\n{}[candidate]\n{}",
            job(0),
            job(900_000)
        ),
    );
    scratch.run("run e.toml --accuracy-only --out out").expect(0);
    let found = explained(&scratch, "");
    assert_eq!(rules(&found), ["origin"], "{found:#}");
    assert_eq!(
        text(&found["explanation"]["rules"][0]["sentence"]),
        "windows start 15 min after multiples of 1 h"
    );
    assert!(explained(&scratch, "--version stable").get("explanation").is_none());
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let scratch = late();
    scratch.run("explain nothing").expect(4).says(&["nothing: there is no such run"]);
    scratch.run("explain data").expect(4).says(&["data is a frozen dataset"]);
    fs::rename(scratch.path("out/answers"), scratch.path("aside")).expect("renamed");
    scratch.run("explain out").expect(4).says(&["the run's answers weren't kept"]);
    fs::rename(scratch.path("aside"), scratch.path("out/answers")).expect("renamed");
    scratch.edit("out/answers/candidate.csv", "window_end_ms", "end");
    scratch.run("explain out").expect(4).says(&["candidate's answer: it has no column 'window_end_ms'"]);
    scratch.edit("data/records.csv", "k00001", "k00009");
    scratch.run("explain out --version stable").expect(4).says(&["data/records.csv"]);
    fs::remove_dir_all(scratch.path("data")).expect("removed");
    scratch.run("explain out --version stable").expect(4).says(&["data"]);
    let scratch = Scratch::with_tiny();
    scratch.run("run --dataset tiny --stable first-fit --candidate best-fit --out out").expect(0);
    scratch.run("explain out").expect(2).says(&["the reference of bin-packing is an interval of costs"]);
}

#[test]
fn a_truth_of_somebody_elses_has_no_rule() {
    let scratch = Scratch::new();
    scratch.write("job.sh", "echo user,n; cat > /dev/null; echo a,1; echo b,2");
    scratch.write("a.csv", "at,user\n1,a\n2,b\n");
    scratch.write("truth.csv", "user,n\na,1\nb,1\n");
    scratch.run("freeze a.csv --to data").expect(0);
    let job = "command = ['sh', 'job.sh']\noutput = 'emit'\n";
    scratch.write(
        "e.toml",
        format!(
            "dataset = 'data'\n[problem]\nkey = ['user']\n[reference]\nfile = 'truth.csv'\n[stable]\n{job}[candidate]\n{job}"
        ),
    );
    scratch.run("run e.toml --accuracy-only --out out").expect(0);
    scratch.run("explain out").expect(2).says(&["says which rows are right, and not by which rule"]);
}

#[test]
fn a_run_is_shrunk_to_the_few_records_that_matter() {
    let scratch = late();
    let printed = scratch.run("explain out --version stable --shrink small").expect(0);
    let printed = printed.prints(&[
        "keys left out",
        "records left out",
        "run it: counterpoint run small/experiment.toml",
    ]);
    let replays =
        |line: &str| line.rsplit_once(" after ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    let most = printed.stdout.lines().filter_map(replays).max();
    assert!(most.is_some_and(|most: u32| most <= 60), "{printed}");
    assert!(scratch.read("small/data/records.csv").lines().count() <= 21);
    scratch.run("verify small/data").expect(0);
    scratch.run("run small/experiment.toml --accuracy-only --out again").expect(0);
    let again = scratch.json("again/results.json");
    let found = |role: &str| number(&again[role]["answer"]["table"]["divergence"]["changed"]);
    assert!(found("stable") > 0 && found("candidate") == 0, "{again:#}");
    scratch.run("explain out --version stable --shrink small").expect(2).says(&["small exists already"]);
    let few = scratch.run("explain out --version stable --shrink few --replays 3").expect(0);
    assert!(few.stdout.contains("after 3 replays") && !few.stdout.contains("after 4 replays"), "{few}");
}

#[test]
fn what_cannot_be_run_in_parts_is_not_shrunk() {
    let scratch = late();
    let whole = scratch.read("out/experiment.toml");
    let changed = [
        (whole.clone() + "[recovery]\ncheckpoint_every = 500\n", "has checkpoints"),
        (whole.replace("amplify = 1", "amplify = 2"), "has copies"),
        (format!("architecture = \"kappa\"\n{whole}"), "has an architecture"),
    ];
    for (experiment, why) in changed {
        assert_ne!(experiment, whole);
        scratch.write("out/experiment.toml", experiment);
        scratch.run("explain out --version stable --shrink small").expect(2).says(&[why]);
        assert!(!scratch.path("small").exists());
    }
}
