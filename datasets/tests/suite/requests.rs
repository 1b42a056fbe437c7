//! Traces of requests, in each of their formats.

use std::collections::BTreeMap;

use datasets::{
    BadRows, Error, Format, Frozen, ImportOptions, Imported, Instance, Item, Request, Typed, freeze,
    generate, import,
};
use proptest::prelude::*;

use crate::support::{Scratch, check_input, check_usage, import_text, requests};

/// Returns what comes back once it is frozen: each request's key as text, and its size.
fn frozen(instance: &Instance) -> Vec<(String, u64)> {
    let scratch = Scratch::new();
    freeze(instance, &scratch.path().join("d")).expect("good");
    let loaded = Frozen::open(&scratch.path().join("d")).expect("whole").load::<Request>().expect("whole");
    let text = |key| String::from_utf8(loaded.keys.get(key).to_vec()).expect("text");
    loaded.records.iter().map(|request| (text(request.key), request.size)).collect()
}

fn good(format: Format, content: impl AsRef<[u8]>) -> (Vec<(String, u64)>, Imported) {
    let imported = import_text(format, &requests(), content).expect("good");
    (frozen(&imported.instances[0]), imported)
}

fn unit(keys: &[&str]) -> Vec<(String, u64)> {
    keys.iter().map(|key| ((*key).to_owned(), 1)).collect()
}

/// Records of `oracleGeneral`: time, object, size, and a lie about the next request.
fn oracle_general(requests: &[(u32, u64, u32)]) -> Vec<u8> {
    let record = |&(time, object, size): &(u32, u64, u32)| {
        [&time.to_le_bytes()[..], &object.to_le_bytes(), &size.to_le_bytes(), &7_i64.to_le_bytes()].concat()
    };
    requests.iter().flat_map(record).collect()
}

fn bad(format: Format, content: impl AsRef<[u8]>) -> Error {
    import_text(format, &requests(), content).expect_err("it is bad")
}

#[test]
fn a_key_stands_in_a_line() {
    let (rows, imported) = good(Format::KeyLines, "\u{feff}b\r\n a b, \n\nb\n\"x");
    assert_eq!(rows, unit(&["b", "a b,", "b", "\"x"]));
    assert_eq!((imported.summary.blank_lines, &imported.instances[0].name[..]), (1, "x"));
    check_input(
        &bad(Format::KeyLines, b"a\n\xff\n"),
        &["x.txt line 2: the key `\u{fffd}` is not UTF-8 text"],
    );
    check_input(&bad(Format::KeyLines, "a".repeat(1 << 16)), &["line 1: a key longer than 64 KiB"]);
    check_input(&bad(Format::KeyLines, " \n\n"), &["x.txt: the file is empty"]);
}

#[test]
fn csv_has_a_key_and_may_have_a_size() {
    let (rows, _) = good(Format::Csv, "key\na\nb\na\n");
    assert_eq!(rows, unit(&["a", "b", "a"]));
    let (rows, imported) = good(Format::Csv, "time,size,key\n1,5,a\n2,0,b\n");
    assert_eq!(rows, [("a".to_owned(), 5), ("b".to_owned(), 1)]);
    assert_eq!(imported.summary.warnings, ["1 request of size 0, which counts as 1"]);
    check_usage(&bad(Format::Csv, "key,size\na,1.5\n"), &["expected whole numbers", "'--unit 1'"]);
    let rounded = ImportOptions { unit: Some("1".into()), ..requests() };
    let imported = import_text(Format::Csv, &rounded, "key,size\na,1.5\n").expect("rounded");
    assert_eq!(frozen(&imported.instances[0]), [("a".to_owned(), 2)]);
}

#[test]
fn a_line_of_lis_is_a_run_of_blocks() {
    let (rows, _) = good(Format::Lis, "5 3 0 0\n\n18446744073709551610 2 0 1\n5 1 0 2\n");
    assert_eq!(rows, unit(&["5", "6", "7", "18446744073709551610", "18446744073709551611", "5"]));
    for (line, parts) in [
        ("5 3 0", &["x.txt line 2: `5 3 0` should be `start count ignored number`", "four numbers"][..]),
        ("5 x 0 0", &["line 2: count `x` is not a number"]),
        ("-5 1 0 0", &["line 2: start `-5` is negative"]),
        ("5 0 0 0", &["line 2: count is 0, expected 1 to 1048576"]),
        ("5 1048577 0 0", &["line 2: count is 1048577"]),
        ("18446744073709551615 1 0 0", &["line 2: 1 blocks from 18446744073709551615 on leave 64 bits"]),
    ] {
        check_input(&bad(Format::Lis, format!("1 1 0 0\n{line}\n")), parts);
    }
    check_input(&bad(Format::Lis, ""), &["the file is empty"]);
}

