//! Small answers, compared as by hand.

use crate::{Rule, Tolerance};
use datasets::{Cells, FieldKind, Keys, Table, TableColumn};

use super::{
    testing::{Cell, written},
    *,
};

/// A table without types whose first column names a row.
fn table(text: &str) -> Table {
    let mut lines = text.split(';').map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().expect("a header");
    let cell = |text: &str| Some((FieldKind::Untyped, text.to_owned()));
    let rows: Vec<Vec<Cell>> = lines.map(|row| row.into_iter().map(cell).collect()).collect();
    written(1, &names, &rows)
}

fn by_first(left: &str, right: &str, rules: &Rules) -> TableComparison {
    compare_answers(&table(left), &table(right), &Keys::default(), rules)
}

#[test]
fn changes_are_counted_by_column_and_by_row() {
    let found = by_first("k,v,w;a,1,1;b,1,1", "k,v,w;a,2,2;b,1,3;z,0,0", Rules::EXACT);
    assert_eq!(found.rows, Divergence { missing: 0, extra: 1, changed: 2, equal: 0 });
    assert_eq!((found.changed_by_column["v"], found.changed_by_column["w"]), (1, 2));
    let DifferingRow::Changed { columns, fields, .. } = &found.examples[0] else { panic!("{found:?}") };
    assert_eq!((*columns, fields.len(), &*fields[0].column), (2, 2, "v"));
    assert_eq!((&*fields[0].left.text, &*fields[0].right.text), ("1", "2"));
}

#[test]
fn examples_stop_and_counting_does_not() {
    let rows = (1000..3000).fold(String::new(), |rows, i| rows + &format!(";{i},1"));
    let found = by_first(&format!("k,v{rows}"), "k,v;x,1", Rules::EXACT);
    assert_eq!((found.rows.missing, found.rows.extra, found.examples.len()), (2000, 1, SHOWN_ROWS));
}

#[test]
fn a_missing_field_is_not_null_and_not_empty() {
    let typed =
        |value: Cell| written(1, &["k", "v"], &[vec![Some((FieldKind::Text, "a".to_owned())), value]]);
    let tables = [
        typed(None),
        typed(Some((FieldKind::Null, "null".to_owned()))),
        typed(Some((FieldKind::Text, String::new()))),
    ];
    for (i, left) in tables.iter().enumerate() {
        for (j, right) in tables.iter().enumerate() {
            let found = compare_answers(left, right, &Keys::default(), Rules::EXACT);
            assert_eq!(found.is_none(), i == j, "{left:?} {right:?}");
        }
    }
}

#[test]
fn each_column_has_its_rule() {
    let found = |rules: &Rules| {
        let found = by_first("k,v,w;a,1.50,x;b,2,y", "k,v,w;a,1.52,z;b,2.1,y", rules);
        (found.rows.changed, found.changed_by_column.get("v").copied())
    };
    assert_eq!(found(Rules::EXACT), (2, Some(2)));
    let within = |most| Rules::default().with("v", Rule::Within(Tolerance::absolute(most)));
    assert_eq!(found(&within(0.05)), (2, Some(1)), "x and z are no numbers of v");
    assert_eq!(found(&within(0.05).with("w", Rule::Within(Tolerance::absolute(9.0)))), (2, Some(1)));
    assert_eq!(found(&within(0.2).with("w", Rule::Ignore)), (0, Some(0)));
    assert_eq!(found(&Rules::default().with("v", Rule::Ignore).with("w", Rule::Ignore)), (0, None));
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
        RowDifference::Extra { key: key("0", "q"), values: vec![["sum".into(), "9".into()]] },
        RowDifference::Changed {
            key: key("1", "b"),
            column: "sum".into(),
            left: "1".into(),
            right: "7".into(),
            others: Vec::new(),
        },
        RowDifference::Missing { key: key("2", "a"), values: vec![["sum".into(), "3".into()]] },
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
