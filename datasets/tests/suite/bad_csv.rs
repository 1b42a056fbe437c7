//! CSV files that must be refused, each with file, line and value.

use datasets::{Format, ImportOptions};

use crate::support::{Scratch, check_input, check_usage, import_csv, import_text, options};

fn reject(content: impl AsRef<[u8]>, parts: &[&str]) {
    let error = import_csv(content).expect_err("the file is bad");
    check_input(&error, &["x.txt"]);
    check_input(&error, parts);
}

#[test]
fn a_size_has_one_spelling() {
    let spellings = [
        ("-5", "is negative"),
        ("NaN", "is not finite"),
        ("inf", "is not finite"),
        ("-Infinity", "is not finite"),
        ("1e999", "doesn't fit in 64 bits"),
        ("1e-999", "has 999 decimals"),
        ("1e99999", "has an exponent"),
        ("1e", "is not a number"),
        ("+5", "has a plus sign"),
        (" 5", "has blanks"),
        ("5\t", "has blanks"),
        ("1_000", "has a separator"),
        ("\"1,5\"", "has a separator"),
        ("0x1F", "is hexadecimal"),
        ("٣٤", "has digits other than 0 to 9"),
        ("\u{2212}5", "is not a number"),
        ("abc", "is not a number"),
        ("5.", "is not a number"),
        (".5", "is not a number"),
        ("1.2.3", "is not a number"),
        ("\"\"", "is empty"),
        ("18446744073709551616", "doesn't fit in 64 bits"),
        ("0.0000000000000000001", "has 19 decimals"),
    ];
    for (text, why) in spellings {
        let bare = text.trim_matches('"').replace('\t', "\\u{9}");
        reject(format!("size\n1\n{text}\n2\n"), &[" line 3: size", &format!("`{bare}`"), why]);
    }
}

#[test]
fn a_hostile_value_is_shown_harmless_and_short() {
    reject("size\n\x1b[31mred\u{202e}\0\n", &[r"line 2: size `\u{1b}[31mred\u{202e}\u{0}` is not a number"]);
    let long = format!("size\n{}\n", "x".repeat(1000));
    reject(&long, &[&format!("`{}…`", "x".repeat(60))]);
    assert!(import_csv(&long).expect_err("not a number").to_string().len() < 400);
}

#[test]
fn a_size_over_the_capacity() {
    reject("size\n99\n100\n101\n", &["line 4: size 101 exceeds the capacity 100"]);
    let error =
        import_text(Format::Csv, &options(Some("10.0")), "size\n9.75\n14.5\n").expect_err("too large");
    check_input(&error, &["line 3: size 14.5 exceeds the capacity 10"]);
}

#[test]
fn a_number_that_scaling_pushes_over_64_bits() {
    let text = "size\n18446744073709551615\n0.1\n";
    let error = import_text(Format::Csv, &ImportOptions { required: Vec::new(), ..options(None) }, text);
    let why = "line 2: size 18446744073709551615 doesn't fit in 64 bits once scaled by 10, \
               as size 0.1 in line 3 asks for";
    check_input(&error.expect_err("it overflows"), &[why]);
}

#[test]
fn a_bad_capacity_is_the_users_fault() {
    for (capacity, why) in [
        ("0", "the capacity is 0"),
        ("0.00", "the capacity is 0"),
        ("-1", "capacity `-1` is negative"),
        ("", "capacity `` is empty"),
        ("9223372036854775808", "exceeds 9223372036854775807"),
        ("ten", "capacity `ten` is not a number"),
    ] {
        let error = import_text(Format::Csv, &options(Some(capacity)), "size\n0\n").expect_err(capacity);
        check_usage(&error, &[why]);
    }
    let error = import_text(Format::Csv, &options(None), "size\n1\n").expect_err("a capacity is required");
    check_usage(&error, &["bin-packing needs a capacity", "--set capacity="]);
    let error = import_text(Format::Csv, &options(Some("922337203685477580")), "size\n0.001\n");
    check_usage(&error.expect_err("too large once scaled"), &["once scaled by 1000"]);
}

