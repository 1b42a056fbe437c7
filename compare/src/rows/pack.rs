//! Rows as bytes: cells that are equal are the same bytes, so most rows are compared at once.

use datasets::{Field, FieldKind, Row};

use crate::number;

const KIND_BITS: u32 = 3;

/// The kind that stands in the lowest bits of a packed number.
#[inline]
fn kind_of(head: usize) -> FieldKind {
    FieldKind::numbered((head & ((1 << KIND_BITS) - 1)) as u8).unwrap_or(FieldKind::Missing)
}

/// Takes from the rows of one side what is compared: first the key's fields, then the others.
#[derive(Debug)]
pub(super) struct Packer {
    /// Where each field of the key stands in a row of this side.
    pub(super) key: Vec<usize>,
    /// Where each other one stands.
    values: Vec<usize>,
    /// The other way round: which of the values stands in a column, if one does.
    places: Vec<Option<usize>>,
    /// So many columns this side has.
    columns: usize,
    /// Says whether both sides know kinds; otherwise those of neither count.
    is_typed: bool,
}

impl Packer {
    pub(super) fn new(key: Vec<usize>, values: Vec<usize>, columns: usize, is_typed: bool) -> Self {
        let mut places = vec![None; columns];
        values.iter().enumerate().for_each(|(place, &column)| places[column] = Some(place));
        Self { key, values, places, columns, is_typed }
    }

    /// Appends a row's bytes; returns how many of them are the key's, or the column of the key in which the row has nothing.
    #[inline]
    pub(super) fn pack(&self, row: &Row, out: &mut Vec<u8>) -> Result<usize, usize> {
        let start = out.len();
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
        let key = out.len() - start;
        if row.is_full(self.columns) {
            for &at in &self.values {
                let field = row.field(at);
                put(Field { kind: self.kind(field.kind), ..field }, out);
            }
        } else {
            self.put_few(row, out);
        }
        Ok(key)
    }

    /// Writes the values of a row in which some are missing: as many as are missing one behind the other are one number.
    fn put_few(&self, row: &Row, out: &mut Vec<u8>) {
        let place = |(column, field): (usize, _)| Some((self.places.get(column).copied().flatten()?, field));
        let mut values: Vec<(usize, Field<'_>)> = row.present().filter_map(place).collect();
        values.sort_unstable_by_key(|(place, _)| *place);
        let mut next = 0;
        for (place, field) in values {
            put_missing(place - next, out);
            put(Field { kind: self.kind(field.kind), ..field }, out);
            next = place + 1;
        }
        put_missing(self.values.len() - next, out);
    }

    fn kind(&self, kind: FieldKind) -> FieldKind {
        if self.is_typed || !kind.has_text() { kind } else { FieldKind::Untyped }
    }
}

#[inline]
fn put(field: Field<'_>, out: &mut Vec<u8>) {
    put_number(field.text.len() << KIND_BITS | usize::from(field.kind.number()), out);
    out.extend_from_slice(field.text.as_bytes());
}

/// So many fields that are missing.
fn put_missing(count: usize, out: &mut Vec<u8>) {
    if count > 0 {
        put_number(count << KIND_BITS, out);
    }
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
#[derive(Debug, Clone)]
pub(super) struct Packed<'a> {
    rest: &'a [u8],
    /// So many fields are missing before the rest.
    missing: usize,
}

impl<'a> Packed<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, missing: 0 }
    }

    /// Returns how many bytes the first fields take, of which none is missing.
    pub(super) fn length(&self, fields: usize) -> usize {
        let mut rest = self.rest;
        for _ in 0..fields {
            let (head, text) = take_number(rest);
            rest = &text[head >> KIND_BITS..];
        }
        self.rest.len() - rest.len()
    }

    /// Returns whether there is a field that can't be known.
    pub(super) fn has_unknown(&self) -> bool {
        let mut rest = self.rest;
        while !rest.is_empty() {
            let (head, text) = take_number(rest);
            rest = match kind_of(head) {
                FieldKind::Unknown => return true,
                FieldKind::Missing => text,
                _ => &text[head >> KIND_BITS..],
            };
        }
        false
    }
}

impl<'a> Iterator for Packed<'a> {
    type Item = Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Field<'a>> {
        if self.missing > 0 {
            self.missing -= 1;
            return Some(Field::MISSING);
        }
        if self.rest.is_empty() {
            return None;
        }
        let (head, rest) = take_number(self.rest);
        let kind = kind_of(head);
        if kind == FieldKind::Missing {
            self.rest = rest;
            self.missing = (head >> KIND_BITS) - 1;
            return Some(Field::MISSING);
        }
        let (text, rest) = rest.split_at(head >> KIND_BITS);
        self.rest = rest;
        // What was packed were texts.
        Some(Field { kind, text: str::from_utf8(text).unwrap_or_default() })
    }
}
