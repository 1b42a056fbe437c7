//! A truth in SQL, in builds that have it: the same clicks, the same verdict, and what is wrong with a query is said as usage.

use super::clicks;
use crate::support::text;

const QUERY: &str =
    "sql = \"SELECT hour, user, count(*) AS n, sum(amount) AS amount FROM records GROUP BY hour, user\"";
const COMMAND: &str = "command = [\"awk\", \"-f\", \"truth.awk\"]";

#[test]
fn the_truth_may_be_a_query() {
    let scratch = clicks();
    scratch.edit("e.toml", COMMAND, QUERY);
    scratch.run("gate e.toml --out out").expect(3).prints(&["1 row of the candidate's answer differs"]);
    assert_eq!(text(&scratch.json("out/results.json")["reference"]["job"]), "sql");
    assert_eq!(
        scratch.read("out/answers/reference.csv"),
        "hour,user,n,amount\n10,a,2,1.60\n10,b,2,9.25\n11,a,1,3.00\n12,b,1,1.00\n"
    );
    scratch.run("--version").expect(0).prints(&["adapters: sql"]);
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
    scratch.run("gate e.toml").expect(4).says(&["10", "a"]);
}
