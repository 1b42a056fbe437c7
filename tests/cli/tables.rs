//! `compare`: answers of runs, and tables with keys.

use crate::support::{Scratch, number};

fn check(left: &str, right: &str, key: &str, counts: [u64; 4]) {
    let scratch = Scratch::new();
    let name = |text: &str, stem: &str| {
        let extension = if text.contains('{') { "jsonl" } else { "csv" };
        let name = format!("{stem}.{extension}");
        scratch.write(&name, text);
        name
    };
    let (left, right) = (name(left, "left"), name(right, "right"));
    let json = scratch.run(&format!("compare {left} {right} --key {key} --json")).expect(0).json();
    let found = ["missing", "extra", "changed", "equal"].map(|key| number(&json["divergence"][key]));
    assert_eq!(found, counts, "{left} {right}: {json}");
    let people = scratch.run(&format!("compare {left} {right} --key {key}")).expect(0);
    let [missing, extra, changed, equal] = counts;
    let line = format!("missing {missing}   extra {extra}   changed {changed}   equal {equal}");
    assert!(people.stdout.contains(&line), "{people}");
}

#[test]
fn rows_are_paired_by_their_key() {
    check("k,v\na,1\nb,2\nc,3\n", "k,v\nb,2\nc,4\nd,1\n", "k", [1, 1, 1, 1]);
    check("k,v\na,1\nb,2\n", "v,k\n2,b\n1,a\n", "k", [0, 0, 0, 2]);
    check("u,d,v\na,1,5\na,2,6\n", "u,d,v\na,1,5\na,3,6\n", "u,d", [1, 1, 0, 1]);
    check("k,v\n", "k,v\na,1\n", "k", [0, 1, 0, 0]);
    check("k,v\na,1\n", "k,v\na,1.0\n", "k", [0, 0, 1, 0]);
}

#[test]
fn jsonl_and_csv_are_compared_with_each_other() {
    let lines = "{\"k\":\"a\",\"v\":1}\n\n{\"v\":2,\"k\":\"b\"}\n";
    check(lines, lines, "k", [0, 0, 0, 2]);
    check("k,v\nb,2\na,9\n", lines, "k", [0, 0, 1, 1]);
    check(lines, "k,v\nb,2\n", "k", [1, 0, 0, 1]);
}

#[test]
fn line_ends_and_a_byte_order_mark_are_no_difference() {
    check("\u{feff}k,v\r\na,1\r\n", "k,v\na,1", "k", [0, 0, 0, 1]);
    check("\u{feff}{\"k\":1}\r\n{\"k\":2}\r\n", "{\"k\":1}\n{\"k\":2}", "k", [0, 0, 0, 2]);
}

#[test]
fn answers_of_runs_have_a_key_already() {
    let scratch = Scratch::with_tiny();
    for job in ["first-fit", "best-fit"] {
        scratch.run(&format!("replay tiny --job {job} --out {job}")).expect(0);
    }
    let compared = |left: &str, right: &str| {
        let line = format!("compare {left}/answers/answer.csv {right}/answers/answer.csv --json");
        let json = scratch.run(&line).expect(0).json();
        ["missing", "extra", "changed", "equal"].map(|key| number(&json["divergence"][key]))
    };
    assert_eq!(compared("first-fit", "first-fit"), [0, 0, 0, 12]);
    assert_eq!(compared("first-fit", "best-fit"), [0, 0, 4, 8]);
    scratch.run("compare first-fit best-fit").expect(2).says(&["first-fit", "folder"]).hints("answers/");
}

fn check_refused(left: &str, right: &str, flags: &str, code: i32, parts: &[&str]) {
    let scratch = Scratch::new();
    let extension = |text: &str| if text.contains('{') { "jsonl" } else { "csv" };
    let names = [format!("left.{}", extension(left)), format!("right.{}", extension(right))];
    scratch.write(&names[0], left);
    scratch.write(&names[1], right);
    let ran = scratch.run(&format!("compare {} {} {flags}", names[0], names[1])).expect(code).says(parts);
    assert!(ran.stdout.is_empty(), "{ran}");
}

#[test]
fn a_key_must_name_one_row() {
    let twice = "k,v\na,1\nb,1\na,2\n";
    check_refused(twice, "k,v\na,1\n", "--key k", 4, &["left.csv", "rows 1 and 3", "'a'"]);
    check_refused("k,v\na,1\n", twice, "--key k", 4, &["right.csv", "rows 1 and 3", "'a'"]);
    check_refused("k,v\na,1\n", "k,v\na,1\n", "", 2, &["key"]);
    check_refused("k,v\na,1\n", "k,v\na,1\n", "--key w", 2, &["left.csv", "'w'"]);
    check_refused("k,v\na,1\n", "v\n1\n", "--key k", 2, &["right.csv", "'k'"]);
}

#[test]
fn what_is_no_table_is_4() {
    let good = "k,v\na,1\n";
    check_refused("", good, "--key k", 4, &["left.csv", "empty"]);
    check_refused(good, "k,v\na,1,2\n", "--key k", 4, &["right.csv", "line"]);
    check_refused(good, "k,k\na,1\n", "--key k", 4, &["right.csv line 1", "'k'"]);
    check_refused("{\"k\":1}\n{\"k\":\n", good, "--key k", 4, &["left.jsonl line 2"]);
    check_refused("{\"k\":1}\n{\"j\":1}\n", good, "--key k", 4, &["left.jsonl line 2", "'k'"]);
    check_refused("{\"k\":1}\n{\"k\":1,\"v\":2}\n", good, "--key k", 4, &["left.jsonl line 2"]);
    // The last of two equal keys would win silently.
    check_refused("{\"k\":1,\"v\":2,\"v\":3}\n", good, "--key k", 4, &["left.jsonl line 1", "v"]);
    let scratch = Scratch::new();
    scratch.write("right.csv", good);
    scratch.run("compare missing.csv right.csv --key k").expect(4).says(&["missing.csv"]);
    scratch.run("compare right.csv missing.jsonl --key k").expect(4).says(&["missing.jsonl"]);
    scratch.write("latin.csv", b"k,v\na,\xe9\n");
    scratch.run("compare right.csv latin.csv --key k").expect(4).says(&["latin.csv"]);
}
