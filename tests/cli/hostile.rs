//! Text from files and command lines that would do harm where it is shown: markup, and escapes of the terminal.

use crate::support::{Ran, Scratch, text, without_script};

/// A name that is markup, moves the cursor, sets a title, rings and turns the reading direction.
const NAME: &str = "<script>alert(1)</script>\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\"'&\r\nnext";

/// Nothing that a terminal would act on, but line ends.
fn check_harmless(ran: &Ran) {
    for (stream, shown) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        let harmful = shown.chars().find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}');
        assert_eq!(harmful, None, "{stream}: {ran}");
        assert!(!shown.lines().any(|line| line.starts_with("next")), "{stream}: {ran}");
    }
}

#[test]
fn a_datasets_name_is_shown_harmless_everywhere() {
    let scratch = Scratch::new();
    scratch.write("items.csv", "size\n4\n3\n7\n");
    check_harmless(
        &scratch
            .run_args(&[
                "freeze",
                "items.csv",
                "--to",
                "data",
                "--problem",
                "bin-packing",
                "--set",
                "capacity=10",
                "--name",
                NAME,
            ])
            .expect(0),
    );
    for line in [
        "verify data",
        "batch data",
        "batch data --json",
        "replay data --job first-fit",
        "run --dataset data --stable first-fit --candidate best-fit --out out",
        "gate --dataset data --stable first-fit --candidate best-fit --json",
        "report out",
    ] {
        check_harmless(&scratch.run(line).expect(0));
    }
    // Programs get the name as it is.
    assert_eq!(text(&scratch.json("out/results.json")["dataset"]["name"]), NAME);
    check_page(&without_script(&scratch.read("out/report.html")));
}

