//! Sinks that adapters bring: rows that are delivered to them, a server that isn't there, a program without them.

use crate::support::Scratch;

const EXPERIMENT: &str = r#"
dataset = "data"
parameters = { window = "tumbling:500", delay = 2000 }
stable.job = "per-record"
candidate.job = "pre-aggregated"

[recovery]
checkpoint_every = 50
guarantee = "exactly-once"
"#;

/// With an experiment in `e.toml` of which `recovery` says the rest.
fn scratch(recovery: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.run("generate events --records 1600 --seed 7 --set keys=20 --to data").expect(0);
    scratch.write("e.toml", format!("{EXPERIMENT}{recovery}\n"));
    scratch
}

#[cfg(feature = "parquet")]
#[test]
fn files_of_parquet_hold_what_a_file_does_whatever_crashes() {
    let faults = "faults = [\"5 random crashes\", \"zombie at record 700\", \"crash at record 1599\"]";
    let scratch = scratch(&format!("sink = \"file\"\n{faults}"));
    scratch.run("run e.toml --out file").expect(0);
    scratch.edit("e.toml", "sink = \"file\"", "sink = \"parquet\"");
    scratch.run("run e.toml --out parquet").expect(0);
    let (file, parquet) = (scratch.read("file/results.json"), scratch.read("parquet/results.json"));
    assert_eq!(parquet.matches("\"sink\": \"parquet\"").count(), 2, "{parquet}");
    assert_eq!(parquet.replace("\"sink\": \"parquet\"", "\"sink\": \"file\""), file);
    let answers: Vec<_> =
        scratch.files("file").into_iter().filter(|name| name.starts_with("answers/")).collect();
    assert!(answers.len() > 2, "{answers:?}");
    for name in answers {
        assert_eq!(scratch.read(&format!("file/{name}")), scratch.read(&format!("parquet/{name}")), "{name}");
    }
    assert_eq!(scratch.names(""), ["data", "e.toml", "file", "parquet"]);
}