#[test]
fn other_parameters_are_whole_numbers_or_words() {
    let import = |text: &str| {
        let mut options = options(Some("100"));
        options.parameters.insert("k".into(), text.into());
        import_text(Format::Csv, &options, "size\n1\n")
    };
    for (text, why) in [
        ("1.5", "k `1.5` is not a whole number"),
        ("-3", "k `-3` is negative"),
        ("+3", "k `+3` has a plus sign"),
        ("1e3", "k `1e3` has an exponent"),
        ("1_000", "k `1_000` has a separator"),
        ("18446744073709551616", "k `18446744073709551616` doesn't fit in 64 bits"),
        ("9223372036854775808", "k 9223372036854775808 exceeds 9223372036854775807"),
    ] {
        check_usage(&import(text).expect_err(text), &[why]);
    }
    check_usage(&import(&"x".repeat(257)).expect_err("a novel"), &["k is longer than 256 bytes"]);
    for (text, value) in [
        ("007", datasets::Value::Number(7)),
        ("tumbling:10000", "tumbling:10000".into()),
        ("5s", "5s".into()),
        ("2024-01-01", "2024-01-01".into()),
    ] {
        assert_eq!(import(text).expect("a parameter").instances[0].parameters["k"], value);
    }
}

#[test]
fn nothing_to_read() {
    reject("", &["the file is empty"]);
    reject("\n\n", &["the file is empty"]);
    reject("\u{feff}", &["the file is empty"]);
    reject("size\n", &["a header and no records"]);
    reject("size", &["a header and no records"]);
}

#[test]
fn a_missing_column_lists_those_there_are() {
    reject("id,weight\n1,2\n", &["line 1: no column `size`; found `id`, `weight`"]);
    reject("id;size\n1;2\n", &["found `id;size`", "separated by `;`"]);
    reject("id\tsize\n1\t2\n", &[r"separated by `\u{9}`"]);
    reject("Size,id\n1,2\n", &["did you mean `Size`?"]);
    reject(" size\n1\n", &["did you mean ` size`?"]);
    let many: Vec<String> = (0..30).map(|i| format!("c{i}")).collect();
    reject(format!("{}\n", many.join(",")), &["`c19` and 10 more"]);
    reject("a\x1b\n1\n", &[r"found `a\u{1b}`"]);
}

#[test]
fn duplicate_headers() {
    reject("size,id,size\n1,2,3\n", &["line 1: column `size` stands twice"]);
    // Nobody asks for that one.
    import_csv("size,id,id,,\n1,2,3,4,5\n").expect("good");
}

#[test]
fn ragged_rows() {
    reject("size,id\n1,2\n3\n", &["line 3: 1 field, the header has 2"]);
    reject("size,id\n1,2\n3,4,5\n", &["line 3: 3 fields, the header has 2"]);
    reject("size,id\r\n1,2\r\n\r\n3\r\n", &["line 4: 1 field"]);
}

#[test]
fn quotes_that_swallow_the_rest() {
    reject("size\n1\n\"2\n3\n4\n", &["line 3: a quote opens here and never closes"]);
    reject("note,size\na,1\n\"b,2\nc,3\n", &["line 3: a quote opens here"]);
    reject("note,size\n\"a\nb\",1\n\"c\n\n\nd,2\n", &["line 4: a quote opens here"]);
    reject("size\n\"1\"x\n", &["line 2: text after a closing quote", "opened in line 2"]);
    reject("note,size\n\"a\n\"b\",1\n", &["line 3: text after a closing quote", "opened in line 2"]);
}

#[test]
fn endless_values() {
    let long = "9".repeat(1 << 20);
    reject(format!("size\n1\n{long}9\n"), &["line 3: a value longer than 1 MiB"]);
    reject(
        format!("note,size\na,1\n\"{}\n\",2\n", "x\n".repeat(1 << 20)),
        &["line 3: a value longer than 1 MiB"],
    );
    let wide = format!("{},", "9".repeat(1 << 19)).repeat(17);
    reject(format!("size\n{wide}\n"), &["line 2: a record longer than 8 MiB"]);
}

#[test]
fn foreign_encodings() {
    reject(b"\xff\xfes\0i\0z\0e\0\n\0", &["line 1: not UTF-8 text", "UTF-16"]);
    reject(b"\xfe\xff\0s\0i\0z\0e\0\n", &["line 1: not UTF-8 text", "UTF-16"]);
    reject(b"size,note\n1,a\n2,\xe9t\xe9\n", &["line 3: not UTF-8 text", "convert the file to UTF-8"]);
    reject(b"size,note\n1,a\n2,\xe2\x82", &["line 3: not UTF-8 text"]);
    reject(b"\x1f\x8b\x08\0", &["line 1: not UTF-8 text", "gzip"]);
}

