//! Drawn tables, held against a comparison that is slow and plain.

use std::collections::BTreeMap;

use crate::Tolerance;
use datasets::{FieldKind, SplitMix64, Table};

use super::{
    testing::{Cell, compared, written},
    *,
};

/// The rows of a drawn table, and the names of its columns in their order.
#[derive(Debug, Clone)]
struct Drawn {
    names: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// Names a row, without what the comparison leaves out.
type Key = Vec<(Option<FieldKind>, String)>;

impl Drawn {
    fn table(&self) -> Table {
        written(&self.names, &self.rows)
    }

    fn cell(&self, row: usize, name: &str) -> &Cell {
        &self.rows[row][self.names.iter().position(|known| *known == name).expect("it was asked for")]
    }

    /// Row numbers by key, as one reads them, or why not.
    fn index(&self, key: &[&str], is_typed: bool, left: bool) -> Result<BTreeMap<Key, usize>, TableError> {
        if let Some(name) = key.iter().find(|name| !self.names.contains(name)) {
            return Err(TableError::NoKeyColumn { left, column: (*name).to_owned() });
        }
        let mut found = BTreeMap::new();
        for row in 0..self.rows.len() {
            let mut named = Vec::new();
            for name in key {
                let Some((kind, text)) = self.cell(row, name) else {
                    return Err(TableError::NoKeyField { left, column: (*name).to_owned(), row });
                };
                named.push(((is_typed || *kind == FieldKind::Null).then_some(*kind), text.clone()));
            }
            if let Some(first) = found.insert(named, row) {
                let glance = |name: &&str| {
                    let (kind, text) = self.cell(row, name).clone().expect("it was found");
                    Glance::new(kind, &text, 200)
                };
                let key = key.iter().map(glance).collect();
                return Err(TableError::DuplicateKey { left, key, rows: (first + 1, row + 1) });
            }
        }
        Ok(found)
    }

