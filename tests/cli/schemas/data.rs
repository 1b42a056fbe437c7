//! Holds what is written and printed of datasets to its schemas.

use super::{held::check, shipped, toml};
use crate::support::Scratch;

pub(super) const SCHEMAS: &[&str] = &["dataset-overview", "frozen", "manifest"];

const ROWS: &str = "user,at,amount\nann,2024-05-17T10:05:03Z,1.5\nbob,2024-05-17T10:05:04Z,\n";

/// Checks what is printed when a dataset is frozen, its manifest, and what the other commands say of it.
fn check_frozen(scratch: &Scratch, command: &str) {
    check("frozen", &scratch.run(&format!("{command} --to new --json")).expect(0).json());
    let manifest = toml(&scratch.read("new/manifest.toml"));
    check("manifest", &manifest);
    assert_eq!(scratch.run("verify new --json").expect(0).json(), manifest);
    check("dataset-overview", &scratch.run("show new --rows 2 --json").expect(0).json());
    std::fs::remove_dir_all(scratch.path("new")).expect("the dataset");
}

#[test]
fn datasets_of_each_kind() {
    let scratch = Scratch::new();
    scratch.write("rows.csv", ROWS);
    scratch.write("ragged.csv", format!("{ROWS}ann\n"));
    scratch.write("sizes.csv", "weight\n40\n60\n");
    scratch.write("rows.jsonl", "{\"a\":1,\"b\":{\"c\":[2]}}\n{\"a\":2.5,\"b\":null}\n");
    scratch.write("secret", "a key");
    for command in [
        "freeze rows.csv",
        "freeze ragged.csv --event-time at --key user --value amount --bad-rows reject",
        "freeze rows.csv --mask who --mask-key-file secret --sample-by-key 100% --key who --column who=user",
        "freeze rows.jsonl",
        "freeze sizes.csv --problem bin-packing --set capacity=100 --column size=weight",
        "generate uniform --records 20 --seed 7",
    ] {
        check_frozen(&scratch, command);
    }
    let several = "2\n a\n 10 2 1\n 5\n 5\n b\n 10 1 1\n 7\n";
    scratch.write("several.txt", several);
    check("frozen", &scratch.run("freeze several.txt --format orlib --to many --json").expect(0).json());
    scratch.write("mine.csv", "user,at_ms,amount\nann,1000,3\nbob,2000,4\n");
    check("frozen", &scratch.run("init mine.csv --to mine --json").expect(0).json());
}

#[test]
fn each_shipped_manifest() {
    for entry in std::fs::read_dir(shipped("datasets/data")).expect("the datasets") {
        let path = entry.expect("an entry").path().join("manifest.toml");
        if let Ok(text) = std::fs::read_to_string(path) {
            check("manifest", &toml(&text));
        }
    }
}
