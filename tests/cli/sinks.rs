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
