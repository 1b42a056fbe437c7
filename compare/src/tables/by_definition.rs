//! Drawn answers, held against a comparison that is slow and plain.

use std::collections::{BTreeMap, BTreeSet};

use datasets::{FieldKind, Keys, SplitMix64, Table};

use super::{
    testing::{Cell, written},
    *,
};
use crate::{DifferingValue, Glance, Rule, Tolerance};

const NAMES: [&str; 5] = ["k", "j", "v", "w", "u"];

/// The rows of a drawn table, of which the first columns name a row.
#[derive(Debug, Clone)]
struct Drawn {
    key_columns: usize,
    is_untyped: bool,
    rows: Vec<Vec<Cell>>,
}

/// Names a row, without what the comparison leaves out.
type Key = Vec<(FieldKind, String)>;

impl Drawn {
    fn table(&self) -> Table {
        written(self.key_columns, &NAMES, &self.rows)
    }

    fn key(&self, row: &[Cell], is_typed: bool) -> Key {
        let told = |kind| if is_typed || kind == FieldKind::Null { kind } else { FieldKind::Untyped };
        let named = row[..self.key_columns].iter().map(|cell| cell.clone().expect("keys have no gaps"));
        named.map(|(kind, text)| (told(kind), text)).collect()
    }

    /// Puts the rows into the order of their keys.
    fn sort(&mut self, is_typed: bool) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by_key(|row| self.key(row, is_typed));
        self.rows = rows;
    }

    /// Row numbers by key, in their order.
    fn index(&self, is_typed: bool) -> BTreeMap<Key, Vec<usize>> {
        let mut found: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            found.entry(self.key(row, is_typed)).or_default().push(at);
        }
        found
    }
}

fn is_same(left: &Cell, right: &Cell, rule: Rule) -> bool {
    let (Some((l, left)), Some((r, right))) = (left, right) else { return left.is_none() && right.is_none() };
    let has_kind = [l, r].iter().all(|kind| **kind != FieldKind::Untyped);
    let is_null = |kind: &FieldKind| *kind == FieldKind::Null;
    let is_number = |kind: &FieldKind| matches!(kind, FieldKind::Untyped | FieldKind::Number);
    let same_kind = if has_kind { l == r } else { is_null(l) == is_null(r) };
    let near = |most: f64| {
        let numbers = left.parse::<f64>().ok().zip(right.parse::<f64>().ok());
        is_number(l) && is_number(r) && numbers.is_some_and(|(l, r)| (l - r).abs() <= most)
    };
    same_kind && left == right || matches!(rule, Rule::Within(most) if near(most.absolute))
}

