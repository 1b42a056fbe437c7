//! Small tables, compared as by hand.

use crate::Tolerance;
use datasets::{Cells, FieldKind, Keys, Table, TableColumn};

use super::{
    testing::{Cell, compared, untyped, written},
    *,
};

fn table(text: &str) -> Table {
    let mut lines = text.split(';').map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().expect("a header");
    untyped(&names, lines)
}

fn by_k(left: &str, right: &str) -> Result<TableComparison, TableError> {
    compared(&table(left), &table(right), &["k"], Rules::EXACT)
}

fn glance(text: &str) -> Glance {
    Glance::new(FieldKind::Untyped, text, 200)
}

#[test]
fn one_lost_row_is_one_difference_wherever_it_was() {
    let found = by_k("k,v;a,1;b,2;c,3", "k,v;b,2;c,3").expect("comparable");
    assert_eq!(found.rows, Divergence { missing: 1, extra: 0, changed: 0, equal: 2 });
    assert_eq!(found.examples, [DifferingRow::Missing { key: vec![glance("a")] }]);
}

#[test]
fn order_of_rows_and_columns_does_not_matter() {
    assert!(by_k("k,v,w;a,1,2;b,3,4", "w,k,v;4,b,3;2,a,1").expect("comparable").is_none());
}

#[test]
fn changes_are_counted_by_column_and_by_row() {
    let found = by_k("k,v,w;a,1,1;b,1,1", "k,w,v;a,2,2;b,3,1;z,0,0").expect("comparable");
    assert_eq!((found.rows.changed, found.rows.extra), (2, 1));
    assert_eq!((found.changed_by_column["v"], found.changed_by_column["w"]), (1, 2));
    let field = |column: &str, left, right| DifferingField {
        column: column.to_owned(),
        left: glance(left),
        right: glance(right),
    };
    let fields = vec![field("v", "1", "2"), field("w", "1", "2")];
    let first = DifferingRow::Changed { key: vec![glance("a")], columns: 2, fields };
    assert_eq!(found.examples[0], first);
}

#[test]
fn a_key_that_is_not_unique_is_refused_by_name() {
    let error = by_k("k,v;a,1;b,1;a,2", "k,v;a,1").expect_err("a is there twice");
    assert_eq!(error, TableError::DuplicateKey { left: true, key: vec![glance("a")], rows: (1, 3) });
    let error = by_k("k,v;a,1", "v;1").expect_err("no key on the right");
    assert_eq!(error, TableError::NoKeyColumn { left: false, column: "k".to_owned() });
}

#[test]
fn examples_stop_and_counting_does_not() {
    let rows = (0..2000).fold(String::new(), |rows, i| rows + &format!(";{i},1"));
    let found = by_k(&format!("k,v{rows}"), "k,v;x,1").expect("comparable");
    assert_eq!((found.rows.missing, found.rows.extra, found.examples.len()), (2000, 1, LISTED_ROWS));
}

#[test]
fn a_column_on_one_side_only_is_a_difference() {
    let found = by_k("k,v;a,1", "k;a").expect("comparable");
    assert_eq!((found.columns_missing.as_slice(), found.is_none()), (["v".to_owned()].as_slice(), false));
}

#[test]
fn a_missing_field_is_not_null_and_not_empty() {
    let typed = |value: Cell| written(&["k", "v"], &[vec![Some((FieldKind::Text, "a".to_owned())), value]]);
    let tables = [
        typed(None),
        typed(Some((FieldKind::Null, "null".to_owned()))),
        typed(Some((FieldKind::Text, String::new()))),
    ];
    for (i, left) in tables.iter().enumerate() {
        for (j, right) in tables.iter().enumerate() {
            let found = compared(left, right, &["k"], Rules::EXACT).expect("comparable");
            assert_eq!(found.is_none(), i == j, "{left:?} {right:?}");
        }
    }
    let error = compared(&tables[0], &tables[0], &["v"], Rules::EXACT).expect_err("no key");
    assert_eq!(error, TableError::NoKeyField { left: true, column: "v".to_owned(), row: 0 });
}

#[test]
fn each_column_has_its_rule() {
    let (left, right) = (table("k,v,w;a,1.50,x;b,2,y"), table("k,v,w,u;a,1.52,z,0;b,2.1,y,7"));
    let found = |rules: &Rules| {
        let found = compared(&left, &right, &["k"], rules).expect("comparable");
        (found.rows.changed, found.changed_by_column.get("v").copied(), found.columns_extra.len())
    };
    assert_eq!(found(Rules::EXACT), (2, Some(2), 1));
    let within = |most| Rules::default().with("v", Rule::Within(Tolerance::absolute(most)));
    assert_eq!(found(&within(0.05)), (2, Some(1), 1), "x and z are no numbers of v");
    assert_eq!(found(&within(0.05).with("w", Rule::Within(Tolerance::absolute(9.0)))), (2, Some(1), 1));
    assert_eq!(found(&within(0.2).with("w", Rule::Ignore)), (0, Some(0), 1));
    let all = Rules::default().with("v", Rule::Ignore).with("w", Rule::Ignore).with("u", Rule::Ignore);
    assert_eq!(found(&all), (0, None, 0));
}

