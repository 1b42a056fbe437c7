//! Counts of rows, columns and cells, with a few of each for display.

use std::collections::BTreeMap;

use datasets::{Field, FieldKind};

use super::{
    between::{Asked, Between, Histories},
    column::ColumnFinding,
    found::{DifferingRows, RowCounts, RowsError, RowsFound},
    pack::Packed,
    plan::{ComparingRows, Plan},
    samples::{Samples, glances},
};
use crate::{DifferingField, DifferingRow, Glance};

/// So many differing fields of a row are listed.
const FIELDS: usize = 20;

/// Holds what is found so far.
pub(super) struct Tally<'a> {
    pub(super) how: &'a ComparingRows,
    rows: RowCounts,
    columns: Vec<ColumnFinding>,
    unknown: BTreeMap<String, u64>,
    missing: Samples<DifferingRow>,
    extra: Samples<DifferingRow>,
    changed: Samples<DifferingRow>,
    asked_left: Option<Asked<'a>>,
    asked_right: Option<Asked<'a>>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(plan: &Plan, how: &'a ComparingRows) -> Self {
        Self {
            how,
            rows: RowCounts::default(),
            columns: plan.columns.iter().map(|both| ColumnFinding::new(both.clone(), how.chars)).collect(),
            unknown: BTreeMap::new(),
            missing: Samples::new(how.listed),
            extra: Samples::new(how.listed),
            changed: Samples::new(how.listed),
            asked_left: None,
            asked_right: None,
        }
    }

    /// Makes it ask the tables' histories for what they lack.
    pub(super) fn asking(mut self, histories: Histories<'a>) -> Self {
        let asked = |history| Asked::new(history, self.columns.len(), self.how.chars);
        self.asked_left = histories.left.map(asked);
        self.asked_right = histories.right.map(asked);
        self
    }

    /// Takes a row of the left table only; more bytes may follow its values.
    pub(super) fn take_missing(&mut self, key: &[u8], values: &[u8]) {
        self.rows.missing += 1;
        if let Some(asked) = &mut self.asked_right {
            asked.ask(key, values);
        }
        self.missing
            .offer(key, || DifferingRow::Missing { key: glances(key, self.how.chars), values: Vec::new() });
    }

    pub(super) fn take_extra(&mut self, key: &[u8], values: &[u8]) {
        self.rows.extra += 1;
        if let Some(asked) = &mut self.asked_left {
            asked.ask(key, values);
        }
        self.extra
            .offer(key, || DifferingRow::Extra { key: glances(key, self.how.chars), values: Vec::new() });
    }

    /// Takes two rows of one key.
    #[inline]
    pub(super) fn take_pair(&mut self, key: &[u8], left: &[u8], right: &[u8]) {
        // What can't be known is never the same, though it be the same bytes.
        if left.starts_with(right) && !Packed::new(right).has_unknown() {
            self.rows.equal += 1;
        } else {
            self.look_into(key, left, right);
        }
    }

    /// Takes two rows of one key that aren't the same bytes, cell by cell.
    fn look_into(&mut self, key: &[u8], left: &[u8], right: &[u8]) {
        let (mut differing, mut unknown) = (0, 0);
        for (column, (left, right)) in self.columns.iter_mut().zip(Packed::new(left).zip(Packed::new(right)))
        {
            match Cells::of(column, left, right) {
                Cells::Same => {}
                Cells::Different => {
                    differing += 1;
                    column.note(key, left, right);
                }
                Cells::Unknown(reason) => {
                    unknown += 1;
                    column.unknown += 1;
                    *self.unknown.entry(reason.to_owned()).or_default() += 1;
                    if self.how.unknown_differs {
                        differing += 1;
                        column.note(key, left, right);
                    }
                }
            }
        }
        match (differing, unknown) {
            (0, 0) => self.rows.equal += 1,
            (0, _) => self.rows.unknown += 1,
            (columns, _) => {
                self.rows.changed += 1;
                for (asked, wanted) in [(&mut self.asked_left, right), (&mut self.asked_right, left)] {
                    if let Some(asked) = asked {
                        asked.ask(key, wanted);
                    }
                }
                let Self { changed, columns: all, how, .. } = self;
                let fields = || fields_of(all, left, right, how);
                changed.offer(key, || DifferingRow::Changed {
                    key: glances(key, how.chars),
                    columns,
                    fields: fields(),
                });
            }
        }
    }

    /// Ends counting. `holds_numbers` says whether the left table has a number in a column, by its place.
    pub(super) fn finish(
        self,
        plan: &Plan,
        holds_numbers: impl Fn(usize) -> bool,
    ) -> Result<(RowsFound, Between), RowsError> {
        for (at, column) in self.columns.iter().enumerate() {
            // A tolerance for all columns is for those that hold numbers.
            let is_named = || self.how.rules.set().any(|(name, _)| *name == column.both.name);
            if let Some(values) = column.texts_under_tolerance()
                && is_named()
                && !holds_numbers(at)
            {
                let (column, values) = (column.both.name.clone(), values.clone());
                return Err(RowsError::ToleranceOnText { column, values });
            }
        }
        let between =
            Between { left: self.asked_left.map(Asked::finish), right: self.asked_right.map(Asked::finish) };
        let found = RowsFound {
            rows: self.rows,
            columns: self.columns.into_iter().map(ColumnFinding::finish).collect(),
            columns_missing: plan.only_left.clone(),
            columns_extra: plan.only_right.clone(),
            unknown: self.unknown,
            key: plan.key.clone(),
            differing: DifferingRows {
                missing: self.missing.into_values().collect(),
                extra: self.extra.into_values().collect(),
                changed: self.changed.into_values().collect(),
            },
            shift: None,
        };
        Ok((found, between))
    }
}

/// Says how two cells compare.
enum Cells<'a> {
    Same,
    Different,
    Unknown(&'a str),
}

impl<'a> Cells<'a> {
    #[inline]
    fn of(column: &ColumnFinding, left: Field<'a>, right: Field<'a>) -> Self {
        match (left.kind, right.kind) {
            (FieldKind::Missing, FieldKind::Missing) => Self::Same,
            (FieldKind::Unknown, _) => Self::Unknown(left.text),
            (_, FieldKind::Unknown) => Self::Unknown(right.text),
            _ if column.agree(left, right) => Self::Same,
            _ => Self::Different,
        }
    }
}

/// The first fields that differ, for display.
fn fields_of(
    columns: &[ColumnFinding],
    left: &[u8],
    right: &[u8],
    how: &ComparingRows,
) -> Vec<DifferingField> {
    let glance = |field: Field<'_>| Glance::new(field.kind, field.text, how.chars);
    let pairs = columns.iter().zip(Packed::new(left).zip(Packed::new(right)));
    let differing = pairs.filter(|(column, (left, right))| match Cells::of(column, *left, *right) {
        Cells::Same => false,
        Cells::Different => true,
        Cells::Unknown(_) => how.unknown_differs,
    });
    let field = |(column, (left, right)): (&ColumnFinding, (Field<'_>, Field<'_>))| DifferingField {
        column: column.both.name.clone(),
        left: glance(left),
        right: glance(right),
    };
    differing.take(FIELDS).map(field).collect()
}
