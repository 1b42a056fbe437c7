//! Reads files of real writers (tests/data/make.py), and what else reads tables.

use std::fs;
use std::path::{Path, PathBuf};

use datasets::FieldKind::{self, Boolean, Nested, Null, Number, Text};
use datasets::{DATA_FILE, GenericOptions, freeze_generic, read_table_of_rows};

use crate::made::{How, Made, Values, failure, read, write};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

const COLUMNS: [&str; 9] = ["id", "amount", "name", "share", "tags", "of", "done", "at", "day"];

#[test]
fn three_writers_say_the_same() {
    let rows: [[(FieldKind, &str); 9]; 3] = [
        [
            (Number, "1"),
            (Number, "10.00"),
            (Text, "éa"),
            (Number, "0.1"),
            (Nested, "[\"x\",null]"),
            (Nested, "{\"a\":\"z\",\"b\":1}"),
            (Boolean, "true"),
            (Text, "2026-01-31T23:59:59.999999Z"),
            (Text, "2026-01-31"),
        ],
        [
            (Number, "2"),
            (Number, "-0.05"),
            (Text, ""),
            (Number, "NaN"),
            (Nested, "[]"),
            (Nested, "{\"a\":\"\",\"b\":null}"),
            (Boolean, "false"),
            (Text, "1969-12-31T00:00:00.000000Z"),
            (Text, "1969-12-31"),
        ],
        [(Null, "null"); 9],
    ];
    let rows = rows.map(|row| row.map(|(kind, text)| (kind, text.to_owned())).to_vec());
    for writer in ["pyarrow.parquet", "duckdb.parquet", "polars.parquet"] {
        let said = read(&data(writer)).expect(writer);
        assert_eq!(said.columns, COLUMNS, "{writer}");
        assert_eq!(said.rows, rows, "{writer}");
        assert_eq!(said.notes, [""; 0], "{writer}");
    }
}

#[test]
fn a_sum_that_was_written_as_a_double_is_told() {
    let said = read(&data("duckdb-sum.parquet")).expect("it reads");
    assert_eq!(said.texts(0), ["9007199254740992.0"], "it was 9007199254740993");
    assert!(said.notes[0].contains("'total' holds whole numbers as doubles"), "{:?}", said.notes);
}

#[test]
fn parts_of_several_writers_are_one_table() {
    let folder = tempfile::tempdir().expect("a folder");
    for (part, writer) in
        [("b.parquet", "duckdb.parquet"), ("a", "pyarrow.parquet"), ("c.parquet", "polars.parquet")]
    {
        fs::copy(data(writer), folder.path().join(part)).expect("copied");
    }
    fs::write(folder.path().join("_metadata"), "PAR1").expect("written");
    fs::write(folder.path().join(".part-0.inprogress.7"), "PAR1").expect("written");
    let said = read(folder.path()).expect("it reads");
    assert_eq!(said.texts(0), ["1", "2", "null", "1", "2", "null", "1", "2", "null"]);
    assert!(said.notes[0].contains("1 file (4 bytes)"), "{:?}", said.notes);
}

#[test]
fn parts_of_two_schemas_are_refused_with_their_types() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = |name: &str, schema: &str, columns: Vec<Made>| {
        write(&folder.path().join(name), &format!("message m {{ {schema} }}"), &[columns], How::default());
    };
    let whole = || Made::required(Values::Int64(vec![1]));
    let text = || Made::required(Values::Bytes(vec![b"1".to_vec()]));
    part("a.parquet", "required int64 id; required int64 x;", vec![whole(), whole()]);
    // Another width and another order are no other schema.
    let narrow = Made::required(Values::Int32(vec![2]));
    part("b.parquet", "required int32 x; required int64 id;", vec![narrow, whole()]);
    let said = read(folder.path()).expect("it reads");
    assert_eq!((said.texts(0), said.texts(1)), (vec!["1", "1"], vec!["1", "2"]));
    part("c.parquet", "required int64 id; required binary x (UTF8);", vec![whole(), text()]);
    let said = failure(folder.path());
    for words in ["c.parquet", "a.parquet", "'x' is text, not whole number"] {
        assert!(said.contains(words), "{said}");
    }
    part("c.parquet", "required int64 id; required int64 X;", vec![whole(), whole()]);
    let said = failure(folder.path());
    assert!(said.contains("has no 'x'") && said.contains("additional 'X'"), "{said}");
}

#[test]
fn a_part_cut_short_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(data("duckdb.parquet"), folder.path().join("a.parquet")).expect("copied");
    let bytes = fs::read(data("polars.parquet")).expect("the file");
    fs::write(folder.path().join("b.parquet"), &bytes[..bytes.len() - 1]).expect("written");
    let said = failure(folder.path());
    assert!(said.contains("b.parquet") && said.contains("cut short"), "{said}");
}

#[test]
fn a_file_is_frozen_and_says_which_values_are_missing() {
    let to = tempfile::tempdir().expect("a folder");
    let target = to.path().join("frozen");
    datasets::provide_parquet(parquet_rows::open);
    let path = data("duckdb.parquet");
    let frozen = freeze_generic(&path, &GenericOptions::default(), &target, &|| true).expect("it freezes");
    let data = fs::read_to_string(target.join(DATA_FILE)).expect("the data");
    let rows: Vec<&str> = data.lines().collect();
    assert_eq!(rows[0], COLUMNS.join(","));
    let second = "2,-0.05,\"\",NaN,[],\"{\"\"a\"\":\"\"\"\",\"\"b\"\":null}\",false,1969-12-31T00:00:00.000000Z,1969-12-31";
    assert_eq!(rows[2], second);
    assert_eq!(rows[3], ",,,,,,,,", "nothing but nulls");
    assert_eq!(frozen.manifest.source.format.as_deref(), Some("parquet"));
    let types: Vec<&str> = frozen.manifest.fields.iter().map(|field| field.kind.name()).collect();
    assert_eq!(types, ["whole", "decimal", "text", "float", "json", "json", "boolean", "time-zoned", "date"]);
}

#[test]
fn a_file_is_read_into_memory() {
    datasets::provide_parquet(parquet_rows::open);
    let read = read_table_of_rows(&data("polars.parquet"), &|| true).expect("a table");
    assert_eq!(read.table.rows(), 3);
    assert_eq!(read.line(2), 3);
}
