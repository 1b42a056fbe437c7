//! Rows as bytes: cells that are equal are the same bytes, so most rows are compared at once.

use datasets::{Field, FieldKind, Row};

use crate::number;

/// The kinds of fields, by the number that stands for each.
const KINDS: [FieldKind; 8] = [
    FieldKind::Missing,
    FieldKind::Untyped,
    FieldKind::Null,
    FieldKind::Boolean,
    FieldKind::Number,
    FieldKind::Text,
    FieldKind::Nested,
    FieldKind::Unknown,
];
const KIND_BITS: u32 = 3;

fn code(kind: FieldKind) -> usize {
    match kind {
        FieldKind::Missing => 0,
        FieldKind::Untyped => 1,
        FieldKind::Null => 2,
        FieldKind::Boolean => 3,
        FieldKind::Number => 4,
        FieldKind::Text => 5,
        FieldKind::Nested => 6,
        FieldKind::Unknown => 7,
    }
}

/// Takes from the rows of one side what is compared: first the key's fields, then the others.
#[derive(Debug)]
pub(super) struct Packer {
    /// Where each field of the key stands in a row of this side.
    pub(super) key: Vec<usize>,
    /// Where each other one stands.
    pub(super) values: Vec<usize>,
    /// Says whether both sides know kinds; otherwise those of neither count.
    pub(super) is_typed: bool,
}

impl Packer {
    /// Writes a row's bytes over those in `out`; returns how many of them are the key's, or the column of the key in
    /// which the row has nothing.
    #[inline]
    pub(super) fn pack(&self, row: &Row, out: &mut Vec<u8>) -> Result<usize, usize> {
        out.clear();
        for (column, &at) in self.key.iter().enumerate() {
            let field = row.field(at);
            if matches!(field.kind, FieldKind::Missing | FieldKind::Unknown) {
                return Err(column);
            }
            match number::shortest(field) {
                Some(text) => put(Field { kind: self.kind(field.kind), text: &text }, out),
                None => put(Field { kind: self.kind(field.kind), ..field }, out),
            }
        }
        let key = out.len();
        for &at in &self.values {
            let field = row.field(at);
            put(Field { kind: self.kind(field.kind), ..field }, out);
        }
        Ok(key)
    }

    fn kind(&self, kind: FieldKind) -> FieldKind {
        if self.is_typed || !kind.has_text() { kind } else { FieldKind::Untyped }
    }
}

#[inline]
fn put(field: Field<'_>, out: &mut Vec<u8>) {
    put_number(field.text.len() << KIND_BITS | code(field.kind), out);
    out.extend_from_slice(field.text.as_bytes());
}

/// Appends a number, seven bits a byte, the last byte below 128.
#[inline]
pub(super) fn put_number(mut number: usize, out: &mut Vec<u8>) {
    while number >= 128 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads such a number, and returns it with what stands behind it.
#[inline]
pub(super) fn take_number(bytes: &[u8]) -> (usize, &[u8]) {
    let (mut number, mut shift) = (0, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        number |= usize::from(byte & 127) << shift;
        if byte < 128 {
            return (number, &bytes[at + 1..]);
        }
        shift += 7;
    }
    (number, &[])
}

/// The fields of a packed row, or of a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed<'a>(pub(super) &'a [u8]);

impl Packed<'_> {
    /// Returns how many bytes the first fields take.
    pub(super) fn length(self, fields: usize) -> usize {
        let mut rest = self.0;
        for _ in 0..fields {
            let (head, text) = take_number(rest);
            rest = &text[head >> KIND_BITS..];
        }
        self.0.len() - rest.len()
    }

    /// Returns whether there is a field that can't be known.
    pub(super) fn has_unknown(self) -> bool {
        let mut rest = self.0;
        while !rest.is_empty() {
            let (head, text) = take_number(rest);
            if KINDS[head & ((1 << KIND_BITS) - 1)] == FieldKind::Unknown {
                return true;
            }
            rest = &text[head >> KIND_BITS..];
        }
        false
    }
}

impl<'a> Iterator for Packed<'a> {
    type Item = Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Field<'a>> {
        if self.0.is_empty() {
            return None;
        }
        let (head, rest) = take_number(self.0);
        let (text, rest) = rest.split_at(head >> KIND_BITS);
        self.0 = rest;
        // What was packed were texts.
        let text = str::from_utf8(text).unwrap_or_default();
        Some(Field { kind: KINDS[head & ((1 << KIND_BITS) - 1)], text })
    }
}
