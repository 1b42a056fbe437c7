//! Manifests that must be refused.

use std::fs;
use std::path::Path;

use datasets::{Error, Frozen, Item, Manifest};

use crate::support::{Scratch, check_input, freeze_small};

/// A dataset whose manifest went through `edit`.
fn open_edited(edit: impl FnOnce(&str) -> String) -> Result<Frozen, Error> {
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    let path = target.join("manifest.toml");
    let text = fs::read_to_string(&path).expect("text");
    let edited = edit(&text);
    assert_ne!(text, edited, "the edit changes something");
    fs::write(&path, edited).expect("a write");
    Frozen::open(&target)
}

fn reject(from: &str, to: &str, parts: &[&str]) {
    let error = open_edited(|text| text.replace(from, to)).expect_err("the manifest is bad");
    check_input(&error, &["small/manifest.toml"]);
    check_input(&error, parts);
}

#[test]
fn unknown_missing_and_mistyped_keys() {
    reject("records = 12", "recods = 12", &["line 6: unknown key `recods`", "did you mean `records`"]);
    reject("records = 12\n", "", &["missing field `records`"]);
    reject(
        "records = 12",
        "records = \"12\"",
        &["line 6: invalid type: string \"12\", expected a whole number from 0"],
    );
    reject("records = 12", "records = -1", &["line 6: invalid value"]);
    reject("records = 12", "records = ", &["line 6: "]);
    reject("records = 12", "records = 0", &["records is 0"]);
    reject("records = 12", "records = 12\nrecords = 12", &["line 7: duplicate key"]);
    reject(
        "[parameters]",
        "[source]\nfiel = \"x\"\n[parameters]",
        &["unknown key `fiel`", "did you mean `file`?"],
    );
    reject("records = 12", "records = 12\n\"\\u001b\" = 1", &[r"unknown key `\u{1b}`"]);
}

#[test]
fn parameters_are_whole_numbers_or_words() {
    let reject = |to: &str, part: &str| reject("capacity = 10", to, &[part]);
    reject("capacity = 1.5", "line 11: invalid type: floating point `1.5`, expected a whole number from 0");
    reject("capacity = \"ten\"", "line 11: invalid type: string \"ten\", expected a whole number from 0");
    reject("capacity = -1", "line 11: invalid value: integer `-1`, expected a whole number from 0");
    reject("capacity = 0", "line 11: the capacity is 0");
    let wanted = "expected a whole number that isn't negative, or a text";
    for (value, found) in [
        ("1.5", "type: floating point `1.5`"),
        ("nan", "type: floating point `NaN`"),
        ("true", "type: boolean `true`"),
        ("[1]", "type: sequence"),
        ("{ a = 1 }", "type: map"),
        ("-1", "value: integer `-1`"),
        ("2024-01-01", "type: map"),
    ] {
        reject(&format!("capacity = 10\nk = {value}"), &format!("line 12: invalid {found}, {wanted}"));
    }
    reject("capacity = 10\nk = \"1.5\"", "line 12: k `1.5` is not a whole number");
    reject("capacity = 10\nk = \"7\"", "line 12: k `7` is a number in quotes");
    reject(&format!("capacity = 10\nk = \"{}\"", "x".repeat(257)), "line 12: k is longer than 256 bytes");
    let frozen = open_edited(|text| text.replace("= 10", "= 10\nwindow = \"tumbling:10000\"\ndelay = 0"));
    let parameters = frozen.expect("good").manifest.parameters;
    assert_eq!(parameters["window"], "tumbling:10000".into());
    assert_eq!(parameters["delay"], 0.into());
}

#[test]
fn schema_names_and_hashes() {
    reject(
        "dataset/1",
        "dataset/2",
        &["schema `counterpoint.dataset/2` is newer", "use a newer counterpoint"],
    );
    // Keys that only a newer version knows don't hide that it is newer.
    reject("dataset/1\"", "dataset/2\"\nnews = 1", &["is newer than this program reads"]);
    reject("dataset/1", "dataset/x", &["is not that of a frozen dataset"]);
    reject("schema = \"counterpoint.dataset/1\"\n", "", &["missing key `schema`"]);
    reject("name = \"small\"", "name = \"\"", &["the name is empty"]);
    reject("name = \"small\"", &format!("name = \"{}\"", "x".repeat(201)), &["201 bytes long"]);
    reject("blake3 = \"", "blake3 = \"0", &["blake3 `0", "not 64 lowercase hexadecimal digits"]);
    reject("blake3 = \"", "blake3 = \"\" # ", &["blake3 `` is not"]);
    reject("[parameters]", "[source]\nblake3 = \"xyz\"\n[parameters]", &["source.blake3 `xyz` is not"]);
    reject("records = 12", "records = 12\nscale = 20", &["scale is 20, not a power of ten"]);
    reject("records = 12", "records = 12\nscale = 0", &["scale is 0, not a power of ten"]);
    reject("[\"size\"]", "[]", &["columns is empty"]);
    reject("[\"size\"]", "[\"size\", \"size\"]", &["column `size` stands twice"]);
    reject("[\"size\"]", "[\"a,b\"]", &["column `a,b` isn't made of letters"]);
}

