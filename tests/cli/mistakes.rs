//! Mistakes that users make, each with what they are told: what was expected, and the way on.

use crate::support::{BEST_FOR_FIRST, Scratch};

/// Lines in the wrong, each with a part of the error and of what follows it.
fn check(scratch: &Scratch, code: i32, lines: &[(&str, &str, &str)]) {
    for (line, error, hint) in lines {
        let before = scratch.state();
        let ran = scratch.run(line).expect(code).says(&[error]);
        if !hint.is_empty() {
            ran.hints(hint);
        }
        assert_eq!(scratch.state(), before, "{line}");
    }
}

#[test]
fn numbers_say_what_was_expected() {
    let scratch = Scratch::with_tiny();
    let run = format!("run {BEST_FOR_FIRST} --out out");
    let any = "a whole number from 0 is expected";
    for (flags, says) in [
        ("--seed abc", any),
        ("--seed -1", any),
        ("--seed=-1", any),
        ("--amplify 1.5", any),
        ("--amplify 5e9", "a whole number from 0 to 4294967295 is expected"),
        ("--max-batch 0", "a whole number from 1 to 4294967295 is expected"),
        ("--checkpoint-every 0", "a whole number from 1 to"),
        ("--orders many", any),
        ("--orders 1e-2", any),
        ("--competitive-ratio abc", "a number is expected, such as 1.1"),
        ("--view-age old", any),
    ] {
        scratch.run(&format!("{run} {flags}")).expect(2).says(&[says]);
    }
    for line in [
        "generate triplets --records 1k --seed 1 --to d",
        "generate triplets --records 501 --seed -1 --to d",
        "show tiny --rows all",
        "runs clean --keep -1",
        "freeze x.csv --to d --sample-seed x",
    ] {
        scratch.run(line).expect(2).says(&[any]);
    }
    scratch.run("replay tiny --job first-fit --kill 0").expect(2).says(&["a whole number from 1 to 10000"]);
    for (key, says) in [
        ("amplify = 1e6", "expected a whole number from 0 to 4294967295"),
        ("seed = 'abc'", "expected a whole number from 0"),
        ("max_batch = 0", "expected a whole number from 1 to 4294967295"),
    ] {
        scratch.write("e.toml", format!("replay.{key}\n"));
        scratch.run("run e.toml").expect(2).says(&["e.toml line 1", says]);
    }
    scratch.run(&format!("{run} --orders 1e1 --seed 4.2e1")).expect(0);
    assert_eq!(scratch.json("out/results.json")["orders"]["count"], 10);
    assert!(scratch.read("out/experiment.toml").contains("\nseed = 42\n"));
    scratch.run("generate triplets --records 6e0 --seed 1e3 --to d").expect(0);
    assert_eq!(scratch.read("d/records.csv").lines().count(), 7);
}

#[test]
fn what_is_missing_is_told_with_names_that_there_are() {
    let scratch = Scratch::with_tiny();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/data/clicks");
    scratch.write("jobs.toml", "stable.job = 'first-fit'\ncandidate.job = 'best-fit'\n");
    scratch.write("own.csv", "a,b\n1,2\n");
    scratch.run("freeze own.csv --to own").expect(0);
    check(
        &scratch,
        2,
        &[
            (
                "run --dataset tiny",
                "names no stable",
                "--stable next-fit to the command; jobs of bin-packing: next-fit,",
            ),
            ("run --dataset tiny --stable best-fit", "names no candidate", "--candidate first-fit"),
            ("run jobs.toml", "names no dataset", "'counterpoint freeze FILE --to FOLDER' makes one"),
            // There is no problem of which jobs could be named.
            ("run --dataset own", "names no stable", "stable.command = [...] is a program of your own"),
            ("run --dataset none", "names no stable", "'counterpoint jobs' lists"),
        ],
    );
    // Of its own problem, and not of bin packing.
    scratch
        .run(&format!("run --dataset {shipped}"))
        .expect(2)
        .hints("--stable per-record to the command; jobs of windowed-aggregation: per-record, per-trigger");
}

