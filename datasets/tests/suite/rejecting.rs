//! Bad rows that are left out: counted, kept, guarded.

use std::fs;
use std::path::PathBuf;

use datasets::{BadRows, Error, Event, Format, Frozen, ImportOptions, Imported, Instance, Rejected, freeze};

use crate::support::{Scratch, check_input, check_usage, events, import_text, names, options};

fn lenient() -> ImportOptions {
    ImportOptions { bad_rows: BadRows::Reject, ..events() }
}

fn import(content: impl AsRef<[u8]>) -> Result<Imported, Error> {
    import_text(Format::Csv, &lenient(), content)
}

/// A file with a bad row of every kind among three good ones.
const MIXED: &[u8] = b"event_time_ms,key,value\n\
    1,a,1\n\
    x,a,1\n\
    2,\"b\n2\",NaN\n\
    3,c\n\
    3,c,1,1\n\
    \n\
    4,\"d,\"\"4\"\"\",4\n\
    5,e\xff,5\n\
    6,f,9223372036854775808\n\
    7,g,1e999\n\
    7,g,-inf\n\
    8,h,-8\n";

fn frozen(scratch: &Scratch) -> (PathBuf, Instance) {
    let imported = import(MIXED).expect("three rows are good");
    let target = scratch.path().join("d");
    freeze(&imported.instances[0], &target).expect("good");
    (target, imported.instances.into_iter().next().expect("one"))
}

#[test]
fn the_good_rows_stay_and_the_bad_are_kept() {
    let imported = import(MIXED).expect("three rows are good");
    let [instance] = &imported.instances[..] else { panic!("one instance") };
    let times: Vec<u64> = instance.values.chunks(3).map(|row| row[0]).collect();
    assert_eq!(times, [1, 4, 8]);
    assert_eq!((instance.keys.len(), instance.keys.get(1)), (3, &b"d,\"4\""[..]));
    let kept = |line, reason: &str, row: &[u8]| Rejected { line, reason: reason.into(), row: row.to_vec() };
    let expected = [
        kept(3, "event_time_ms is not a number", b"x,a,1"),
        kept(4, "value is not finite", b"2,\"b\n2\",NaN"),
        kept(6, "2 fields, the header has 3", b"3,c"),
        kept(7, "4 fields, the header has 3", b"3,c,1,1"),
        kept(10, "not UTF-8 text", b"5,e\xff,5"),
        kept(11, "value doesn't fit in 63 bits and a sign", b"6,f,9223372036854775808"),
        kept(12, "value doesn't fit in 64 bits", b"7,g,1e999"),
        kept(13, "value is not finite", b"7,g,-inf"),
    ];
    assert_eq!(instance.rejected, expected);
    assert_eq!(imported.summary.rejected["value is not finite"], 2);
    assert_eq!(imported.summary.rejected.values().sum::<u64>(), 8);
    assert_eq!(imported.summary.blank_lines, 1);
}

#[test]
fn the_first_bad_row_fails_unless_told_otherwise() {
    let error = import_text(Format::Csv, &events(), "event_time_ms,key,value\n1,a,1\n2,b,NaN\n");
    check_input(&error.expect_err("not a number"), &["x.txt line 3: value `NaN` is not finite"]);
}

#[test]
fn a_number_that_the_unit_of_others_pushes_over_is_never_left_out() {
    // What is left out for that would be exactly the largest numbers.
    let content = "event_time_ms,key,value\n1,a,0.5\n2,b,922337203685477581\n3,c,-922337203685477580.8\n";
    let error = import(content).expect_err("the unit is at fault");
    let message = "x.txt line 3: value 922337203685477581 doesn't fit in 63 bits and a sign once scaled by 10, \
                   as value 0.5 in line 2 asks for";
    check_input(&error, &[message, "--unit"]);
    let whole = content.replace("1,a,0.5", "1,a,5");
    let imported = import(whole.replace("580.8", "580")).expect("without decimals all fit");
    assert!(imported.summary.rejected.is_empty());
    // A number that is too large in any unit is its row's fault.
    let imported =
        import(content.replace("922337203685477581", "9223372036854775808")).expect("two are good");
    assert_eq!(imported.summary.rejected["value doesn't fit in 63 bits and a sign"], 1);
    let [instance] = &imported.instances[..] else { panic!("one instance") };
    assert_eq!((instance.scale, instance.values[5].cast_signed()), (10, i64::MIN));
    // The key of the row that was left out is unknown.
    assert_eq!(instance.keys.len(), 2);
    let mut options = options(Some("10"));
    options.bad_rows = BadRows::Reject;
    let imported = import_text(Format::Csv, &options, "size\n11\n10\n9\n12\n").expect("two are good");
    assert_eq!(imported.instances[0].values, [10, 9]);
    assert_eq!(imported.summary.rejected["size exceeds the capacity 10"], 2);
}

