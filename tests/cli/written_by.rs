//! `compare` of tables whose text is as its writer writes it.

use crate::support::{Ran, Scratch};

/// Compares two tables by `id`.
fn compare(left: (&str, &str), right: (&str, &str), flags: &str) -> Ran {
    let scratch = Scratch::new();
    scratch.write(left.0, left.1);
    scratch.write(right.0, right.1);
    scratch.run(&format!("compare {} {} --key id {flags}", left.0, right.0))
}

const SPARK: &str =
    "id,name,at\n1,\"a \\\"b\\\"\",2026-01-01T00:00:00.123Z\n2,\"\",2026-01-01T00:00:01.000Z\n3,,\n";
const DUCKDB: &str =
    "id,name,at\n1,\"a \"\"b\"\"\",2026-01-01 00:00:00.123+00\n2,\"\",2026-01-01 00:00:01+00\n3,,\n";

#[test]
fn tables_of_two_writers_are_equal() {
    let (left, right) = (("spark.csv", SPARK), ("duck.csv", DUCKDB));
    let ran = compare(left, right, "--left-written-by spark --right-written-by duckdb").expect(0);
    ran.prints(&[
        "spark.csv: Spark cuts times to milliseconds: finer digits of 'at', if there were any, are gone",
        "equal 3",
    ]);
    // A spelling that is compared as it was written is one.
    let flags = "--left-written-by spark --right-written-by duckdb --written=at";
    compare(left, right, flags).expect(3).prints(&["changed 2", "column at differs in 2 rows"]);
    // Empty text isn't null.
    let other = DUCKDB.replace("2,\"\"", "2,");
    let ran = compare(left, ("duck.csv", &other), "--left-written-by spark --right-written-by duckdb");
    ran.expect(3).prints(&["changed 1"]);
}

#[test]
fn times_that_were_cut_differ_and_are_named() {
    let finer = DUCKDB.replace("00.123+00", "00.123456+00");
    let ran = compare(
        ("spark.csv", SPARK),
        ("duck.csv", &finer),
        "--left-written-by spark --right-written-by duckdb",
    );
    ran.expect(3).prints(&[
        "changed 1",
        "spark.csv: column 'at': its 2 times are whole milliseconds, those of the other table are finer",
    ]);
    // The column may have another name there; and a declared type is enough.
    let (left, right) =
        (("l.csv", "id,at\n1,2026-01-01 00:00:00\n"), ("r.csv", "id,time\n1,2026-01-01T00:00:00.5\n"));
    let ran =
        compare(left, right, "--rename at=time --type at=timestamp --type time=timestamp --json").expect(3);
    let notes = &ran.json()["left"]["notes"];
    assert!(notes[0].as_str().is_some_and(|note| note.starts_with("column 'at': its 1 time")), "{notes}");
    assert!(ran.json()["right"]["notes"].is_null());
}

#[test]
fn what_flink_merges_is_neither_equal_nor_different() {
    let (left, right) = (("l.csv", "1,,\n2,b,3\n"), ("r.csv", "id,s,n\n1,a,\n2,b,3\n"));
    let flags = "--left-written-by flink --right-written-by postgres --columns id,s,n --type n=number";
    compare(left, right, flags).expect(0).prints(&[
        "unknown 1   equal 1",
        "1 cell can't be known: Flink writes a missing value and an empty text alike in CSV",
    ]);
    compare(left, right, &format!("{flags} --unknown fail")).expect(3);
    compare(left, right, "--left-written-by flink").expect(4).says(&["without the names of its columns"]);
}

#[test]
fn columns_that_spark_left_out_are_named() {
    let (left, right) = (("l.jsonl", "{\"id\":1}\n"), ("r.jsonl", "{\"id\":1,\"s\":null}\n"));
    compare(left, right, "--written-by spark").expect(3).prints(&[
        "column extra: s",
        "l.jsonl: no line has 's': Spark leaves out what is null, so nothing else may have been there",
    ]);
    let left = ("l.jsonl", "{\"id\":1}\n{\"id\":2,\"s\":\"\"}\n");
    let right = ("r.jsonl", "{\"id\":1,\"s\":null}\n{\"id\":2,\"s\":\"\"}\n");
    compare(left, right, "--left-written-by spark").expect(0);
    compare(left, right, "").expect(3);
}

#[test]
fn writers_that_nobody_knows_and_flags_that_contradict_are_refused() {
    let (left, right) = (("l.csv", "id\n1\n"), ("r.csv", "id\n1\n"));
    compare(left, right, "--written-by sparc")
        .expect(2)
        .says(&["unknown writer `sparc`", "did you mean `spark`"]);
    compare(left, right, "--right-written-by oracle").expect(2).says(&["--right-written-by", "pandas"]);
    compare(left, right, "--written-by spark --left-written-by flink").expect(2);
    compare(left, right, "--left-as upsert --left-written-by flink")
        .expect(2)
        .says(&["--left-written-by is for tables, not for changes"]);
}
