//! Files that can't be frozen: the exit code, the place and the value, and that nothing is half-written.

use crate::support::Scratch;

/// Freezes `content` as `items.csv` for bins of 100, which must fail and leave nothing.
fn reject(content: impl AsRef<[u8]>, parts: &[&str]) {
    reject_hinting(content, parts, "");
}

fn reject_hinting(content: impl AsRef<[u8]>, parts: &[&str], hint: &str) {
    let scratch = Scratch::new();
    scratch.write("items.csv", content);
    let before = scratch.state();
    let ran =
        scratch.run("freeze items.csv --to new/data --problem bin-packing --set capacity=100").expect(4);
    assert!(ran.stdout.is_empty(), "{ran}");
    let ran = ran.says(&["items.csv"]).says(parts);
    if !hint.is_empty() {
        ran.hints(hint);
    }
    assert_eq!(scratch.state(), before);
}

/// Freezes `content` for bins of 100, which gives the data `expected`.
fn accept(content: impl AsRef<[u8]>, expected: &str) {
    let scratch = Scratch::new();
    scratch.write("items.csv", content);
    scratch.run("freeze items.csv --to data --problem bin-packing --set capacity=100").expect(0);
    assert_eq!(scratch.read("data/records.csv"), expected);
    scratch.run("verify data").expect(0);
    assert_eq!(scratch.names(""), ["data", "items.csv"]);
}

#[test]
fn a_missing_file() {
    let scratch = Scratch::new();
    scratch
        .run("freeze gone.csv --to data --problem bin-packing --set capacity=9")
        .expect(4)
        .says(&["gone.csv", "no such file"]);
    scratch.run("freeze gone.txt --to data --format orlib").expect(4).says(&["gone.txt", "no such file"]);
    assert!(scratch.names("").is_empty());
}

#[test]
fn a_missing_column() {
    reject_hinting(
        "weight,siz\n1,2\n",
        &["line 1", "no column `size`", "`weight`, `siz`"],
        "did you mean `siz`",
    );
    reject_hinting("id;size\n1;2\n", &["line 1", "no column `size`"], "--delimiter ';'");
    reject("SIZE\n1\n", &["line 1", "no column `size`", "`SIZE`"]);
}

#[test]
fn an_empty_file() {
    reject("", &["empty"]);
    reject("\n\n", &["items.csv"]);
    reject("\u{feff}", &["items.csv"]);
}

#[test]
fn a_header_only() {
    reject("size\n", &["no records"]);
    reject("size", &["no records"]);
    reject("size\n\n\n", &["no records"]);
}

#[test]
fn a_ragged_row() {
    reject("id,size\n1,2\n3\n4,5\n", &["line 3", "1 field", "2"]);
    reject("id,size\n1,2\n3,4,5\n", &["line 3", "3 fields", "2"]);
    reject("size\n1\n2,\n", &["line 3", "2 fields"]);
}

#[test]
fn a_newline_within_quotes() {
    accept("note,size\n\"a\nb\",3\nc,4\n", "size\n3\n4\n");
    reject("note,size\n\"a\nb\",3\nc,-4\n", &["line 4", "`-4`", "negative", "record 1"]);
    reject("note,size\n\"a\r\n\r\nb\",3\r\nc,-4\r\n", &["line 5", "`-4`", "negative"]);
    reject("size\n1\n\"2\n3\"\n", &["line 3", "size", r"2\u{a}3"]);
}

#[test]
fn a_quote_that_is_never_closed() {
    reject("size\n1\n\"2\n3\n4\n", &["line 3"]);
    reject("note,size\na,1\n\"b,2\nc,3\n", &["line 3"]);
}

#[test]
fn line_ends_of_other_systems_are_accepted() {
    accept("size\r\n1\r\n2\r\n", "size\n1\n2\n");
    accept("size\r\n1\r\n2", "size\n1\n2\n");
    reject("size\r\n1\r\nx\r\n", &["line 3", "`x`"]);
}

#[test]
fn a_byte_order_mark_is_accepted() {
    accept("\u{feff}size\n1\n", "size\n1\n");
    accept("\u{feff}\"size\",id\r\n1,2\r\n", "size\n1\n");
}

#[test]
fn not_utf8() {
    reject(b"size\n1\n\xff\n", &["line 3", "UTF-8"]);
    reject(b"size,n\xe9\n1,2\n", &["line 1", "UTF-8"]);
    let utf16: Vec<u8> = "size\n1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    reject_hinting([b"\xff\xfe".to_vec(), utf16].concat(), &["UTF-8"], "UTF-8");
}

#[test]
fn a_size_that_is_no_size() {
    for (value, why) in [
        ("-1", "negative"),
        ("-0.5", "negative"),
        ("", "empty"),
        (" 5", "blanks"),
        ("5 ", "blanks"),
        ("+5", "plus"),
        ("1e99999", "exponent"),
        ("NaN", "finite"),
        ("inf", "finite"),
        ("1e999", "64 bits"),
        ("0x10", "hexadecimal"),
        ("1_000", "separator"),
        ("٣", "digits"),
        ("five", "not a number"),
        (".5", "not a number"),
        ("5.", "not a number"),
        ("1.2.3", "not a number"),
    ] {
        reject(format!("id,size\na,1\nb,{value}\n"), &["line 3", &format!("size `{value}`"), why]);
    }
    reject("id,size\na,1\nb,\"1,5\"\n", &["line 3", "`1,5`", "separator"]);
}

#[test]
fn a_size_over_the_capacity() {
    reject("size\n100\n101\n", &["line 3", "size 101 exceeds the capacity 100"]);
    reject("size\n1\n100.01\n", &["line 3", "size 100.01 exceeds the capacity 100"]);
    accept("size\n100\n100.00\n", "size\n100\n100\n");
}