#[test]
fn a_named_unit_rounds_and_counts() {
    let content =
        "event_time_ms,key,value\n1,cpu,0.12300000000000001\n2,cpu,41.5\n3,cpu,92.358\n4,cpu,-99.2005\n";
    let options =
        |unit: &str| ImportOptions { unit: Some(unit.to_owned()), bad_rows: BadRows::Reject, ..events() };
    let rounded = |unit: &str| {
        let imported = import_text(Format::Csv, &options(unit), content).expect("all four are good");
        let [instance] = &imported.instances[..] else { panic!("one instance") };
        let values: Vec<i64> = instance.values.chunks(3).map(|row| row[2].cast_signed()).collect();
        assert_eq!(instance.source.unit.as_deref(), Some(unit));
        assert_eq!(instance.source.rounded.unwrap_or_default(), imported.summary.rounded_numbers);
        (values, instance.scale, imported.summary.rounded_numbers)
    };
    assert_eq!(rounded("0.001"), (vec![123, 41_500, 92_358, -99_201], 1000, 2));
    assert_eq!(rounded("1"), (vec![0, 42, 92, -99], 1, 4));
    assert_eq!(rounded("0.0001"), (vec![1230, 415_000, 923_580, -992_005], 10_000, 1));
    for unit in ["0.5", "10", "0", "", "x", "-0.1", "0.0000000000000000001"] {
        let error = import_text(Format::Csv, &options(unit), content).expect_err(unit);
        check_usage(&error, &["is not 1, 0.1, 0.01"]);
    }
    // Exactly, four records of such different size don't fit: both lines are named, and no row is left out for it.
    let error = import_text(Format::Csv, &ImportOptions { unit: None, ..options("") }, content)
        .expect_err("too fine");
    check_input(
        &error,
        &["line 4: value 92.358 ", "as value 0.12300000000000001 in line 2 asks for", "--unit 0.001"],
    );
    // The same where all numbers have all digits of a float: those that fit no more are the largest.
    for value in
        ["99.35800000000000409", "99.358000000000004093", "0.1234567890123456789", "-9223372036854775807.5"]
    {
        let content = format!("event_time_ms,key,value\n1,cpu,1\n2,cpu,{value}\n");
        let error = import(&content).expect_err(value);
        check_input(&error, &["line 3: value", value, "--unit 0.001"]);
        import_text(Format::Csv, &options("1"), &content).expect("whole numbers fit");
    }
    // Sizes are rounded as well; a capacity isn't.
    let sized = |capacity: &str| ImportOptions {
        unit: Some("0.1".into()),
        ..super::support::options(Some(capacity))
    };
    let imported = import_text(Format::Csv, &sized("10"), "size\n9.97\n0.25\n").expect("good");
    assert_eq!(imported.instances[0].values, [100, 3]);
    let error = import_text(Format::Csv, &sized("10.05"), "size\n1\n").expect_err("no multiple");
    check_usage(&error, &["the capacity 10.05 is no multiple of the unit 0.1"]);
    let error = import_text(Format::BppLib, &sized("10"), "1\n10\n5\n").expect_err("own unit");
    check_usage(&error, &["unit of their own"]);
}

#[test]
fn a_time_that_is_missing_has_a_reason_of_its_own() {
    let imported = import("event_time_ms,key,value\n1,a,1\n,b,1\nNULL,c,1\nx,d,1\n").expect("one is good");
    let expected =
        [("event_time_ms is missing".to_owned(), 2), ("event_time_ms is not a number".to_owned(), 1)];
    assert_eq!(imported.summary.rejected, expected.clone().into());
    let scratch = Scratch::new();
    let target = scratch.path().join("d");
    let manifest = freeze(&imported.instances[0], &target).expect("good");
    assert_eq!(manifest.rejected_reasons, expected.into());
    assert_eq!(Frozen::open(&target).expect("good").manifest, manifest);
    let path = target.join("manifest.toml");
    let text = std::fs::read_to_string(&path).expect("text");
    std::fs::write(
        &path,
        text.replace("\"event_time_ms is missing\" = 2", "\"event_time_ms is missing\" = 3"),
    )
    .expect("a write");
    let frozen = Frozen::open(&target).expect("readable");
    check_input(&frozen.verify().expect_err("3 + 1 are not 3"), &["manifest.toml", "rejected_reasons"]);
}

#[test]
fn nothing_good_is_an_error() {
    let error = import("event_time_ms,key,value\n\nx,a,1\n1,a,\n").expect_err("both are bad");
    check_input(&error, &["x.txt line 3: all 2 rows are bad", "event_time_ms is not a number"]);
    check_input(&import("event_time_ms,key,value\n").expect_err("no rows"), &["a header and no records"]);
}

