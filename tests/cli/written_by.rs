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
fn losses_of_changes_are_named_as_those_of_tables() {
    let changes = "op,id,at,n\n+I,1,2026-01-01 00:00:00.9,1\n-U,1,2026-01-01 00:00:00.9,1\n\
                   +U,1,2026-01-01 00:00:00,1.8446744073709552E19\n";
    let table = "id,time,n\n1,2026-01-01T00:00:00.5,18446744073709551616\n";
    let scratch = Scratch::new();
    scratch.write("c.csv", changes);
    scratch.write("t.csv", table);
    let cut = "its 1 time are whole seconds, those of the other table are finer";
    let rounded =
        "c.csv: column 'n': 1 whole number of 2^53 or more written as doubles: their last digits may be lost";
    for line in
        ["c.csv t.csv --left-as op:op --rename at=time", "t.csv c.csv --right-as op:op --rename time=at"]
    {
        let types = "--type at=timestamp --type time=timestamp --type n=number";
        let said = format!("c.csv: column 'at': {cut}");
        scratch.run(&format!("compare {line} --key id {types}")).expect(3).prints(&[&said, rounded]);
        // Without a type nobody knows what a column holds.
        let ran = scratch.run(&format!("compare {line} --key id")).expect(3);
        assert!(!ran.stdout.contains("whole"), "{ran}");
    }
    // An envelope says by its schema what is a time.
    let schema = r#"{"type":"struct","fields":[{"type":"int32","field":"id"},{"type":"int64","name":"io.debezium.time.MicroTimestamp","field":"at"}]}"#;
    scratch.write("d.jsonl", format!(
        "{{\"schema\":{{\"type\":\"struct\",\"fields\":[{}]}},\"payload\":{{\"before\":null,\"after\":{{\"id\":1,\"at\":1767225600000000}},\"op\":\"c\"}}}}\n",
        schema.replacen("\"fields\"", "\"field\":\"after\",\"fields\"", 1)
    ));
    let flags = "--left-as debezium --key id --rename at=time --type time=timestamp --ignore n";
    scratch
        .run(&format!("compare d.jsonl t.csv {flags}"))
        .expect(3)
        .prints(&[&format!("d.jsonl: column 'at': {cut}")]);
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
fn parts_without_a_header_are_read_where_their_columns_are_named() {
    let scratch = Scratch::new();
    // Spark's default: an empty part, and rows from the first line on.
    std::fs::create_dir_all(scratch.path("spark/day=1")).expect("a folder");
    scratch.write("spark/_SUCCESS", "");
    scratch.write("spark/day=1/part-00000.csv", "");
    scratch.write("spark/day=1/part-00001.csv", "1,\"a \\\"b\\\"\"\n");
    scratch.write("spark/day=1/part-00002.csv", "2,\n3,c\n");
    scratch.write("right.csv", "s,id,day\n\"a \"\"b\"\"\",1,1\n,2,1\nc,3,1\n");
    let line = "compare spark right.csv --key id --written-by spark --right-written-by";
    let line = line.replace("--written-by spark --right", "--left-written-by spark --right") + " duckdb";
    scratch.run(&format!("{line} --left-columns id,s")).expect(0).prints(&["equal 3"]);
    scratch.run(&line).expect(4).says(&["--left-columns"]);
    scratch.run(&format!("{line} --left-columns id")).expect(4).says(&["2 fields, there are names for 1"]);
    scratch.run(&format!("{line} --left-columns id,s --columns id,s")).expect(2);
    scratch.run(&format!("{line} --columns id,s")).expect(2).says(&["--left-columns"]);
    // A header that is there is no row; and whoever names columns need not name a writer.
    let named = "compare right.csv right.csv --key id --right-columns s,id,day";
    scratch.run(named).expect(4).says(&["right.csv line 1", "leave", "--right-columns"]);
    scratch.write("bare.csv", "1,a,x\n2,,x\n");
    let bare =
        "compare bare.csv bare.csv --key k --left-columns k,old,z --right-columns k,new,z --rename old=new";
    scratch.run(bare).expect(0).prints(&["equal 2"]);
    // Changes, too; files that name their columns aren't named again.
    scratch.write("changes.csv", "+I,1,b,x\n-U,1,b,x\n+U,1,a,x\n+I,2,,x\n");
    let changes =
        "compare changes.csv bare.csv --key k --left-columns op,k,v,z --right-columns k,v,z --left-as";
    scratch.run(&format!("{changes} flink")).expect(0).prints(&["equal 2"]);
    scratch.write("lines.jsonl", "{\"id\":1}\n");
    scratch.write("d.jsonl", "{\"op\":\"c\",\"before\":null,\"after\":{\"id\":1}}\n");
    for left in ["lines.jsonl", "d.jsonl --left-as debezium"] {
        let ran = scratch.run(&format!("compare {left} lines.jsonl --key id --left-columns id"));
        ran.expect(2).says(&["--left-columns", "names its columns itself"]);
    }
    // The command of a page has the names.
    scratch.run(&format!("{bare} --html a.html")).expect(0);
    assert!(scratch.read("a.html").contains("--left-columns=k,old,z --right-columns=k,new,z"));
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
