//! Decisions: compared as rows, or with a cost that a checker recomputes.

use super::clicks;
use crate::support::{Scratch, number, real, text};

/// Items of 1 to 6 into bins of 6, by a checker in awk.
const CHECK: &str = r#"BEGIN { FS = "," }
NR > 1 { room[$1] += $2; if (room[$1] > 6 && !bad) { bad = 1; printf "{\"problem\": \"bin %d is overfull\", \"record\": %d}", $1, NR - 2 } }
END { if (!bad) { for (bin in room) bins++; printf "{\"cost\": %d}", bins } }
"#;

/// Next fit: a new bin when an item doesn't fit into the last.
const NEXT: &str = "read header; echo $header; bin=0; room=0
while read size; do
    if [ $((room + size)) -gt 6 ]; then bin=$((bin + 1)); room=0; fi
    room=$((room + size)); echo $bin
done
";

/// Reads the header, which it sends back, and says something of each record.
fn replying(each: &str) -> String {
    format!(
        "read header; echo $header; n=0; while IFS=, read hour user amount; do {each}; n=$((n + 1)); done"
    )
}

fn packing() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("items.csv", "size\n4\n3\n2\n3\n");
    scratch.run("freeze items.csv --to data/items").expect(0);
    scratch.write("check.awk", CHECK);
    scratch.write("next.sh", NEXT);
    scratch.write("own.sh", replying("echo $n"));
    scratch.write(
        "e.toml",
        "dataset = 'data/items'\n[problem]\nname = 'packing'\nanswer = 'decisions'\nminimise = 'bins'\n\
         checker = ['awk', '-f', 'check.awk']\n[reference]\nbounds = [2, 2]\n[stable]\ncommand = ['sh', 'next.sh']\n\
         [candidate]\ncommand = ['sh', 'own.sh']\n[gate]\ncompetitive_ratio = 1.5\n",
    );
    scratch
}

#[test]
fn a_checker_gives_the_cost_and_with_bounds_a_ratio() {
    let scratch = packing();
    scratch.run("gate e.toml --out out").expect(3).prints(&["competitive_ratio"]);
    let results = scratch.json("out/results.json");
    let cost = |role: &str| number(&results[role]["cost"]["value"]);
    // Next fit: 4 | 3 2 | 3; a bin each: 4.
    assert_eq!((cost("stable"), cost("candidate")), (3, 4));
    let ratio = &results["candidate"]["cost"]["competitive_ratio"];
    assert_eq!((real(&ratio["low"]), real(&ratio["high"])), (2.0, 2.0));
    assert_eq!(text(&results["reference"]["kind"]), "exact");
    assert!(results["objective"]["minimise"] == "bins");
    scratch.edit("e.toml", "own.sh", "next.sh");
    scratch.run("gate e.toml").expect(0);
}

#[test]
fn what_says_nothing_of_decisions_is_refused() {
    let scratch = packing();
    let file = scratch.read("e.toml");
    scratch.write("e.toml", format!("{file}[[expected]]\nwhere = 'record = 1'\nwhy = 'x'\n"));
    scratch.run("gate e.toml").expect(2).says(&["[[expected]]", "with a cost"]);
    scratch.write("e.toml", file.replace("['sh', 'own.sh']", "['sh', 'own.sh']\nformat = 'json'"));
    scratch.run("gate e.toml").expect(2).says(&["has format, and replies"]);
}

#[test]
fn bounds_may_come_from_a_program() {
    let scratch = packing();
    scratch.write(
        "bounds.awk",
        "NR > 1 { sum += $1 } END { printf \"lower,upper\\n%d,%d\\n\", (sum + 5) / 6, NR - 1 }",
    );
    scratch.edit("e.toml", "bounds = [2, 2]", "command = ['awk', '-f', 'bounds.awk']");
    scratch.run("run e.toml --out out").expect(0);
    let reference = &scratch.json("out/results.json")["reference"];
    assert_eq!((number(&reference["bounds"]["lower"]), number(&reference["bounds"]["upper"])), (2, 4));
    scratch.write("bounds.awk", "BEGIN { print \"lower,upper\\n5,4\" }");
    scratch.run("run e.toml").expect(4).says(&["the lower bound 5 is above the upper 4"]);
    scratch.write("bounds.awk", "BEGIN { print \"low,high\\n5,4\" }");
    scratch
        .run("run e.toml")
        .expect(4)
        .says(&["it must give the bounds of the optimum"])
        .hints("lower,upper");
}

#[test]
fn what_a_checker_finds_wrong_fails_and_a_checker_that_fails_is_4() {
    let scratch = packing();
    scratch.write("own.sh", replying("echo 0"));
    scratch.run("gate e.toml").expect(3).prints(&["bin 0 is overfull (record 1)"]);
    // Decisions that don't stand have no cost: none that is printed, and none that is within a limit.
    let ran = scratch.run("gate e.toml --competitive-ratio 1.5 --competitive-ratio-increase 10% --out none");
    let ran = ran
        .expect(3)
        .prints(&["competitive_ratio", "candidate's decisions don't stand, so they have no cost"]);
    assert!(!ran.stdout.contains("0.0000"), "{ran}");
    let results = scratch.json("none/results.json");
    assert!(results["candidate"].get("cost").is_none() && results["stable"].get("cost").is_some());
    for (script, what) in [
        ("BEGIN { print \"{}\" }", "neither a cost nor a problem"),
        ("BEGIN { print \"fine\" }", "which is no verdict"),
        ("BEGIN { exit 3 }", "it ended with exit status: 3"),
        ("BEGIN { print \"{\\\"cost\\\": 1, \\\"wrong\\\": 9}\" }", "9 of 4 decisions wrong"),
    ] {
        scratch.write("check.awk", script);
        scratch.run("gate e.toml").expect(4).says(&["the checker (awk -f check.awk)", what]);
    }
    // Cheaper than anything can be.
    scratch.write("check.awk", "BEGIN { print \"{\\\"cost\\\": 1}\" }");
    scratch.run("gate e.toml").expect(6).prints(&["below the lower bound 2"]);
}

#[test]
fn decisions_without_a_cost_are_rows() {
    let scratch = clicks();
    let dear = |cases: &str| replying(&format!("case $amount in {cases}) echo 1;; *) echo 0;; esac"));
    scratch.write("v1.sh", dear("2.25|3.00|7.00"));
    scratch.write("v2.sh", dear("3.00|7.00"));
    scratch.write(
        "truth.awk",
        "BEGIN { FS = \",\"; print \"record,decision\" } NR > 1 { printf \"%d,%d\\n\", NR - 2, ($3 > 2) }",
    );
    scratch.write(
        "e.toml",
        "dataset = 'data/clicks'\n[problem]\nanswer = 'decisions'\n[reference]\ncommand = ['awk', '-f', 'truth.awk']\n\
         [stable]\ncommand = ['sh', 'v1.sh']\nwindow = 1\n[candidate]\ncommand = ['sh', 'v2.sh']\n",
    );
    scratch.run("gate e.toml --out out").expect(3);
    let found = &scratch.json("out/results.json")["candidate"]["answer"]["table"]["divergence"];
    assert_eq!((number(&found["changed"]), number(&found["equal"])), (1, 5));
    scratch.edit("e.toml", "v2.sh", "v1.sh");
    scratch.run("gate e.toml").expect(0);
}
