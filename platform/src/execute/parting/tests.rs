//! The first record that parts two tables, against a table made by definition of the records that a version takes in.

use batch::{growing, windowed_aggregation::Window};
use datasets::{Cells, Event, SplitMix64, TableColumn};

use super::*;

const SIZE_MS: i64 = 10;

fn columns() -> Table {
    growing::windowed(Window::Tumbling { size_ms: SIZE_MS }).expect("a window").columns()
}

/// The table of the records that a version has taken in: by definition, without the growing answer's help.
fn table(records: &[Event], is_taken: impl Fn(usize) -> bool, keys: &Keys) -> Table {
    let mut rows: std::collections::BTreeMap<(i64, u32), Vec<i64>> = std::collections::BTreeMap::new();
    for (_, record) in records.iter().enumerate().filter(|(at, _)| is_taken(*at)) {
        rows.entry((record.time_ms.div_euclid(SIZE_MS), record.key)).or_default().push(record.value);
    }
    let mut table = columns();
    for ((window, key), values) in rows {
        let cell = |column: &TableColumn| match (&*column.name, &column.cells) {
            ("window_start_ms", _) => Cell::Int(window * SIZE_MS),
            ("window_end_ms", _) => Cell::Int((window + 1) * SIZE_MS),
            (_, Cells::Text(_)) => Cell::Text(key),
            ("count", _) => Cell::Int(i64::try_from(values.len()).expect("few")),
            ("sum", _) => Cell::Wide(values.iter().map(|value| i128::from(*value)).sum()),
            ("min", _) => Cell::Int(*values.iter().min().expect("a value")),
            ("max", _) => Cell::Int(*values.iter().max().expect("a value")),
            (name, _) => panic!("a column {name}"),
        };
        let cells: Vec<Cell> = table.columns.iter().map(cell).collect();
        table.push_row(&cells);
    }
    table.settle(keys);
    table
}

fn found(records: &[Event], versions: [&Table; 2], keys: &Keys) -> Option<PartingRecord> {
    let mut growing = growing::windowed(Window::Tumbling { size_ms: SIZE_MS }).expect("a window");
    let shape = Shape::of(&growing.columns(), versions[0], 1).expect("all columns");
    let mut followed = Followed::new(shape, versions, keys, Rules::EXACT);
    for record in records {
        followed.take(&mut *growing, record, keys).expect("a record");
    }
    followed.first()
}

/// Records of two keys in disorder, each with a value that makes every sum another.
fn records(random: &mut SplitMix64, keys: &mut Keys) -> Vec<Event> {
    let keys = [keys.intern(b"a"), keys.intern(b"b")];
    let mut record = |at: i64| Event {
        time_ms: at * 3 - random.uniform(0, 40).cast_signed(),
        key: keys[random.uniform(0, 1) as usize],
        partition: 0,
        value: 1 << at,
    };
    (0..40).map(&mut record).collect()
}

#[test]
fn the_first_record_that_one_dropped_is_found() {
    let mut random = SplitMix64::new(11);
    for _ in 0..100 {
        let mut keys = Keys::default();
        let records = records(&mut random, &mut keys);
        // As engines do it: what is further behind the newest time than allowed is dropped with its whole window.
        let taken = |delay: i64| {
            let mut newest = i64::MIN;
            let mut taken = Vec::new();
            for record in &records {
                let end = (record.time_ms.div_euclid(SIZE_MS) + 1) * SIZE_MS;
                taken.push(newest == i64::MIN || end > newest - delay);
                newest = newest.max(record.time_ms);
            }
            taken
        };
        let (stable, candidate) = (taken(20), taken(5));
        let tables = [&stable, &candidate].map(|taken| table(&records, |at| taken[at], &keys));
        let found = found(&records, [&tables[0], &tables[1]], &keys);
        let wanted = (0..records.len()).find(|&at| stable[at] != candidate[at]);
        assert_eq!(found.as_ref().map(|found| found.record), wanted.map(|at| at as u64));
        let Some(found) = found else { continue };
        assert_eq!((found.without, found.told), (Role::Candidate, found.rows));
        let at = found.record as usize;
        let newest = records[..at].iter().map(|record| record.time_ms).max().expect("one before");
        assert_eq!(found.behind_ms, Some(newest - records[at].time_ms));
    }
}

