//! Shows how the text of each writer is read, on rows such as it writes them: docs/interchange.md, row by row.

use std::collections::BTreeMap;

use datasets::{ColumnType, Error, FieldKind, Row, Rows as _, RowsForm, TypedRows, Writer, open_rows};

/// How a table is read.
#[derive(Default)]
struct How<'a> {
    writer: Option<Writer>,
    null: Option<&'a str>,
    columns: &'a [&'a str],
    types: &'a [(&'a str, &'a str)],
    as_written: &'a [&'a str],
}

/// Reads a text; each row is its fields, `∅` for null, `·` for a missing one, `?` for one that can't be known.
fn read(name: &str, text: &str, how: &How<'_>) -> Result<(Vec<String>, Vec<String>), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    let form = RowsForm {
        null: how.null.map(str::to_owned),
        writer: how.writer,
        columns: how.columns.iter().map(ToString::to_string).collect(),
        ..RowsForm::default()
    };
    let kind = |(name, kind): &(&str, &str)| (name.to_string(), ColumnType::parse(kind).expect("a type"));
    let types: BTreeMap<String, ColumnType> = how.types.iter().map(kind).collect();
    let mut rows = TypedRows::new(open_rows(&path, &form, &|| true)?, &types);
    if let Some(writer) = how.writer {
        rows = rows.written_by(writer, how.null, |column| how.as_written.contains(&column));
    }
    let (mut row, mut all) = (Row::default(), Vec::new());
    while rows.next(&mut row)? {
        let columns = rows.columns().len();
        let fields = (0..columns).map(|column| match row.field(column) {
            field if field.kind == FieldKind::Null => "∅",
            field if field.kind == FieldKind::Missing => "·",
            field if field.kind == FieldKind::Unknown => "?",
            field => field.text,
        });
        all.push(fields.collect::<Vec<_>>().join("|"));
    }
    Ok((all, rows.notes()))
}

#[track_caller]
fn check(name: &str, text: &str, how: &How<'_>, expected: &[&str]) -> Vec<String> {
    let (rows, notes) = read(name, text, how).expect("readable");
    assert_eq!(rows, expected);
    notes
}

fn by(writer: Writer) -> How<'static> {
    How { writer: Some(writer), ..How::default() }
}

#[test]
fn csv_of_spark() {
    let text = "id,s,t,d\n\
                1,\"a \\\"b\\\"\",2026-01-01T00:00:00.000Z,1.0E10\n\
                2,\"\",2026-01-01T00:00:00.120+01:00,\n\
                3,,,1.5\n\
                4,\"c:\\\\x, y\",,NaN\n\
                5,c:\\x,,\n6,\"end,\\\\\",,\n7,\"q\\\\\\\"\",,\n8,\"l\nm\",,\n";
    let rows = [
        "1|a \"b\"|2026-01-01T00:00:00Z|1.0E10",
        "2||2025-12-31T23:00:00.12Z|∅",
        "3|∅|∅|1.5",
        "4|c:\\x, y|∅|NaN",
        "5|c:\\x|∅|∅",
        "6|end,\\|∅|∅",
        "7|q\\\"|∅|∅",
        "8|l\nm|∅|∅",
    ];
    let notes = check("x.csv", text, &by(Writer::Spark), &rows);
    assert_eq!(notes, ["Spark cuts times to milliseconds: finer digits of 't', if there were any, are gone"]);
    // Without its writer's name such a quote is an error, which says what to do.
    let error = read("x.csv", text, &How::default()).expect_err("no CSV of RFC 4180");
    assert!(error.to_string().contains("text after a closing quote"), "{error}");
    // And one that is doubled isn't Spark's.
    let error = read("x.csv", "id,s\n1,\"a\"\"b\"\n", &by(Writer::Spark)).expect_err("not Spark's");
    assert!(error.to_string().contains("text after a closing quote"), "{error}");
}

#[test]
fn json_of_spark_lacks_what_is_null() {
    let text = "{\"id\":1,\"s\":\"a\",\"t\":\"2026-01-01T00:00:00.000Z\"}\n{\"id\":2,\"u\":null}\n{\"s\":\"\",\"id\":3}\n";
    let rows = ["1|a|2026-01-01T00:00:00Z|∅", "2|∅|∅|∅", "3||∅|∅"];
    let notes = check("x.jsonl", text, &by(Writer::Spark), &rows);
    assert!(notes[0].contains("finer digits of 't'"), "{notes:?}");
    check("x.jsonl", text, &How::default(), &["1|a|2026-01-01T00:00:00.000Z|·", "2|·|·|∅", "3||·|·"]);
}