fn check_page(page: &str) {
    assert!(!page.contains("<script"), "markup in the page");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the name is not shown");
    // Tabs part the values of a chart's points; those of a name are written as \u{9}.
    let harmful = page.chars().find(|&c| (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{202e}');
    assert_eq!(harmful, None, "a control character in the page");
}

#[test]
fn a_forged_run_is_rendered_harmless() {
    let scratch = Scratch::with_tiny();
    scratch.run("run --dataset tiny --stable first-fit --candidate best-fit --out out").expect(0);
    let evil = r#""</style><script>alert(1)</script>\u001b[2J<img src=x onerror=alert(1)>""#;
    for from in [
        "\"bins\"",
        "\"best-fit\"",
        "\"l1\"",
        "\"tiny\"",
        "\"offline-packing\"",
        "\"bin-packing\"",
        "\"recorded\"",
    ] {
        let whole = scratch.read("out/results.json");
        scratch.edit("out/results.json", from, evil);
        check_harmless(&scratch.run("report out").expect(0));
        let page = without_script(&scratch.read("out/report.html"));
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{1b}'), "{from}");
        scratch.write("out/results.json", whole);
    }
    scratch.edit("out/timings.json", "\"pace\": \"max\"", &format!("\"pace\": {evil}"));
    scratch.edit("out/experiment.toml", "job = \"best-fit\"", "job = '<script>alert(1)</script>'");
    scratch.run("report out").expect(0);
    let page = without_script(&scratch.read("out/report.html"));
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{1b}'));
}

#[test]
fn values_of_bad_files_are_shown_harmless() {
    let scratch = Scratch::with_tiny();
    for content in
        [format!("size\n\"{}\"\n", NAME.replace('"', "")), format!("\"{}\"\n1\n", NAME.replace('"', ""))]
    {
        scratch.write("items.csv", content);
        check_harmless(
            &scratch.run("freeze items.csv --to data --problem bin-packing --set capacity=9").expect(4),
        );
    }
    // A column that is only left out is named as well.
    scratch.write("items.csv", format!("size,\"{0}\",\"{0}\"\n1,2,3\n", NAME.replace('"', "")));
    let ran = scratch.run("freeze items.csv --to data --problem bin-packing --set capacity=9").expect(0);
    check_harmless(&ran);
    assert!(ran.stderr.contains("left out"), "{ran}");
    scratch.edit("tiny/manifest.toml", "optimum", "\"\\u001b[2J\"");
    check_harmless(&scratch.run("verify tiny").expect(4));
    scratch.write("experiment.toml", "\"\\u001b[2J\\u202e\" = 1");
    check_harmless(&scratch.run("run experiment.toml").expect(2));
}

#[test]
fn arguments_are_shown_harmless() {
    let scratch = Scratch::with_tiny();
    let run = ["run", "--dataset", "tiny", "--stable", "first-fit", "--candidate", "best-fit"];
    let with = |more: &[&'static str]| [&run[..], more].concat();
    let jobs = ["run", "--dataset", "tiny", "--stable", "first-fit", "--candidate", NAME];
    check_harmless(&scratch.run_args(&jobs).expect(2));
    for args in [
        with(&["--order", NAME]),
        with(&["--pace", NAME]),
        with(&["--trigger", NAME]),
        with(&["--problem", NAME]),
        with(&["--set", NAME]),
        with(&["--set", "\u{1b}=1"]),
        with(&["--set", "capacity=\u{1b}"]),
        vec!["run", NAME],
        vec!["replay", "tiny", "--job", NAME],
        vec!["generate", NAME, "--records", "3", "--seed", "1", "--to", "new"],
        vec!["freeze", "tiny/records.csv", "--to", "new", "--format", NAME],
        vec![
            "freeze",
            "tiny/records.csv",
            "--to",
            "new",
            "--problem",
            "bin-packing",
            "--set",
            "capacity=\u{1b}",
        ],
        vec![
            "freeze",
            "tiny/records.csv",
            "--to",
            "new",
            "--problem",
            "bin-packing",
            "--set",
            "capacity=9",
            "--column",
            "\u{1b}=x",
        ],
        vec!["compare", "tiny/records.csv", "tiny/records.csv", "--key", NAME],
    ] {
        check_harmless(&scratch.run_args(&args).expect(2));
    }
    for args in [["verify", NAME], ["batch", NAME], ["report", NAME]] {
        check_harmless(&scratch.run_args(&args).expect(4));
    }
    assert_eq!(scratch.names(""), ["tiny"]);
}

#[test]
fn what_the_argument_parser_refuses_is_shown_harmless() {
    let scratch = Scratch::with_tiny();
    for args in [
        vec!["\u{1b}[2J"],
        vec!["run", "--seed", "\u{1b}[2J"],
        vec!["run", "--latency-increase", "\u{1b}[2J"],
        vec!["run", "--\u{1b}[2J"],
        vec!["run", "--color", "\u{1b}[2J"],
    ] {
        check_harmless(&scratch.run_args(&args).expect(2));
    }
}

#[test]
fn paths_are_shown_harmless() {
    let scratch = Scratch::with_tiny();
    let folder = "<b>\u{1b}[2J\u{202e}";
    std::fs::rename(scratch.path("tiny"), scratch.path(folder)).expect("renamed");
    let out = "out\u{1b}[2J";
    let run = ["run", "--stable", "first-fit", "--candidate", "best-fit", "--dataset", folder, "--out", out];
    check_harmless(&scratch.run_args(&run).expect(0));
    let page = scratch.read(&format!("{out}/report.html"));
    assert!(!page.contains("<b>\u{1b}") && !page.contains('\u{1b}') && !page.contains('\u{202e}'));
    check_harmless(&scratch.run_args(&run).expect(2));
    check_harmless(&scratch.run_args(&["report", out]).expect(0));
    check_harmless(&scratch.run_args(&["verify", folder]).expect(0));
    check_harmless(&scratch.run_args(&["freeze", "x", "--to", folder]).expect(4));
}

#[test]
fn rows_of_tables_are_shown_harmless() {
    let scratch = Scratch::new();
    let name = NAME.replace('"', "");
    scratch.write("left.csv", format!("k,\"{name}\",v\n\"{name}\",1,1\nb,1,1\n"));
    scratch.write("right.csv", format!("k,v,\"x{name}\"\n\"{name}\",\"{name}\",1\n\"c{name}\",1,1\n"));
    check_harmless(&scratch.run("compare left.csv right.csv --key k").expect(3));
    check_harmless(&scratch.run("compare left.csv right.csv --key k --json").expect(3));
    scratch.write("left.csv", format!("k\n\"{name}\"\n\"{name}\"\n"));
    check_harmless(&scratch.run("compare left.csv right.csv --key k").expect(4));
}
