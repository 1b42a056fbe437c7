//! `compare`: answers of runs, and tables with keys.

use crate::support::{Scratch, list, number, text};

fn check(left: &str, right: &str, key: &str, counts: [u64; 4]) {
    let scratch = Scratch::new();
    let name = |text: &str, stem: &str| {
        let extension = if text.contains('{') { "jsonl" } else { "csv" };
        let name = format!("{stem}.{extension}");
        scratch.write(&name, text);
        name
    };
    let (left, right) = (name(left, "left"), name(right, "right"));
    let code = if counts[..3] == [0, 0, 0] { 0 } else { 3 };
    let json = scratch.run(&format!("compare {left} {right} --key {key} --json")).expect(code).json();
    let found = ["missing", "extra", "changed", "equal"].map(|key| number(&json["rows"][key]));
    assert_eq!(found, counts, "{left} {right}: {json}");
    let people = scratch.run(&format!("compare {left} {right} --key {key}")).expect(code);
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
    check("k,v\na,1\n", "k,v\na,1.0\n", "k", [0, 0, 0, 1]);
    check("k,v\na,1\n", "k,v\na,01\n", "k", [0, 0, 1, 0]);
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
fn numbers_are_compared_digit_by_digit() {
    let row = |total: &str| format!("{{\"id\":\"a\",\"total\":{total}}}\n{{\"id\":\"b\",\"total\":5}}\n");
    check(&row("18446744073709551617"), &row("18446744073709551618"), "id", [0, 0, 1, 1]);
    check(&row("0.1000000000000000000001"), &row("0.1"), "id", [0, 0, 1, 1]);
    check(&row("1e400"), &row("1e400"), "id", [0, 0, 0, 2]);
    check(&row("{\"n\":[9007199254740993]}"), &row("{\"n\":[9007199254740992]}"), "id", [0, 0, 1, 1]);
    check(&row("{\"n\": 1, \"m\": 2}"), &row("{\"m\":2,\"n\":1}"), "id", [0, 0, 0, 2]);
    check("id,total\na,18446744073709551617\nb,5\n", &row("18446744073709551617"), "id", [0, 0, 0, 2]);
    // As keys, too.
    let keyed = |key: &str| format!("{{\"id\":{key}}}\n");
    check(&keyed("18446744073709551617"), &keyed("18446744073709551618"), "id", [1, 1, 0, 0]);
    check(&keyed("1"), &keyed("\"1\""), "id", [1, 1, 0, 0]);
    check("id\n1\n", &keyed("\"1\""), "id", [0, 0, 0, 1]);
}

#[test]
fn types_are_kept_apart() {
    let row = |code: &str| format!("{{\"id\":\"a\"{code}}}\n{{\"id\":\"b\",\"code\":\"x\"}}\n");
    let codes = [
        "",
        ",\"code\":null",
        ",\"code\":\"null\"",
        ",\"code\":\"\"",
        ",\"code\":1",
        ",\"code\":\"1\"",
        ",\"code\":true",
        ",\"code\":\"true\"",
        ",\"code\":[]",
        ",\"code\":\"[]\"",
    ];
    for (left, right) in [(0, 1), (0, 3), (1, 2), (1, 3), (4, 5), (6, 7), (8, 9)] {
        check(&row(codes[left]), &row(codes[right]), "id", [0, 0, 1, 1]);
        check(&row(codes[left]), &row(codes[left]), "id", [0, 0, 0, 2]);
    }
    // CSV has texts only: an empty one is neither null nor a field that isn't there.
    let csv = |code: &str| format!("id,code\na,{code}\nb,x\n");
    for (code, same) in [(0, false), (1, false), (3, true)] {
        check(&csv(""), &row(codes[code]), "id", if same { [0, 0, 0, 2] } else { [0, 0, 1, 1] });
    }
    check(&csv("null"), &row(codes[1]), "id", [0, 0, 1, 1]);
    check(&csv("true"), &row(codes[6]), "id", [0, 0, 0, 2]);
}

#[test]
fn json_has_the_rows_and_the_exit_code_says_that_there_are_any() {
    let scratch = Scratch::new();
    scratch.write("left.csv", "id,n\na,1\nb,2\nc,3\n");
    scratch.write("right.csv", "id,n\na,1\nb,9\nd,4\n");
    scratch.write("renamed.csv", "id,m\na,1\nb,2\nc,3\n");
    let ran = scratch.run("compare left.csv right.csv --key id --json").expect(3).json();
    assert_eq!(text(&ran["outcome"]), "different");
    let keys =
        ["missing", "extra", "changed"].map(|kind| text(&list(&ran["differing"][kind])[0]["key"][0]["text"]));
    assert_eq!(keys, ["c", "d", "b"]);
    let field = &ran["differing"]["changed"][0]["fields"][0];
    assert_eq!(
        [text(&field["column"]), text(&field["left"]["text"]), text(&field["right"]["text"])],
        ["n", "2", "9"]
    );
    scratch.run("compare left.csv right.csv --key id --noise left.csv").expect(3);
    let renamed = scratch.run("compare left.csv renamed.csv --key id").expect(3);
    assert!(
        renamed.stdout.contains("column missing: n") && renamed.stdout.contains("column extra: m"),
        "{renamed}"
    );
    scratch.run("compare left.csv renamed.csv --key id --noise left.csv").expect(3);
    let equal = scratch.run("compare left.csv left.csv --key id --json").expect(0).json();
    assert_eq!(text(&equal["outcome"]), "equal");
    // What two runs of the left differ in as much is no difference.
    scratch.write("again.csv", "id,n\na,1\nb,7\nc,3\n");
    scratch.write("noisy.csv", "id,n\na,1\nb,8\nc,3\n");
    let noisy = scratch.run("compare left.csv noisy.csv --key id --noise again.csv --json").expect(0).json();
    assert_eq!(text(&noisy["outcome"]), "within-noise");
}

#[test]
fn long_values_and_many_rows_are_cut_with_their_number_said() {
    let scratch = Scratch::new();
    let long = "x".repeat(1 << 19);
    let row = |value: &str| format!("{{\"id\":\"{long}\",\"v\":\"{long}{value}\"}}\n");
    scratch.write("left.jsonl", row("1"));
    scratch.write("right.jsonl", row("2"));
    for flags in ["", "--json"] {
        let ran = scratch.run(&format!("compare left.jsonl right.jsonl --key id {flags}")).expect(3);
        assert!(ran.stdout.len() < 4000, "{} bytes", ran.stdout.len());
        assert!(ran.stdout.contains("524289") && ran.stdout.contains("524288"), "{}", ran.stdout);
    }
    let rows = |from: u32| (from..from + 2000).fold("id\n".to_owned(), |rows, id| rows + &format!("{id}\n"));
    scratch.write("left.csv", rows(0));
    scratch.write("right.csv", rows(10_000));
    let json = scratch.run("compare left.csv right.csv --key id --json --limit 1000").expect(3).json();
    assert_eq!(number(&json["rows"]["missing"]), 2000);
    assert_eq!(list(&json["differing"]["missing"]).len(), 1000);
    let people = scratch.run("compare left.csv right.csv --key id").expect(3);
    for said in ["(20 of 2000 rows missing)", "(20 of 2000 rows extra)"] {
        assert!(people.stdout.contains(said), "{people}");
    }
    assert!(!scratch.run("compare left.csv right.csv --key id --limit 0").expect(3).stdout.contains("  - "));
}

#[test]
fn rows_may_have_fields_of_their_own() {
    // Each line has a field that no other has, so the table has as many columns as rows.
    let lines = |value: u32| {
        (0..4000).fold(String::new(), |lines, id| lines + &format!("{{\"id\":{id},\"f{id}\":{value}}}\n"))
    };
    check(&lines(1), &lines(1), "id", [0, 0, 0, 4000]);
    check(&lines(1), &lines(2), "id", [0, 0, 4000, 0]);
    let wide = |value: u32| {
        let fields =
            (0..80_000).fold("{\"id\":1".to_owned(), |line, field| line + &format!(",\"f{field}\":{value}"));
        fields + "}\n"
    };
    check(&wide(1), &wide(2), "id", [0, 0, 1, 0]);
}

#[test]
fn keys_that_print_alike_are_told_apart() {
    let scratch = Scratch::new();
    scratch.write("left.csv", "k,v\ncaf\u{e9},1\nna\u{ef}ve,1\n");
    scratch.write("right.csv", "k,v\ncafe\u{301},1\nna\u{ef}ve,2\n");
    let ran = scratch.run("compare left.csv right.csv --key k").expect(3);
    for line in [r"  - caf\u{e9}", r"  + cafe\u{301}", "  ~ na\u{ef}ve: v 1 -> 2"] {
        assert!(ran.stdout.lines().any(|said| said == line), "{line}\n{ran}");
    }
    let json = scratch.run("compare left.csv right.csv --key k --json").expect(3).json();
    assert_eq!(text(&list(&json["differing"]["extra"])[0]["key"][0]["text"]), "cafe\u{301}");
}

#[test]
fn only_regular_files_are_read() {
    let scratch = Scratch::new();
    scratch.write("good.csv", "k\n1\n");
    assert_eq!(scratch.shell("mkfifo pipe.csv pipe.jsonl").code, Some(0));
    for name in ["pipe.csv", "pipe.jsonl", "/dev/zero"] {
        scratch
            .run(&format!("compare {name} good.csv --key k"))
            .expect(4)
            .says(&[name, "not a regular file"]);
    }
}

#[test]
fn answers_of_runs_have_a_key_already() {
    let scratch = Scratch::with_tiny();
    for job in ["first-fit", "best-fit"] {
        scratch.run(&format!("replay tiny --job {job} --out {job}")).expect(0);
    }
    let compared = |left: &str, right: &str| {
        let line = format!("compare {left}/answers/answer.csv {right}/answers/answer.csv --json");
        let code = if left == right { 0 } else { 3 };
        let json = scratch.run(&line).expect(code).json();
        ["missing", "extra", "changed", "equal"].map(|key| number(&json["rows"][key]))
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
    check_refused("{\"k\":1}\n[1]\n", good, "--key k", 4, &["left.jsonl line 2", "an object"]);
    check_refused("{\"k\":1,\"v\":[[[1,]]]}\n", good, "--key k", 4, &["left.jsonl line 1"]);
    check_refused("{\"k\":1,\"v\":{\"a\":1,\"a\":2}}\n", good, "--key k", 4, &["left.jsonl line 1", "'a'"]);
    // The last of two equal keys would win silently.
    check_refused("{\"k\":1,\"v\":2,\"v\":3}\n", good, "--key k", 4, &["left.jsonl line 1", "v"]);
    let scratch = Scratch::new();
    scratch.write("right.csv", good);
    scratch.run("compare missing.csv right.csv --key k").expect(4).says(&["missing.csv"]);
    scratch.run("compare right.csv missing.jsonl --key k").expect(4).says(&["missing.jsonl"]);
    scratch.write("latin.jsonl", b"{\"k\":1}\n{\"k\":\"\xe9\"}\n");
    scratch.run("compare right.csv latin.jsonl --key k").expect(4).says(&["latin.jsonl line 2", "UTF-8"]);
    scratch.write("latin.csv", b"k,v\na,\xe9\n");
    scratch.run("compare right.csv latin.csv --key k").expect(4).says(&["latin.csv"]);
}