#[test]
fn lines_are_counted_right_whatever_ends_them() {
    for end in ["\n", "\r\n", "\r"] {
        let content = ["size,note", "1,a", "", "", "x,b", "2,c", ""].join(end);
        reject(content, &["line 5: size `x` is not a number (record 1)"]);
        let content = ["note,size", "\"a", "b", "c\",1", "\"d\",x"].join(end);
        reject(content, &["line 5: size `x` is not a number (record 1)"]);
    }
    reject("\u{feff}size\n1\nx\n", &["line 3: size `x` is not a number"]);
    reject("\n\nsize\n1\nx\n", &["line 5: size `x` is not a number (record 1)"]);
}

#[test]
fn arrival_times_are_whole_milliseconds() {
    for (text, why) in [
        ("1.5", "is not a whole number of milliseconds"),
        ("", "is empty"),
        ("-", "is not a number"),
        ("9223372036854775808", "doesn't fit in 64 bits"),
        ("9223372036854775807", "lies outside the years"),
        ("2024-01-01", "has no offset"),
    ] {
        reject(
            format!("arrival_ms,size\n-5,1\n{text},1\n"),
            &[&format!("line 3: arrival_ms `{text}` {why}")],
        );
    }
}

#[test]
fn renaming_what_is_not_there() {
    let mut options = options(Some("100"));
    options.renamed.insert("size".into(), "weight".into());
    let error = import_text(Format::Csv, &options, "wieght\n1\n").expect_err("no such column");
    check_input(&error, &["no column `weight`", "did you mean `wieght`?"]);
    options.renamed.insert("sise".into(), "weight".into());
    let error = import_text(Format::Csv, &options, "weight\n1\n").expect_err("no such column");
    check_usage(&error, &["bin-packing has no column `sise`", "did you mean `size`?"]);
    options.renamed = [("arrival_ms".to_owned(), "t".to_owned())].into();
    let error = import_text(Format::Csv, &options, "size\n1\n").expect_err("no such column");
    check_input(&error, &["no column `t`"]);
}

#[test]
fn only_regular_files_are_read() {
    let scratch = Scratch::new();
    let import = |path: &std::path::Path| datasets::import(path, Format::Csv, &options(Some("100")));
    check_input(&import(scratch.path()).expect_err("a folder"), &["a folder, not a file"]);
    let missing = scratch.path().join("missing.csv");
    check_input(&import(&missing).expect_err("missing"), &["missing.csv: no such file or folder"]);
    let below = scratch.write("file", "size\n1\n").join("below.csv");
    check_input(&import(&below).expect_err("below a file"), &["not a folder"]);
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_refused_without_waiting() {
    let scratch = Scratch::new();
    let import = |path: &std::path::Path| datasets::import(path, Format::Csv, &options(Some("100")));
    check_input(&import("/dev/zero".as_ref()).expect_err("a device"), &["/dev/zero: not a regular file"]);
    let pipe = scratch.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is everywhere");
    assert!(made.success());
    check_input(&import(&pipe).expect_err("a pipe"), &["pipe: not a regular file"]);
    check_input(&Format::guess(&pipe).expect_err("a pipe"), &["not a regular file"]);
}

#[test]
fn a_name_is_not_empty_and_not_a_novel() {
    for (name, why) in [(String::new(), "the name is empty"), ("x".repeat(201), "201 bytes long")] {
        let options = ImportOptions { name: Some(name), ..options(Some("100")) };
        check_usage(&import_text(Format::Csv, &options, "size\n1\n").expect_err("a bad name"), &[why]);
    }
}

#[test]
fn what_is_no_csv_is_named() {
    for (content, part) in [
        (&b"PAR1\x15\x04\x15"[..], "Parquet, which can't be imported"),
        (b"s\0i\0z\0e\0\n\x001\0\n\0", "UTF-16 text"),
        (b"{\"size\":1}\n{\"size\":2}\n", "line 1: this looks like JSON lines, which can't be imported"),
        (b"\n[{\"size\":1}]\n", "line 2: this looks like JSON"),
        (b"#Software: Microsoft Internet Information Services 10.0\n", "W3C"),
        (b"PK\x03\x04\x14\0", "spreadsheet"),
    ] {
        reject(content, &[part]);
    }
}

#[test]
fn a_header_that_is_missing_is_said_to_be() {
    for content in ["40\n50\n", "1,2\n3,4\n", "2024-05-17T10:05:03Z,a\n", "a,-1.5\n"] {
        reject(content, &["line 1 looks like data", "a header is needed", "such as size"]);
    }
    reject("weight\n1\n", &["no column `size`; found `weight`"]);
}

#[test]
fn a_hint_is_quoted_for_a_shell() {
    reject(" size\n1\n", &["did you mean ` size`? say `--column 'size= size'`"]);
}