/// The definition: rows by key in maps, cell by cell.
fn plainly(left: &Drawn, right: &Drawn, is_typed: bool, rules: &Rules) -> TableComparison {
    let (lefts, rights) = (left.index(is_typed), right.index(is_typed));
    let columns = left.key_columns..NAMES.len();
    let shared: Vec<usize> = columns.filter(|&at| rules.of(NAMES[at]) != Rule::Ignore).collect();
    let mut found = TableComparison {
        rows: Divergence::default(),
        changed_by_column: shared.iter().map(|&at| (NAMES[at].to_owned(), 0)).collect(),
        examples: Vec::new(),
    };
    let glance = |cell: &Cell| match cell {
        Some((kind, text)) => Glance::new(*kind, text, usize::MAX),
        None => Glance::new(FieldKind::Missing, "", usize::MAX),
    };
    let values = |row: &[Cell]| {
        let value = |&at: &usize| DifferingValue { column: NAMES[at].to_owned(), value: glance(&row[at]) };
        shared.iter().take(4).map(value).collect::<Vec<_>>()
    };
    let all: BTreeSet<&Key> = lefts.keys().chain(rights.keys()).collect();
    for named in all {
        let key = || named.iter().map(|(kind, text)| Glance::new(*kind, text, usize::MAX)).collect();
        let rows = |of: &BTreeMap<Key, Vec<usize>>| of.get(named).cloned().unwrap_or_default();
        let (here, there) = (rows(&lefts), rows(&rights));
        for (&l, &r) in here.iter().zip(&there) {
            let (l, r) = (&left.rows[l], &right.rows[r]);
            let differs = |at: &&usize| !is_same(&l[**at], &r[**at], rules.of(NAMES[**at]));
            let fields: Vec<DifferingField> = shared
                .iter()
                .filter(differs)
                .map(|&at| DifferingField {
                    column: NAMES[at].to_owned(),
                    left: glance(&l[at]),
                    right: glance(&r[at]),
                })
                .collect();
            for field in &fields {
                *found.changed_by_column.get_mut(&field.column).expect("shared") += 1;
            }
            found.rows.changed += u64::from(!fields.is_empty());
            found.rows.equal += u64::from(fields.is_empty());
            if !fields.is_empty() {
                let columns = fields.len() as u64;
                let fields = fields.into_iter().take(4).collect();
                found.examples.push(DifferingRow::Changed { key: key(), columns, fields });
            }
        }
        for at in 0..here.len().saturating_sub(there.len()) {
            found.rows.missing += 1;
            let values = here.get(there.len() + at).map(|&row| values(&left.rows[row])).expect("a row");
            found.examples.push(DifferingRow::Missing { key: key(), values });
        }
        for at in 0..there.len().saturating_sub(here.len()) {
            found.rows.extra += 1;
            let values = there.get(here.len() + at).map(|&row| values(&right.rows[row])).expect("a row");
            found.examples.push(DifferingRow::Extra { key: key(), values });
        }
    }
    found.examples = spread_by_definition(found.examples);
    found
}

/// Of each kind in turn one more, until twenty are listed or there are no more; of a kind the first, the last, and between them
/// at even distances.
fn spread_by_definition(all: Vec<DifferingRow>) -> Vec<DifferingRow> {
    let kind = |row: &DifferingRow| match row {
        DifferingRow::Changed { .. } => 0,
        DifferingRow::Missing { .. } => 1,
        DifferingRow::Extra { .. } => 2,
    };
    let places = |of: usize| (0..all.len()).filter(|&at| kind(&all[at]) == of).collect::<Vec<_>>();
    let kinds: [Vec<usize>; 3] = std::array::from_fn(places);
    let (mut wanted, mut turn) = ([0; 3], 0);
    while wanted.iter().sum::<usize>() < SHOWN_ROWS.min(all.len()) {
        if wanted[turn % 3] < kinds[turn % 3].len() {
            wanted[turn % 3] += 1;
        }
        turn += 1;
    }
    let mut taken = BTreeSet::new();
    for (rows, wanted) in kinds.iter().zip(wanted) {
        taken.extend(
            (0..wanted).map(|at| rows[if wanted == 1 { 0 } else { at * (rows.len() - 1) / (wanted - 1) }]),
        );
    }
    let listed = all.into_iter().enumerate().filter(|(at, _)| taken.contains(at));
    listed.map(|(_, row)| row).collect()
}

/// Draws a table; `gaps` in a hundred fields that name no row are missing.
fn drawn(random: &mut SplitMix64, key_columns: usize, rows: usize, gaps: u64) -> Drawn {
    let mut draw = |most: u64| random.uniform(0, most);
    let is_untyped = draw(1) == 0;
    let kinds = [FieldKind::Number, FieldKind::Text, FieldKind::Boolean];
    let keys = 2 * rows as u64 + 1;
    let mut cell = |at: usize| -> Cell {
        if !is_untyped && at >= key_columns && draw(99) < gaps {
            return None;
        }
        let text = match NAMES[at] {
            "k" => draw(keys).to_string(),
            "j" => ["", "a", "b"][draw(2) as usize].to_owned(),
            _ => ["1", "1.5", "2", "x"][draw(3) as usize].to_owned(),
        };
        let kind = if is_untyped { FieldKind::Untyped } else { kinds[(draw(7) / 3) as usize] };
        let kind = if !is_untyped && draw(30) == 0 { FieldKind::Null } else { kind };
        Some((kind, if kind == FieldKind::Null { "null".to_owned() } else { text }))
    };
    let rows = (0..rows).map(|_| (0..NAMES.len()).map(&mut cell).collect()).collect();
    Drawn { key_columns, is_untyped, rows }
}

