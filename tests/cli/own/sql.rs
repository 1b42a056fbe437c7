//! A truth in SQL, in builds that have it: the same clicks, the same verdict, and what is wrong with a query is said as usage.

use super::clicks;
use crate::support::{number, text as text_of};

const QUERY: &str =
    "sql = \"SELECT hour, user, count(*) AS n, sum(amount) AS amount FROM records GROUP BY hour, user\"";
const COMMAND: &str = "command = [\"awk\", \"-f\", \"truth.awk\"]";

#[test]
fn the_truth_may_be_a_query() {
    let scratch = clicks();
    scratch.edit("e.toml", COMMAND, QUERY);
    scratch.run("gate e.toml --out out").expect(3).prints(&["1 row of the candidate's answer differs"]);
    assert_eq!(text_of(&scratch.json("out/results.json")["reference"]["job"]), "sql");
    assert_eq!(
        scratch.read("out/answers/reference.csv"),
        "hour,user,n,amount\n10,a,2,1.60\n10,b,2,9.25\n11,a,1,3.00\n12,b,1,1.00\n"
    );
    scratch.run("--version").expect(0).prints(&["adapters: ", "sql"]);
}

#[test]
fn a_query_that_is_wrong_is_told_of_as_usage() {
    for (query, why) in [
        ("SELEC 1", &["SQL doesn't parse", "Line: 1, Column: 1"][..]),
        ("DROP TABLE records", &["found DROP, expected a SELECT"]),
        ("SELECT hour, usr AS user, 1 AS n FROM records", &["unknown column `usr`", "did you mean `user`?"]),
        ("SELECT hour AS n, user AS n FROM records", &["the column `n` twice"]),
    ] {
        let scratch = clicks();
        scratch.edit("e.toml", COMMAND, &format!("sql = \"{query}\""));
        scratch.run("gate e.toml").expect(2).says(why);
    }
    let scratch = clicks();
    scratch.edit("e.toml", COMMAND, "sql = \"SELECT hour, user, 1 AS n, amount FROM records\"");
    let ran =
        scratch.run("gate e.toml").expect(2).says(&["the reference: rows 1 and 3 have the same key '10,a'"]);
    ran.hints("GROUP BY");
}

/// Counts and adds up, a row after each record.
const UPSERTS: &str = "BEGIN { FS = \",\"; OFS = \",\"; print \"hour,user,n,amount\"; fflush() } NR > 1 { \
                       key = $1 OFS $2; n[key]++; sum[key] += WHAT; print key, n[key], sum[key]; fflush() }";

#[test]
fn a_query_judges_an_upgrade_by_the_records_so_far() {
    let scratch = clicks();
    let line = |at: u32| format!("{},{},{}\n", 10 + at / 20, ["a", "b", "c"][at as usize % 3], at * 7 % 25);
    let data: String = std::iter::once("hour,user,amount\n".to_owned()).chain((0..60).map(line)).collect();
    scratch.write("clicks.csv", data);
    scratch.run("freeze clicks.csv --to data/served").expect(0);
    scratch.write("v1.awk", UPSERTS.replace("WHAT", "$3"));
    for (what, code, end) in [("$3", 0, "took-over"), ("($3 == 7 ? 8 : $3)", 3, "dropped")] {
        scratch.write("v2.awk", UPSERTS.replace("WHAT", what));
        let text = format!(
            "dataset = 'data/served'\narchitecture = 'kappa'\n[problem]\nkey = ['hour', 'user']\n[reference]\n{QUERY}\n\
             [gate]\ndivergence = 0\n[stable]\ncommand = ['awk', '-f', 'v1.awk']\nmode = 'upsert'\n\
             [candidate]\ncommand = ['awk', '-f', 'v2.awk']\nmode = 'upsert'\n"
        );
        scratch.write("own.toml", text);
        scratch.run(&format!("gate own.toml --out run-{code}")).expect(code);
        let kappa = &scratch.json(&format!("run-{code}/results.json"))["architectures"]["kappa"];
        assert_eq!(text_of(&kappa["end"]), end, "{kappa}");
        if code == 3 {
            assert!(text_of(&kappa["dropped"]).starts_with("divergence: "), "{kappa}");
        } else {
            // Were the query asked about all records, rows of those to come would be missing.
            assert_eq!(number(&kappa["verdict"]["classes"]["fail"]), 0, "{kappa}");
        }
    }
}