#[test]
fn what_hides_other_rows_is_never_left_out() {
    for (content, part) in [
        (&b"event_time_ms,key,value\n1,a,1\n2,\"b,2\n3,c,3\n"[..], "line 3: a quote opens here"),
        (b"event_time_ms,key,value\n1,\"a\"x,1\n", "line 2: text after a closing quote"),
        (b"event_time_ms,k\xff,value\n1,a,1\n", "line 1: not UTF-8 text"),
        (b"\xff\xfee\0v\0\n\0", "the file is UTF-16"),
        (b"event_time_ms,value\n1,1\n", "no column `key`"),
    ] {
        check_input(&import(content).expect_err(part), &[part]);
    }
    for format in [Format::OrLib, Format::BppLib] {
        let options = ImportOptions { bad_rows: BadRows::Reject, ..options(None) };
        let error = import_text(format, &options, "1\n10\n5\n").expect_err("nothing may be left out");
        check_usage(&error, &["none can be left out"]);
    }
}

#[test]
fn lines_and_rows_are_right_whatever_ends_them() {
    for end in ["\n", "\r\n", "\r"] {
        for mark in ["", "\u{feff}"] {
            let lines = ["event_time_ms,key,value", "1,a,1", "", "\"x\",b,2", "", "y,\"c\nd\",3", "z,,"];
            let imported = import(format!("{mark}{}", lines.join(end))).expect("one is good");
            let rejected = &imported.instances[0].rejected;
            let found: Vec<(u64, &[u8])> = rejected.iter().map(|row| (row.line, &row.row[..])).collect();
            assert_eq!(found, [(4, &b"\"x\",b,2"[..]), (6, b"y,\"c\nd\",3"), (8, b"z,,")], "{end:?}");
        }
    }
}

#[test]
fn text_beyond_the_first_buffer_may_be_no_utf_8() {
    let mut content = b"event_time_ms,key,value\n".to_vec();
    for i in 0..60_000 {
        content.extend_from_slice(if i % 3 == 2 { b"1,\xe2\x82,1\n" } else { "1,é€,1\n".as_bytes() });
    }
    let imported = import(content).expect("two thirds are good");
    assert_eq!(imported.summary.rejected["not UTF-8 text"], 20_000);
    assert_eq!(imported.instances[0].records(), 40_000);
}

#[test]
fn rejected_rows_are_frozen_with_the_data() {
    let scratch = Scratch::new();
    let (target, instance) = frozen(&scratch);
    assert_eq!(names(&target), ["manifest.toml", "records.csv", "rejected.csv"]);
    let bytes = fs::read(target.join(datasets::REJECTED_FILE)).expect("bytes");
    let frozen = Frozen::open(&target).expect("whole");
    assert_eq!(frozen.manifest.rejected, Some(8));
    assert_eq!(frozen.manifest.rejected_blake3, Some(blake3::hash(&bytes).to_hex().to_string()));
    assert_eq!(frozen.load::<Event>().expect("whole").records.len(), 3);
    frozen.verify().expect("whole");
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    assert_eq!(reader.byte_headers().expect("a header"), vec!["line", "reason", "row"]);
    for (row, kept) in reader.byte_records().zip(&instance.rejected) {
        let row = row.expect("three fields");
        let line = kept.line.to_string();
        assert_eq!(row.iter().collect::<Vec<_>>(), [line.as_bytes(), kept.reason.as_bytes(), &kept.row]);
    }
}

#[test]
fn rejected_rows_that_were_touched_are_noticed() {
    let scratch = Scratch::new();
    let (target, _) = frozen(&scratch);
    let path = target.join("rejected.csv");
    let good = fs::read(&path).expect("bytes");
    let verify = || Frozen::open(&target).expect("a good manifest").verify();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        fs::write(&path, bytes).expect("a write");
        check_input(&verify().expect_err("a bit is flipped"), &["rejected.csv: changed since the freeze"]);
    }
    for length in (0..good.len()).step_by(7) {
        fs::write(&path, &good[..length]).expect("a write");
        check_input(&verify().expect_err("cut"), &["rejected.csv: changed since the freeze"]);
    }
    fs::remove_file(&path).expect("a removal");
    check_input(&verify().expect_err("gone"), &["rejected.csv: no such file or folder"]);
    fs::write(&path, &good).expect("a write");
    verify().expect("whole again");

    let manifest_path = target.join("manifest.toml");
    let manifest = fs::read_to_string(&manifest_path).expect("text");
    let edited = |from: &str, to: &str| {
        fs::write(&manifest_path, manifest.replace(from, to)).expect("a write");
        Frozen::open(&target).and_then(|frozen| frozen.verify()).expect_err("edited")
    };
    check_input(
        &edited("rejected = 8", "rejected = 7"),
        &["rejected.csv: holds 8 rows, the manifest says 7"],
    );
    check_input(&edited("rejected = 8\n", ""), &["rejected and rejected_blake3 go together"]);
    check_input(&edited("rejected = 8", "rejected = 0"), &["rejected is at least 1"]);
    check_input(&edited("rejected_blake3 = \"", "rejected_blake3 = \"x"), &["rejected_blake3 `x"]);
}
