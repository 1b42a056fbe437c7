//! The benchmark files beside the project, where they are there: the OR-Library and a part of BPPLIB.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    oracle::cost,
    support::{Scratch, number},
};

/// The files in a folder of the shared data, sorted; none where there is no such folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/binpack").join(folder);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn freeze(scratch: &Scratch, file: &Path, format: &str, to: &str) {
    let file = file.to_str().expect("a plain path");
    scratch.run_args(&["freeze", file, "--format", format, "--to", to]).expect(0);
}

#[test]
fn the_or_library_is_twenty_instances_a_file() {
    for file in files("orlib") {
        let scratch = Scratch::new();
        freeze(&scratch, &file, "orlib", "all");
        let names = scratch.names("all");
        assert_eq!(names.len(), 20, "{}", file.display());
        for name in &names {
            scratch.run(&format!("verify all/{name}")).expect(0);
        }
        // One taken alone is the same dataset.
        let alone =
            ["freeze", file.to_str().expect("a plain path"), "--instance", &names[7], "--to", "alone"];
        scratch.run_args(&alone).expect(0);
        for part in ["records.csv", "manifest.toml"] {
            assert_eq!(
                scratch.read(&format!("alone/{part}")),
                scratch.read(&format!("all/{}/{part}", names[7]))
            );
        }
    }
}

/// Checks that what is known of an instance contradicts nothing that the reference says; the interval's width.
fn check_reference(scratch: &Scratch, dataset: &str) -> u64 {
    let out = format!("reference-{}", dataset.replace('/', "-"));
    let reference =
        scratch.run(&format!("batch {dataset} --json --out {out}")).expect(0).json()["reference"].clone();
    let (lower, upper) = (number(&reference["bounds"]["lower"]), number(&reference["bounds"]["upper"]));
    let manifest = scratch.run(&format!("verify {dataset} --json")).expect(0).json();
    if let Some(best_known) = manifest["best_known"].as_u64() {
        assert!(lower <= best_known, "{dataset}: {reference}, best known {best_known}");
    }
    let capacity = number(&manifest["parameters"]["capacity"]);
    let bins = scratch.answer(&format!("{out}/answers/reference.csv"));
    assert_eq!(cost(dataset, &scratch.sizes(dataset), capacity, &bins), upper, "{dataset}");
    assert!(lower <= upper, "{dataset}: {reference}");
    upper - lower
}

#[test]
fn the_reference_is_within_a_bin_on_the_or_library() {
    for file in files("orlib") {
        let scratch = Scratch::new();
        freeze(&scratch, &file, "orlib", "all");
        for name in scratch.names("all").iter().step_by(7) {
            let width = check_reference(&scratch, &format!("all/{name}"));
            assert!(width <= 1, "{name}: the interval is {width} bins wide");
        }
    }
}

#[test]
fn optima_that_the_or_library_gets_wrong_are_found() {
    // Best-known values in the files are 1 too high for these (../shared/data/README.md).
    for (file, name, optimum) in
        [(0, "u120_08", 50), (0, "u120_19", 49), (1, "u250_07", 103), (1, "u250_12", 105)]
    {
        let Some(path) = files("orlib").into_iter().nth(file) else { return };
        let scratch = Scratch::new();
        let path = path.to_str().expect("a plain path");
        scratch.run_args(&["freeze", path, "--instance", name, "--to", "data"]).expect(0);
        assert_eq!(check_reference(&scratch, "data"), 0, "{name}");
        let reference = scratch.run("batch data --json").expect(0).json()["reference"].clone();
        assert_eq!(number(&reference["bounds"]["upper"]), optimum, "{name}");
    }
}

#[test]
fn bpplib_files_are_read_with_and_without_a_format() {
    for folder in ["bpplib/Scholl_1", "bpplib/Scholl_2"] {
        let files = files(folder);
        for file in files.iter().step_by((files.len() / 6).max(1)) {
            let scratch = Scratch::new();
            freeze(&scratch, file, "bpplib", "given");
            scratch.run_args(&["freeze", file.to_str().expect("a plain path"), "--to", "guessed"]).expect(0);
            for part in ["records.csv", "manifest.toml"] {
                assert_eq!(scratch.read(&format!("given/{part}")), scratch.read(&format!("guessed/{part}")));
            }
            let text = fs::read_to_string(file).expect("a benchmark file");
            let count: usize = text.lines().next().expect("a line").trim().parse().expect("a count");
            assert_eq!(scratch.sizes("given").len(), count, "{}", file.display());
            let width = check_reference(&scratch, "given");
            assert!(width <= 1, "{}: the interval is {width} bins wide", file.display());
        }
    }
}

/// A file of the collected cases, if they are there.
fn case(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/public").join(name);
    path.is_file().then_some(path)
}

#[test]
fn forms_of_others_are_read() {
    let windows = "--problem windowed-aggregation --set window=tumbling:3600000";
    for (name, flags) in [
        ("f1-float-scale.csv", "--unit 0.001"),
        ("f2-exponent.csv", ""),
        ("f3-utc-word.csv", ""),
        ("f4-dup-unused.csv", ""),
        ("f7-thousands.csv", "--thousands ,"),
        ("f9-json.log", ""),
        ("w7-dst-fold.csv", "--time-zone Europe/Berlin --fold by-order"),
    ] {
        let Some(path) = case(name) else { continue };
        let path = path.to_str().expect("a plain path").to_owned();
        let scratch = Scratch::new();
        scratch.run(&format!("freeze {path} --to windows {windows} {flags}")).expect(0);
        scratch.run("verify windows").expect(0);
        let flags = flags.replace("--unit 0.001", "");
        scratch.run(&format!("freeze {path} --to any {flags}")).expect(0);
        scratch.run("verify any").expect(0);
        scratch.run("show any").expect(0);
    }
    let Some(path) = case("c5-optional.jsonl") else { return };
    let scratch = Scratch::new();
    scratch.run(&format!("freeze {} --to any", path.display())).expect(0);
    assert!(scratch.read("any/manifest.toml").contains("missing = 1"));
}
