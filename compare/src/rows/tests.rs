use std::collections::{BTreeMap, HashMap};

use datasets::FieldKind;
use proptest::prelude::*;

use super::{
    testing::{Table, table},
    *,
};
use crate::{DifferingRow, Rule, Rules, Tolerance};

/// A table of CSV: a row a line.
fn csv(text: &str) -> Table {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().map_or(Vec::new(), |head| head.split(',').collect());
    let cell = |text: &str| (FieldKind::Untyped, text.to_owned());
    table(&columns, lines.map(|line| line.split(',').map(cell).collect()).collect())
}

fn typed(columns: &[&str], rows: &[&[(FieldKind, &str)]]) -> Table {
    let rows = rows.iter().map(|row| row.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect());
    Table { is_typed: true, ..table(columns, rows.collect()) }
}

fn by(key: &[&str]) -> ComparingRows {
    ComparingRows {
        key: key.iter().map(ToString::to_string).collect(),
        rules: Rules::all(Rule::Number),
        listed: 20,
        chars: 200,
        ..ComparingRows::default()
    }
}

fn found(left: &Table, right: &Table, how: &ComparingRows) -> Result<RowsFound, RowsError> {
    compare_rows(&mut left.clone(), &mut right.clone(), how, &|| true)
}

fn counts(left: &Table, right: &Table, how: &ComparingRows) -> [u64; 4] {
    let RowCounts { missing, extra, changed, equal, .. } = found(left, right, how).expect("comparable").rows;
    [missing, extra, changed, equal]
}

/// A row's number for its key, and its two values.
type Simple = (u16, u8, u8);

fn simple(rows: &[Simple]) -> Table {
    let cell = |text: String| (FieldKind::Untyped, text);
    let row =
        |&(key, a, b): &Simple| vec![cell(a.to_string()), cell(format!("k{key}")), cell(format!("{b}.0"))];
    table(&["a", "key", "b"], rows.iter().map(row).collect())
}

/// Keeps the first row of each key.
fn by_key(rows: &[Simple]) -> BTreeMap<String, (u8, u8)> {
    let mut table = BTreeMap::new();
    for &(key, a, b) in rows {
        table.entry(format!("k{key}")).or_insert((a, b));
    }
    table
}

fn rows_of(table: &BTreeMap<String, (u8, u8)>) -> Vec<Simple> {
    table.iter().map(|(key, &(a, b))| (key[1..].parse().expect("a number"), a, b)).collect()
}

proptest! {
    #[test]
    fn counts_are_those_of_two_maps(
        left in prop::collection::vec((0_u16..600, 0_u8..3, 0_u8..3), 0..900),
        right in prop::collection::vec((0_u16..600, 0_u8..3, 0_u8..3), 0..900),
        seed in any::<u64>(),
    ) {
        let (left, right) = (by_key(&left), by_key(&right));
        let mut shuffled = rows_of(&right);
        let mut random = datasets::SplitMix64::new(seed);
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, (random.next_u64() % (at as u64 + 1)) as usize);
        }
        let found = found(&simple(&rows_of(&left)), &simple(&shuffled), &by(&["key"])).expect("comparable");
        let both: Vec<_> = left.iter().filter_map(|(key, row)| Some((key, row, right.get(key)?))).collect();
        let changed: Vec<_> = both.iter().filter(|(_, left, right)| left != right).collect();
        let in_column = |differs: fn(&(u8, u8), &(u8, u8)) -> bool| {
            both.iter().filter(|(_, left, right)| differs(left, right)).count() as u64
        };
        prop_assert_eq!(found.rows.missing, (left.len() - both.len()) as u64);
        prop_assert_eq!(found.rows.extra, (right.len() - both.len()) as u64);
        prop_assert_eq!(found.rows.changed, changed.len() as u64);
        prop_assert_eq!(found.rows.equal, (both.len() - changed.len()) as u64);
        let by_column: HashMap<&str, u64> =
            found.columns.iter().map(|column| (column.name.as_str(), column.differing)).collect();
        prop_assert_eq!(by_column["a"], in_column(|left, right| left.0 != right.0));
        prop_assert_eq!(by_column["b"], in_column(|left, right| left.1 != right.1));
        let listed: Vec<&str> = found.differing.changed.iter().flat_map(DifferingRow::texts).filter(|text| text.starts_with('k')).collect();
        let first: Vec<&str> = changed.iter().map(|(key, ..)| key.as_str()).take(20).collect();
        prop_assert_eq!(listed, first);
    }

    #[test]
    fn keys_that_are_numbers_are_listed_by_value(keys in prop::collection::btree_set(0_u32..2000, 0..80)) {
        let lines = keys.iter().rev().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let listed = found(&csv(&format!("id\n{lines}")), &csv("id"), &by(&["id"])).expect("comparable").differing.missing;
        let listed: Vec<String> = listed.iter().flat_map(DifferingRow::texts).map(str::to_owned).collect();
        let first: Vec<String> = keys.iter().take(20).map(ToString::to_string).collect();
        prop_assert_eq!(listed, first);
    }
}