#[test]
fn a_size_over_64_bits() {
    reject("size\n1\n18446744073709551616\n", &["line 3", "18446744073709551616", "64 bits"]);
    reject("size\n1\n99999999999999999999999\n", &["line 3", "64 bits"]);
    reject("size\n1\n18446744073709551615\n", &["line 3", "exceeds the capacity 100"]);
    // It fits, until another number's decimals ask for a finer unit.
    reject("size\n0.1\n18446744073709551615\n", &["line 3", "18446744073709551615", "64 bits"]);
}

#[test]
fn fractions_are_scaled_exactly() {
    accept("size\n0.1\n99.25\n7\n", "size\n10\n9925\n700\n");
    accept("size\n1.0\n2.50\n", "size\n10\n25\n");
    accept("size\n0.000000000000001\n0\n", "size\n1\n0\n");
    reject("size\n0.0000000000000000001\n", &["line 2", "decimals"]);
}

#[test]
fn zeros_are_legal() {
    accept("size\n0\n0.0\n007\n", "size\n0\n0\n7\n");
}

#[test]
fn a_duplicate_header() {
    reject("size,size\n1,2\n", &["line 1", "`size` stands twice"]);
    accept("id,size,id,\n1,2,3,4\n", "size\n2\n");
}

#[test]
fn blank_lines_are_skipped_and_counted() {
    let scratch = Scratch::new();
    scratch.write("items.csv", "size\n1\n\n\n2\n");
    let ran = scratch.run("freeze items.csv --to data --problem bin-packing --set capacity=9").expect(0);
    assert!(ran.stderr.contains("blank lines skipped: 2"), "{ran}");
    reject("size\n1\n\n\n-2\n", &["line 5", "`-2`"]);
}

#[test]
fn a_capacity_that_is_none_is_wrong_use() {
    let scratch = Scratch::new();
    scratch.write("items.csv", "size\n1\n");
    let paking = scratch.run("freeze items.csv --to data --problem bin-paking --set capacity=5").expect(2);
    paking.says(&["bin-paking", "bin-packing"]);
    let nameless = scratch.run("freeze items.csv --to data --set capacity=5").expect(2);
    nameless.says(&["--set", "no problem is named"]).hints("--problem bin-packing");
    let check = |set: &str, parts: &[&str]| {
        let scratch = Scratch::new();
        scratch.write("items.csv", "size\n1\n");
        scratch.run(&format!("freeze items.csv --problem bin-packing --to data {set}")).expect(2).says(parts);
        assert_eq!(scratch.names(""), ["items.csv"], "{set}");
    };
    check("", &["needs a capacity", "--set capacity="]);
    check("--set capacity=0", &["capacity", "0"]);
    check("--set capacity=-1", &["capacity", "-1"]);
    check("--set capacity=x", &["capacity", "x"]);
    check("--set capacity=18446744073709551616", &["capacity", "18446744073709551616"]);
    check("--set capacity=1 --set capacity=2", &["capacity", "twice"]);
    check("--set capacity", &["NAME=VALUE"]);
    check("--set capacity=5 --format cvs", &["cvs", "csv"]);
}

#[test]
fn a_capacity_of_0_in_a_manifest_is_bad_input() {
    let scratch = Scratch::with_tiny();
    scratch.edit("tiny/manifest.toml", "capacity = 10", "capacity = 0");
    for command in ["verify tiny", "batch tiny", "replay tiny --job first-fit"] {
        scratch.run(command).expect(4).says(&["capacity", "0"]);
    }
}

#[test]
fn a_capacity_of_0_in_a_list_file_is_bad_input() {
    let scratch = Scratch::new();
    scratch.write("or.txt", "1\n a\n 0 1 1\n0\n");
    scratch.write("bpp.txt", "1\n0\n0\n");
    scratch.run("freeze or.txt --to data").expect(4).says(&["or.txt line 3", "capacity", "0"]);
    scratch.run("freeze bpp.txt --to data").expect(4).says(&["bpp.txt line 2", "capacity", "0"]);
    assert_eq!(scratch.names(""), ["bpp.txt", "or.txt"]);
}

#[test]
fn list_files_that_lie_about_their_length() {
    for (content, parts) in [
        ("2\n a\n 10 2 1\n4\n6\n", ["line 5", "instance 2 of 2"]),
        ("1\n a\n 10 2 1\n4\n", ["line 4", "size 2 of 2"]),
        ("1\n a\n 10 1 1\n4\n6\n", ["line 5", "`6`"]),
        ("1\n a\n 10 2 1\n4\n11\n", ["line 5", "size 11 exceeds the capacity 10"]),
        ("1\n ../a\n 10 1 1\n4\n", ["line 2", "`../a`"]),
        ("2\n a\n 10 1 1\n4\n a\n 10 1 1\n4\n", ["line 7", "second instance `a`"]),
    ] {
        let scratch = Scratch::new();
        scratch.write("or.txt", content);
        scratch.run("freeze or.txt --format orlib --to data").expect(4).says(&["or.txt"]).says(&parts);
        assert_eq!(scratch.names(""), ["or.txt"], "{content}");
    }
}

#[test]
fn only_regular_files_are_read() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("folder")).expect("a folder");
    for path in ["folder", "/dev/zero", "/dev/null"] {
        scratch
            .run(&format!("freeze {path} --to data --problem bin-packing --set capacity=9"))
            .expect(4)
            .says(&[path]);
    }
    assert_eq!(scratch.names(""), ["folder"]);
}
