//! The catalogue of bad input to a dataset, I-01 to I-30: a real file each, frozen by the command line, with what is documented
//! (docs/datasets.md) to come of it.

use std::io::Write as _;

use crate::support::{Ran, Scratch};

/// Describes what comes of a freeze.
enum Comes<'a> {
    /// A dataset with this data, and these words among the notes.
    Data(&'a str, &'a [&'a str]),
    /// Bad input: exit 4, with these words in error and hint.
    Refusal(&'a [&'a str]),
}
use Comes::{Data, Refusal};

const WINDOWS: &str = "--problem windowed-aggregation --set window=tumbling:1000";

fn freeze(scratch: &Scratch, flags: &str) -> Ran {
    scratch.shell(&format!("$COUNTERPOINT freeze x.csv --to d {flags}"))
}

/// Freezes `content` with `flags`, each line of the table by its id.
fn check(id: &str, content: impl AsRef<[u8]>, flags: &str, comes: &Comes<'_>) {
    let scratch = Scratch::new();
    scratch.write("x.csv", content);
    let ran = freeze(&scratch, flags);
    match comes {
        Data(data, notes) => {
            let ran = ran.expect(0);
            assert_eq!(scratch.read("d/records.csv"), *data, "{id}: {ran}");
            for note in *notes {
                assert!(ran.stderr.contains(note), "{id}: no {note:?} in {ran}");
            }
            scratch.run("verify d").expect(0);
        }
        Refusal(parts) => {
            let ran = ran.expect(4);
            for part in *parts {
                assert!(ran.stderr.contains(part), "{id}: no {part:?} in {ran}");
            }
            assert_eq!(scratch.names(""), ["x.csv"], "{id}: nothing is left");
        }
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text).and_then(|()| out.finish()).expect("memory")
}

#[test]
fn i_01_to_i_13_texts() {
    let rows = "a,b\n1,x\n";
    let plain = Data(rows, &[]);
    check("I-01", ["\u{feff}", rows].concat(), "", &Data(rows, &["byte order mark"]));
    check("I-01", "\u{feff}{\"a\":1,\"b\":\"x\"}\n", "--format jsonl", &plain);
    let utf16 = |first: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
        [first.to_vec(), rows.encode_utf16().flat_map(bytes).collect()].concat()
    };
    let (little, big) = (utf16([0xff, 0xfe], u16::to_le_bytes), utf16([0xfe, 0xff], u16::to_be_bytes));
    check("I-02", &little, "", &Refusal(&["UTF-8", "UTF-16", "--encoding utf-16le"]));
    check("I-02", &big, "", &Refusal(&["UTF-16", "--encoding utf-16be"]));
    check("I-02", &big[2..], "", &Refusal(&["UTF-16"]));
    check("I-02", &little, "--encoding utf-16le", &plain);
    check("I-02", &big, "--encoding utf-16be", &plain);
    check("I-02", b"a,b\n1,\xe9\n", "--encoding windows-1252", &Data("a,b\n1,\u{e9}\n", &[]));
    for text in ["a,b\r\n1,x\r\n", "a,b\r1,x\r", "a,b\n1,x", "a,b\r\n1,x\n"] {
        check("I-03", text, "", &plain);
    }
    check("I-04", "a,b\n1,\"x\n\"\"y\"\n2\n", "", &Refusal(&["x.csv line 4", "1 field, the header has 2"]));
    check("I-04", "a,b\n1,\"x\n\"\"y\"\n", "", &Data("a,b\n1,\"x\n\"\"y\"\n", &[]));
    check("I-05", "a\n1\n\"2\n3\n", "", &Refusal(&["x.csv line 3", "never closes"]));
    check("I-05", format!("a\n1\n\"2\n{}", "3\n".repeat(5 << 20)), "", &Refusal(&["x.csv line 3", "1 MiB"]));
    check(
        "I-05",
        format!("a,b\n1,{}\n", "x".repeat((1 << 20) + 1)),
        "",
        &Refusal(&["x.csv line 2", "1 MiB"]),
    );
    check("I-06", "a,b\n1,\"x\"y\n", "", &Refusal(&["x.csv line 2", "text after a closing quote"]));
    check("I-07", "a,b\n1\n", "", &Refusal(&["x.csv line 2", "1 field, the header has 2"]));
    check("I-07", "a,b\n1,x,3\n", "", &Refusal(&["x.csv line 2", "3 fields"]));
    let notes: &[&str] = &["rows rejected: 1, 1 field, the header has 2"];
    check("I-07", "a,b\n1,x\n3\n", "--bad-rows reject", &Data(rows, notes));
    check("I-08", "\na,b\n\n1,x\n\n", "", &Data(rows, &["blank lines skipped: 3"]));
    check("I-09", "", "", &Refusal(&["the file is empty"]));
    check("I-09", "a,b\n", "", &Data("a,b\n", &["froze"][..0]));
    check(
        "I-10",
        "a,a,,\" b \"\n1,2,3,4\n",
        "",
        &Data("a,a_2,column_3, b \n1,2,3,4\n", &["`a` is called `a_2`"]),
    );
    check("I-10", "a,a\n1,2\n", "--key a", &Refusal(&["column `a` stands twice"]));
    check("I-10", " a ,b\n1,x\n", "--trim", &plain);
    check("I-11", "a;b\n1;x\n", "", &Refusal(&["one column `a;b`", "separated by `;`", "--delimiter ';'"]));
    check("I-11", "a;b\n1;x\n", "--delimiter ';'", &plain);
    check("I-12", b"a,b\n1,\xff\n", "", &Refusal(&["x.csv line 2", "not UTF-8 text"]));
    check(
        "I-12",
        b"a,b\n1,x\n2,\xff\n",
        "--bad-rows reject",
        &Data(rows, &["rows rejected: 1, not UTF-8 text"]),
    );
    let odd = "a,b\n1,\0\u{1b}[0m\u{202e}\u{7}\n";
    check("I-13", odd, "", &Data(odd, &[]));
}