#[test]
fn thousands_of_rows_on_either_side_only() {
    let rows = |range: std::ops::Range<u16>| simple(&range.map(|key| (key, 1, 2)).collect::<Vec<_>>());
    assert_eq!(counts(&rows(0..9000), &rows(4000..20_000), &by(&["key"])), [4000, 11_000, 0, 5000]);
}

#[test]
fn a_key_that_stands_twice_is_shown_and_never_multiplied() {
    let twice = csv("id,n\n1,a\n2,b\n1,c\n3,d\n2,e\n3,f\n2,g\n9,x\n9,y");
    let once = csv("id,n\n1,a\n2,b\n3,d");
    let Err(RowsError::Duplicates { which: Which::Left, rows, examples }) =
        found(&twice, &once, &by(&["id"]))
    else {
        panic!("duplicates on the left");
    };
    let shown: Vec<_> = examples.iter().map(|row| (row.key[0].text.as_str(), row.first, row.row)).collect();
    assert_eq!((rows, shown), (5, vec![("1", Some(1), 3), ("2", Some(2), 5), ("3", Some(4), 6)]));
    let Err(RowsError::Duplicates { which: Which::Right, rows, examples }) =
        found(&once, &twice, &by(&["id"]))
    else {
        panic!("duplicates on the right");
    };
    let shown: Vec<_> = examples.iter().map(|row| (row.key[0].text.as_str(), row.row)).collect();
    assert_eq!((rows, shown), (5, vec![("1", 3), ("2", 5), ("3", 6)]));
}

#[test]
fn columns_may_stand_elsewhere_and_be_renamed() {
    let left = csv("id,old,same,gone\n1,5,x,0\n2,6,y,0");
    let right = csv("new,same,id,more\n5,x,1,0\n7,y,2,0");
    let how = ComparingRows { renamed: [("new".to_owned(), "old".to_owned())].into(), ..by(&["id"]) };
    let compared = found(&left, &right, &how).expect("comparable");
    assert_eq!((compared.rows.changed, compared.rows.equal), (1, 1));
    assert_eq!(
        (compared.columns_missing, compared.columns_extra),
        (vec!["gone".to_owned()], vec!["more".to_owned()])
    );
    let ignoring = how.rules.clone().with("gone", Rule::Ignore).with("more", Rule::Ignore);
    let compared =
        found(&left, &right, &ComparingRows { rules: ignoring, ..how.clone() }).expect("comparable");
    assert!(compared.columns_missing.is_empty() && compared.columns_extra.is_empty());
    let taken = ComparingRows { renamed: [("same".to_owned(), "old".to_owned())].into(), ..by(&["id"]) };
    assert!(matches!(found(&left, &right, &taken), Err(RowsError::RenamedTwice { .. })));
}

#[test]
fn a_column_that_is_not_there_is_refused_with_names_like_it() {
    let (left, right) = (csv("user,n\n1,2"), csv("user,n\n1,2"));
    let Err(RowsError::NoColumn { column, nearest, .. }) = found(&left, &right, &by(&["usr"])) else {
        panic!("no such column");
    };
    assert_eq!((column.as_str(), nearest), ("usr", vec!["user".to_owned()]));
    let rules = Rules::default().with("m", Rule::Ignore);
    let how = ComparingRows { rules, ..by(&["user"]) };
    assert!(matches!(found(&left, &right, &how), Err(RowsError::NoColumn { which: None, .. })));
}

#[test]
fn what_cannot_be_known_is_neither_equal_nor_different() {
    use FieldKind::{Number, Text, Unknown};
    let left = typed(
        &["id", "a", "b"],
        &[
            &[(Number, "1"), (Unknown, "never seen"), (Text, "x")],
            &[(Number, "2"), (Unknown, "never seen"), (Text, "x")],
            &[(Number, "3"), (Text, "a"), (Text, "x")],
        ],
    );
    let right = typed(
        &["id", "a", "b"],
        &[
            &[(Number, "1"), (Unknown, "never seen"), (Text, "x")],
            &[(Number, "2"), (Text, "a"), (Text, "y")],
            &[(Number, "3"), (Text, "a"), (Text, "x")],
        ],
    );
    let judged = found(&left, &right, &by(&["id"])).expect("comparable");
    let RowCounts { missing, extra, changed, unknown, equal } = judged.rows;
    assert_eq!([missing, extra, changed, unknown, equal], [0, 0, 1, 1, 1]);
    assert_eq!(judged.unknown, [("never seen".to_owned(), 2)].into());
    let strict = ComparingRows { unknown_differs: true, ..by(&["id"]) };
    assert_eq!(counts(&left, &right, &strict), [0, 0, 2, 1]);
}

