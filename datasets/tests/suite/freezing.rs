//! Freezing: whole or not at all, and never over something else.

use std::fs;
use std::path::Path;

use datasets::{Error, ErrorKind, Frozen, Instance, freeze, freeze_all, generate};

use crate::support::{Scratch, check_usage, freeze_small, names, sizes, small};

fn named(name: &str) -> Instance {
    Instance { name: name.into(), ..small() }
}

fn check_exists(error: &Error, name: &str) {
    assert_eq!(error.kind(), ErrorKind::TargetExists, "{error}");
    assert!(error.to_string().contains(&format!("{name} exists already")), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn a_frozen_instance_is_read_back() {
    let scratch = Scratch::new();
    let (target, manifest) = freeze_small(&scratch);
    let frozen = Frozen::open(&target).expect("whole");
    assert_eq!(frozen.manifest, manifest);
    assert_eq!(sizes(&target).expect("whole"), small().values);
    let verified = frozen.verify().expect("whole");
    assert_eq!(
        (verified.records, verified.bytes),
        (12, fs::metadata(target.join("records.csv")).expect("it").len())
    );
    assert_eq!(names(&target), ["manifest.toml", "records.csv"]);
    assert_eq!(target.join(datasets::DATA_FILE), frozen.data_path());
    assert_eq!(scratch.names(), ["small"]);
}

/// Earlier builds wrote `items.csv`: the manifest says how the file is called.
#[test]
fn a_data_file_of_any_name_is_read() {
    let scratch = Scratch::new();
    let (target, manifest) = freeze_small(&scratch);
    fs::rename(target.join(datasets::DATA_FILE), target.join("items.csv")).expect("renamed");
    let text = fs::read_to_string(target.join("manifest.toml")).expect("a manifest");
    let old = text.replace("data = \"records.csv\"", "data = \"items.csv\"");
    assert_ne!(old, text);
    fs::write(target.join("manifest.toml"), old).expect("a write");
    let frozen = Frozen::open(&target).expect("whole");
    assert_eq!(frozen.data_path(), target.join("items.csv"));
    assert_eq!(frozen.manifest, datasets::Manifest { data: "items.csv".into(), ..manifest });
    assert_eq!(sizes(&target).expect("whole"), small().values);
    assert_eq!(frozen.verify().expect("whole").records, 12);
}

#[test]
fn parents_are_made_and_unmade() {
    let scratch = Scratch::new();
    freeze(&small(), &scratch.path().join("a/b/c")).expect("parents are made");
    assert_eq!(names(&scratch.path().join("a/b")), ["c"]);
    let bad = Instance { values: vec![], ..small() };
    freeze(&bad, &scratch.path().join("x/y")).expect_err("no records");
    assert_eq!(scratch.names(), ["a"]);
    let file = scratch.write("file", "");
    let error = freeze(&small(), &file.join("x/y")).expect_err("a file is no folder");
    assert_eq!(error.kind(), ErrorKind::System, "{error}");
    assert_eq!(scratch.names(), ["a", "file"]);
}

#[cfg(unix)]
#[test]
fn others_may_read_what_the_umask_lets_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    let plain = scratch.path().join("plain");
    fs::create_dir(&plain).expect("a folder");
    let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode();
    assert_eq!(mode(&target), mode(&plain));
}

#[test]
fn an_existing_target_is_refused_and_stays() {
    let scratch = Scratch::new();
    let (target, manifest) = freeze_small(&scratch);
    let other = Instance { values: vec![1], ..small() };
    check_exists(&freeze(&other, &target).expect_err("it exists"), "small");
    assert_eq!(Frozen::open(&target).expect("whole").manifest, manifest);
    check_exists(&freeze(&other, &scratch.write("file", "x")).expect_err("it exists"), "file");
    fs::create_dir(scratch.path().join("empty")).expect("a folder");
    check_exists(&freeze(&other, &scratch.path().join("empty")).expect_err("it exists"), "empty");
    assert_eq!(scratch.names(), ["empty", "file", "small"]);
}

#[cfg(unix)]
#[test]
fn a_dangling_link_is_something_too() {
    let scratch = Scratch::new();
    let link = scratch.path().join("link");
    std::os::unix::fs::symlink("nowhere", &link).expect("a link");
    check_exists(&freeze(&small(), &link).expect_err("it exists"), "link");
    assert_eq!(scratch.names(), ["link"]);
}

#[test]
fn instances_that_are_no_datasets() {
    let scratch = Scratch::new();
    let mut columns = small().columns;
    columns.push(columns[0]);
    let seeded = datasets::Source { seed: Some(u64::MAX), ..datasets::Source::default() };
    let cases = [
        (named(""), "the name is empty"),
        (Instance { values: vec![], ..small() }, "at least one record"),
        (Instance { columns: vec![], ..small() }, "columns is empty"),
        (Instance { columns, ..small() }, "column `size` stands twice"),
        (Instance { values: vec![11], ..small() }, "record 0: size 11 exceeds the capacity 10"),
        (Instance { parameters: [("capacity".into(), 0.into())].into(), ..small() }, "the capacity is 0"),
        (
            Instance { parameters: [("k\x1b".into(), u64::MAX.into())].into(), ..small() },
            r"k\u{1b} 18446744073709551615",
        ),
        (Instance { source: seeded, ..small() }, "a seed is at most"),
    ];
    for (instance, why) in cases {
        check_usage(&freeze(&instance, &scratch.path().join("bad")).expect_err(why), &[why]);
        assert!(scratch.names().is_empty());
    }
}

#[test]
fn several_instances_get_a_folder_each() {
    let scratch = Scratch::new();
    let instances = [named("a_00"), named("a_01")];
    let fresh = scratch.path().join("x/y");
    freeze_all(&instances, &fresh).expect("a new folder");
    assert_eq!(names(&fresh), ["a_00", "a_01"]);
    let manifests = freeze_all(&[named("a_02")], &fresh).expect("beside the others");
    assert_eq!(manifests[0].name, "a_02");
    assert_eq!(names(&fresh), ["a_00", "a_01", "a_02"]);
    for name in names(&fresh) {
        assert_eq!(sizes(&fresh.join(name)).expect("whole"), small().values);
    }
}

#[test]
fn all_instances_or_none() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("dir");
    let bad = Instance { values: vec![11], ..named("c") };
    freeze_all(&[named("a"), named("b"), bad.clone()], &dir).expect_err("the third is bad");
    assert!(scratch.names().is_empty());
    fs::create_dir(&dir).expect("a folder");
    freeze_all(&[named("a"), bad], &dir).expect_err("the second is bad");
    assert!(names(&dir).is_empty());
    freeze(&small(), &dir.join("b")).expect("good");
    check_exists(&freeze_all(&[named("a"), named("b")], &dir).expect_err("b exists"), "b");
    assert_eq!(names(&dir), ["b"]);
    check_usage(
        &freeze_all(&[named("a"), named("A")], &dir).expect_err("twins"),
        &["two instances are called `A`"],
    );
    check_usage(&freeze_all(&[named("../a")], &dir).expect_err("a path"), &["can't be a folder's"]);
    let file = scratch.write("file", "");
    assert_eq!(freeze_all(&[named("a")], &file).expect_err("a file").kind(), ErrorKind::System);
    assert_eq!(scratch.names(), ["dir", "file"]);
}

#[test]
fn the_same_instance_freezes_to_the_same_bytes() {
    let scratch = Scratch::new();
    let instance = generate("uniform", 100, 7, &std::collections::BTreeMap::default()).expect("good");
    let read = |name: &str| {
        let target = scratch.path().join(name);
        freeze(&instance, &target).expect("good");
        ["records.csv", "manifest.toml"].map(|file| fs::read(target.join(file)).expect("bytes"))
    };
    assert_eq!(read("one"), read("two"));
}
