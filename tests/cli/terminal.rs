//! Shows what a person at a terminal sees, and what stays out of pipes.

use std::path::Path;

use crate::support::{BEST_FOR_FIRST, Scratch};

const ESC: char = '\u{1b}';

#[test]
fn pipes_get_no_colour_and_no_progress() {
    let scratch = Scratch::with_tiny();
    let ran = scratch.run(&format!("run {BEST_FOR_FIRST} --orders 5")).expect(0);
    assert!(!ran.stdout.contains(ESC) && ran.stderr.is_empty(), "{ran}");
    let ran = scratch.run("verify missing").expect(4);
    assert!(!ran.stderr.contains(ESC), "{ran}");
}

#[test]
fn colour_can_be_asked_for_and_refused() {
    let scratch = Scratch::with_tiny();
    let coloured = |flags: &str| scratch.run(&format!("run {BEST_FOR_FIRST} {flags}")).expect(0).stdout;
    assert!(coloured("--color always").contains("\u{1b}[1;32m"));
    assert!(!coloured("--color never").contains(ESC));
    assert!(!coloured("--color auto").contains(ESC));
    assert!(!coloured("--color always --json").contains(ESC));
    assert!(scratch.run("verify missing --color always").expect(4).stderr.contains(ESC));
    scratch.run("jobs --color sometimes").expect(2);
}

/// Runs the program at a pseudo-terminal made by `script`; both streams come back as one.
fn at_terminal(scratch: &Scratch, environment: &str, line: &str) -> String {
    let script = format!("TERM=xterm {environment} script -qec \"$COUNTERPOINT {line}\" /dev/null");
    let ran = scratch.shell(&script);
    // A busy machine may make a paced feeder late; the screen shows the same.
    assert!(matches!(ran.code, Some(0 | 6)), "{ran}");
    ran.stdout
}

#[test]
fn terminals_get_colour_unless_no_color_is_set() {
    if !Path::new("/usr/bin/script").exists() {
        return;
    }
    let scratch = Scratch::with_tiny();
    let line = format!("run {BEST_FOR_FIRST} 2>/dev/null");
    assert!(at_terminal(&scratch, "", &line).contains("\u{1b}[1;32m"));
    assert!(!at_terminal(&scratch, "NO_COLOR=1", &line).contains(ESC));
    assert!(
        at_terminal(&scratch, "NO_COLOR=", &line).contains("\u{1b}[1;32m"),
        "an empty NO_COLOR means nothing"
    );
    assert!(!at_terminal(&scratch, "", &format!("{line} --color never")).contains(ESC));
}

#[test]
fn terminals_get_a_bar_with_rate_and_time_left() {
    if !Path::new("/usr/bin/script").exists() {
        return;
    }
    let scratch = Scratch::new();
    scratch.run("generate uniform --records 250 --seed 1 --to data").expect(0);
    let shown = at_terminal(&scratch, "", "replay data --job first-fit --pace 100/s >/dev/null");
    assert!(shown.contains("replaying") && shown.contains("/250 ") && shown.contains("/s"), "{shown}");
    assert!(shown.contains("left"), "{shown}");
}

#[test]
fn terminals_are_told_how_much_a_freeze_has_read() {
    if !Path::new("/usr/bin/script").exists() {
        return;
    }
    let scratch = Scratch::new();
    scratch.write("slow.sh", "printf 'id,n\\n1,2\\n'\nsleep 0.6\nprintf '2,3\\n'\n");
    let line = "sh slow.sh | $COUNTERPOINT freeze - --to new >/dev/null";
    let shown = scratch.shell(&format!("TERM=xterm script -qec '{line}' /dev/null")).expect(0).stdout;
    assert!(shown.contains("freezing: 9 B read"), "{shown}");
    let piped = scratch.shell("sh slow.sh | $COUNTERPOINT freeze - --to piped").expect(0);
    assert!(piped.stderr.is_empty(), "{piped}");
}

#[test]
fn no_command_waits_for_an_answer() {
    // Stdin is empty and never asked; a command that asked would fail or wait for ever.
    let scratch = Scratch::with_tiny();
    scratch.run(&format!("run {BEST_FOR_FIRST} --out tiny")).expect(2);
    scratch.run("freeze tiny/records.csv --to tiny --problem bin-packing --set capacity=9").expect(2);
}

