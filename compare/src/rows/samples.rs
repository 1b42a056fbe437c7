//! The first few of many, by their keys: which they are doesn't depend on the order in which they come.

use std::{cmp::Ordering, collections::BTreeMap};

use datasets::{Field, FieldKind};

use super::pack::Packed;
use crate::{Glance, number_order};

/// Keeps what has the lowest keys.
#[derive(Debug)]
pub(super) struct Samples<T> {
    most: usize,
    kept: BTreeMap<PackedKey, T>,
}

impl<T> Samples<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: BTreeMap::new() }
    }

    /// Keeps what `make` makes, if the key is among the lowest so far.
    pub(super) fn offer(&mut self, key: &[u8], make: impl FnOnce() -> T) {
        if self.kept.len() >= self.most {
            let Some((last, _)) = self.kept.last_key_value() else { return };
            if order(key, &last.0).is_ge() {
                return;
            }
            self.kept.pop_last();
        }
        self.kept.insert(PackedKey(key.into()), make());
    }

    pub(super) fn into_values(self) -> impl Iterator<Item = T> {
        self.kept.into_values()
    }
}

/// The bytes of a key, in the order of what they mean.
#[derive(Debug, PartialEq, Eq)]
struct PackedKey(Box<[u8]>);

impl PartialOrd for PackedKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PackedKey {
    fn cmp(&self, other: &Self) -> Ordering {
        order(&self.0, &other.0)
    }
}

/// The order of two keys: field by field, numbers by value and before texts.
fn order(a: &[u8], b: &[u8]) -> Ordering {
    let mut orders = Packed::new(a).zip(Packed::new(b)).map(|(a, b)| field_order(a, b));
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn field_order(a: Field<'_>, b: Field<'_>) -> Ordering {
    let place = |field: &Field<'_>| match field.kind {
        FieldKind::Missing | FieldKind::Null | FieldKind::Unknown => 0,
        FieldKind::Boolean => 1,
        FieldKind::Number | FieldKind::Untyped if number_order(field.text, field.text).is_some() => 2,
        FieldKind::Number | FieldKind::Untyped | FieldKind::Text => 3,
        FieldKind::Nested => 4,
    };
    let (of_a, of_b) = (place(&a), place(&b));
    let by_value = || if of_a == 2 { number_order(a.text, b.text) } else { None };
    of_a.cmp(&of_b)
        .then_with(|| by_value().unwrap_or(Ordering::Equal))
        .then_with(|| a.text.cmp(b.text))
        .then_with(|| a.kind.cmp(&b.kind))
}

/// Returns the fields of a key for display.
pub(super) fn glances(key: &[u8], chars: usize) -> Vec<Glance> {
    Packed::new(key).map(|field| Glance::new(field.kind, field.text, chars)).collect()
}
