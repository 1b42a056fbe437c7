//! Shows which files of a folder are rows, in the layouts that writers leave behind.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use datasets::{
    DATA_FILE, Error, ErrorKind, FieldKind, GenericOptions, Row, RowsForm, RowsFormat, SourceForm,
    freeze_generic, hash_of_table, open_rows, read_table_of_rows,
};

/// Everything that a folder says.
#[derive(Debug)]
struct Said {
    columns: Vec<String>,
    /// The fields of each row; `∅` stands for null, `·` for a missing one.
    rows: Vec<String>,
    notes: Vec<String>,
}

fn read(folder: &Path) -> Result<Said, Error> {
    let mut rows = open_rows(folder, &RowsForm::default(), &|| true)?;
    let columns = rows.columns().to_vec();
    let mut row = Row::default();
    let mut all = Vec::new();
    while rows.next(&mut row)? {
        let fields = row.fields().map(|field| match field.kind {
            FieldKind::Null => "∅".to_owned(),
            FieldKind::Missing => "·".to_owned(),
            _ => field.text.to_owned(),
        });
        all.push(fields.collect::<Vec<_>>().join("|"));
    }
    Ok(Said { columns, rows: all, notes: rows.notes() })
}

#[track_caller]
fn fails(folder: &Path, words: &[&str]) {
    let error = read(folder).expect_err("it can't be read");
    assert_eq!(error.kind(), ErrorKind::Input, "{error}");
    let said = format!("{error} {}", error.hint().unwrap_or_default());
    for word in words {
        assert!(said.contains(word), "`{word}` isn't in: {said}");
    }
}

/// Makes files, each with its text; a name that ends in `/` is a folder.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let made = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = made.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(&path).expect("a folder");
            continue;
        }
        fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        fs::write(&path, text).expect("a file");
    }
    made
}

#[test]
fn parts_are_read_in_the_order_of_their_names() {
    let made = folder(&[
        ("part-2.csv", "id,x\n5,e\n"),
        ("part-0.csv", "id,x\n1,a\n2,b\n"),
        ("part-1.csv", "x,id\nc,3\n\"d,\"\"\",4\n"),
    ]);
    let said = read(made.path()).expect("it reads");
    assert_eq!(said.columns, ["id", "x"]);
    assert_eq!(said.rows, ["1|a", "2|b", "3|c", "4|d,\"", "5|e"]);
    assert_eq!(said.notes, [""; 0]);
}

#[test]
fn the_place_of_a_row_is_in_its_part() {
    let made = folder(&[("a.csv", "id\n1\n"), ("b.csv", "id\n2\n3\n")]);
    let mut rows = open_rows(made.path(), &RowsForm::default(), &|| true).expect("it opens");
    let mut row = Row::default();
    let mut places = Vec::new();
    while rows.next(&mut row).expect("it reads") {
        let place = rows.place();
        places.push((place.file.file_name().expect("a name").to_owned(), place.line));
    }
    assert_eq!(places, [("a.csv".into(), Some(2)), ("b.csv".into(), Some(2)), ("b.csv".into(), Some(3))]);
}

#[test]
fn what_sparks_batch_jobs_leave_beside_their_parts_is_no_row() {
    let made = folder(&[
        ("_SUCCESS", ""),
        ("._SUCCESS.crc", "crc"),
        (".part-00000-1f.csv.crc", "crc"),
        ("part-00000-1f.csv", "id\n1\n"),
        ("_temporary/0/_temporary/attempt_1/part-00001-1f.csv", "id\n2\n"),
        ("_temporary/0/_temporary/attempt_1/.part-00001-1f.csv.crc", "crc"),
        (".spark-staging-7/part-00002-1f.csv", "id\n3\n"),
    ]);
    let said = read(made.path()).expect("it reads");
    assert_eq!(said.rows, ["1"]);
    assert_eq!(said.notes.len(), 1, "{:?}", said.notes);
    assert!(said.notes[0].contains("2 files (10 bytes)"), "{:?}", said.notes);
}

#[test]
fn files_that_flink_is_at_work_on_are_no_rows() {
    let at_work = ".part-3f-0.inprogress.8d-1";
    let made = folder(&[
        ("2026-01-01--12/part-3f-0.json", "{\"id\":1}\n"),
        ("2026-01-01--13/part-3f-1.json", "{\"id\":2}\n"),
        (&format!("2026-01-01--13/{at_work}"), "{\"id\":3}\n{\"id\""),
        ("_tmp/part-1", "x"),
        ("2026-01-01--13/_part-0-0.pending", "x"),
        ("2026-01-01--13/part-0-0.csv.inprogress.77", "x"),
    ]);
    let said = read(made.path()).expect("it reads");
    assert_eq!(said.rows, ["1", "2"]);
    assert!(said.notes[0].contains("4 files"), "{:?}", said.notes);
}