/// Returns the rows with a change here and there.
fn changed(of: &Drawn, random: &mut SplitMix64) -> Drawn {
    let mut other = of.clone();
    for _ in 0..random.uniform(0, 4) {
        if other.rows.is_empty() {
            break;
        }
        let at = random.uniform(0, other.rows.len() as u64 - 1) as usize;
        let column = random.uniform(0, NAMES.len() as u64 - 1) as usize;
        match random.uniform(0, 3) {
            0 => drop(other.rows.remove(at)),
            1 => other.rows[at][column] = other.rows[0][column].clone(),
            2 => {
                let again = other.rows[at].clone();
                other.rows.push(again);
            }
            _ => {
                let kind = if of.is_untyped { FieldKind::Untyped } else { FieldKind::Text };
                other.rows[at][column] = Some((kind, "y".to_owned()));
            }
        }
    }
    other
}

/// Compares both ways, and returns what was found.
fn check(mut left: Drawn, mut right: Drawn, rules: &Rules) -> TableComparison {
    let has_none = |drawn: &Drawn| drawn.is_untyped && !drawn.rows.is_empty();
    let is_typed = !has_none(&left) && !has_none(&right);
    left.sort(is_typed);
    right.sort(is_typed);
    let found = compare_answers(&left.table(), &right.table(), &Keys::default(), rules);
    assert_eq!(found, plainly(&left, &right, is_typed, rules), "{left:?}\n{right:?}");
    found
}

#[test]
fn any_two_answers_are_compared_as_by_definition() {
    let mut random = SplitMix64::new(20);
    let (mut alike, mut twice) = (0, 0);
    for round in 0..6000 {
        let (key_columns, rows) = (1 + round % 2, random.uniform(0, 9) as usize);
        let left = drawn(&mut random, key_columns, rows, [0, 0, 1, 20][round % 4]);
        let right = match round % 3 {
            0 => drawn(&mut random, key_columns, rows, 2),
            _ => changed(&left, &mut random),
        };
        let mut rules = Rules::default();
        if round % 2 == 0 {
            rules = rules.with("v", Rule::Within(Tolerance::absolute(0.5))).with("u", Rule::Ignore);
        }
        twice += u32::from(left.index(true).values().any(|rows| rows.len() > 1));
        alike += u32::from(check(left, right, &rules).is_none());
    }
    assert!(alike > 300 && twice > 1000, "{alike} {twice}");
}

#[test]
fn long_answers_are_compared_as_by_definition() {
    let mut random = SplitMix64::new(21);
    for round in 0..40 {
        let cell = |text: String| Some((FieldKind::Untyped, text));
        let row = |at: usize| {
            let texts =
                [format!("{at:05}"), "j".to_owned(), format!("v{}", at % 7), "w".to_owned(), "u".to_owned()];
            texts.map(cell).to_vec()
        };
        let rows = (0..1500).map(row).collect();
        let mut left = Drawn { key_columns: 1, is_untyped: true, rows };
        let mut right = left.clone();
        for _ in 0..random.uniform(0, 3) {
            let at = random.uniform(0, right.rows.len() as u64 - 1) as usize;
            match random.uniform(0, 2) {
                0 => drop(right.rows.remove(at)),
                1 => right.rows[at][2] = cell("other".to_owned()),
                _ => drop(left.rows.remove(at)),
            }
        }
        if round % 4 == 1 {
            // A shift of one: no row differs in all of its columns, and every one in `v`.
            right.rows.iter_mut().for_each(|row| row[2] = cell("shifted".to_owned()));
        }
        check(left, right, Rules::EXACT);
    }
}
