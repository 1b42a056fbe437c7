//! One thread and two find the same, errors included.

use std::{
    cell::Cell,
    path::Path,
    time::{Duration, Instant},
};

use datasets::{Error, FieldKind, Place, Row, Rows};
use proptest::prelude::*;

use super::{
    testing::{Cell as Field, Table, table},
    *,
};
use crate::{Rule, Rules};

/// A table that can't be read beyond a row.
struct Cut {
    table: Table,
    cut_at: Option<usize>,
}

impl Rows for Cut {
    fn columns(&self) -> &[String] {
        self.table.columns()
    }

    fn is_typed(&self) -> bool {
        self.table.is_typed()
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        if self.cut_at == Some(self.table.at) {
            return Err(Error::Input { place: self.place(), message: "cut here".to_owned(), hint: None });
        }
        self.table.next(row)
    }

    fn place(&self) -> Place {
        self.table.place()
    }
}

/// A key, which may be missing, and two values; of some rows there are many alike.
type Simple = (Option<u16>, u8, u8);

fn table_of(rows: &[Simple], copies: u16) -> Table {
    let cell = |text: String| (FieldKind::Text, text);
    let row = |&(key, a, b): &Simple, copy: u16| -> Vec<Field> {
        let key = key.map_or((FieldKind::Missing, String::new()), |key| cell(format!("{key}/{copy}")));
        vec![cell("x".repeat(usize::from(a) * 40)), key, cell(b.to_string())]
    };
    let rows = (0..copies).flat_map(|copy| rows.iter().map(move |simple| row(simple, copy))).collect();
    Table { is_typed: true, ..table(&["a", "key", "b"], rows) }
}

fn how() -> ComparingRows {
    ComparingRows {
        key: vec!["key".to_owned()],
        rules: Rules::all(Rule::Number),
        listed: 5,
        chars: 20,
        ..ComparingRows::default()
    }
}

/// Returns all that is found, or the error, as text.
fn said(left: &Cut, right: &Cut, alone: u64) -> String {
    let cut = |side: &Cut| Cut { table: side.table.clone(), cut_at: side.cut_at };
    let (mut left, mut right, how) = (cut(left), cut(right), how());
    let comparing = Comparing { how: &how, histories: Histories::default(), go_on: &|| true, alone };
    format!("{:#?}", comparing.compare(&mut left, &mut right))
}

fn rows() -> impl Strategy<Value = Vec<Simple>> {
    let key = prop_oneof![400 => (0_u16..2000).prop_map(Some), 1 => Just(None)];
    prop::collection::vec((key, 0_u8..4, 0_u8..3), 0..200)
}

/// Leaves of each key one row, unless it is told not to.
fn maybe_once(rows: Vec<Simple>, once: bool) -> Vec<Simple> {
    let mut seen = std::collections::HashSet::new();
    rows.into_iter().filter(|(key, ..)| !once || key.is_none() || seen.insert(*key)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn two_threads_find_what_one_finds(
        (left, right) in (rows(), rows()),
        once in prop::bool::weighted(0.8),
        copies in 1_u16..30,
        (left_cut, right_cut) in (prop::option::weighted(0.1, 0_usize..3000), prop::option::weighted(0.1, 0_usize..3000)),
        alone in prop_oneof![Just(0_u64), 0_u64..100_000],
    ) {
        let left = Cut { table: table_of(&maybe_once(left, once), copies), cut_at: left_cut };
        let right = Cut { table: table_of(&maybe_once(right, once), copies), cut_at: right_cut };
        let by_one = said(&left, &right, u64::MAX);
        prop_assert_eq!(&said(&left, &right, alone), &by_one);
        prop_assert_eq!(&said(&left, &right, 0), &by_one);
    }
}

/// A table without an end.
struct Endless {
    columns: Vec<String>,
    rows: u64,
}

impl Rows for Endless {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn is_typed(&self) -> bool {
        false
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, Error> {
        row.clear();
        row.push_with(FieldKind::Untyped, |text| text.push_str(&self.rows.to_string()));
        self.rows += 1;
        Ok(true)
    }

    fn place(&self) -> Place {
        Place::line(Path::new("endless"), self.rows)
    }
}

#[test]
fn whoever_reads_without_an_end_is_stopped() {
    let endless = || Endless { columns: vec!["key".to_owned()], rows: 0 };
    let how = ComparingRows { key: vec!["key".to_owned()], ..how() };
    let short =
        || table(&["key"], (0..40_000).map(|row| vec![(FieldKind::Untyped, row.to_string())]).collect());
    for alone in [0, 100_000, u64::MAX] {
        for left_ends in [false, true] {
            let asked = Cell::new(0);
            let go_on = || {
                asked.set(asked.get() + 1);
                asked.get() < 60
            };
            let comparing = Comparing { how: &how, histories: Histories::default(), go_on: &go_on, alone };
            let mut left: Box<dyn Rows> = if left_ends { Box::new(short()) } else { Box::new(endless()) };
            let start = Instant::now();
            let found = comparing.compare(&mut *left, &mut endless());
            assert!(matches!(found, Err(RowsError::Source(Error::Interrupted))), "{found:?}");
            assert!(start.elapsed() < Duration::from_secs(5), "{alone} {left_ends}");
        }
    }
}