/// An entry of the log of Spark's streaming sink, as Spark writes it.
fn entry(path: &str, size: usize, action: &str) -> String {
    format!(
        "{{\"path\":\"file:///elsewhere/out/{path}\",\"size\":{size},\"isDir\":false,\
         \"modificationTime\":1767225600000,\"blockReplication\":1,\"blockSize\":33554432,\"action\":\"{action}\"}}\n"
    )
}

const TEXT: &str = "id\n1\n";

/// Files of one row, each with its number.
fn numbered(names: &[&'static str]) -> Vec<(&'static str, String)> {
    (1..).zip(names).map(|(number, name)| (*name, format!("id\n{number}\n"))).collect()
}

/// A streaming sink's folder with these files and logs.
fn sink(files: &[(&str, String)], logs: &[(&str, String)]) -> tempfile::TempDir {
    let logs: Vec<(String, String)> =
        logs.iter().map(|(name, text)| (format!("_spark_metadata/{name}"), format!("v1\n{text}"))).collect();
    let files = files.iter().map(|(name, text)| (*name, text.as_str()));
    let all: Vec<(&str, &str)> =
        files.chain(logs.iter().map(|(name, text)| (name.as_str(), text.as_str()))).collect();
    folder(&all)
}

#[test]
fn only_files_that_sparks_log_names_count_in_its_order() {
    let size = TEXT.len();
    let files = numbered(&["part-0-c.csv", "part-0-a.csv", "part-1-b.csv", "part-0-d.csv"]);
    let logs = [
        ("0", entry("part-0-c.csv", size, "add")),
        ("1", entry("part-0-a.csv", size, "add") + &entry("part-1-b.csv", size, "add")),
        ("2", String::new()),
        (".3.1234.tmp", entry("part-0-d.csv", size, "add")),
    ];
    let said = read(sink(&files, &logs).path()).expect("it reads");
    assert_eq!(said.rows, ["1", "2", "3"]);
    assert!(said.notes[0].contains("1 file (5 bytes)"), "{:?}", said.notes);
    assert!(said.notes[0].contains("its log doesn't name"), "{:?}", said.notes);
}

#[test]
fn a_compacted_log_stands_for_all_before_it_and_deleted_files_are_gone() {
    let size = TEXT.len();
    let files = numbered(&["a.csv", "b.csv", "c.csv", "d.csv"]);
    let logs = [
        // Older than what is taken together: it says nothing any more.
        ("6.compact", entry("gone.csv", 99, "add")),
        ("8", entry("gone.csv", 99, "add")),
        ("9.compact", entry("a.csv", size, "add") + &entry("b.csv", size, "add")),
        ("10", entry("b.csv", size, "delete") + &entry("c.csv", size, "add")),
        ("11", entry("d.csv", size, "add")),
    ];
    let said = read(sink(&files, &logs).path()).expect("it reads");
    assert_eq!(said.rows, ["1", "3", "4"]);
}

#[test]
fn partitions_of_a_streaming_sink_are_found_by_their_log() {
    let names = ["day=2026-01-01/part-0.csv", "day=2026-01-01 10%3A00/part-0.csv"];
    let files = numbered(&names);
    let size = TEXT.len();
    // A path that has an escape in it is escaped once more as an address.
    let escaped = "day=2026-01-01%2010%253A00/part-0.csv";
    let logs = [("0", entry(names[0], size, "add") + &entry(escaped, size, "add"))];
    let said = read(sink(&files, &logs).path()).expect("it reads");
    assert_eq!(said.columns, ["id", "day"]);
    assert_eq!(said.rows, ["1|2026-01-01", "2|2026-01-01 10:00"]);
}

#[test]
fn a_log_that_the_folder_contradicts_is_refused() {
    let size = TEXT.len();
    let files = || numbered(&["a.csv", "b.csv"]);
    let log = |name: &'static str, text: String| (name, text);
    let gap = [log("0", entry("a.csv", size, "add")), log("2", entry("b.csv", size, "add"))];
    fails(sink(&files(), &gap).path(), &["batch 1 is missing"]);
    fails(sink(&files(), &[log("1", entry("a.csv", size, "add"))]).path(), &["batch 0 is missing"]);
    fails(sink(&files(), &[log("0", entry("c.csv", size, "add"))]).path(), &["'c.csv'", "isn't there"]);
    fails(sink(&files(), &[log("0", entry("a.csv", 7, "add"))]).path(), &["a.csv", "5 bytes", "it has 7"]);
    fails(sink(&files(), &[log("0", entry("a.csv", size, "move"))]).path(), &["'move'", "line 2"]);
    fails(sink(&files(), &[log("0", "{\"path\":\"a.csv\"".to_owned())]).path(), &["line 2", "not an entry"]);
    fails(sink(&files(), &[log("0", String::new())]).path(), &["its log names none"]);
    let torn = folder(&[("a.csv", TEXT), ("_spark_metadata/0", "")]);
    fails(torn.path(), &["doesn't begin with v1"]);
}

#[test]
fn folders_name_columns() {
    let made = folder(&[
        ("day=2026-01-02/hour=1/part.csv", "id\n3\n"),
        ("day=2026-01-01/hour=__HIVE_DEFAULT_PARTITION__/part.csv", "id\n1\n"),
        ("day=a%2Fb/hour=/part.csv", "id\n4\n"),
    ]);
    let said = read(made.path()).expect("it reads");
    assert_eq!(said.columns, ["id", "day", "hour"]);
    assert_eq!(said.rows, ["1|2026-01-01|∅", "3|2026-01-02|1", "4|a/b|"]);
    let odd = folder(&[("day=1/part.csv", "id\n1\n"), ("hour=1/part.csv", "id\n1\n")]);
    fails(odd.path(), &["hour=1/part.csv", "day=1/part.csv", "'hour'", "'day'"]);
}

#[test]
fn a_column_that_parts_have_themselves_isnt_taken_from_folders() {
    let made = folder(&[("day=2026-01-01/part.csv", "day,id\nMonday,1\n")]);
    let said = read(made.path()).expect("it reads");
    assert_eq!((said.columns, said.rows), (vec!["day".into(), "id".into()], vec!["Monday|1".into()]));
}

#[test]
fn parts_of_two_schemas_are_refused_with_both_names() {
    let made = folder(&[("a.csv", "id,x,y\n1,2,3\n"), ("b.csv", "id,X,y,z\n1,2,3,4\n")]);
    fails(made.path(), &["b.csv", "a.csv", "has no 'x'", "additional 'X', 'z'", "header"]);
    let formats = folder(&[("a.csv", "id\n1\n"), ("b.jsonl", "{\"id\":1}\n")]);
    fails(formats.path(), &["b.jsonl", "another format", "a.csv"]);
}

#[test]
fn lines_of_json_have_the_columns_of_all_parts() {
    let made =
        folder(&[("a.jsonl", "{\"id\":1}\n{\"x\":null,\"id\":2}\n"), ("b.jsonl", "{\"y\":1,\"id\":3}\n")]);
    let said = read(made.path()).expect("it reads");
    assert_eq!(said.columns, ["id", "x", "y"]);
    assert_eq!(said.rows, ["1|·|·", "2|∅|·", "3|·|1"]);
}

#[test]
fn compressed_parts_are_read_and_empty_ones_are_counted() {
    let made = folder(&[("part-1.csv", "id\n2\n"), ("part-2.csv", "")]);
    for (name, text) in [("part-0.csv.gz", "id\n1\n"), ("part-3.csv.gz", "")] {
        let file = fs::File::create(made.path().join(name)).expect("a file");
        let mut writer = flate2::write::GzEncoder::new(file, flate2::Compression::default());
        writer.write_all(text.as_bytes()).expect("written");
        writer.finish().expect("written");
    }
    let said = read(made.path()).expect("it reads");
    assert_eq!(said.rows, ["1", "2"]);
    assert_eq!(said.notes, ["empty files, which have no rows: 2 of 4"]);
}

#[test]
fn a_folder_without_rows_is_refused_and_what_was_seen_is_told() {
    fails(folder(&[]).path(), &["no file of rows", "it is empty"]);
    fails(folder(&[("_SUCCESS", "")]).path(), &["no file of rows", "it is empty"]);
    let left = folder(&[("_temporary/0/part-0.csv", "id\n1\n"), (".part-0.inprogress.1", "")]);
    fails(left.path(), &["no file of rows", "only 2 files (5 bytes)", "crash"]);
    fails(folder(&[("a.csv", ""), ("b.csv", "")]).path(), &["all files of rows in this folder are empty"]);
}

#[test]
fn tables_with_a_log_of_their_own_are_refused() {
    let delta = folder(&[("_delta_log/00000000000000000000.json", "{}"), ("part-0.parquet", "")]);
    fails(delta.path(), &["Delta Lake", "log"]);
    fails(folder(&[(".hoodie/hoodie.properties", ""), ("a.parquet", "")]).path(), &["Hudi"]);
    fails(folder(&[("metadata/v1.metadata.json", "{}"), ("data/a.parquet", "")]).path(), &["Iceberg"]);
    let said = read(folder(&[("metadata/part.csv", "id\n1\n")]).path()).expect("only a name");
    assert_eq!(said.rows, ["1"]);
}

#[test]
fn a_bad_part_is_named() {
    let made = folder(&[("a.csv", "id,x\n1,2\n"), ("b.csv", "id,x\n1\n")]);
    fails(made.path(), &["b.csv line 2", "1 field"]);
}

#[cfg(unix)]
#[test]
fn parts_that_are_no_files_are_refused() {
    let made = folder(&[("a.csv", "id\n1\n")]);
    std::os::unix::fs::symlink("nowhere", made.path().join("b.csv")).expect("a link");
    fails(made.path(), &["b.csv", "no such file"]);
    let made = folder(&[("a.csv", "id\n1\n")]);
    std::os::unix::net::UnixListener::bind(made.path().join("b.csv")).expect("a socket");
    fails(made.path(), &["b.csv", "not a regular file"]);
    let made = folder(&[("a/a.csv", "id\n1\n")]);
    std::os::unix::fs::symlink(".", made.path().join("a/again")).expect("a link");
    fails(made.path(), &["again", "leads back to a folder around it"]);
    let deep = format!("{}a.csv", "a/".repeat(40));
    fails(folder(&[(&deep, "id\n1\n")]).path(), &["more than 32 levels"]);
}

#[test]
fn a_folder_is_frozen_as_one_table() {
    let made = folder(&[
        ("day=2026-01-02/p.csv", "id,x\n3,\n4,\"a,\"\"\"\n"),
        ("day=2026-01-01/p.csv", "id,x\n1,b\n2,\"\"\n"),
        (".part.inprogress.1", "id,x\n5"),
    ]);
    let to = tempfile::tempdir().expect("a folder");
    let target = to.path().join("frozen");
    let options = GenericOptions { key: vec!["id".into()], ..GenericOptions::default() };
    let frozen = freeze_generic(made.path(), &options, &target, &|| true).expect("it freezes");
    let data = fs::read_to_string(target.join(DATA_FILE)).expect("the data");
    assert_eq!(
        data, "id,x,day\n1,b,2026-01-01\n2,\"\",2026-01-01\n3,,2026-01-02\n4,\"a,\"\"\",2026-01-02\n",
        "no value isn't an empty one"
    );
    let source = &frozen.manifest.source;
    assert_eq!(source.format.as_deref(), Some("folder of csv"));
    let hash = hash_of_table(made.path(), &|| true).expect("a hash").to_hex();
    assert_eq!(source.blake3.as_deref(), Some(hash.as_str()));
    assert!(frozen.notes.iter().any(|note| note.contains("1 file (6 bytes)")), "{:?}", frozen.notes);
    datasets::Frozen::open(&target).expect("it opens");
}

#[test]
fn values_of_json_in_a_folder_keep_what_they_are() {
    let made = folder(&[
        ("a.jsonl", "{\"n\":1,\"t\":\"2\",\"e\":\"\"}\n"),
        ("b.jsonl", "{\"n\":null,\"t\":\"3\"}\n"),
    ]);
    let to = tempfile::tempdir().expect("a folder");
    let target = to.path().join("frozen");
    let frozen =
        freeze_generic(made.path(), &GenericOptions::default(), &target, &|| true).expect("it freezes");
    let types: Vec<&str> = frozen.manifest.fields.iter().map(|field| field.kind.name()).collect();
    assert_eq!(types, ["whole", "text", "text"]);
    assert_eq!(fs::read_to_string(target.join(DATA_FILE)).expect("the data"), "n,t,e\n1,2,\"\"\n,3,\n");
}

#[test]
fn what_speaks_of_one_file_is_refused_for_a_folder() {
    let made = folder(&[("a.csv", "id\n1\n")]);
    let to = tempfile::tempdir().expect("a folder");
    let refused = |options: GenericOptions| {
        let error = freeze_generic(made.path(), &options, &to.path().join("frozen"), &|| true);
        let error = error.expect_err("refused");
        (error.kind(), error.to_string())
    };
    let trim = SourceForm { trim: true, ..SourceForm::default() };
    let (kind, said) = refused(GenericOptions { form: trim, ..GenericOptions::default() });
    assert!(
        kind == ErrorKind::Usage && said.contains("--trim") && said.contains("folder of parts"),
        "{said}"
    );
    let (_, said) = refused(GenericOptions { max_ratio: Some(7), ..GenericOptions::default() });
    assert!(said.contains("--max-ratio"), "{said}");
    let format = Some(RowsFormat::JsonLines);
    let (kind, said) = refused(GenericOptions { format, ..GenericOptions::default() });
    assert!(kind == ErrorKind::Input && said.contains("a.csv line 1"), "{said}");
}

#[test]
fn a_folder_is_read_into_memory() {
    let made = folder(&[("a.csv", "id,x\n1,a\n"), ("b.csv", "id,x\n2,\"b\nc\"\n3,d\n")]);
    let read = read_table_of_rows(made.path(), &|| true).expect("a table");
    assert_eq!(read.table.rows(), 3);
    let lines: Vec<u64> = (0..3).map(|row| read.line(row)).collect();
    assert_eq!(lines, [2, 2, 4]);
}
