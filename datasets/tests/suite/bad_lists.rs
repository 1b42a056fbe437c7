//! OR-Library and BPPLIB files that must be refused, and their small good siblings.

use datasets::{Column, ColumnKind, Format, ImportOptions};

use crate::support::{check_input, check_usage, import_text, options};

const KEYED: &[Column] = &[Column { name: "key", kind: ColumnKind::Size }];

const TWO: &str = "2\n a_00 \n 150 3 1\n42\n69\n7\n b_00 \n 100.0 2 1\n36.60\n26.8\n";

fn reject(format: Format, content: impl AsRef<[u8]>, parts: &[&str]) {
    let error = import_text(format, &options(None), content).expect_err("the file is bad");
    check_input(&error, &["x.txt line "]);
    check_input(&error, parts);
}

#[test]
fn orlib_instances_are_scaled_one_by_one() {
    let imported = import_text(Format::OrLib, &options(None), TWO).expect("good");
    let [a, b] = &imported.instances[..] else { panic!("two instances") };
    assert_eq!(
        (a.name.as_str(), a.scale, a.parameters["capacity"].number().expect("a number")),
        ("a_00", 1, 150)
    );
    assert_eq!((&a.values[..], a.best_known, a.optimum), (&[42, 69, 7][..], Some(1), None));
    assert_eq!(
        (b.name.as_str(), b.scale, b.parameters["capacity"].number().expect("a number")),
        ("b_00", 10, 1000)
    );
    assert_eq!((&b.values[..], b.source.instance.as_deref()), (&[366, 268][..], Some("b_00")));
    assert_eq!(datasets::pick(&imported.instances, "b_00").expect("it exists"), b);
    let error = datasets::pick(&imported.instances, "a_0").expect_err("it doesn't exist");
    check_usage(&error, &["no instance `a_0`", "did you mean `a_00`"]);
    let error = datasets::pick(&imported.instances, "zzz\x1b").expect_err("it doesn't exist");
    check_usage(&error, &[r"no instance `zzz\u{1b}`", "the first of 2 is `a_00`"]);
}

#[test]
fn blanks_and_line_ends_do_not_matter() {
    let odd = format!("\u{feff}{}\r\n\r\n  \r\n", TWO.replace('\n', "\r\n"));
    let plain = import_text(Format::OrLib, &options(None), TWO).expect("good").instances;
    let imported = import_text(Format::OrLib, &options(None), odd).expect("good");
    assert_eq!(imported.summary.blank_lines, 3);
    for (a, b) in plain.iter().zip(&imported.instances) {
        assert_eq!((&a.name, &a.values), (&b.name, &b.values));
    }
}

#[test]
fn orlib_counts_must_be_right() {
    let cases = [
        (TWO.replacen('2', "3", 1), "line 10: the file ends where the name of instance 3 of 3"),
        (TWO.replacen('2', "1", 1), "line 7: `b_00` stands after the last of 1 instances, `a_00`"),
        (TWO.replace("150 3", "150 4"), "line 7: size `b_00` is not a number"),
        (TWO.replace("150 3", "150 2"), "line 7: `b_00` should be `capacity items best-known`"),
        (TWO.replace(" 2 1", " 3 1"), "line 10: the file ends where size 3 of 3 should stand"),
        (TWO.replace(" 2 1", " 1 1"), "line 10: `26.8` stands after the last of 2 instances"),
        (TWO.replace("150 3", "150 0"), "line 3: `a_00` has no items"),
        (TWO.replace("150 3", "150 3.5"), "line 3: items `3.5` is not a whole number"),
        (TWO.replacen('2', "0", 1), "line 1: the file says that it has no instances"),
        (TWO.replacen('2', "two", 1), "line 1: the number of instances `two` is not a number"),
        (String::new(), ""),
    ];
    for (content, message) in cases {
        let error = import_text(Format::OrLib, &options(None), &content).expect_err("the counts are wrong");
        if content.is_empty() {
            check_input(&error, &["x.txt: the file is empty"]);
        } else {
            check_input(&error, &[&format!("x.txt {message}")]);
        }
    }
}

