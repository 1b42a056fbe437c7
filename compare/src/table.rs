//! Two keyed tables, row by row: what is missing, extra, changed, equal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fields::{FieldKind, Glance, Row, Table, Typing};
use crate::{Alike, DifferingField, DifferingRow, Divergence, Rule, Rules};

/// Says how many differing rows of two answers are kept for display. Counting never stops.
pub(crate) const SHOWN_ROWS: usize = 20;
/// Says how many differing rows of two tables are kept.
pub const LISTED_ROWS: usize = 1000;
/// Says how many of a row's differing fields are kept.
const LISTED_FIELDS: usize = 20;
/// So many rows go by between two looks at whether to go on.
const ROWS_UNCHECKED: usize = 1024;

/// Why two tables can't be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableError {
    /// A key column that one of them lacks.
    NoKeyColumn {
        /// Says whether the left one lacks it.
        left: bool,
        /// The column.
        column: String,
    },
    /// A row without a field of the key.
    NoKeyField {
        /// Says whether it is in the left one.
        left: bool,
        /// The column.
        column: String,
        /// The row's line, counted from 1.
        line: u64,
    },
    /// A key that stands in more than one row of the same table: a join on it would multiply rows.
    DuplicateKey {
        /// Says whether it is in the left one.
        left: bool,
        /// The key's fields.
        key: Vec<Glance>,
        /// The 1-based numbers of the first two rows with it.
        rows: (usize, usize),
    },
    /// Somebody asked to stop.
    Stopped,
}

/// Describes how a row differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "difference", rename_all = "lowercase", deny_unknown_fields)]
pub enum RowDifference {
    /// In the left table only.
    Missing {
        /// Its key.
        key: Vec<String>,
    },
    /// In the right table only.
    Extra {
        /// Its key.
        key: Vec<String>,
    },
    /// In the right table only, because its session merged into a longer one after the row had been emitted.
    Superseded {
        /// Its key.
        key: Vec<String>,
    },
    /// In both, with another value in this column (the first that differs).
    Changed {
        /// Its key.
        key: Vec<String>,
        /// The column.
        column: String,
        /// The left value.
        left: String,
        /// The right value.
        right: String,
    },
}

/// Describes what differs between two answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDivergence {
    /// Counts of rows: *missing* are in the left table only, *extra* in the right only.
    pub rows: Divergence,
    /// For each column that both have and the key doesn't: in how many rows it differs.
    pub changed_by_column: BTreeMap<String, u64>,
    /// The first rows that differ, in the order of their keys; at most 20.
    pub examples: Vec<RowDifference>,
}

impl TableDivergence {
    /// Returns whether the answers say the same.
    pub fn is_none(&self) -> bool {
        self.rows.rows() == 0
    }
}

/// Describes what differs between two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableComparison {
    /// Counts of rows: *missing* are in the left table only, *extra* in the right only.
    pub rows: Divergence,
    /// For each column that both have and the key doesn't: in how many rows it differs.
    pub changed_by_column: BTreeMap<String, u64>,
    /// Columns of the left table only.
    pub columns_missing: Vec<String>,
    /// Columns of the right table only.
    pub columns_extra: Vec<String>,
    /// The first rows that differ, in the order of their keys; at most [`LISTED_ROWS`].
    pub examples: Vec<DifferingRow>,
}

impl TableComparison {
    /// Returns whether the tables say the same, whatever the order of rows and columns.
    pub fn is_none(&self) -> bool {
        self.rows.rows() == 0 && self.columns_missing.is_empty() && self.columns_extra.is_empty()
    }
}

