//! A scratch folder and the few lines that most tests start with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use datasets::{
    Error, ErrorKind, Event, Format, Frozen, ImportOptions, Imported, Instance, Item, Manifest, Request,
    Source, Typed, import,
};

/// A folder that is removed at the end of the test.
pub(crate) struct Scratch(tempfile::TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into the folder and returns its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).expect("a write to the scratch folder");
        path
    }

    /// The names in the folder, hidden ones among them.
    pub(crate) fn names(&self) -> Vec<String> {
        names(self.path())
    }
}

pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Bin packing, with the capacity that CSV files don't have.
pub(crate) fn options(capacity: Option<&str>) -> ImportOptions {
    ImportOptions {
        problem: "bin-packing".into(),
        columns: Item::COLUMNS,
        parameters: capacity.map(|text| ("capacity".to_owned(), text.to_owned())).into_iter().collect(),
        required: vec!["capacity"],
        ..ImportOptions::default()
    }
}

/// Windowed aggregation, without a demand for parameters.
pub(crate) fn events() -> ImportOptions {
    ImportOptions {
        problem: "windowed-aggregation".into(),
        columns: Event::COLUMNS,
        optional: Event::OPTIONAL,
        ..ImportOptions::default()
    }
}

/// Caching, without a demand for parameters.
pub(crate) fn requests() -> ImportOptions {
    ImportOptions {
        problem: "caching".into(),
        columns: Request::COLUMNS,
        optional: Request::OPTIONAL,
        ..ImportOptions::default()
    }
}

/// Imports `content` as a CSV file of items for bins of 100.
pub(crate) fn import_csv(content: impl AsRef<[u8]>) -> Result<Imported, Error> {
    import_text(Format::Csv, &options(Some("100")), content)
}

/// Imports `content` from a file called `x.txt`.
pub(crate) fn import_text(
    format: Format,
    options: &ImportOptions,
    content: impl AsRef<[u8]>,
) -> Result<Imported, Error> {
    let scratch = Scratch::new();
    let result = import(&scratch.write("x.txt", content), format, options);
    assert_eq!(scratch.names(), ["x.txt"], "an import writes nothing");
    result
}

/// Asserts that an error is the file's fault and that message and hint hold all of `parts`.
pub(crate) fn check_input(error: &Error, parts: &[&str]) {
    assert_eq!(error.kind(), ErrorKind::Input, "{error}");
    check_text(error, parts);
}

pub(crate) fn check_usage(error: &Error, parts: &[&str]) {
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    check_text(error, parts);
}

fn check_text(error: &Error, parts: &[&str]) {
    let text = format!("{error}\n{}", error.hint().unwrap_or_default());
    for part in parts {
        assert!(text.contains(part), "{text:?} lacks {part:?}");
    }
    assert!(!error.to_string().chars().any(char::is_control), "{error:?} is one harmless line");
}

/// Twelve sizes for bins of 10.
pub(crate) fn small() -> Instance {
    Instance {
        name: "small".into(),
        problem: "bin-packing".into(),
        columns: Item::COLUMNS.to_vec(),
        values: vec![7, 2, 10, 4, 9, 6, 8, 1, 5, 3, 5, 0],
        scale: 1,
        parameters: BTreeMap::from([("capacity".into(), 10.into())]),
        keys: datasets::Keys::default(),
        optimum: None,
        best_known: None,
        source: Source::default(),
        rejected: Vec::new(),
    }
}

/// Returns the same, frozen at `small` in the folder.
pub(crate) fn freeze_small(scratch: &Scratch) -> (PathBuf, Manifest) {
    let target = scratch.path().join("small");
    let manifest = datasets::freeze(&small(), &target).expect("a good instance and a fresh folder");
    (target, manifest)
}

pub(crate) fn sizes(dir: &Path) -> Result<Vec<u64>, Error> {
    Ok(Frozen::open(dir)?.load::<Item>()?.records.iter().map(|item| item.size).collect())
}