#[test]
fn csv_of_flink_has_one_spelling_for_null_and_empty() {
    let text = "1,,,2026-01-01 00:00:00,1E+2\n2,a,7,2026-01-01 00:00:00.12Z,0.10\n";
    let columns = &["id", "s", "n", "t", "d"];
    let flink = How { columns, ..by(Writer::Flink) };
    check("x.csv", text, &flink, &["1|?|?|2026-01-01T00:00:00|1E+2", "2|a|7|2026-01-01T00:00:00.12Z|0.10"]);
    let typed =
        How { columns, types: &[("n", "number"), ("s", "text"), ("d", "decimal:2")], ..by(Writer::Flink) };
    check("x.csv", text, &typed, &["1|?|∅|2026-01-01T00:00:00|100.00", "2|a|7|2026-01-01T00:00:00.12Z|0.10"]);
    // Flink can be told how to spell null, and then nothing is unknown.
    let literal = How { columns: &["id", "s", "n"], null: Some("n/a"), ..by(Writer::Flink) };
    check("x.csv", "1,,n/a\n2,n/a,3\n", &literal, &["1||∅", "2|∅|3"]);
    let error = read("x.csv", text, &by(Writer::Flink)).expect_err("no names");
    assert!(error.to_string().contains("without the names of its columns"), "{error}");
    assert_eq!(error.hint().as_deref(), Some("name them with --columns, --left-columns or --right-columns"));
    let error = read("x.csv", text, &How { columns: &["a", "b", "a"], ..by(Writer::Flink) });
    assert!(error.expect_err("a name twice").to_string().contains("column 'a' is there twice"));
    let error = read("x.csv", text, &How { columns: &["a", "b"], ..by(Writer::Flink) }).expect_err("five");
    assert!(error.to_string().contains("5 fields"), "{error}");
}

#[test]
fn json_of_flink() {
    let text = "{\"id\":1,\"t\":\"2026-01-01 00:00:00\",\"z\":\"2026-01-01 00:00:00.5Z\",\"s\":null}\n";
    check("x.jsonl", text, &by(Writer::Flink), &["1|2026-01-01T00:00:00|2026-01-01T00:00:00.5Z|∅"]);
}

#[test]
fn csv_of_postgresql() {
    let text =
        "id,s,b,t,z\n1,\"a\"\"b\",t,2026-01-01 00:00:00.123456,2026-01-01 01:00:00+01\n2,\"\",f,,\n3,,,,\n";
    let postgres = How { types: &[("b", "boolean")], ..by(Writer::Postgres) };
    let rows = ["1|a\"b|true|2026-01-01T00:00:00.123456|2026-01-01T00:00:00Z", "2||false|∅|∅", "3|∅|∅|∅|∅"];
    assert!(check("x.csv", text, &postgres, &rows).is_empty());
}

#[test]
fn csv_and_json_of_duckdb() {
    let text = "id,s,d,t,z\n1,\"a\"\"b\",10000000000.0,2026-01-01 00:00:00,2026-01-01 00:00:00+00\n\
                2,\"\",nan,2026-01-01 00:00:00.12,\n3,,inf,,\n";
    let rows = [
        "1|a\"b|10000000000.0|2026-01-01T00:00:00|2026-01-01T00:00:00Z",
        "2||nan|2026-01-01T00:00:00.12|∅",
        "3|∅|inf|∅|∅",
    ];
    assert!(check("x.csv", text, &by(Writer::DuckDb), &rows).is_empty());
    let json = "{\"id\":1,\"d\":1.5,\"t\":\"2026-01-01 00:00:00\"}\n{\"id\":2,\"d\":NaN,\"t\":null}\n";
    let error = read("x.jsonl", json, &by(Writer::DuckDb)).expect_err("no JSON");
    assert!(error.to_string().contains("line 2"), "{error}");
}