/// Pairs the rows of two tables by `key` and counts what differs. Order of rows and columns doesn't matter.
///
/// Fields are equal that are written alike: `1` and `1.0` differ. Where both tables have types, `1` and `"1"` differ, too;
/// a missing field, `null` and an empty text are three things. `go_on` is asked now and then.
pub fn compare_tables(
    left: &Table,
    right: &Table,
    key: &[String],
    rules: &Rules,
    go_on: &dyn Fn() -> bool,
) -> Result<TableComparison, TableError> {
    let typing = Typing::of_tables(left, right);
    let left_rows = index(left, key, typing, Side::Left, go_on)?;
    let right_rows = index(right, key, typing, Side::Right, go_on)?;
    let shared = Shared::of(left, right, key, rules);
    let mut counts = vec![0; left.columns.len()];
    let mut rows = Divergence::default();
    let mut examples = Vec::new();
    // Both maps are sorted by key, so examples come in that order whichever table they are from.
    let mut keys: Vec<&Key<'_>> = left_rows.keys().chain(right_rows.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for (number, key) in keys.into_iter().enumerate() {
        if number % ROWS_UNCHECKED == 0 && !go_on() {
            return Err(TableError::Stopped);
        }
        let pair = (left_rows.get(key), right_rows.get(key));
        let difference = difference(key, pair, (left, right), &shared, &mut counts);
        match &difference {
            Some(DifferingRow::Missing { .. }) => rows.missing += 1,
            Some(DifferingRow::Extra { .. }) => rows.extra += 1,
            Some(DifferingRow::Changed { .. }) => rows.changed += 1,
            None => rows.equal += 1,
        }
        if examples.len() < LISTED_ROWS {
            examples.extend(difference);
        }
    }
    Ok(TableComparison {
        rows,
        changed_by_column: shared.named(left, &counts),
        columns_missing: only_in(left, right, rules),
        columns_extra: only_in(right, left, rules),
        examples,
    })
}

/// Describes what names a row.
type Key<'a> = Vec<(Option<FieldKind>, &'a str)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// Row numbers by key.
fn index<'a>(
    table: &'a Table,
    key: &[String],
    typing: Typing,
    side: Side,
    go_on: &dyn Fn() -> bool,
) -> Result<BTreeMap<Key<'a>, usize>, TableError> {
    let left = side == Side::Left;
    let positions = table.positions();
    let no_column = |name: &String| TableError::NoKeyColumn { left, column: name.clone() };
    let columns = key
        .iter()
        .map(|name| positions.get(name.as_str()).copied().ok_or_else(|| no_column(name)))
        .collect::<Result<Vec<u32>, _>>()?;
    let mut rows = BTreeMap::new();
    for (number, row) in table.rows.iter().enumerate() {
        if number % ROWS_UNCHECKED == 0 && !go_on() {
            return Err(TableError::Stopped);
        }
        let field = |(&column, name): (&u32, &String)| {
            let missing = || TableError::NoKeyField { left, column: name.clone(), line: row.line };
            row.get(column).map(|field| field.sense(typing)).ok_or_else(missing)
        };
        let key: Key<'a> = columns.iter().zip(key).map(field).collect::<Result<_, _>>()?;
        if let Some(first) = rows.insert(key, number) {
            let key = columns.iter().map(|&column| Glance::of(row.get(column))).collect();
            return Err(TableError::DuplicateKey { left, key, rows: (first + 1, number + 1) });
        }
    }
    Ok(rows)
}

/// The columns that are compared: both have them, and the key doesn't.
struct Shared {
    /// For each column of the left: whether it is compared.
    left: Vec<bool>,
    /// For each column of the right: the column of the left that it is compared with.
    right: Vec<Option<u32>>,
    /// For each column of the left: how.
    rules: Vec<Rule>,
}

impl Shared {
    fn of(left: &Table, right: &Table, key: &[String], rules: &Rules) -> Self {
        let mut positions = left.positions();
        positions.retain(|name, _| !key.iter().any(|key| key == name) && rules.of(name) != Rule::Ignore);
        let by_column = left.columns.iter().map(|name| rules.of(name)).collect();
        let of_right: Vec<Option<u32>> =
            right.columns.iter().map(|name| positions.get(name.as_str()).copied()).collect();
        let mut of_left = vec![false; left.columns.len()];
        of_right.iter().flatten().for_each(|&column| of_left[column as usize] = true);
        Self { left: of_left, right: of_right, rules: by_column }
    }

    fn named(&self, left: &Table, counts: &[u64]) -> BTreeMap<String, u64> {
        let columns = left.columns.iter().zip(&self.left).zip(counts);
        columns.filter(|((_, shared), _)| **shared).map(|((name, _), &rows)| (name.clone(), rows)).collect()
    }
}

