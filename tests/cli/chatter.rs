//! `compare` of changelogs: what happened on the way to the final table, and limits on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::support::{Scratch, number, text};

const QUIET: &str = "op,id,n\nc,1,10\nc,2,20\nu,2,21\n";
/// Ends with the same table; 2 wavers, and 3 comes and goes.
const CHATTY: &str = "op,id,n\nc,1,10\nc,2,20\nc,3,30\nu,2,21\nu,2,20\nu,2,21\nd,3,\n";
const BOTH: &str = "compare quiet.csv chatty.csv --key id --left-as op:op --right-as op:op";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("quiet.csv", QUIET);
    scratch.write("chatty.csv", CHATTY);
    scratch
}

#[test]
fn one_final_table_and_other_chatter_are_told_apart() {
    let json = scratch().run(&format!("{BOTH} --json")).expect(0).json();
    assert_eq!(text(&json["outcome"]), "equal");
    let of = |side: &str| {
        let changes = &json[side]["changes"];
        (number(&changes["changes"]), number(&changes["keys"]), number(&changes["transient"]))
    };
    assert_eq!((of("left"), of("right")), ((3, 2, 0), (7, 3, 1)));
    assert_eq!(json["right"]["changes"]["some_transient"], serde_json::json!([{"line": 8, "key": "id=3"}]));
    assert_eq!(json["right"]["right_in_between"]["rows"], 0);
}

#[test]
fn a_limit_that_is_not_kept_fails_and_says_where() {
    let scratch = scratch();
    // 7 changes of 3 rows, 3 of 2 on the left: 2.33 against 1.5, 56 % more.
    for (flags, code, said) in [
        ("--max-churn 2.4", 0, "pass   max_churn \u{2264} 2.4: right has 2.33 changes a row, left 1.50"),
        (
            "--max-churn 2.3",
            3,
            "fail   max_churn \u{2264} 2.3: right has 2.33 changes a row, left 1.50, most of them of id=2 (4 changes)",
        ),
        ("--max-churn 56%", 0, "pass   max_churn"),
        ("--max-churn 55%", 3, "fail   max_churn"),
        ("--max-transient 1", 0, "pass   max_transient"),
        (
            "--max-transient 0",
            3,
            "fail   max_transient \u{2264} 0: 1 of right's 3 rows came and went (33.3 %), such as id=3 (gone in line 8)",
        ),
        ("--max-transient 34%", 0, "pass   max_transient"),
        ("--max-transient 33%", 3, "fail   max_transient"),
    ] {
        let ran = scratch.run(&format!("{BOTH} {flags}")).expect(code);
        assert!(ran.stdout.contains(said), "{flags}: {ran}");
        let json = scratch.run(&format!("{BOTH} {flags} --json")).expect(code).json();
        assert_eq!(json["limits"][0]["passes"], code == 0, "{flags}");
        assert_eq!(text(&json["outcome"]), if code == 0 { "equal" } else { "over-limit" }, "{flags}");
    }
    scratch.run(&format!("{BOTH} --max-churn 1 --exit-zero")).expect(0);
    // The page's verdict is the exit code's.
    for (limit, code, badge) in [("1", 3, "badge fail\">over a limit"), ("4", 0, "badge pass\">equal")] {
        scratch.run(&format!("{BOTH} --max-churn {limit} --html {limit}.html")).expect(code);
        let page = scratch.read(&format!("{limit}.html"));
        assert!(page.contains(badge), "{page}");
    }
}

#[test]
fn a_limit_that_can_mean_nothing_is_refused() {
    let scratch = scratch();
    scratch.write("table.csv", "id,n\n1,10\n2,21\n");
    for flags in [
        "chatty.csv table.csv --left-as op:op --max-churn 1",
        "chatty.csv table.csv --left-as op:op --max-transient 0",
        "table.csv chatty.csv --right-as op:op --max-churn 10%",
        "quiet.csv chatty.csv --left-as op:op --right-as op:op --max-churn much",
        "quiet.csv chatty.csv --left-as op:op --right-as op:op --max-churn=-1",
        "quiet.csv chatty.csv --left-as op:op --right-as op:op --max-transient nan%",
    ] {
        let ran = scratch.run(&format!("compare {flags} --key id")).expect(2);
        assert!(ran.stderr.contains("--max-"), "{ran}");
    }
}