#[test]
fn i_14_to_i_23_numbers_and_times() {
    let numbers = "n\n1\nNaN\n-inf\n-0\n1e-999\n";
    check("I-14", numbers, "--value n", &Data(numbers, &[]));
    check("I-14", "n\n1\n1e999\n", "--value n", &Refusal(&["`n` can't be measured", "`text`"]));
    let values = |value: &str| format!("event_time_ms,key,value\n1,a,{value}\n");
    check("I-14", values("NaN"), WINDOWS, &Refusal(&["x.csv line 2", "`NaN` is not finite"]));
    check("I-14", values("1e999"), WINDOWS, &Refusal(&["x.csv line 2", "`1e999` doesn't fit in 64 bits"]));
    for text in ["+5", "007", "1_000", "٣", "0x10"] {
        check("I-15", format!("n\n{text}\n"), "--value n", &Refusal(&["`n` can't be measured"]));
    }
    let wide = "n\n9223372036854775808\n-99999999999999999999\n";
    check("I-15", wide, "--value n", &Data(wide, &[]));
    check("I-15", values("9223372036854775808"), WINDOWS, &Refusal(&["doesn't fit in 63 bits"]));
    let orders = "n\n10000000000000000\n1\n-10000000000000000\n";
    check("I-16", orders, "--value n", &Data(orders, &[]));
    let times = |time: &str| format!("event_time_ms,key,value\n{time},a,1\n");
    check("I-17", times("2024-05-17T10:05:03"), WINDOWS, &Refusal(&["has no offset", "--time-zone"]));
    let local = "t\n2024-05-17T10:05:03\n";
    check("I-17", local, "", &Data(local, &["`t` has no zone", "--time-zone"]));
    let berlin = format!("{WINDOWS} --time-zone Europe/Berlin");
    check("I-18", times("2024-03-31T02:30:00"), &berlin, &Refusal(&["doesn't exist in Europe/Berlin"]));
    let folded = Data("event_time_ms,key,value\n1729989000000,a,1\n", &["showed twice, the first taken: 1"]);
    check("I-18", times("2024-10-27T02:30:00"), &berlin, &folded);
    let scratch = Scratch::new();
    scratch.write("x.csv", times("2024-10-27T02:30:00"));
    freeze(&scratch, &format!("{WINDOWS} --time-zone Europe/Berln")).expect(2).hints("Europe/Berlin");
    freeze(&scratch, "--time-zone Europe/Berln").expect(2).hints("Europe/Berlin");
    let leap = "event_time_ms,key,value\n1483228799999,a,1\n";
    check("I-19", times("2016-12-31T23:59:60Z"), WINDOWS, &Data(leap, &["second 60"]));
    for time in [
        "2024-05-17T24:00:00Z",
        "2024-02-30T00:00:00Z",
        "2024-05-17T10:05:03+99:00",
        "2024-05-17T10:05:03.1234567890Z",
        "\u{2212}5",
        "9223372036854775807",
    ] {
        check("I-20", times(time), WINDOWS, &Refusal(&["x.csv line 2", "event_time_ms"]));
        if !time.starts_with('9') {
            check(
                "I-20",
                format!("t\n{time}\n"),
                "--event-time t",
                &Refusal(&["can't be the event time", "`text`"]),
            );
        }
    }
    // Whatever far time or gap there is, it stays; that a clock runs ahead is for the jobs to survive.
    let far = "event_time_ms,key,value\n1700000000000,a,1\n32503680000000,a,2\n1700000000001,a,3\n";
    for id in ["I-21", "I-22"] {
        check(id, far, WINDOWS, &Data(far, &[]));
        check(id, far, "", &Data(far, &[]));
    }
    let equal = "event_time_ms,key,value\n1000,b,1\n1000,a,2\n999,a,3\n1000,a,4\n";
    check("I-23", equal, "", &Data(equal, &[]));
}