#[test]
fn oracle_general_is_read_record_by_record() {
    let (rows, imported) =
        good(Format::OracleGeneral, oracle_general(&[(5, 9, 1), (5, u64::MAX, 1), (6, 9, 1)]));
    assert_eq!(rows, unit(&["9", "18446744073709551615", "9"]));
    assert_eq!((imported.instances[0].columns.len(), imported.summary.warnings.len()), (1, 0));
    let (rows, imported) = good(Format::OracleGeneral, oracle_general(&[(5, 9, 0), (4, 2, u32::MAX)]));
    assert_eq!(rows, [("9".to_owned(), 1), ("2".to_owned(), 4_294_967_295)]);
    let warnings =
        ["time goes back 1 time; is this an oracleGeneral file?", "1 request of size 0, which counts as 1"];
    assert_eq!(imported.summary.warnings, warnings);
    // More than one buffer.
    let many: Vec<(u32, u64, u32)> = (0..40_000).map(|i| (i, u64::from(i % 7), 1)).collect();
    assert_eq!(good(Format::OracleGeneral, oracle_general(&many)).0.len(), 40_000);
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let whole = oracle_general(&[(5, 9, 1), (6, 8, 1)]);
    check_input(&bad(Format::OracleGeneral, []), &["the file is empty"]);
    for length in (1..whole.len()).filter(|length| *length != 24) {
        let (request, start) = if length < 24 { (0, 0) } else { (1, 24) };
        let part =
            format!("x.txt: request {request}, at byte {start}, has {} bytes, expected 24", length - start);
        check_input(&bad(Format::OracleGeneral, &whole[..length]), &[&part, "cut off"]);
    }
    check_input(&bad(Format::OracleGeneral, b"\x28\xb5\x2f\xfd and so on"), &["zstd", "decompress"]);
    check_input(&bad(Format::OracleGeneral, b"\x1f\x8b\x08\x08 and so on"), &["gzip", "decompress"]);
    // A time may begin with any bytes, such as those of other formats.
    for sign in [*b"ORC\x67", *b"BZhf", *b"PAR1", *b"\0a\0b"] {
        good(Format::OracleGeneral, oracle_general(&[(u32::from_le_bytes(sign), 0x61_0062, 1)]));
    }
}

#[test]
fn what_makes_no_sense_for_a_trace_is_refused() {
    let refuse = |options: ImportOptions, parts: &[&str]| {
        check_usage(&import_text(Format::Lis, &options, "5 3 0 0\n").expect_err("refused"), parts);
    };
    refuse(ImportOptions { bad_rows: BadRows::Reject, ..requests() }, &["is another trace", "--bad-rows"]);
    refuse(ImportOptions { unit: Some("1".into()), ..requests() }, &["'--unit'"]);
    refuse(ImportOptions { sort_by_arrival: true, ..requests() }, &["arrival_ms"]);
    refuse(
        ImportOptions { columns: Item::COLUMNS, ..requests() },
        &["lis files hold requests", "reads `size`"],
    );
    let renamed = BTreeMap::from([("key".to_owned(), "k".to_owned())]);
    refuse(ImportOptions { renamed, ..requests() }, &["`key` can't be renamed"]);
    let parameters = BTreeMap::from([("capacity".to_owned(), "5".to_owned())]);
    refuse(ImportOptions { parameters, ..requests() }, &["have no capacity", "cache_size"]);
    let error = import_text(Format::BppLib, &requests(), "1\n2\n").expect_err("refused");
    check_usage(&error, &["bpplib files hold sizes, caching reads `key`", "key-lines"]);
}

#[test]
fn formats_are_known_by_their_names() {
    let scratch = Scratch::new();
    for (name, format) in [
        ("P1.lis", Format::Lis),
        ("P1.LIS", Format::Lis),
        ("w01.oracleGeneral.bin", Format::OracleGeneral),
        ("w01.oracleGeneral", Format::OracleGeneral),
        ("P1.csv", Format::Csv),
    ] {
        let path = scratch.write(name, "key\n1\n");
        assert_eq!(Format::guess(&path).expect("readable"), format, "{name}");
    }
}

#[test]
fn requests_can_be_generated() {
    let make = |arguments: &[(&str, u64)]| {
        let arguments = arguments.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
        generate("requests", 5000, 3, &arguments).expect("good arguments")
    };
    let plain = make(&[("keys", 200)]);
    assert_eq!((plain.columns.len(), plain.parameters["cache_size"].number()), (1, Some(20)));
    let once = frozen(&plain).iter().filter(|(key, _)| key.starts_with("once")).count();
    assert!((900..1100).contains(&once), "{once}");
    let sized = make(&[("keys", 200), ("sizes", 50), ("once", 0)]);
    let mut sizes = BTreeMap::new();
    for (key, size) in frozen(&sized) {
        assert!((1..=50).contains(&size));
        assert_eq!(*sizes.entry(key).or_insert(size), size, "an object keeps its size");
    }
    assert_eq!(sized.parameters["cache_size"].number(), Some(500));
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(content in prop::collection::vec(any::<u8>(), 0..200), text in "[0-9 \n-]{0,60}") {
        let scratch = Scratch::new();
        for content in [&content[..], text.as_bytes()] {
            let path = scratch.write("x", content);
            for format in [Format::KeyLines, Format::Lis, Format::OracleGeneral] {
                if let Ok(imported) = import(&path, format, &requests()) {
                    prop_assert!(imported.instances[0].records() > 0);
                }
            }
        }
    }
}