fn difference(
    key: &Key<'_>,
    pair: (Option<&usize>, Option<&usize>),
    (left, right): (&Table, &Table),
    shared: &Shared,
    counts: &mut [u64],
) -> Option<DifferingRow> {
    let glances = || {
        key.iter()
            .map(|(kind, text)| Glance::new(kind.unwrap_or(FieldKind::Untyped), text))
            .collect::<Vec<_>>()
    };
    match pair {
        (Some(_), None) => Some(DifferingRow::Missing { key: glances() }),
        (None, Some(_)) => Some(DifferingRow::Extra { key: glances() }),
        (Some(&l), Some(&r)) => {
            let (columns, fields) = changed(&left.rows[l], &right.rows[r], shared, counts);
            let fields = fields.into_iter().map(|(column, left_glance, right_glance)| DifferingField {
                column: Glance::new(FieldKind::Untyped, &left.columns[column as usize])
                    .shown(&Alike::default()),
                left: left_glance,
                right: right_glance,
            });
            (columns > 0).then(|| DifferingRow::Changed { key: glances(), columns, fields: fields.collect() })
        }
        (None, None) => None,
    }
}

/// Counts every column that differs, returns how many there are and a glance at the first.
fn changed(
    left: &Row,
    right: &Row,
    shared: &Shared,
    counts: &mut [u64],
) -> (u64, Vec<(u32, Glance, Glance)>) {
    let mut of_left = left
        .fields
        .iter()
        .filter(|(column, _)| shared.left[*column as usize])
        .map(|(c, f)| (*c, f))
        .peekable();
    let mut of_right: Vec<_> = right
        .fields
        .iter()
        .filter_map(|(column, field)| Some((shared.right[*column as usize]?, field)))
        .collect();
    // Most often the columns of both stand in one order already.
    if !of_right.is_sorted_by_key(|(column, _)| *column) {
        of_right.sort_unstable_by_key(|(column, _)| *column);
    }
    let mut of_right = of_right.into_iter().peekable();
    let (mut differing, mut glances) = (0, Vec::new());
    loop {
        let next = match (of_left.peek(), of_right.peek()) {
            (Some((l, _)), Some((r, _))) => *l.min(r),
            (Some((column, _)), None) | (None, Some((column, _))) => *column,
            (None, None) => return (differing, glances),
        };
        let l = of_left.next_if(|(column, _)| *column == next).map(|(_, field)| field);
        let r = of_right.next_if(|(column, _)| *column == next).map(|(_, field)| field);
        let rule = shared.rules[next as usize];
        if l.zip(r).is_some_and(|(l, r)| l.is_same(r) || rule.allows_texts(l.number(), r.number())) {
            continue;
        }
        counts[next as usize] += 1;
        differing += 1;
        if glances.len() < LISTED_FIELDS {
            glances.push((next, Glance::of(l), Glance::of(r)));
        }
    }
}