#[test]
fn i_24_to_i_27_compression_and_json() {
    let rows = "a,b\n1,x\n2,y\n";
    let whole = gzip(rows.as_bytes());
    check("I-24", &whole[..whole.len() - 1], "", &Refusal(&["x.csv", "damaged or cut"]));
    check("I-24", &whole[..whole.len() / 2], "", &Refusal(&["damaged or cut"]));
    let mut wrong_sum = whole.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    check("I-24", &wrong_sum, "", &Refusal(&["damaged or cut"]));
    check("I-25", [&gzip(b"a,b\n1,x\n")[..], &gzip(b"2,y\n")].concat(), "", &Data(rows, &[]));
    check("I-25", [&whole[..], b"garbage"].concat(), "", &Refusal(&["damaged or cut"]));
    let line = format!("{}\n", "a".repeat(1_000_000));
    let bomb = gzip(format!("a\n{}", line.repeat(70)).as_bytes());
    check("I-26", &bomb, "", &Refusal(&["more than 200 times", "--max-ratio"]));
    let refused = |line: &str, part: &str| {
        check("I-27", format!("{{\"a\":1}}\n{line}\n"), "--format jsonl", &Refusal(&["x.csv line 2", part]));
    };
    refused(r#"{"a":1,"a":2}"#, "the name `a` stands twice");
    refused(r#"{"a":{"b":1,"b":2}}"#, "the name `b` stands twice");
    refused(r#"{"a":NaN}"#, "not an object of JSON");
    refused(r#"{"a":"\ud800"}"#, "not an object of JSON");
    refused(&format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200)), "recursion");
    refused("[1]", "not an object of JSON");
    refused(r#"{"a":1} x"#, "trailing characters");
    let wide = "{\"a\":18446744073709551616}\n{\"a\":1e400}\n";
    check("I-27", wide, "--format jsonl", &Data("a\n18446744073709551616\n1e400\n", &[]));
    let notes: &[&str] = &["rows rejected: 1, not an object of JSON"];
    check("I-27", "{\"a\":1}\n{\"a\"\n", "--format jsonl --bad-rows reject", &Data("a\n1\n", notes));
}

#[test]
fn i_28_a_dataset_that_changed() {
    let scratch = Scratch::new();
    scratch.write("x.csv", "a,b\n1,x\n");
    freeze(&scratch, "").expect(0);
    scratch.edit("d/records.csv", "1,x", "2,x");
    for command in ["verify d", "show d"] {
        scratch.run(command).expect(4).says(&["records.csv", "changed since the freeze"]);
    }
    scratch.write("other.csv", "a,b\n1,x\n");
    std::fs::remove_file(scratch.path("d/records.csv")).expect("it is there");
    scratch.shell("ln -s ../other.csv d/records.csv").expect(0);
    scratch.run("verify d").expect(4).says(&["a link that leaves the dataset's folder"]);
}

#[test]
fn i_29_what_is_no_file() {
    let scratch = Scratch::new();
    scratch.shell("mkdir folder && mkfifo fifo").expect(0);
    for (path, part) in [
        ("folder", "no file of rows in this folder"),
        ("fifo", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        ("gone", "no such file"),
    ] {
        scratch.run(&format!("freeze {path} --to d")).expect(4).says(&[path, part]);
    }
    assert_eq!(scratch.names(""), ["fifo", "folder"]);
}

#[test]
fn i_30_one_key_for_all() {
    let rows = (0..50_000).map(|i| format!("hot,{i}\n")).collect::<Vec<_>>().concat();
    let text = format!("key,n\n{rows}");
    check("I-30", &text, "", &Data(&text, &[]));
    // A sample by key is of keys, not of records: all or none.
    check("I-30", &text, "--sample-by-key 100%", &Data(&text, &["kept 1 key, 50000 records of 50000"]));
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_parquet_file_is_refused_where_it_cant_be_read() {
    let scratch = Scratch::new();
    scratch.write("table.parquet", b"PAR1 and more PAR1");
    let refused = scratch.run("freeze table.parquet --to data").expect(4);
    refused
        .says(&["table.parquet", "a Parquet file, which this build doesn't read"])
        .hints("--features parquet");
}
