//! Two cells, held against each other.

use std::cmp::Ordering;

use datasets::{Cells, Field, FieldKind, Keys, Table};

use crate::Rule;

/// Says whether the kinds of written fields take part where rows are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typing {
    /// Both tables have them.
    Typed,
    /// One has none.
    Untyped,
}

impl Typing {
    /// A table's fields are all of one format, so the first stands for all.
    pub(crate) fn of(left: &Table, right: &Table) -> Self {
        let first = |table: &Table| {
            table.columns.iter().find_map(|column| match &column.cells {
                Cells::Written(fields) => fields.having().next().map(|row| fields.field(row).kind),
                Cells::Int(_) | Cells::Wide(_) | Cells::Maybe(_) | Cells::Text(_) => None,
            })
        };
        let has_none = |table: &Table| first(table) == Some(FieldKind::Untyped);
        if has_none(left) || has_none(right) { Self::Untyped } else { Self::Typed }
    }

    /// The kind by which fields of a key are told apart: without types only `null` is told from texts.
    pub(crate) fn kind(self, kind: FieldKind) -> FieldKind {
        match (self, kind) {
            (Self::Typed, kind) | (Self::Untyped, kind @ FieldKind::Null) => kind,
            (Self::Untyped, _) => FieldKind::Untyped,
        }
    }
}

/// By what cells of a key are put in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sense<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) typing: Typing,
}

impl Sense<'_> {
    /// The order of two cells: of numbers by value, of texts by bytes, of written fields by kind and bytes.
    #[inline]
    pub(crate) fn order(self, a: &Cells, l: usize, b: &Cells, r: usize) -> Ordering {
        match (a, b) {
            (Cells::Int(a), Cells::Int(b)) => a[l].cmp(&b[r]),
            (Cells::Wide(a), Cells::Wide(b)) => a[l].cmp(&b[r]),
            (Cells::Maybe(a), Cells::Maybe(b)) => a[l].cmp(&b[r]),
            (Cells::Text(a), Cells::Text(b)) if a[l] == b[r] => Ordering::Equal,
            (Cells::Text(a), Cells::Text(b)) => self.keys.get(a[l]).cmp(self.keys.get(b[r])),
            (Cells::Written(a), Cells::Written(b)) => self.named(a.field(l)).cmp(&self.named(b.field(r))),
            _ => place(a).cmp(&place(b)),
        }
    }

    fn named(self, field: Field<'_>) -> Field<'_> {
        Field { kind: self.typing.kind(field.kind), ..field }
    }
}

/// Where each kind of cells stands among the others, which is never asked of two of one kind.
fn place(cells: &Cells) -> u8 {
    match cells {
        Cells::Int(_) => 0,
        Cells::Wide(_) => 1,
        Cells::Maybe(_) => 2,
        Cells::Text(_) => 3,
        Cells::Written(_) => 4,
    }
}

/// Says how the cells of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct How {
    pub(crate) rule: Rule,
    /// So many of a column's numbers make one of those that are written.
    pub(crate) scale: u64,
}

impl How {
    /// Returns whether two cells count as the same. Cells of different kinds never do.
    #[inline]
    pub(crate) fn agree(self, a: &Cells, l: usize, b: &Cells, r: usize) -> bool {
        is_same(a, l, b, r) || self.rule != Rule::Exact && self.is_within(a, l, b, r)
    }

    fn is_within(self, a: &Cells, l: usize, b: &Cells, r: usize) -> bool {
        if let (Cells::Written(a), Cells::Written(b)) = (a, b) {
            return self.rule.allows_fields(a.field(l), b.field(r));
        }
        let sizes = (magnitude(a, l).unwrap_or(0), magnitude(b, r).unwrap_or(0));
        distance(a, l, b, r).is_some_and(|distance| self.rule.allows(distance, sizes, self.scale))
    }
}

#[inline]
fn is_same(a: &Cells, l: usize, b: &Cells, r: usize) -> bool {
    match (a, b) {
        (Cells::Int(a), Cells::Int(b)) => a[l] == b[r],
        (Cells::Wide(a), Cells::Wide(b)) => a[l] == b[r],
        (Cells::Maybe(a), Cells::Maybe(b)) => a[l] == b[r],
        (Cells::Text(a), Cells::Text(b)) => a[l] == b[r],
        (Cells::Written(a), Cells::Written(b)) => a.field(l).is_same(b.field(r)),
        _ => false,
    }
}

/// How far a number is from 0.
fn magnitude(cells: &Cells, row: usize) -> Option<u128> {
    match cells {
        Cells::Int(cells) => Some(cells[row].unsigned_abs().into()),
        Cells::Wide(cells) => Some(cells[row].unsigned_abs()),
        Cells::Maybe(cells) => cells[row].map(|cell| cell.unsigned_abs().into()),
        Cells::Text(_) | Cells::Written(_) => None,
    }
}

/// Returns how far two numbers are apart; `None` where there is no telling: of texts, and where a number is missing.
pub(crate) fn distance(a: &Cells, l: usize, b: &Cells, r: usize) -> Option<u128> {
    match (a, b) {
        (Cells::Int(a), Cells::Int(b)) => Some(a[l].abs_diff(b[r]).into()),
        (Cells::Wide(a), Cells::Wide(b)) => Some(a[l].abs_diff(b[r])),
        (Cells::Maybe(a), Cells::Maybe(b)) => Some(a[l]?.abs_diff(b[r]?).into()),
        _ => None,
    }
}
