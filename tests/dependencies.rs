//! Holds docs/dependencies.md against every manifest: each crate has a row, and each row a crate.

use std::{collections::BTreeSet, fs, path::Path};

use toml::{Table, Value};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn manifest(folder: &Path) -> Option<Table> {
    fs::read_to_string(folder.join("Cargo.toml")).ok().map(|text| text.parse().expect("a manifest"))
}

/// The crates of others that a manifest gives a version of.
fn named(manifest: &Table) -> BTreeSet<String> {
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let workspace = manifest.get("workspace").and_then(Value::as_table);
    let found = [Some(manifest), workspace].into_iter().flatten().flat_map(|table| {
        tables.iter().filter_map(move |name| table.get(*name).and_then(Value::as_table)).flatten()
    });
    let is_ours = |value: &Value| value.get("path").is_some() || value.get("workspace").is_some();
    found.filter(|(_, value)| !is_ours(value)).map(|(name, _)| name.clone()).collect()
}

fn crates() -> BTreeSet<String> {
    let mut folders = vec![root().to_owned()];
    for below in ["", "adapters"] {
        let entries = fs::read_dir(root().join(below)).expect("a folder");
        folders.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    folders.iter().filter_map(|folder| manifest(folder)).flat_map(|manifest| named(&manifest)).collect()
}

/// The crates of the first column of the page's first table.
fn listed() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("docs/dependencies.md")).expect("the page");
    let (_, table) = page.split_once("## Each crate").expect("a table");
    let (table, _) = table.split_once("\n## ").expect("another part");
    let cells =
        table.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn each_crate_has_a_row_and_each_row_a_crate() {
    let (crates, listed) = (crates(), listed());
    assert!(crates.len() > 50, "{crates:?}");
    assert_eq!(
        crates.difference(&listed).collect::<Vec<_>>(),
        [""; 0],
        "say in docs/dependencies.md why it is there"
    );
    assert_eq!(listed.difference(&crates).collect::<Vec<_>>(), [""; 0], "no Cargo.toml has it any more");
}
