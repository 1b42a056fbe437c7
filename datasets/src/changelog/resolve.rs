//! Values that a change doesn't show, because they are large and it didn't touch them.

use super::encoded::{Encoder, Fields};
use super::event::{Cells, Event};
use super::placeholder::UNSEEN;
use crate::table::{Field, FieldKind};

/// Writes the row after a change; a value that the change doesn't show is the one before, where that is known.
pub(super) fn write_resolved(encoder: &mut Encoder, event: &Event, old: Option<&[u8]>, out: &mut Vec<u8>) {
    if !event.after.row.fields().any(is_unseen) {
        encoder.write(&event.after, out);
        return;
    }
    let old: Vec<Field<'_>> = old.map(|old| Fields(old).collect()).unwrap_or_default();
    let mut resolved = Cells::default();
    for (&column, field) in event.after.columns.iter().zip(event.after.row.fields()) {
        let from_old = || old.get(column as usize).copied().filter(|field| field.kind != FieldKind::Missing);
        let from_before = || event.before.field(column).filter(is_large);
        let field = if is_unseen(field) { from_old().or_else(from_before).unwrap_or(field) } else { field };
        resolved.push(column, field.kind, field.text);
    }
    encoder.write(&resolved, out);
}

fn is_unseen(field: Field<'_>) -> bool {
    field.kind == FieldKind::Unknown && field.text == UNSEEN
}

/// Returns whether a value may be one that the database keeps apart. What it leaves out of a row before a change is made up by
/// the connector: empty, zero, or the column's default.
fn is_large(field: &Field<'_>) -> bool {
    const LEAST_BYTES: usize = 24;
    field.kind.has_text() && field.text.len() > LEAST_BYTES
}