#[test]
fn rows_that_were_never_true_tell_nothing() {
    let mut keys = Keys::default();
    let key = keys.intern(b"a");
    let record = |time_ms, value| Event { time_ms, key, partition: 0, value };
    let records = [record(1, 1), record(2, 2), record(11, 4)];
    let right = table(&records, |_| true, &keys);
    // A sum that no prefix has.
    let wrong = table(&records, |at| at != 0, &keys);
    assert_eq!(found(&records, [&right, &wrong], &keys), None);
    assert_eq!(found(&records, [&right, &right], &keys), None);
    // A row that is missing was true before its first record.
    let short = table(&records, |at| at < 2, &keys);
    let found = found(&records, [&short, &right], &keys).expect("a record");
    assert_eq!((found.record, found.without, found.behind_ms), (2, Role::Stable, None));
}

/// The last record at which the truth of a row stopped being the version's row, prefix by prefix.
fn cause_by_definition(records: &[Event], version: &Table, key: &[String], keys: &Keys) -> Option<u64> {
    let row_in = |table: &Table| {
        let texts = |row: usize, columns: std::ops::Range<usize>| {
            columns.map(|column| table.text(column, row, keys)).collect::<Vec<_>>()
        };
        let found = (0..table.rows()).find(|&row| texts(row, 0..table.key_columns) == key)?;
        Some(texts(found, table.key_columns..table.columns.len()))
    };
    let own = row_in(version);
    let is_true = |taken: usize| row_in(&table(records, |at| at < taken, keys)) == own;
    let left = (0..records.len()).rev().find(|&taken| is_true(taken) && !is_true(taken + 1));
    left.filter(|_| !is_true(records.len())).map(|at| at as u64)
}

#[test]
fn each_listed_row_names_the_record_that_it_lacks() {
    let mut random = SplitMix64::new(17);
    let (mut told, mut alike) = (0, 0);
    for round in 0..30 {
        let mut keys = Keys::default();
        let records = records(&mut random, &mut keys);
        let drop_from = |random: &mut SplitMix64| random.uniform(0, records.len() as u64) as usize;
        let from = drop_from(&mut random);
        // Every third pair is wrong alike, so that no row differs between the two.
        let other = if round % 3 == 0 { from } else { drop_from(&mut random) };
        let whole = table(&records, |_| true, &keys);
        let versions = [from, other].map(|from| table(&records, |at| at < from || at % 2 == 0, &keys));
        let found = versions.each_ref().map(|version| {
            RowDifferences::from(compare::compare_answers(&whole, version, &keys, Rules::EXACT))
        });
        let listed = Pair { stable: &found[0], candidate: &found[1] };
        let mut growing = growing::windowed(Window::Tumbling { size_ms: SIZE_MS }).expect("a window");
        let shape = Shape::of(&growing.columns(), &versions[0], 1).expect("all columns");
        let mut followed = Followed::new(shape, [&versions[0], &versions[1]], &keys, Rules::EXACT);
        alike += usize::from(followed.rows.is_empty());
        followed.add_listed(listed, [&versions[0], &versions[1]], &keys);
        for record in &records {
            followed.take(&mut *growing, record, &keys).expect("a record");
        }
        let causes = followed.causes(listed);
        for (role, version) in Role::BOTH.into_iter().zip(&versions) {
            for row in &listed[role].worst {
                let key = key_of(row);
                let cause = causes.iter().find(|cause| cause.role == role && cause.key == *key);
                let wanted = cause_by_definition(&records, version, key, &keys);
                assert_eq!(cause.map(|cause| cause.record), wanted, "{role} {key:?}");
                told += usize::from(cause.is_some());
            }
        }
    }
    assert!(told > 50 && alike >= 10, "{told} {alike}");
}
