//! Wrong experiments and broken truths, each with its own exit code and a cure.

use super::{EXPERIMENT, clicks};

/// Replaces a line of the experiment.
fn changed(from: &str, to: &str) -> String {
    assert!(EXPERIMENT.contains(from), "{from}");
    EXPERIMENT.replacen(from, to, 1)
}

#[test]
fn an_experiment_that_contradicts_itself_is_2() {
    let scratch = clicks();
    let truth = "command = [\"awk\", \"-f\", \"truth.awk\"]";
    for (file, what, hint) in [
        (changed(truth, ""), "has a problem of its own, and no [reference]", "truth.py"),
        (changed(truth, "file = \"t.csv\"\nbounds = [1, 2]"), "[reference] names file and bounds", "one of"),
        (changed(truth, "bounds = [1, 2]"), "the answer is a table, which has no bounds", "sql"),
        (changed(truth, &format!("{truth}\nblake3 = \"00\"")), "blake3 goes with file", "leave it out"),
        #[cfg(not(feature = "spark"))]
        (
            changed(truth, "sql = \"SELECT 1\"\nspark = \"sc://localhost\""),
            "built without Spark Connect",
            "--features spark",
        ),
        (
            changed(truth, &format!("{truth}\nspark = \"sc://localhost\"")),
            "spark goes with sql",
            "leave it out",
        ),
        (changed(truth, "command = []"), "without a program", "truth.py"),
        (changed("key = [\"hour\", \"user\"]\n", ""), "[problem] has no key", "key ="),
        (changed("key = [\"hour\", \"user\"]", "key = [\"hour\", \"hour\"]"), "names hour twice", "once"),
        (changed("n = \"exact\"", "user = \"ignore\""), "has a rule for user, which names a row", "key"),
        (changed("n = \"exact\"", "m = \"exact\""), "no answer has a column 'm'", ""),
        (changed("n = \"exact\"", "n = \"exakt\""), "unknown rule \"exakt\"", ""),
        (changed("answer = \"table\"", "answer = \"tables\""), "tables", ""),
        (
            changed("answer = \"table\"", "answer = \"table\"\nminimise = \"x\""),
            "gives a table a cost",
            "decisions",
        ),
        (changed("output = \"emit\"", "output = \"reply\""), "replies to each record", "emit"),
        (changed("output = \"emit\"", "output = \"emit\"\nwindow = 5"), "has a window", "reply"),
        (changed("output = \"emit\"", "window = 5"), "has a window, and gives rows", "leave window out"),
        (
            changed("dataset =", "architecture = \"lambda\"\ndataset ="),
            "can't be merged",
            "architecture = \"kappa\"",
        ),
        (
            changed("answer = \"table\"", "answer = \"table\"\ncwd = \".\""),
            "no checker that works there",
            "leave cwd",
        ),
        (changed("output = \"emit\"", "mode = \"retract\""), "names no sign", "op"),
        (changed("output = \"emit\"", "leave_out = \"n = 1\""), "is not closed", "close"),
        (changed("output = \"emit\"", "unclosed = \"our\""), "has no column 'our'", "did you mean"),
        (changed("output = \"emit\"", "env = [\"COUNTERPOINT_X=1\"]"), "is not free", "NAME"),
        (changed("output = \"emit\"", "cwd = \"nowhere\""), "is no folder", "seen from"),
        (changed("divergence = 0", "late = 0"), "late", ""),
        (
            changed("divergence = 0", "latency_increase = \"5%\""),
            "has no time a record",
            "throughput_decrease",
        ),
    ] {
        scratch.write("e.toml", &file);
        let ran = scratch.run("gate e.toml");
        assert_eq!(ran.code, Some(2), "{what}: {ran}");
        let ran = ran.says(&[what]);
        if !hint.is_empty() {
            ran.hints(hint);
        }
    }
}