#[test]
fn csv_and_json_of_polars() {
    let text = "id,s,t,z\n1,\"\",2026-01-01T00:00:00.120000,2026-01-01T00:00:00.000000+0000\n2,,,\n";
    let rows = ["1||2026-01-01T00:00:00.12|2026-01-01T00:00:00Z", "2|∅|∅|∅"];
    assert!(check("x.csv", text, &by(Writer::Polars), &rows).is_empty());
    let json = "{\"id\":1,\"d\":1.5,\"n\":null,\"t\":\"2026-01-01 00:00:00\",\"z\":\"2026-01-01T00:00:00+00:00\"}\n\
                {\"id\":2,\"d\":null,\"n\":7,\"t\":\"2026-01-01 00:00:00.120\",\"z\":null}\n";
    let rows = ["1|1.5|∅|2026-01-01T00:00:00|2026-01-01T00:00:00Z", "2|∅|7|2026-01-01T00:00:00.12|∅"];
    let notes = check("x.jsonl", json, &by(Writer::Polars), &rows);
    assert_eq!(
        notes,
        ["Polars writes NaN and the infinities as null in JSON: nulls of 'd' may have been such"]
    );
}

#[test]
fn csv_and_json_of_pandas() {
    let text = "id,s,n,b,t,z\n1,,1.0,True,2026-01-01 00:00:00.000000,2026-01-01 00:00:00+00:00\n\
                2,a,9007199254740992.0,,2026-01-01 00:00:00.123456,\n";
    let pandas =
        How { types: &[("n", "number"), ("b", "boolean"), ("z", "timestamptz")], ..by(Writer::Pandas) };
    let rows = [
        "1|?|1.0|true|2026-01-01T00:00:00|2026-01-01T00:00:00Z",
        "2|a|9007199254740992.0|∅|2026-01-01T00:00:00.123456|∅",
    ];
    let notes = check("x.csv", text, &pandas, &rows);
    assert_eq!(
        notes,
        ["column 'n': 1 whole number of 2^53 or more written as doubles: their last digits may be lost"]
    );
    let json = "{\"id\":1,\"t\":\"2026-01-01T00:00:00.123Z\",\"d\":null}\n{\"id\":2,\"t\":null,\"d\":1.0}\n";
    let notes = check("x.jsonl", json, &by(Writer::Pandas), &["1|2026-01-01T00:00:00.123Z|∅", "2|∅|1.0"]);
    assert!(notes[0].contains("finer digits of 't'") && notes[1].contains("nulls of 'd'"), "{notes:?}");
    let epochs = How { types: &[("t", "timestamp:ms")], ..by(Writer::Pandas) };
    check(
        "x.jsonl",
        "{\"t\":1767225600123}\n{\"t\":-500}\n",
        &epochs,
        &["2026-01-01T00:00:00.123", "1969-12-31T23:59:59.5"],
    );
}

#[test]
fn csv_of_pyarrow() {
    let text = "\"id\",\"s\",\"d\",\"t\",\"z\"\n1,\"\",1e+10,2026-01-01 00:00:00.120000,2026-01-01 00:00:00.000000Z\n2,,nan,,\n";
    let rows = ["1||1e+10|2026-01-01T00:00:00.12|2026-01-01T00:00:00Z", "2|∅|nan|∅|∅"];
    assert!(check("x.csv", text, &by(Writer::PyArrow), &rows).is_empty());
}

#[test]
fn what_is_compared_as_written_stays_as_it_was() {
    let text = "id,t,u\n1,2026-01-01 00:00:00,2026-01-01 00:00:00\n2,2026-01-01 00:00,2026-01-01\n3,2026-02-30 00:00:00,2026-01-01 00:00:00 x\n";
    let how = How { as_written: &["u"], ..by(Writer::DuckDb) };
    let rows = [
        "1|2026-01-01T00:00:00|2026-01-01 00:00:00",
        "2|2026-01-01T00:00:00|2026-01-01",
        "3|2026-02-30 00:00:00|2026-01-01 00:00:00 x",
    ];
    check("x.csv", text, &how, &rows);
    let how = How { types: &[("u", "text")], ..by(Writer::DuckDb) };
    check("x.csv", "id,u\n1,2026-01-01 00:00:00\n", &how, &["1|2026-01-01 00:00:00"]);
}

#[test]
fn sums_that_were_doubles_are_named_without_a_writer_too() {
    let text = "id,total\n1,1.8446744073709552E19\n2,5.0\n";
    let how = How { types: &[("total", "decimal")], ..How::default() };
    let notes = check("x.csv", text, &how, &["1|18446744073709552000", "2|5.0"]);
    assert!(notes[0].starts_with("column 'total': 1 whole number of 2^53"), "{notes:?}");
}