#[test]
fn environment_says_what_a_terminal_shows() {
    if !Path::new("/usr/bin/script").exists() {
        return;
    }
    let scratch = Scratch::with_tiny();
    let line = format!("run {BEST_FOR_FIRST}");
    let quiet = format!("{line} 2>/dev/null");
    for plain in ["TERM=dumb", "CLICOLOR=0"] {
        assert!(!at_terminal(&scratch, plain, &quiet).contains(ESC), "{plain}");
    }
    assert!(!at_terminal(&scratch, "TERM=dumb", &line).contains(ESC), "a line can't be written over there");
    let link = "\u{1b}]8;;file:///";
    assert!(at_terminal(&scratch, "VTE_VERSION=7600", &quiet).contains(link));
    assert!(!at_terminal(&scratch, "", &quiet).contains(link));
    let mut piped = scratch.command();
    piped.args(line.split(' ')).env("CLICOLOR_FORCE", "1");
    assert!(crate::support::Ran::of(&mut piped).expect(0).stdout.contains("\u{1b}[1;32m"));
}

#[test]
fn quiet_prints_errors_alone() {
    let scratch = Scratch::with_tiny();
    for line in [format!("run {BEST_FOR_FIRST} -q"), "jobs --quiet".to_owned(), "verify tiny -q".to_owned()] {
        let ran = scratch.run(&line).expect(0);
        assert!(ran.stdout.is_empty() && ran.stderr.is_empty(), "{ran}");
    }
    scratch
        .run("gate --dataset tiny --stable first-fit --candidate first-fit --competitive-ratio 1 -q")
        .expect(3);
    scratch.run("verify missing -q").expect(4).says(&["missing"]);
    let result = scratch.run(&format!("run {BEST_FOR_FIRST} -q --json")).expect(0).json();
    assert_eq!(result["outcome"], "pass");
    scratch.run("jobs -q -v").expect(2).says(&["--quiet", "--verbose"]);
}

#[test]
fn verbose_tells_each_step_with_its_time() {
    let scratch = Scratch::with_tiny();
    let ran = scratch.run(&format!("run {BEST_FOR_FIRST} -v --orders 3 --latency-increase 900% --budget 2s"));
    assert!(matches!(ran.code, Some(0 | 5)), "{ran}");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let steps: Vec<&str> =
        lines.iter().filter_map(|line| line.split_once(" s  ")).map(|(_, step)| step).collect();
    assert_eq!(steps.len(), lines.len(), "{ran}");
    for step in ["reference", "replaying 24 records", "replayed", "orders", "latency", "times: 1 replicate, "]
    {
        assert!(steps.iter().any(|found| found.starts_with(step)), "no {step:?} in {ran}");
    }
    let times = lines
        .iter()
        .map(|line| line.split_once(" s  ").and_then(|(time, _)| time.trim().parse::<f64>().ok()));
    let times: Vec<f64> = times.map(|time| time.expect("a time")).collect();
    assert!(times.is_sorted(), "{ran}");
    let same = scratch.run(&format!("run {BEST_FOR_FIRST}")).expect(0);
    assert!(same.stderr.is_empty(), "{same}");
}

#[test]
fn freezing_shows_that_it_goes_on() {
    let scratch = Scratch::new();
    scratch.write("a.csv", "k,v\na,1\n");
    assert!(scratch.run("freeze a.csv --to a").expect(0).stderr.is_empty());
    let told = scratch.run("freeze a.csv --to b -v").expect(0).stderr;
    assert!(told.trim_end().ends_with(" s  freezing"), "{told}");
}

#[test]
fn with_json_errors_are_json_too() {
    let scratch = Scratch::with_tiny();
    let error = |line: &str, code: i32| -> serde_json::Value {
        let ran = scratch.run(line).expect(code);
        assert!(ran.stdout.is_empty(), "{ran}");
        let error: serde_json::Value =
            serde_json::from_str(&ran.stderr).unwrap_or_else(|why| panic!("{why}: {ran}"));
        assert_eq!(error["schema"], "counterpoint.error/1");
        assert_eq!(error["exit_code"], code);
        error
    };
    let missing = error("--json verify missing", 4);
    assert!(missing["error"].as_str().is_some_and(|text| text.contains("missing")), "{missing}");
    let wrong = error("run --json --stabel first-fit", 2);
    assert!(wrong["error"].as_str().is_some_and(|text| text.contains("--stabel")), "{wrong}");
    assert!(wrong["hint"].as_str().is_some_and(|text| text.contains("--stable")), "{wrong}");
    let hinted = error("run --json --dataset tiny --stable fist-fit --candidate best-fit", 2);
    assert!(hinted["hint"].is_string(), "{hinted}");
    // A name in an error does a terminal no harm.
    let hostile = Scratch::new();
    let ran = hostile.run_args(&["--json", "verify", "a\u{1b}[31m\u{202e}b"]).expect(4);
    assert!(!ran.stderr.contains(['\u{1b}', '\u{202e}']), "{ran}");
    // Help is help.
    scratch.run("run --json --help").expect(0).prints(&["Usage:"]);
}