#[test]
fn a_tolerance_on_a_text_is_2() {
    let scratch = clicks();
    scratch.write("truth.awk", "BEGIN { print \"hour,user,n,amount\\n10,a,2,much\" }");
    scratch
        .run("gate e.toml")
        .expect(2)
        .says(&["amount has a tolerance, and holds the text 'much'"])
        .hints("numbers");
}

#[test]
fn a_truth_that_cannot_be_had_is_named() {
    let scratch = clicks();
    for (script, code, what) in [
        ("BEGIN { exit 3 }", 4, "it ended with exit status: 3"),
        ("BEGIN { print \"no luck\" > \"/dev/stderr\"; exit 1 }", 4, "its stderr ends with: no luck"),
        ("BEGIN { }", 4, "the file is empty"),
        ("BEGIN { print \"hour,user,n\\n10,a,2\" }", 4, "the reference has no column 'amount'"),
        (
            "BEGIN { print \"hour,n,amount\\n10,2,1\" }",
            4,
            "the reference has no column 'user', which names its rows",
        ),
        (
            "BEGIN { print \"hour,user,n,amount\\n1,a,1,1\\n1,a,1,1\" }",
            4,
            "rows 1 and 2 have the same key '1,a'",
        ),
        ("BEGIN { print \"hour,user,n,amount\\n1,a\" }", 4, "its output"),
    ] {
        scratch.write("truth.awk", script);
        scratch.run("gate e.toml").expect(code).says(&[what]);
    }
    scratch.write("e.toml", changed("[\"awk\", \"-f\", \"truth.awk\"]", "[\"no-such-program\"]"));
    scratch.run("gate e.toml").expect(2).says(&["no program 'no-such-program' on the PATH"]);
    scratch.write("truth.awk", "BEGIN { while (1) { } }");
    scratch.write("e.toml", changed("\"truth.awk\"]", "\"truth.awk\"]\ntimeout = \"300ms\""));
    scratch.run("gate e.toml").expect(4).says(&["it has not ended within"]);
}

#[test]
fn a_truth_for_another_dataset_is_4() {
    let scratch = clicks();
    scratch.write("truth.csv", "hour,user,n,amount\n");
    let file = "file = \"truth.csv\"\ndataset_blake3 = \"0123\"";
    scratch.write("e.toml", changed("command = [\"awk\", \"-f\", \"truth.awk\"]", file));
    scratch.run("gate e.toml").expect(4).says(&["the answer for the dataset with hash 0123"]);
}

#[test]
fn a_file_that_leads_out_of_the_folder_through_a_link_is_4() {
    let scratch = clicks();
    std::fs::create_dir(scratch.path("inner")).expect("a folder");
    scratch.write("truth.csv", "hour,user,n,amount\n");
    std::os::unix::fs::symlink("../truth.csv", scratch.path("inner/truth.csv")).expect("a link");
    scratch
        .write("inner/e.toml", changed("command = [\"awk\", \"-f\", \"truth.awk\"]", "file = \"truth.csv\""));
    scratch.run("gate inner/e.toml").expect(4).says(&["leads through a link to"]);
}

#[test]
fn answers_that_break_the_protocol_name_the_row() {
    let scratch = clicks();
    let header = "BEGIN { print \"hour,user,n,amount\"; fflush() }";
    for (script, what) in [
        (format!("{header} NR == 3 {{ print \"10,a,1\" }}"), "10,a,1"),
        (format!("{header} NR == 3 {{ print \"10,a,1,1\"; print \"10,a,2,2\" }}"), "10"),
        (format!("{header} NR == 4 {{ exit 1 }}"), "exit status: 1"),
        ("BEGIN { print \"hour,user,hour\"; fflush() } { }".to_owned(), "hour"),
    ] {
        scratch.write("v2.awk", &script);
        scratch.run("gate e.toml").expect(4).says(&["candidate", what]);
    }
}

#[test]
fn a_dataset_without_a_problem_asks_for_one() {
    let scratch = clicks();
    scratch
        .run("run --dataset data/clicks --stable a --candidate b")
        .expect(2)
        .says(&["is for none"])
        .hints("[problem]");
}