#[cfg(feature = "postgres")]
#[test]
fn where_no_server_answers_its_address_is_named_and_no_password() {
    for url in [
        "host=127.0.0.1 port=1 user=me password=ab://s3cret dbname=d",
        "postgresql://me:pa?s3cret@127.0.0.1:1/d",
    ] {
        let scratch =
            scratch(&format!("sink = \"postgres\"\npostgres = {{ url = \"{url}\", table = \"t\" }}"));
        for line in ["run e.toml --out run", "gate e.toml --json"] {
            let ran = scratch.run(line).expect(2).says(&["PostgreSQL at 127.0.0.1:1"]);
            assert!(!format!("{ran}").contains("s3cret"), "{ran}");
        }
        assert_eq!(scratch.names(""), ["data", "e.toml"]);
        let shows = |(_, content): &(String, Vec<u8>)| String::from_utf8_lossy(content).contains("s3cret");
        let shown: Vec<_> = scratch.state().into_iter().filter(shows).map(|(name, _)| name).collect();
        assert_eq!(shown, ["e.toml"]);
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_so() {
    let scratch = scratch("sink = \"parquet\"");
    let ran = scratch.run("run e.toml").expect(2);
    ran.says(&["this program was built without Parquet"]).hints("--features parquet");
    assert_eq!(scratch.names(""), ["data", "e.toml"]);
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_program_without_postgres_says_so() {
    let scratch =
        scratch("sink = \"postgres\"\npostgres = { url = \"host=h password=s3cret\", table = \"t\" }");
    let ran = scratch.run("run e.toml").expect(2);
    assert!(!format!("{ran}").contains("s3cret"), "{ran}");
    ran.says(&["this program was built without PostgreSQL"]).hints("--features postgres");
    assert_eq!(scratch.names(""), ["data", "e.toml"]);
}

/// Events of which both architectures make a run of 120 records.
fn clicks() -> Scratch {
    clicks_of(120)
}

fn clicks_of(records: u32) -> Scratch {
    let scratch = Scratch::new();
    let events =
        format!("generate events --records {records} --seed 1 --to clicks --set keys=4 --set rate=20");
    scratch.run(&format!("{events} --set max-delay=500")).expect(0);
    scratch.edit("clicks/manifest.toml", "tumbling:10000", "tumbling:1000");
    scratch
}

const SERVED: &str = "run --dataset clicks --stable per-record --candidate pre-aggregated --architecture both --bug 'lose 20..40'";

#[test]
fn a_view_that_names_no_table_is_2() {
    let scratch = clicks();
    for (flags, what, hint) in [
        ("--view mysql://me:s3cret@h/d/t", "[serving] view: unknown place", "postgres://me@127.0.0.1"),
        (
            "--view postgres://me:s3cret@h/d",
            "names no database and table",
            "the last part of which is the table",
        ),
        ("--view-after drop", "[serving] view_after: there is no view", "set view"),
        ("--view parquet://x --view-after burn", "unknown end 'burn'", ""),
    ] {
        let ran = scratch.shell(&format!("exec \"$COUNTERPOINT\" {SERVED} {flags} --out run")).expect(2);
        assert!(!format!("{ran}").contains("s3cret") || flags.contains("s3cret"), "{ran}");
        let ran = ran.says(&[what]);
        if !hint.is_empty() {
            ran.hints(hint);
        }
        assert_eq!(scratch.names(""), ["clicks"], "{flags}");
    }
    let line =
        "run --dataset clicks --stable per-record --candidate pre-aggregated --view parquet://x --out run";
    scratch.run(line).expect(2).says(&["[serving]: nothing of this run goes by it"]);
}

#[cfg(feature = "parquet")]
#[test]
fn a_view_of_parquet_shows_the_answer_at_the_end() {
    let scratch = clicks();
    let run = |more: &str| scratch.shell(&format!("exec \"$COUNTERPOINT\" {SERVED} {more}"));
    run("--out plain").expect(0);
    run("--view parquet://served.parquet --out viewed").expect(0);
    assert_eq!(scratch.read("plain/results.json"), scratch.read("viewed/results.json"));
    assert_eq!(
        scratch.names(""),
        ["clicks", "plain", "served_kappa.parquet", "served_lambda.parquet", "viewed"]
    );
    let compare = "compare served_kappa.parquet viewed/answers/candidate.csv --key key,window_start_ms";
    scratch.run(compare).expect(0).prints(&["the tables are equal"]);
    run("--view parquet://served.parquet --out again")
        .expect(2)
        .says(&["served_kappa.parquet exists already, and is no view of this run"]);
    run("--view parquet://nowhere/served.parquet --out again")
        .expect(2)
        .says(&["the folder nowhere isn't there"]);
    run("--view parquet://gone.parquet --view-after drop --out gone").expect(0);
    assert!(!scratch.names("").iter().any(|name| name.starts_with("gone_")));
    assert_eq!(scratch.read("plain/results.json"), scratch.read("gone/results.json"));
}

#[cfg(feature = "postgres")]
#[test]
fn a_view_on_no_server_is_2_with_its_address_and_no_password() {
    let scratch = clicks();
    for view in ["postgres://me:s3cret@127.0.0.1:1/d/t", "postgres://me@127.0.0.1:1/d/t?password=s3cret"] {
        scratch.write(
            "e.toml",
            format!(
                "dataset = \"clicks\"\nstable.job = \"per-record\"\ncandidate.job = \"pre-aggregated\"\n\
                 architecture = \"lambda\"\nserving.view = \"{view}\"\n"
            ),
        );
        for line in ["run e.toml --out run", "gate e.toml --json"] {
            let ran = scratch.run(line).expect(2).says(&["PostgreSQL at 127.0.0.1:1"]).hints("view = ");
            assert!(!format!("{ran}").contains("s3cret"), "{ran}");
        }
        assert_eq!(scratch.names(""), ["clicks", "e.toml"]);
    }
}

#[cfg(feature = "postgres")]
mod with_a_server {
    use std::{collections::BTreeSet, path::Path, process::Command};

    use super::{SERVED, clicks, clicks_of};
    use crate::{
        kappa_kills_driver::{killed, prepared, undisturbed},
        support::{Scratch, number},
    };

    const KILLS: u32 = 4;

    /// The address of the server's database, if there is a server.
    fn server() -> Option<String> {
        let Ok(words) = std::env::var("COUNTERPOINT_TEST_POSTGRES") else {
            println!("!!!! SKIPPED: COUNTERPOINT_TEST_POSTGRES names no server");
            return None;
        };
        let of =
            |key: &str| words.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        let parts = ["user", "host", "port", "dbname"].map(|key| of(key).expect("it is named"));
        Some(format!("postgres://{}@{}:{}/{}", parts[0], parts[1], parts[2], parts[3]))
    }

    /// A name that no other test has.
    fn table(name: &str) -> String {
        format!("cli_{name}_{}", std::process::id())
    }

    fn asked(server: &str, query: &str) -> String {
        let out =
            Command::new("psql").args([server, "-X", "-q", "-c", query]).output().expect("psql is here");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("texts")
    }

    /// The lines of a view, and its header.
    fn shown(server: &str, table: &str) -> BTreeSet<String> {
        let query = format!("COPY (SELECT * FROM {table}) TO STDOUT WITH (FORMAT csv, HEADER)");
        asked(server, &query).lines().map(str::to_owned).collect()
    }

    fn answer(scratch: &Scratch, file: &str) -> BTreeSet<String> {
        scratch.read(file).lines().map(str::to_owned).collect()
    }

    fn is_there(server: &str, table: &str) -> bool {
        let query = format!("COPY (SELECT to_regclass('{table}') IS NOT NULL) TO STDOUT");
        asked(server, &query).trim() == "t"
    }

    #[test]
    fn both_architectures_show_their_answers_and_come_to_the_same() {
        let Some(server) = server() else { return };
        let (scratch, table) = (clicks(), table("served"));
        let run = |more: &str| scratch.shell(&format!("exec \"$COUNTERPOINT\" {SERVED} {more}"));
        run("--out plain").expect(0);
        let secret = server.replace('@', ":s3cret@");
        run(&format!("--view {secret}/{table} --out viewed")).expect(0);
        assert_eq!(scratch.read("plain/results.json"), scratch.read("viewed/results.json"));
        let shows = |(_, content): (String, Vec<u8>)| String::from_utf8_lossy(&content).contains("s3cret");
        assert!(!scratch.state().into_iter().any(shows), "no password stays");
        let (kappa, lambda) = (format!("{table}_kappa"), format!("{table}_lambda"));
        assert_eq!(shown(&server, &kappa), answer(&scratch, "viewed/answers/candidate.csv"));
        // The last view has put right what the bug had lost.
        assert_eq!(shown(&server, &lambda), answer(&scratch, "viewed/answers/reference.csv"));
        let of = asked(&server, &format!("COPY (SELECT name, records FROM {kappa}_view) TO STDOUT"));
        assert_eq!(of.trim(), "candidate\t120");
        run(&format!("--view {server}/{table} --out again"))
            .expect(2)
            .says(&[&format!("the table \"{kappa}\" is the view of another run")]);
        asked(&server, &format!("DROP TABLE {kappa}, {kappa}_view, {lambda}, {lambda}_view"));
        run(&format!("--view {server}/{table} --view-after drop --out gone")).expect(0);
        assert!(!is_there(&server, &kappa) && !is_there(&server, &format!("{lambda}_view")));
    }

    #[test]
    fn an_upgrade_that_is_killed_goes_on_with_its_view() {
        let Some(server) = server() else { return };
        let (scratch, table) = (clicks_of(400), table("killed"));
        let more = |view: &str| {
            format!(
                "stable.job = 'per-record'\ncandidate.job = 'per-record'\nkappa.start_at = '5%'\n\
                 kappa.probation = '5%'\nkappa.keep_old = '5%'\n{view}"
            )
        };
        let data = scratch.path("clicks");
        let program = Path::new(env!("CARGO_BIN_EXE_counterpoint"));
        prepared(&scratch.path("plain"), &data, &more(""));
        let (whole, _) = undisturbed(program, &scratch.path("plain"));
        let of = |name: &str| more(&format!("serving.view = '{server}/{table}_{name}'\n"));
        prepared(&scratch.path("whole"), &data, &of("whole"));
        let (viewed, took) = undisturbed(program, &scratch.path("whole"));
        assert_eq!(viewed, whole);
        prepared(&scratch.path("killed"), &data, &of("killed"));
        let killed = killed(program, &scratch.path("killed"), (KILLS, 1), took);
        // How many come too late depends on what else the machine does.
        assert!(killed.struck > 0, "{killed:?}");
        let rows = shown(&server, &format!("{table}_killed"));
        assert_eq!(rows, shown(&server, &format!("{table}_whole")));
        assert_eq!(rows.len() as u64, number(&killed.served["rows"]) + 1);
        for name in ["killed", "whole"] {
            asked(&server, &format!("DROP TABLE {table}_{name}, {table}_{name}_view"));
        }
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_has_no_view_of_it() {
    let scratch = clicks();
    let ran =
        scratch.shell(&format!("exec \"$COUNTERPOINT\" {SERVED} --view parquet://x --out run")).expect(2);
    ran.says(&["[serving] view: this program was built without Parquet"]).hints("--features parquet");
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_program_without_postgres_has_no_view_there() {
    let scratch = clicks();
    let view = "--view postgres://me:s3cret@h/d/t";
    let ran = scratch.shell(&format!("exec \"$COUNTERPOINT\" {SERVED} {view} --out run")).expect(2);
    ran.says(&["[serving] view: this program was built without PostgreSQL"]).hints("--features postgres");
}