#[test]
fn names_that_nobody_knows_are_met_with_those_that_are() {
    let scratch = Scratch::with_tiny();
    scratch.write("items.csv", "weight\n40\n");
    scratch.write("sizes.csv", "size\n40\n");
    scratch.write("clicks.csv", "user,event_time\na,1\n");
    scratch.write("e.toml", "dataset = 'tiny'\nstable.job = 'first-fit'\ncandidate.job = 'best-fit'\n");
    let packing = "--to d --problem bin-packing --set capacity=150";
    let items = format!("freeze items.csv {packing} --column");
    let windows = "--to d --problem windowed-aggregation --set window=tumbling:1m";
    check(
        &scratch,
        2,
        &[
            (
                "freeze sizes.csv --to d --problem bin-packing --set capasity=150",
                "bin-packing has no parameter 'capasity'",
                "did you mean capacity?",
            ),
            (
                &format!("freeze sizes.csv {packing} --set foo=1"),
                "no parameter 'foo'",
                "expected one of: capacity",
            ),
            (&format!("{items} weight=size"), "has no column `weight`", "say '--column size=weight'"),
            (&format!("{items} sise=weight"), "has no column `sise`", "did you mean `size`?"),
            (&format!("{items} x=y"), "has no column `x`", "its columns: arrival_ms, size"),
            (
                "freeze clicks.csv --to d --time-zone Berlin",
                "no time zone `Berlin`",
                "did you mean `Europe/Berlin`?",
            ),
            ("freeze clicks.csv --to d --time-zone new-york", "no time zone", "`America/New_York`"),
        ],
    );
    check(
        &scratch,
        4,
        &[
            (
                &format!("freeze clicks.csv {windows}"),
                "no columns `event_time_ms`, `key`, `value`; found `user`, `event_time`",
                "`--column event_time_ms=event_time`; `key` is what it belongs to",
            ),
            ("gate e.toml --baseline items.csv", "items.csv is CSV, not a baseline", "--write-baseline"),
        ],
    );
}

#[test]
fn parameters_take_lengths_of_time() {
    let scratch = Scratch::new();
    scratch.write("clicks.csv", "event_time_ms,key,value\n0,a,1\n90000,b,2.5\n");
    let windows = "--problem windowed-aggregation";
    let ran = scratch.run(&format!("freeze clicks.csv --to bare {windows}")).expect(0);
    ran.notes(&["the dataset says no window: name it in each run, with --set window=VALUE"]);
    scratch.run(&format!("freeze clicks.csv --to set {windows} --set window=tumbling:1m")).expect(0);
    assert!(scratch.read("set/manifest.toml").contains("window = \"tumbling:60000\""));
    let jobs = "--stable per-record --candidate per-record";
    let run = |dataset: &str, set: &str, code| {
        let _ = std::fs::remove_dir_all(scratch.path("out"));
        scratch.run(&format!("run --dataset {dataset} {jobs} --out out {set}")).expect(code)
    };
    run("bare", "", 4).hints("--set window=VALUE");
    run("bare", "--set window=1m", 2).says(&["unknown windows '1m'", "such as tumbling:10000"]);
    run("bare", "--set window=tumbling:1m --set delay=1500us", 2).says(&["--set delay=1500us"]);
    for (dataset, set) in [("bare", "--set window=tumbling:1m --set delay=1s"), ("set", "--set delay=1000")] {
        run(dataset, set, 0);
        let toml = scratch.read("out/experiment.toml");
        assert!(toml.contains("window = \"tumbling:60000\"") && toml.contains("delay = 1000"), "{toml}");
        assert_eq!(scratch.read("out/answers/stable.csv").lines().count(), 3);
    }
}

#[test]
fn a_first_line_of_data_is_noted() {
    let scratch = Scratch::new();
    for (name, text, note) in [
        ("bare", "40\n50\n60\n", "`40` looks like data"),
        ("dates", "a,2026-02-03\nb,2026-02-04\n", "`2026-02-03` looks like data"),
        ("years", "country,2020,2021\nx,1,2\n", ""),
    ] {
        scratch.write(&format!("{name}.csv"), text);
        let ran = scratch.run(&format!("freeze {name}.csv --to {name}")).expect(0);
        assert!(!note.is_empty() || !ran.stderr.contains("looks like data"), "{ran}");
        ran.notes(&[note]);
    }
}

#[test]
fn standard_input_has_several_names() {
    let scratch = Scratch::new();
    for (name, folder) in [("-", "one"), ("/dev/stdin", "two")] {
        let line = format!("printf 'size\\n40\\n' | $COUNTERPOINT freeze {name} --to {folder}");
        scratch.shell(&line).expect(0);
        assert_eq!(scratch.read(&format!("{folder}/records.csv")), "size\n40\n");
    }
}

/// Nothing keeps the system's administrator from writing.
#[cfg(unix)]
#[test]
fn a_folder_that_is_closed_is_told_how_to_choose_another() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let scratch = Scratch::with_tiny();
    scratch.write("x.csv", "a\n1\n");
    fs::create_dir(scratch.path("closed")).expect("a folder");
    fs::set_permissions(scratch.path("closed"), fs::Permissions::from_mode(0o555)).expect("its owner's");
    if fs::write(scratch.path("closed/x"), "").is_ok() {
        return;
    }
    let run = format!("run {BEST_FOR_FIRST} --out closed/out");
    scratch.run(&run).expect(1).says(&["closed", "ermission denied"]).hints("with --out");
    scratch.run("freeze x.csv --to closed/d").expect(1).says(&["permission denied"]).hints("with --to");
}
