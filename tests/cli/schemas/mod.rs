//! docs/schemas says what is written and what is printed with `--json`: it is held to it in several shapes, spoilt copies are
//! refused, and a file that no test takes is noticed.

mod data;
mod held;
mod jobs;
mod runs;
mod tables;

use std::collections::BTreeSet;

use serde_json::Value;

/// Returns the shipped dataset or experiment of this name, to be named on a command line.
fn shipped(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// Returns what a file of TOML says.
fn toml(text: &str) -> Value {
    let table: ::toml::Table = text.parse().expect("TOML");
    serde_json::to_value(table).expect("no times")
}

#[test]
fn each_schema_is_held_against_something() {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let here = [
        data::SCHEMAS,
        jobs::SCHEMAS,
        runs::SCHEMAS,
        tables::SCHEMAS,
        // These have tests of their own.
        &["results", "suite", "self-test"],
    ];
    known.extend(here.into_iter().flatten().map(|name| (*name).to_owned()));
    assert_eq!(held::names(), known);
}