#[test]
fn it_stops_when_asked() {
    let table = table("k,v;a,1");
    let key = ["k".to_owned()];
    let how = Comparing {
        key: &key,
        rules: Rules::EXACT,
        keys: &Keys::default(),
        listed: Listed::OF_TABLES,
        go_on: &|| false,
    };
    assert_eq!(compare_tables(&table, &table, &how), Err(TableError::Stopped));
}

/// An answer of rows by start and key, each with a sum.
fn answer(rows: &[(i64, &str, i128)], keys: &mut Keys) -> Table {
    let names = rows.iter().map(|row| keys.intern(row.1.as_bytes())).collect();
    let mut table = Table::new(
        2,
        vec![
            TableColumn::new("start", Cells::Int(rows.iter().map(|row| row.0).collect())),
            TableColumn::new("key", Cells::Text(names)),
            TableColumn::new("sum", Cells::Wide(rows.iter().map(|row| row.2).collect())),
        ],
    );
    table.settle(keys);
    table
}

#[test]
fn rows_of_answers_are_paired_by_key_whatever_their_numbers_are() {
    let mut keys = Keys::default();
    let left = answer(&[(1, "b", 1), (1, "a", 2), (2, "a", 3), (3, "z", 4)], &mut keys);
    let right = answer(&[(0, "q", 9), (1, "a", 2), (1, "b", 7), (3, "z", 4)], &mut keys);
    let found = compare_answers(&left, &right, &keys, Rules::EXACT);
    assert_eq!(found.rows, Divergence { missing: 1, extra: 1, changed: 1, equal: 2 });
    assert_eq!(found.changed_by_column["sum"], 1);
    let key = |start: &str, name: &str| vec![start.to_owned(), name.to_owned()];
    let expected = [
        RowDifference::Extra { key: key("0", "q") },
        RowDifference::Changed {
            key: key("1", "b"),
            column: "sum".into(),
            left: "1".into(),
            right: "7".into(),
        },
        RowDifference::Missing { key: key("2", "a") },
    ];
    let examples: Vec<RowDifference> = found.examples.into_iter().map(RowDifference::from).collect();
    assert_eq!(examples, expected);
}

#[test]
fn an_empty_answer_lacks_every_row() {
    let mut keys = Keys::default();
    let (left, right) = (answer(&[(1, "", 1)], &mut keys), answer(&[], &mut keys));
    assert_eq!(compare_answers(&left, &right, &keys, Rules::EXACT).rows.missing, 1);
    assert_eq!(compare_answers(&right, &left, &keys, Rules::EXACT).rows.extra, 1);
    assert!(compare_answers(&left, &left, &keys, Rules::EXACT).is_none());
}

#[test]
fn each_column_of_an_answer_has_its_rule() {
    let mut keys = Keys::default();
    let left = answer(&[(1, "a", 1000), (2, "a", 1000), (3, "a", 1000)], &mut keys);
    let mut right = answer(&[(1, "a", 1002), (2, "a", 1003), (4, "a", 1000)], &mut keys);
    let found = |right: &Table, rules: &Rules| compare_answers(&left, right, &keys, rules).rows;
    let rows = |changed, equal| Divergence { missing: 1, extra: 1, changed, equal };
    assert_eq!(found(&right, Rules::EXACT), rows(2, 0));
    let within = |most| Rules::default().with("sum", Rule::Within(Tolerance::absolute(most)));
    assert_eq!((found(&right, &within(2.0)), found(&right, &within(1.9))), (rows(1, 1), rows(2, 0)));
    let ignored = compare_answers(&left, &right, &keys, &Rules::default().with("sum", Rule::Ignore));
    assert_eq!((ignored.rows, ignored.changed_by_column.len()), (rows(0, 2), 0));
    // A rule of a column that names rows says nothing.
    assert_eq!(found(&right, &Rules::default().with("start", Rule::Ignore)), rows(2, 0));
    // A tolerance is in the unit in which values are written.
    let mut left = left.clone();
    left.restore_unit(100);
    right.restore_unit(100);
    let found = |most| compare_answers(&left, &right, &keys, &within(most)).rows;
    assert_eq!((found(0.02), found(0.019)), (rows(1, 1), rows(2, 0)));
}