#[test]
fn the_data_file_stays_in_the_folder() {
    let paths = [
        "/etc/passwd",
        "../x",
        "a/../../x",
        "..",
        ".",
        "",
        "C:x",
        "C:/x",
        "\\\\\\\\host\\\\x",
        "a\\\\b",
        "a\\u0000b",
    ];
    for path in paths {
        reject("\"records.csv\"", &format!("\"{path}\""), &["data `", "leaves the dataset's folder"]);
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    let data = target.join("records.csv");
    let outside = scratch.path().join("outside.csv");
    fs::rename(&data, &outside).expect("a rename");
    std::os::unix::fs::symlink(&outside, &data).expect("a link");
    let error = Frozen::open(&target).expect_err("the data lies elsewhere");
    check_input(&error, &["small/records.csv: a link that leaves the dataset's folder"]);
    // A link within the folder is nobody's harm.
    fs::rename(&outside, target.join("real.csv")).expect("a rename");
    fs::remove_file(&data).expect("a removal");
    std::os::unix::fs::symlink("real.csv", &data).expect("a link");
    Frozen::open(&target).expect("a link within").verify().expect("whole");
}

#[test]
fn folders_and_files_that_are_not_there() {
    let scratch = Scratch::new();
    let missing = scratch.path().join("missing");
    check_input(&Frozen::open(&missing).expect_err("missing"), &["missing: no such file or folder"]);
    let file = scratch.write("file.csv", "size\n1\n");
    let error = Frozen::open(&file).expect_err("a file");
    check_input(&error, &["file.csv: not a folder", "counterpoint freeze"]);
    let error = Frozen::open(scratch.path()).expect_err("no manifest");
    check_input(&error, &["manifest.toml: no such file or folder"]);

    let (target, _) = freeze_small(&scratch);
    fs::remove_file(target.join("records.csv")).expect("a removal");
    check_input(&Frozen::open(&target).expect_err("no data"), &["records.csv: no such file or folder"]);
    fs::create_dir(target.join("records.csv")).expect("a folder");
    check_input(&Frozen::open(&target).expect_err("a folder"), &["records.csv: a folder, not a file"]);
    fs::remove_file(target.join("manifest.toml")).expect("a removal");
    fs::create_dir(target.join("manifest.toml")).expect("a folder");
    check_input(&Frozen::open(&target).expect_err("a folder"), &["manifest.toml: a folder, not a file"]);
}

#[test]
fn a_manifest_is_a_page_of_text() {
    let scratch = Scratch::new();
    let (target, _) = freeze_small(&scratch);
    fs::write(target.join("manifest.toml"), "#".repeat((1 << 20) + 1)).expect("a write");
    check_input(&Frozen::open(&target).expect_err("too long"), &["longer than 1 MiB"]);
    fs::write(target.join("manifest.toml"), b"\xff").expect("a write");
    check_input(&Frozen::open(&target).expect_err("not text"), &["not UTF-8 text"]);
}

#[test]
fn other_columns_than_the_records() {
    let scratch = Scratch::new();
    let mut instance = crate::support::small();
    instance.columns[0].name = "weight";
    let target = scratch.path().join("weights");
    datasets::freeze(&instance, &target).expect("good");
    let frozen = Frozen::open(&target).expect("whole");
    frozen.verify().expect("verifying needs no record type");
    let error = frozen.load::<Item>().expect_err("no sizes");
    check_input(&error, &["weights/records.csv: holds the columns `weight`, not `size`"]);
}

#[test]
fn a_manifest_reads_as_it_was_written() {
    let scratch = Scratch::new();
    let (_, manifest) = freeze_small(&scratch);
    let text = manifest.to_toml();
    assert_eq!(Manifest::parse(Path::new("m"), &text).expect("our own text"), manifest);
    let hash = &manifest.blake3;
    let expected = format!(
        "schema = \"counterpoint.dataset/1\"\nname = \"small\"\nproblem = \"bin-packing\"\ndata = \"records.csv\"\n\
         columns = [\"size\"]\nrecords = 12\nbytes = 30\nblake3 = \"{hash}\"\n\n[parameters]\ncapacity = 10\n"
    );
    assert_eq!(text, expected);
}