#[test]
fn a_file_cut_anywhere_within_its_numbers_is_refused() {
    // The last size may lose its end without a trace: 26.8, 26., 26 and 2; the format has no closing mark.
    let last = TWO.rfind("26.8").expect("it is there");
    for length in 0..last {
        assert!(import_text(Format::OrLib, &options(None), &TWO[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn orlib_values() {
    reject(Format::OrLib, TWO.replace("69", "151"), &["line 5: size 151 exceeds the capacity 150"]);
    reject(Format::OrLib, TWO.replace("26.8", "100.01"), &["line 10: size 100.01 exceeds the capacity 100"]);
    reject(Format::OrLib, TWO.replace("69", "-6"), &["line 5: size `-6` is negative", "size 2 of 3"]);
    reject(Format::OrLib, TWO.replace("150", "0"), &["line 3: the capacity is 0"]);
    reject(Format::OrLib, TWO.replace("150 3 1", "150 3 x"), &["line 3: best-known `x` is not a number"]);
    reject(Format::OrLib, TWO.replace("150 3 1", "150 3"), &["line 3: `150 3` should be"]);
    reject(Format::OrLib, TWO.replace("69", "69 70"), &["line 5: size `69 70` is not a number"]);
    reject(Format::OrLib, TWO.replace("69", "\x1b[2J"), &[r"line 5: size `\u{1b}[2J` is not a number"]);
    reject(Format::OrLib, TWO.replace("100.0", "9223372036854775807.1"), &["line 8: ", "64 bits"]);
}

#[test]
fn orlib_names_are_fit_for_folders() {
    for name in ["../a", ".a", "a/b", "a\\b", "C:", "a b", "é", "\x1b", &"a".repeat(65), "..", "~", "a\0"] {
        let content = TWO.replace("a_00", name);
        reject(Format::OrLib, content, &["line 2: the name ", "can't be a folder's"]);
    }
    reject(Format::OrLib, TWO.replace("b_00", "a_00"), &["a second instance `a_00`"]);
    reject(Format::OrLib, TWO.replace("b_00", "A_00"), &["a second instance `A_00`"]);
}

#[test]
fn bpplib_counts_and_values() {
    let good = "3\r\n100\r\n99\r\n50\r\n0\r\n\r\n";
    let imported = import_text(Format::BppLib, &options(None), good).expect("good");
    let instance = &imported.instances[0];
    assert_eq!((instance.name.as_str(), &instance.values[..]), ("x", &[99, 50, 0][..]));
    assert_eq!(
        (instance.parameters["capacity"].number().expect("a number"), imported.summary.blank_lines),
        (100, 1)
    );
    reject(Format::BppLib, good.replacen('3', "4", 1), &["the file ends where size 4 of 4 should stand"]);
    reject(Format::BppLib, good.replacen('3', "2", 1), &["line 5: `0` stands after the last of 2 sizes"]);
    reject(Format::BppLib, good.replacen('3', "0", 1), &["line 1: the file says that it has no items"]);
    reject(Format::BppLib, good.replace("50", "101"), &["line 4: size 101 exceeds the capacity 100"]);
    reject(Format::BppLib, good.replace("50", "50\t2"), &[r"line 4: size `50\u{9}2` is not a number"]);
    reject(Format::BppLib, good.replace("100", "0"), &["line 2: the capacity is 0"]);
    reject(Format::BppLib, "18446744073709551615\n1\n1\n", &["line 3: the file ends where size 2 of"]);
}

#[test]
fn what_is_not_a_list_of_numbers() {
    reject(Format::BppLib, "3\n100\n\u{e9}\n", &["line 3: size `é` is not a number"]);
    reject(Format::BppLib, b"\xff\xfe3\0", &["line 1: not UTF-8 text", "UTF-16"]);
    reject(Format::BppLib, "9".repeat(10_000), &["line 1: longer than 4096 bytes"]);
    reject(Format::OrLib, b"1\na\n1 1 1\n\x80\n", &["line 4: not UTF-8 text"]);
}

#[test]
fn the_file_knows_its_capacity_and_only_sizes() {
    let error = import_text(Format::OrLib, &options(Some("10")), TWO).expect_err("two capacities");
    check_usage(&error, &["orlib files bring their own capacity"]);
    let options = ImportOptions { problem: "caching".into(), columns: KEYED, ..ImportOptions::default() };
    let error = import_text(Format::BppLib, &options, "1\n1\n1\n").expect_err("other columns");
    check_usage(&error, &["bpplib files hold sizes, caching reads `key`"]);
    check_usage(
        &"orlb".parse::<Format>().expect_err("no format"),
        &["no format `orlb`", "did you mean `orlib`?"],
    );
    check_usage(
        &"?".parse::<Format>().expect_err("no format"),
        &["formats are `csv`, `tsv`, `jsonl`, `orlib`, `bpplib`"],
    );
}