    fn is_untyped(&self) -> bool {
        self.rows.iter().flatten().flatten().any(|(kind, _)| *kind == FieldKind::Untyped)
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
fn plainly(left: &Drawn, right: &Drawn, key: &[&str], rules: &Rules) -> Result<TableComparison, TableError> {
    let is_typed = !left.is_untyped() && !right.is_untyped();
    let (lefts, rights) = (left.index(key, is_typed, true)?, right.index(key, is_typed, false)?);
    let is_compared = |name: &&&str| !key.contains(name) && rules.of(name) != Rule::Ignore;
    let shared: Vec<&str> =
        left.names.iter().filter(is_compared).filter(|name| right.names.contains(name)).copied().collect();
    let only = |one: &Drawn, other: &Drawn| {
        one.names
            .iter()
            .filter(is_compared)
            .filter(|name| !other.names.contains(name))
            .map(|name| (*name).to_owned())
            .collect()
    };
    let mut found = TableComparison {
        rows: Divergence::default(),
        changed_by_column: shared.iter().map(|name| ((*name).to_owned(), 0)).collect(),
        columns_missing: only(left, right),
        columns_extra: only(right, left),
        examples: Vec::new(),
    };
    let glance = |cell: &Cell| match cell {
        Some((kind, text)) => Glance::new(*kind, text, 200),
        None => Glance::new(FieldKind::Missing, "", 200),
    };
    let mut all: Vec<&Key> = lefts.keys().chain(rights.keys()).collect();
    all.sort();
    all.dedup();
    for named in all {
        let key = named
            .iter()
            .map(|(kind, text)| Glance::new(kind.unwrap_or(FieldKind::Untyped), text, 200))
            .collect();
        match (lefts.get(named), rights.get(named)) {
            (Some(&l), Some(&r)) => {
                let differs =
                    |name: &&&str| !is_same(left.cell(l, name), right.cell(r, name), rules.of(name));
                let fields: Vec<DifferingField> = shared
                    .iter()
                    .filter(differs)
                    .map(|name| DifferingField {
                        column: (*name).to_owned(),
                        left: glance(left.cell(l, name)),
                        right: glance(right.cell(r, name)),
                    })
                    .collect();
                for field in &fields {
                    *found.changed_by_column.get_mut(&field.column).expect("shared") += 1;
                }
                found.rows.changed += u64::from(!fields.is_empty());
                found.rows.equal += u64::from(fields.is_empty());
                if !fields.is_empty() {
                    found.examples.push(DifferingRow::Changed { key, columns: fields.len() as u64, fields });
                }
            }
            (Some(_), None) => {
                found.rows.missing += 1;
                found.examples.push(DifferingRow::Missing { key });
            }
            _ => {
                found.rows.extra += 1;
                found.examples.push(DifferingRow::Extra { key });
            }
        }
    }
    found.examples.truncate(LISTED_ROWS);
    Ok(found)
}

/// Draws a table of up to five columns; `gaps` in ten fields are missing.
fn drawn(random: &mut SplitMix64, rows: usize, gaps: u64) -> Drawn {
    let mut draw = |most: u64| random.uniform(0, most);
    let mut names = ["k", "j", "v", "w", "u"].to_vec();
    names.rotate_left(draw(4) as usize);
    if draw(3) == 0 {
        names.pop();
    }
    let is_untyped = draw(1) == 0;
    let kinds = [FieldKind::Null, FieldKind::Number, FieldKind::Text, FieldKind::Boolean];
    let keys = 2 * rows as u64 + 1;
    let mut cell = |name: &str| -> Cell {
        if !is_untyped && draw(99) < gaps {
            return None;
        }
        let text = match name {
            "k" => draw(keys).to_string(),
            "j" => ["", "a", "b"][draw(2) as usize].to_owned(),
            _ => ["1", "1.5", "2", "x"][draw(3) as usize].to_owned(),
        };
        let kind = if is_untyped { FieldKind::Untyped } else { kinds[1 + (draw(7) / 3) as usize] };
        let kind = if !is_untyped && draw(30) == 0 { FieldKind::Null } else { kind };
        Some((kind, if kind == FieldKind::Null { "null".to_owned() } else { text }))
    };
    Drawn { rows: (0..rows).map(|_| names.iter().map(|name| cell(name)).collect()).collect(), names }
}

/// Returns the rows with a change here and there, maybe in another order.
fn changed(of: &Drawn, random: &mut SplitMix64) -> Drawn {
    let mut other = of.clone();
    let changes = random.uniform(0, 4);
    for _ in 0..changes {
        if other.rows.is_empty() {
            break;
        }
        let at = random.uniform(0, other.rows.len() as u64 - 1) as usize;
        let column = random.uniform(0, other.names.len() as u64 - 1) as usize;
        match random.uniform(0, 3) {
            0 => drop(other.rows.remove(at)),
            1 => other.rows[at][column] = other.rows[0][column].clone(),
            2 => {
                let to = random.uniform(0, other.rows.len() as u64 - 1) as usize;
                other.rows.swap(at, to);
            }
            _ => other.rows[at][column] = Some((FieldKind::Text, "y".to_owned())),
        }
    }
    other
}

#[test]
fn any_two_tables_are_compared_as_by_definition() {
    let mut random = SplitMix64::new(20);
    let (mut fine, mut alike, mut by_kind) = (0, 0, [0; 3]);
    for round in 0..6000 {
        let rows = random.uniform(0, 9) as usize;
        let left = drawn(&mut random, rows, [0, 0, 1, 20][round % 4]);
        let right = match round % 3 {
            0 => drawn(&mut random, rows, 2),
            _ => changed(&left, &mut random),
        };
        let key: &[&str] = [&["k"][..], &["k", "j"], &["j", "k"], &["k", "k"]][random.uniform(0, 3) as usize];
        let mut rules = Rules::default();
        if round % 2 == 0 {
            rules = rules.with("v", Rule::Within(Tolerance::absolute(0.5))).with("u", Rule::Ignore);
        }
        let found = compared(&left.table(), &right.table(), key, &rules);
        assert_eq!(found, plainly(&left, &right, key, &rules), "{left:?}\n{right:?}\n{key:?}");
        match found {
            Ok(found) => {
                fine += 1;
                alike += u32::from(found.is_none());
            }
            Err(TableError::NoKeyColumn { .. }) => by_kind[0] += 1,
            Err(TableError::NoKeyField { .. }) => by_kind[1] += 1,
            Err(TableError::DuplicateKey { .. }) => by_kind[2] += 1,
            Err(TableError::Stopped) => panic!("nobody asked"),
        }
    }
    assert!(
        fine > 1000 && alike > 100 && by_kind.iter().all(|&many| many > 100),
        "{fine} {alike} {by_kind:?}"
    );
}

#[test]
fn long_tables_are_compared_as_by_definition() {
    let mut random = SplitMix64::new(21);
    for round in 0..40 {
        let cell = |text: String| Some((FieldKind::Untyped, text));
        let row = |at: usize| vec![cell(at.to_string()), cell(format!("v{}", at % 7)), cell("w".to_owned())];
        let mut left = Drawn { names: vec!["k", "v", "w"], rows: (0..1500).map(row).collect() };
        let mut right = left.clone();
        for _ in 0..random.uniform(0, 3) {
            let at = random.uniform(0, right.rows.len() as u64 - 1) as usize;
            match random.uniform(0, 2) {
                0 => drop(right.rows.remove(at)),
                1 => right.rows[at][1] = cell("other".to_owned()),
                _ => drop(left.rows.remove(at)),
            }
        }
        if round % 4 == 0 {
            right.rows.reverse();
        }
        if round % 4 == 1 {
            // A shift of one: no row differs in all of its columns, and every one in `v`.
            right.rows.iter_mut().for_each(|row| row[1] = cell("shifted".to_owned()));
        }
        let found = compared(&left.table(), &right.table(), &["k"], Rules::EXACT);
        assert_eq!(found, plainly(&left, &right, &["k"], Rules::EXACT), "round {round}");
    }
}
