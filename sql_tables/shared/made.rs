//! Small datasets, and answers as lists of texts: for the tests of each engine, which has an `asked::ask` of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use datasets::{
    Cells, Column, EVENT_TIME, FieldKind, Frozen, GenericOptions, Instance, KEY, Keys, SIZE, Source, Table,
    VALUE, freeze, freeze_generic,
};
use tempfile::TempDir;

/// A dataset that is gone when this is.
pub(crate) struct Made {
    _folder: TempDir,
    pub(crate) frozen: Frozen,
}

fn made(problem: &str, columns: &[Column], values: Vec<u64>, scale: u64, keys: Keys) -> Made {
    let instance = Instance {
        name: "made".to_owned(),
        problem: problem.to_owned(),
        columns: columns.to_vec(),
        values,
        scale,
        parameters: BTreeMap::new(),
        keys,
        optimum: None,
        best_known: None,
        source: Source::default(),
        rejected: Vec::new(),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("made");
    freeze(&instance, &target).expect("a dataset");
    Made { frozen: Frozen::open(&target).expect("it was frozen"), _folder: folder }
}

/// Freezes events of a time, a key and a value in units of 1 / `scale`.
pub(crate) fn events(rows: &[(i64, &str, i64)], scale: u64) -> Made {
    let mut keys = Keys::default();
    let values = rows.iter().flat_map(|&(time_ms, key, value)| {
        [time_ms.cast_unsigned(), keys.intern(key.as_bytes()).into(), value.cast_unsigned()]
    });
    let values: Vec<u64> = values.collect();
    made("windowed-aggregation", &[EVENT_TIME, KEY, VALUE], values, scale, keys)
}

/// Freezes sizes.
pub(crate) fn sizes(sizes: &[u64]) -> Made {
    made("bin-packing", &[SIZE], sizes.to_vec(), 1, Keys::default())
}

/// Freezes any table.
pub(crate) fn generic(csv: &str, options: &GenericOptions) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, target) = (folder.path().join("file.csv"), folder.path().join("made"));
    fs::write(&file, csv).expect("a file");
    freeze_generic(&file, options, &target, &|| true).expect("a dataset");
    Made { frozen: Frozen::open(&target).expect("it was frozen"), _folder: folder }
}

/// Opens a shipped dataset.
pub(crate) fn shipped(name: &str) -> Frozen {
    Frozen::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/data").join(name))
        .expect("shipped")
}

/// The rows of an answer, in order, a cell as its text; one that is missing is `NULL`, which no other cell says here.
pub(crate) fn rows(table: &Table, keys: &Keys) -> Vec<Vec<String>> {
    let cell = |column: usize, row: usize| match &table.columns[column].cells {
        Cells::Written(fields) if fields.field(row).kind == FieldKind::Null => "NULL".to_owned(),
        Cells::Maybe(cells) if cells[row].is_none() => "NULL".to_owned(),
        _ => table.text(column, row, keys),
    };
    let columns = table.columns.len();
    let mut rows: Vec<Vec<String>> =
        (0..table.rows()).map(|row| (0..columns).map(|column| cell(column, row)).collect()).collect();
    rows.sort();
    rows
}

/// The names of its columns.
pub(crate) fn names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| &*column.name).collect()
}

/// The rows that a query gives, each as one text.
pub(crate) fn lines(frozen: &Frozen, query: &str) -> Vec<String> {
    let table = crate::asked::ask(frozen, query).unwrap_or_else(|error| panic!("{query}: {error}"));
    rows(&table, &Keys::default()).into_iter().map(|row| row.join("|")).collect()
}