#[test]
fn numbers_of_a_type_name_one_row_however_they_are_written() {
    use FieldKind::{Number, Text};
    let rows = |keys: &[&'static str]| {
        let rows: Vec<Vec<(FieldKind, &str)>> = keys.iter().map(|key| vec![(Number, *key)]).collect();
        typed(&["id"], &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let left = rows(&["1.0", "-0.0", "1e3", "0.0050", "18446744073709551617", "-2.50", "1e-70"]);
    let right = rows(&["1", "0", "1000", "5e-3", "18446744073709551617.0", "-2.5", "0.1e-69"]);
    assert_eq!(counts(&left, &right, &by(&["id"])), [0, 0, 0, 7]);
    // Without a type, `007` and `7` are names.
    assert_eq!(counts(&csv("id\n007\n1.0"), &csv("id\n7\n1"), &by(&["id"])), [2, 2, 0, 0]);
    let text = typed(&["id"], &[&[(Text, "1")]]);
    assert_eq!(counts(&text, &rows(&["1"]), &by(&["id"])), [1, 1, 0, 0]);
    assert_eq!(counts(&csv("id\n1"), &rows(&["1.0"]), &by(&["id"])), [0, 0, 0, 1]);
}

#[test]
fn distances_have_quantiles_and_a_furthest_pair() {
    let side = |shift: fn(u32) -> u32| {
        let lines = (1..=100).map(|id| format!("{id},{}.5", id + shift(id))).collect::<Vec<_>>().join("\n");
        csv(&format!("id,n\n{lines}"))
    };
    let found = found(&side(|_| 0), &side(|id| id), &by(&["id"])).expect("comparable");
    let deltas = found.columns[0].deltas.as_ref().expect("numbers");
    assert_eq!(
        (deltas.numbers, deltas.p50, deltas.p90, deltas.p99, deltas.max),
        (100, 50.0, 90.0, 99.0, 100.0)
    );
    assert_eq!(deltas.furthest.key[0].text, "100");
    let beyond = csv("id,n\n1,9007199254740993");
    let apart = super::found::RowsFound::clone(
        &self::found(&csv("id,n\n1,9007199254740992"), &beyond, &by(&["id"])).expect("comparable"),
    );
    assert_eq!(apart.columns[0].deltas.as_ref().map(|deltas| deltas.max), Some(1.0));
}

#[test]
fn many_distances_are_within_a_hundredth() {
    let side = |times: u64| {
        let lines = (1..=30_000_u64).map(|id| format!("{id},{}", id * times)).collect::<Vec<_>>().join("\n");
        csv(&format!("id,n\n{lines}"))
    };
    let found = found(&side(1), &side(2), &by(&["id"])).expect("comparable");
    let deltas = found.columns[0].deltas.as_ref().expect("numbers");
    for (quantile, exact) in [(deltas.p50, 15_000.0), (deltas.p90, 27_000.0), (deltas.p99, 29_700.0)] {
        assert!((quantile / exact - 1.0_f64).abs() < 0.011, "{quantile} for {exact}");
    }
    assert!(deltas.max >= 30_000.0);
}

#[test]
fn a_tolerance_is_for_numbers() {
    let within = |column: &str| ComparingRows {
        rules: Rules::all(Rule::Number).with(column, Rule::Within(Tolerance::absolute(0.01))),
        ..by(&["id"])
    };
    let (left, right) = (csv("id,n,t\n1,1.00,a\n2,2,b"), csv("id,n,t\n1,1.01,b\n2,2.02,b"));
    assert_eq!(counts(&left, &right, &within("n")), [0, 0, 2, 0]);
    assert!(matches!(found(&left, &right, &within("t")), Err(RowsError::ToleranceOnText { .. })));
    let (some, other) = (csv("id,n\n1,NaN\n2,5"), csv("id,n\n1,n/a\n2,6"));
    assert_eq!(counts(&some, &other, &within("n")), [0, 0, 2, 0]);
}

#[test]
fn a_row_without_its_key_is_named() {
    let left = typed(
        &["id", "n"],
        &[&[(FieldKind::Number, "1")], &[(FieldKind::Missing, ""), (FieldKind::Number, "2")]],
    );
    let Err(RowsError::NoKeyField { which: Which::Left, column, place }) = found(&left, &left, &by(&["id"]))
    else {
        panic!("no key");
    };
    assert_eq!((column.as_str(), place.line), ("id", Some(2)));
}

#[test]
fn a_distance_is_written_shortly() {
    for (distance, expected) in [
        (0.0, "0"),
        (0.25, "0.25"),
        (1e-7, "1e-7"),
        (1e300, "1e300"),
        (999_999_999_999_999.0, "999999999999999"),
        (f64::INFINITY, "inf"),
    ] {
        assert_eq!(Deltas::written(distance), expected);
    }
}