fn only_in(one: &Table, other: &Table, rules: &Rules) -> Vec<String> {
    let others = other.positions();
    let is_missing =
        |column: &&String| !others.contains_key(column.as_str()) && rules.of(column) != Rule::Ignore;
    one.columns.iter().filter(is_missing).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Field;

    fn table(text: &str) -> Table {
        let mut lines = text.split(';').map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let columns = lines.next().expect("a header");
        Table::untyped(columns, lines)
    }

    fn compared(left: &str, right: &str) -> Result<TableComparison, TableError> {
        compare_tables(&table(left), &table(right), &["k".to_owned()], Rules::EXACT, &|| true)
    }

    fn glance(text: &str) -> Glance {
        Glance::new(FieldKind::Untyped, text)
    }

    #[test]
    fn one_lost_row_is_one_difference_wherever_it_was() {
        let found = compared("k,v;a,1;b,2;c,3", "k,v;b,2;c,3").expect("comparable");
        assert_eq!(
            (found.rows.missing, found.rows.extra, found.rows.changed, found.rows.equal),
            (1, 0, 0, 2)
        );
        assert_eq!(found.examples, [DifferingRow::Missing { key: vec![glance("a")] }]);
    }

    #[test]
    fn order_of_rows_and_columns_does_not_matter() {
        assert!(compared("k,v,w;a,1,2;b,3,4", "w,k,v;4,b,3;2,a,1").expect("comparable").is_none());
    }

    #[test]
    fn changes_are_counted_by_column_and_by_row() {
        let found = compared("k,v,w;a,1,1;b,1,1", "k,w,v;a,2,2;b,3,1;z,0,0").expect("comparable");
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
        let error = compared("k,v;a,1;b,1;a,2", "k,v;a,1").expect_err("a is there twice");
        assert_eq!(error, TableError::DuplicateKey { left: true, key: vec![glance("a")], rows: (1, 3) });
        let error = compared("k,v;a,1", "v;1").expect_err("no key on the right");
        assert_eq!(error, TableError::NoKeyColumn { left: false, column: "k".to_owned() });
    }

    #[test]
    fn examples_stop_and_counting_does_not() {
        let rows = (0..2000).fold(String::new(), |rows, i| rows + &format!(";{i},1"));
        let found = compared(&format!("k,v{rows}"), "k,v;x,1").expect("comparable");
        assert_eq!((found.rows.missing, found.rows.extra, found.examples.len()), (2000, 1, LISTED_ROWS));
    }

    #[test]
    fn a_column_on_one_side_only_is_a_difference() {
        let found = compared("k,v;a,1", "k;a").expect("comparable");
        assert_eq!((found.columns_missing.as_slice(), found.is_none()), (["v".to_owned()].as_slice(), false));
    }

    #[test]
    fn a_missing_field_is_not_null_and_not_empty() {
        let typed = |fields: &[(u32, Field)]| Table {
            columns: ["k", "v"].map(str::to_owned).to_vec(),
            rows: vec![Row { line: 1, fields: fields.to_vec() }],
        };
        let key = || (0, Field::Text("a".into()));
        let tables = [
            typed(&[key()]),
            typed(&[key(), (1, Field::Null)]),
            typed(&[key(), (1, Field::Text(String::new()))]),
        ];
        for (i, left) in tables.iter().enumerate() {
            for (j, right) in tables.iter().enumerate() {
                let found = compare_tables(left, right, &["k".to_owned()], Rules::EXACT, &|| true)
                    .expect("comparable");
                assert_eq!(found.is_none(), i == j, "{left:?} {right:?}");
            }
        }
        let error = compare_tables(&tables[0], &tables[0], &["v".to_owned()], Rules::EXACT, &|| true)
            .expect_err("no key");
        assert_eq!(error, TableError::NoKeyField { left: true, column: "v".to_owned(), line: 1 });
    }

    #[test]
    fn each_column_has_its_rule() {
        let (left, right) = (table("k,v,w;a,1.50,x;b,2,y"), table("k,v,w,u;a,1.52,z;b,2.1,y,7"));
        let found = |rules: &Rules| {
            let found =
                compare_tables(&left, &right, &["k".to_owned()], rules, &|| true).expect("comparable");
            (found.rows.changed, found.changed_by_column.get("v").copied(), found.columns_extra.len())
        };
        assert_eq!(found(Rules::EXACT), (2, Some(2), 1));
        let within = |most| Rules::default().with("v", Rule::Tolerance(most));
        assert_eq!(found(&within(0.05)), (2, Some(1), 1), "x and z are no numbers of v");
        assert_eq!(found(&within(0.05).with("w", Rule::Tolerance(9.0))), (2, Some(1), 1));
        assert_eq!(found(&within(0.2).with("w", Rule::Ignore)), (0, Some(0), 1));
        let all = Rules::default().with("v", Rule::Ignore).with("w", Rule::Ignore).with("u", Rule::Ignore);
        assert_eq!(found(&all), (0, None, 0));
    }

    #[test]
    fn it_stops_when_asked() {
        let table = table("k,v;a,1");
        let stopped = compare_tables(&table, &table, &["k".to_owned()], Rules::EXACT, &|| false);
        assert_eq!(stopped, Err(TableError::Stopped));
    }
}
