//! A frozen dataset that isn't what was frozen is noticed by every command, and so is a manifest that lies.

use std::{fs, os::unix::fs::symlink};

use crate::support::{BEST_FOR_FIRST, Scratch};

#[test]
fn every_changed_byte_is_noticed() {
    let scratch = Scratch::with_tiny();
    let whole = scratch.read("tiny/records.csv").into_bytes();
    for at in 0..whole.len() {
        for change in [1_u8, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            scratch.write("tiny/records.csv", &bytes);
            check_changed(&scratch, "verify tiny", &format!("byte {at} ^ {change}"));
        }
    }
    scratch.write("tiny/records.csv", &whole);
    scratch.run("verify tiny").expect(0);
}

fn check_changed(scratch: &Scratch, command: &str, what: &str) {
    let ran = scratch.run(command);
    assert_eq!(ran.code, Some(4), "{what}: {ran}");
    ran.says(&["tiny/records.csv", "changed since the freeze"]).hints("freeze the dataset again");
}

#[test]
fn every_cut_and_every_addition_is_noticed() {
    let scratch = Scratch::with_tiny();
    let whole = scratch.read("tiny/records.csv").into_bytes();
    for length in 0..whole.len() {
        scratch.write("tiny/records.csv", &whole[..length]);
        check_changed(&scratch, "verify tiny", &format!("cut to {length}"));
    }
    for more in ["\n", "5\n", "\0", " "] {
        scratch.write("tiny/records.csv", [&whole, more.as_bytes()].concat());
        check_changed(&scratch, "verify tiny", &format!("{more:?} added"));
    }
}

#[test]
fn every_command_notices() {
    let scratch = Scratch::with_tiny();
    scratch.edit("tiny/records.csv", "size\n4\n", "size\n5\n");
    for command in [
        &format!("run {BEST_FOR_FIRST}"),
        &format!("gate {BEST_FOR_FIRST} --out out"),
        "batch tiny --out out",
        "replay tiny --job first-fit --out out",
        "replay tiny --job first-fit --pace 100/s --out out",
    ] {
        check_changed(&scratch, command, command);
        assert!(!scratch.path("out").exists(), "{command}");
    }
    assert_eq!(scratch.names(""), ["tiny"]);
}

/// Edits the manifest of `tiny` and expects each command to refuse it.
fn check_manifest(from: &str, to: &str, parts: &[&str]) {
    let scratch = Scratch::with_tiny();
    scratch.edit("tiny/manifest.toml", from, to);
    let before = scratch.state();
    for command in ["verify tiny", "batch tiny --out out", "replay tiny --job first-fit --out out"] {
        scratch.run(command).expect(4).says(parts);
        assert_eq!(scratch.state(), before, "{command}");
    }
}

#[test]
fn a_manifest_with_an_unknown_key() {
    check_manifest(
        "bytes = 29",
        "bytes = 29\nrecord = 3",
        &["tiny/manifest.toml line 8", "unknown key `record`"],
    );
    let scratch = Scratch::with_tiny();
    scratch.edit("tiny/manifest.toml", "optimum", "optimun");
    scratch.run("verify tiny").expect(4).says(&["tiny/manifest.toml line 9", "`optimun`"]).hints("`optimum`");
    check_manifest("optimum = 5", "source = { fiel = 'x' }", &["tiny/manifest.toml line", "`fiel`"]);
}

#[test]
fn a_manifest_that_is_none() {
    check_manifest("name = \"tiny\"\n", "", &["tiny/manifest.toml", "name"]);
    check_manifest("records = 12", "records = -12", &["tiny/manifest.toml line 6", "-12"]);
    check_manifest("records = 12", "records = 13", &["13"]);
    check_manifest("records = 12", "records = 0", &["records is 0"]);
    check_manifest("bytes = 29", "bytes = 30", &["30"]);
    check_manifest("blake3 = \"d", "blake3 = \"e", &["changed since the freeze"]);
    check_manifest("blake3 = \"d", "blake3 = \"", &["blake3"]);
    check_manifest("dataset/1", "dataset/2", &["dataset/2", "newer"]);
    check_manifest("columns = [\"size\"]", "columns = [\"weight\"]", &["weight"]);
    check_manifest("[parameters]", "[parameters", &["tiny/manifest.toml line 11"]);
    check_manifest("capacity = 10", "capacity = 10.5", &["tiny/manifest.toml line", "10.5"]);
}

#[test]
fn a_manifest_whose_path_leaves_the_folder() {
    for path in [
        "../records.csv",
        "../tiny/records.csv",
        "/etc/passwd",
        "a/../../records.csv",
        "",
        ".",
        "..\\records.csv",
    ] {
        let to = format!("data = '{path}'");
        check_manifest("data = \"records.csv\"", &to, &["tiny/manifest.toml", "leaves the dataset's folder"]);
    }
}

#[test]
fn a_link_that_leaves_the_folder() {
    let scratch = Scratch::with_tiny();
    fs::rename(scratch.path("tiny/records.csv"), scratch.path("outside.csv")).expect("moved");
    symlink("../outside.csv", scratch.path("tiny/records.csv")).expect("a link");
    for command in ["verify tiny", "batch tiny", "replay tiny --job first-fit"] {
        scratch.run(command).expect(4).says(&["tiny/records.csv", "leaves the dataset's folder"]);
    }
    fs::remove_file(scratch.path("tiny/records.csv")).expect("removed");
    fs::create_dir(scratch.path("elsewhere")).expect("a folder");
    fs::rename(scratch.path("outside.csv"), scratch.path("elsewhere/records.csv")).expect("moved");
    symlink("../elsewhere", scratch.path("tiny/sub")).expect("a link");
    scratch.edit("tiny/manifest.toml", "data = \"records.csv\"", "data = \"sub/records.csv\"");
    scratch.run("verify tiny").expect(4).says(&["leaves the dataset's folder"]);
}

#[test]
fn a_dataset_whose_files_are_gone() {
    for (name, said) in [("records.csv", "tiny/records.csv"), ("manifest.toml", "tiny/manifest.toml")] {
        let scratch = Scratch::with_tiny();
        fs::remove_file(scratch.path("tiny").join(name)).expect("removed");
        for command in ["verify tiny", "batch tiny", "replay tiny --job first-fit"] {
            scratch.run(command).expect(4).says(&[said, "no such file"]);
        }
    }
    let scratch = Scratch::with_tiny();
    scratch.run("verify gone").expect(4).says(&["gone", "no such file or folder"]);
    scratch
        .run("verify tiny/records.csv")
        .expect(4)
        .says(&["tiny/records.csv", "not a folder"])
        .hints("freeze");
}
