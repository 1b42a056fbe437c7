//! Frozen data that was touched: every changed byte and every cut is noticed.

use std::fs;

use datasets::{Error, Frozen, Item};

use crate::support::{Scratch, check_input, freeze_small, sizes, small};

fn check_changed(error: &Error, what: &str) {
    assert!(matches!(error, Error::Changed { .. }), "{what}: {error}");
    check_input(error, &["small/records.csv", "changed since the freeze", "freeze the dataset again"]);
}

#[test]
fn every_bit_counts() {
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    let path = target.join("records.csv");
    let good = fs::read(&path).expect("bytes");
    for (at, bit) in (0..good.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << bit;
        fs::write(&path, bytes).expect("a write");
        let frozen = Frozen::open(&target).expect("the manifest is good");
        check_changed(&frozen.load::<Item>().expect_err("a bit is flipped"), &format!("byte {at} bit {bit}"));
        check_changed(&frozen.verify().expect_err("a bit is flipped"), &format!("byte {at} bit {bit}"));
    }
    fs::write(&path, good).expect("a write");
    assert_eq!(sizes(&target).expect("whole again"), small().values);
}

#[test]
fn every_cut_is_noticed_and_so_is_every_addition() {
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    let path = target.join("records.csv");
    let good = fs::read(&path).expect("bytes");
    for length in 0..good.len() {
        fs::write(&path, &good[..length]).expect("a write");
        let error = sizes(&target).expect_err("it is cut");
        check_changed(&error, &format!("cut at {length}"));
        check_input(&error, &[&format!("{length} bytes long, 30 were frozen")]);
    }
    for more in ["\n", "5\n", " ", "\0"] {
        fs::write(&path, [&good, more.as_bytes()].concat()).expect("a write");
        check_changed(&sizes(&target).expect_err("it has grown"), more);
    }
}

#[test]
fn the_place_where_decoding_stopped_is_told() {
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    let path = target.join("records.csv");
    let text = fs::read_to_string(&path).expect("text");
    fs::write(&path, text.replace("\n4\n", "\n-\n")).expect("a write");
    let error = sizes(&target).expect_err("changed");
    check_input(
        &error,
        &["records.csv line 5: changed since the freeze: `-` is not a row of whole numbers", "its hash"],
    );
}

/// A dataset of that text whose manifest agrees with it in length and hash.
fn forge(text: &str, records: u64) -> Result<Vec<u64>, Error> {
    let scratch = Scratch::new();
    let (target, mut manifest) = freeze_small(&scratch);
    manifest.records = records;
    manifest.bytes = text.len() as u64;
    manifest.blake3 = blake3::hash(text.as_bytes()).to_hex().to_string();
    fs::write(target.join("records.csv"), text).expect("a write");
    fs::write(target.join("manifest.toml"), manifest.to_toml()).expect("a write");
    let loaded = sizes(&target);
    assert_eq!(
        loaded.is_ok(),
        Frozen::open(&target).and_then(|frozen| frozen.verify()).is_ok(),
        "both agree"
    );
    loaded
}

#[test]
fn a_forged_manifest_does_not_make_other_data_good() {
    let reject = |text: &str, records: u64, part: &str| {
        check_input(&forge(text, records).expect_err("forged"), &["small/records.csv", part]);
    };
    assert_eq!(forge("size\n5\n6\n", 2).expect("honest"), [5, 6]);
    reject("size\n5\n6\n", 3, "holds 2 records, the manifest says 3");
    reject("size\n5\n6\n", u64::MAX >> 1, "holds 2 records, the manifest says 9223372036854775807");
    reject("size\n5\n6", 2, "line 3: the last line has no end");
    reject("size\n5\n06\n", 2, "line 3: `06` is not a row of whole numbers in their shortest form");
    reject("size\r\n5\r\n", 1, r"line 1: the header is `size\u{d}`, the manifest says `size`");
    reject("weight\n5\n", 1, "line 1: the header is `weight`");
    reject("size", 1, "line 1: the last line has no end");
    reject("", 1, "line 1: no header");
    reject("size\n", 1, "holds 0 records");
    reject("size\n5\n\n", 1, "line 3: a blank line");
    reject(&format!("size\n{}\n", "1".repeat(600_000)), 1, "line 2: ");
}

#[test]
fn lines_that_straddle_the_buffer_are_whole() {
    // More than three buffers of 256 KiB, of lines whose lengths share no factor with it.
    let scratch = Scratch::new();
    let mut instance = small();
    instance.values = (0..200_000).map(|i| i % 1_000_003).collect();
    instance.parameters.clear();
    let target = scratch.path().join("long");
    let manifest = datasets::freeze(&instance, &target).expect("good");
    assert_eq!(sizes(&target).expect("whole"), instance.values);

    let frozen = Frozen::open(&target).expect("whole");
    let mut heard = Vec::new();
    frozen.load_with::<Item>(|bytes| heard.push(bytes)).expect("whole");
    assert!(heard.is_sorted() && heard.len() > 3, "{heard:?}");
    assert_eq!(heard.last(), Some(&manifest.bytes));

    let path = target.join("records.csv");
    let mut bytes = fs::read(&path).expect("bytes");
    let last = bytes.len() - 2;
    bytes[last] = b'x';
    fs::write(&path, bytes).expect("a write");
    let error = frozen.load::<Item>().expect_err("changed");
    check_input(&error, &["records.csv line 200001: changed since the freeze: `19999x`"]);
}

#[test]
fn records_know_their_lines() {
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    let frozen = Frozen::open(&target).expect("whole");
    let error = frozen.reject(2, "size 10 exceeds the capacity 9");
    check_input(&error, &["small/records.csv line 4: size 10 exceeds the capacity 9"]);
}
