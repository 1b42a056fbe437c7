//! Datasets without a problem: their schema stands in the manifest.

use std::fs;

use datasets::{FieldRole, FieldType, Frozen, Line, Manifest};

use crate::support::Scratch;

const MANIFEST: &str = r#"schema = "counterpoint.dataset/1"
name = "clicks"
data = "records.csv"
columns = ["arrival_ms", "user, name", "amount"]
records = 2
bytes = BYTES
blake3 = "HASH"

[parameters]

[[fields]]
name = "arrival_ms"
type = "whole"
digits = 1
role = "arrival"
missing = 0

[[fields]]
name = "user, name"
type = "text"
role = "key"
missing = 0

[[fields]]
name = "amount"
type = "decimal"
digits = 3
scale = 2
role = "value"
missing = 1
"#;

const DATA: &str = "arrival_ms,\"user, name\",amount\n5,\"a\nb\",1.25\n7,c,\n";

/// Writes a dataset by hand.
fn written(scratch: &Scratch, manifest: &str, data: &str) -> Frozen {
    let hash = blake3::hash(data.as_bytes()).to_hex();
    let manifest = manifest.replace("BYTES", &data.len().to_string()).replace("HASH", &hash);
    fs::write(scratch.path().join("manifest.toml"), manifest).expect("a write");
    fs::write(scratch.path().join("records.csv"), data).expect("a write");
    Frozen::open(scratch.path()).expect("a dataset")
}

#[test]
fn a_dataset_without_a_problem_is_read_as_lines() {
    let scratch = Scratch::new();
    let frozen = written(&scratch, MANIFEST, DATA);
    frozen.verify().expect("whole");
    assert_eq!(frozen.header::<Line>(), "\"user, name\",amount");
    let loaded = frozen.load::<Line>().expect("lines");
    assert_eq!(loaded.arrivals_ms, Some(vec![5, 7]));
    let lines: Vec<&[u8]> = loaded.records.iter().map(|line| line.text(&loaded.keys)).collect();
    assert_eq!(lines, [&b"\"a\nb\",1.25"[..], b"c,"]);
    let amount = frozen.manifest.field_with(FieldRole::Value).expect("declared");
    assert_eq!((amount.kind, amount.digits, amount.scale), (FieldType::Decimal, Some(3), Some(2)));
    let again = Manifest::parse(scratch.path(), &frozen.manifest.to_toml()).expect("as written");
    assert_eq!(again, frozen.manifest);
}

#[test]
fn a_word_that_is_unknown_is_refused_with_the_nearest() {
    let path = std::path::Path::new("manifest.toml");
    let hash = blake3::hash(b"").to_hex();
    for (from, to, message, hint) in [
        ("type = \"decimal\"", "type = \"decimel\"", "unknown value `decimel`", "`decimal`"),
        ("role = \"value\"", "role = \"valeu\"", "unknown value `valeu`", "`value`"),
        ("scale = 2", "scal = 2", "unknown key `scal`", "`scale`"),
        ("name = \"amount\"", "name = \"count\"", "[[fields]] for each of its columns", ""),
        ("role = \"value\"", "role = \"arrival\"", "that of the first column", ""),
        ("type = \"decimal\"", "type = \"whole\"", "`scale` means nothing for the type `whole`", ""),
        ("missing = 1", "missing = 3", "misses 3 of 2", ""),
        ("name = \"clicks\"", "name = \"clicks\"\nproblem = \"x\"", "only a dataset without `problem`", ""),
    ] {
        let text = MANIFEST.replace("BYTES", "0").replace("HASH", &hash).replacen(from, to, 1);
        let error = Manifest::parse(path, &text).expect_err(to);
        assert!(error.to_string().contains(message), "{to}: {error}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{to}: {:?}", error.hint());
    }
}
