//! A truth that a Spark cluster computes, in builds that have the way to it: what can be said without a server.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::clicks;

const COMMAND: &str = "command = [\"awk\", \"-f\", \"truth.awk\"]";

#[test]
fn no_server_is_wrong_use_and_named_within_ten_seconds() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it has one");
    let scratch = clicks();
    let reference =
        format!("sql = \"SELECT hour, user, 1 AS n, amount FROM records\"\nspark = \"sc://{free}\"");
    scratch.edit("e.toml", COMMAND, &reference);
    let began = Instant::now();
    let ran = scratch.run("gate e.toml").expect(2);
    ran.says(&[
        &*format!("no Spark Connect server answers at sc://{free}"),
        "refused",
        "start-connect-server.sh",
    ]);
    assert!(began.elapsed() < Duration::from_secs(10));
    scratch.run("--version").expect(0).prints(&["spark"]);
}

#[test]
fn a_query_or_an_address_that_is_wrong_is_told_of_before_a_server_is_asked() {
    for (reference, why) in [
        ("sql = \"DROP TABLE records\"\nspark = \"sc://nowhere\"", "found DROP, expected a SELECT"),
        ("sql = \"SELECT now() AS n\"\nspark = \"sc://nowhere\"", "now gives another answer each time"),
        ("sql = \"SELECT 1 AS n\"\nspark = \"http://nowhere\"", "doesn't begin with sc://"),
        ("sql = \"SELECT 1 AS n\"\nspark = \"sc://nowhere/;token=x\"", "TLS"),
        ("command = [\"true\"]\nspark = \"sc://nowhere\"", "spark goes with sql"),
    ] {
        let scratch = clicks();
        scratch.edit("e.toml", COMMAND, reference);
        scratch.run("gate e.toml").expect(2).says(&[why]);
    }
}