#[test]
fn rows_right_only_in_between_are_named() {
    let scratch = scratch();
    // 1 was right and is gone, 2 was right and is something else, 3 never was, 4 is right at the end and was before,
    // 5 was there under another key, 6 has nothing in n, which it had in between.
    scratch.write("truth.csv", "id,n,old\n1,10,\n2,20,\n3,30,\n4,40,\n5,50,\n6,,\n");
    let changes = "op,id,n,old\nc,1,10,x\nc,2,20,\nc,3,31,\nc,4,40,\nc,9,50,\nc,6,,\nu,2,22,\nu,4,41,\nu,4,40,\nd,1,,\nu,6,1,\n";
    scratch.write("changes.csv", changes);
    let check = |flags: &str, side: &str, first: &[&str]| {
        let ran = scratch.run(&format!("compare {flags} --key id --json")).expect(3).json();
        let between = &ran[side]["right_in_between"];
        let keys = between["first"].as_array().expect("keys").iter().map(|key| text(&key[0]["text"]));
        assert_eq!(keys.collect::<Vec<_>>(), first, "{flags}: {between}");
        assert_eq!(
            (number(&between["rows"]), number(&between["unknown"])),
            (first.len() as u64, 0),
            "{flags}"
        );
    };
    check("truth.csv changes.csv --right-as op:op", "right", &["2", "6"]);
    check("truth.csv changes.csv --right-as op:op --ignore old", "right", &["1", "2", "6"]);
    check("changes.csv truth.csv --left-as op:op --ignore old", "left", &["1", "2", "6"]);
    let people = scratch.run("compare truth.csv changes.csv --right-as op:op --key id").expect(3);
    let said = "changes.csv: 2 rows of the other table stood here in between, and no more at the end: 2; 6";
    assert!(people.stdout.contains(said), "{people}");
    // Two changelogs: each against what the other ends with; columns of other names.
    scratch.write("other.csv", "op,id,m\nc,1,9\nc,2,22\nu,1,10\nu,2,20\n");
    scratch.write("one.csv", "op,id,n\nc,1,10\nc,2,20\nu,1,9\nu,2,22\n");
    let both = "one.csv other.csv --left-as op:op --right-as op:op --rename n=m";
    check(both, "left", &["1", "2"]);
    check(both, "right", &["1", "2"]);
}

#[test]
fn random_changes_say_what_was_right_only_in_between() {
    for seed in 0..40_u64 {
        let mut state = seed + 1;
        let mut next = |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % most
        };
        let mut changes = "op,id,n\n".to_owned();
        let (mut table, mut ever) = (BTreeMap::new(), BTreeSet::new());
        for _ in 0..60 {
            let (id, n) = (next(9), next(4));
            if table.contains_key(&id) && next(4) == 0 {
                table.remove(&id);
                writeln!(changes, "d,{id},").expect("a text");
            } else {
                table.insert(id, n);
                ever.insert((id, n));
                writeln!(changes, "upsert,{id},{n}").expect("a text");
            }
        }
        let truth: BTreeMap<u64, u64> = (0..11).map(|id| (id, next(4))).collect();
        let rows: Vec<String> = truth.iter().map(|(id, n)| format!("{id},{n}\n")).collect();
        let scratch = Scratch::new();
        scratch.write("truth.csv", format!("id,n\n{}", rows.concat()));
        scratch.write("changes.csv", &changes);
        let json =
            scratch.run("compare truth.csv changes.csv --key id --right-as op:op --json").expect(3).json();
        let expected =
            truth.iter().filter(|(id, n)| ever.contains(&(**id, **n)) && table.get(id) != Some(n)).count();
        assert_eq!(number(&json["right"]["right_in_between"]["rows"]), expected as u64, "{seed}: {changes}");
        let changed_keys: BTreeSet<u64> = ever.iter().map(|(id, _)| *id).collect();
        let transient = changed_keys.iter().filter(|id| !table.contains_key(id)).count();
        assert_eq!(number(&json["right"]["changes"]["transient"]), transient as u64, "{seed}");
    }
}
