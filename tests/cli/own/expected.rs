//! Rows that are known to differ.

use super::clicks;
use crate::support::{list, number, text};

const RULE: &str =
    "\n[[expected]]\nwhere = \"hour = 10 and user = 'b'\"\nwhy = \"v2 drops what comes late\"\n";

#[test]
fn expected_rows_are_left_out_and_counted() {
    let scratch = clicks();
    let file = scratch.read("e.toml");
    scratch.write("e.toml", format!("{file}{RULE}until = 2999-12-31\n"));
    scratch.run("gate e.toml --out out").expect(0).prints(&["expected where hour = 10 and user = 'b'"]);
    let results = scratch.json("out/results.json");
    let rule = &list(&results["expected"])[0];
    let counts = ["rows", "stable", "candidate", "changed"].map(|name| number(&rule[name]));
    assert_eq!((counts, text(&rule["until"])), ([1, 0, 1, 1], "2999-12-31"));
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schemas/results.schema.json");
    let schema = std::fs::read_to_string(schema).expect("the schema");
    let schema = serde_json::from_str(&schema).expect("JSON");
    jsonschema::draft202012::validate(&schema, &results).expect("results hold to their schema");
    assert_eq!(number(&results["candidate"]["answer"]["table"]["divergence"]["equal"]), 3);
    let page = scratch.read("out/report.html");
    assert!(page.contains("Expected to differ") && page.contains("v2 drops what comes late"));
    assert!(!page.contains("the rule can go"));
}

#[test]
fn a_rule_whose_day_is_over_fails() {
    let scratch = clicks();
    let file = scratch.read("e.toml").replace("v2.awk", "v1.awk");
    scratch.write("e.toml", format!("{file}{RULE}until = \"2001-01-01\"\n"));
    scratch.run("gate e.toml").expect(3).prints(&["was good until 2001-01-01", "no rule past its day"]);
}

#[test]
fn a_rule_that_nobody_needs_is_said_to_be_idle() {
    let scratch = clicks();
    let file = scratch.read("e.toml").replace("v2.awk", "v1.awk");
    scratch.write("e.toml", format!("{file}{RULE}"));
    scratch
        .run("gate e.toml --out out")
        .expect(0)
        .prints(&["nothing differs where hour = 10 and user = 'b'"]);
    assert!(scratch.read("out/report.html").contains("the rule can go"));
}

#[test]
fn a_rule_that_cannot_be_read_is_2() {
    let scratch = clicks();
    let file = scratch.read("e.toml");
    for (rule, what) in [
        ("where = \"hour == 10\"\nwhy = \"x\"", "[[expected]] 1: where: expected a column"),
        ("where = \"hour = 10\"\nwhy = \" \"", "why is empty"),
        ("where = \"our = 10\"\nwhy = \"x\"", "no answer has a column 'our'"),
        ("where = \"hour = 10\"\nwhy = \"x\"\nuntil = \"soon\"", "'soon' is not a day"),
        ("where = \"hour = 10\"", "missing field `why`"),
    ] {
        scratch.write("e.toml", format!("{file}\n[[expected]]\n{rule}\n"));
        scratch.run("gate e.toml").expect(2).says(&[what]);
    }
}
