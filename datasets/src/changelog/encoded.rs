//! Rows as bytes, which take little more room than their texts.

use super::event::Cells;
use crate::rows::Row;
use crate::table::{Field, FieldKind};

/// Appends a field: its kind, the length of its text and the text.
#[inline]
pub(super) fn write_field(field: Field<'_>, out: &mut Vec<u8>) {
    out.push(field.kind.number());
    if matches!(field.kind, FieldKind::Missing | FieldKind::Null) {
        return;
    }
    let mut length = field.text.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(field.text.as_bytes());
}

/// Goes through the fields of a row that was encoded, one for each column up to the last that has one.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let (&sign, mut rest) = self.0.split_first()?;
        let kind = FieldKind::numbered(sign)?;
        if matches!(kind, FieldKind::Missing | FieldKind::Null) {
            self.0 = rest;
            let text = if kind == FieldKind::Null { "null" } else { "" };
            return Some(Field { kind, text });
        }
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let (&byte, behind) = rest.split_first()?;
            rest = behind;
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
        let (text, behind) = rest.split_at_checked(length)?;
        self.0 = behind;
        Some(Field { kind, text: str::from_utf8(text).ok()? })
    }
}

/// Writes rows in the order of their columns, with the places where they were found kept for the next.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    /// For each column the place of its field, from 1; 0 where there is none.
    places: Vec<u32>,
}

impl Encoder {
    /// Appends a row.
    pub(super) fn write(&mut self, cells: &Cells, out: &mut Vec<u8>) {
        if is_in_order(&cells.columns) {
            cells.row.fields().for_each(|field| write_field(field, out));
            return;
        }
        self.places.clear();
        for (at, &column) in (1..).zip(&cells.columns) {
            let column = column as usize;
            if column >= self.places.len() {
                self.places.resize(column + 1, 0);
            }
            self.places[column] = at;
        }
        for &place in &self.places {
            let field = if place == 0 { Field::MISSING } else { cells.row.field(place as usize - 1) };
            write_field(field, out);
        }
    }
}

fn is_in_order(columns: &[u32]) -> bool {
    columns.iter().zip(0..).all(|(column, at)| *column == at)
}

/// Fills a row of so many columns from its bytes.
pub(super) fn decode(bytes: &[u8], columns: usize, row: &mut Row) {
    row.clear();
    for field in Fields(bytes) {
        row.push(field.kind, field.text);
    }
    while row.len() < columns {
        row.push(FieldKind::Missing, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_back_whatever_their_order() {
        let mut random = crate::SplitMix64::new(11);
        let long = "ü".repeat(9000);
        let texts = ["", "a", "null", long.as_str()];
        let mut encoder = Encoder::default();
        for _ in 0..500 {
            let columns = random.uniform(1, 6) as u32;
            let mut order: Vec<u32> = (0..columns).filter(|_| random.uniform(0, 3) > 0).collect();
            if random.uniform(0, 1) == 0 {
                order.reverse();
            }
            let mut cells = Cells::default();
            let mut expected: Vec<(FieldKind, String)> = vec![(FieldKind::Missing, String::new()); 6];
            for column in order {
                let kind = FieldKind::numbered(random.uniform(1, 7) as u8).expect("a kind");
                let text =
                    if kind == FieldKind::Null { "null" } else { texts[random.uniform(0, 3) as usize] };
                cells.push(column, kind, text);
                expected[column as usize] = (kind, text.to_owned());
            }
            let (mut bytes, mut row) = (Vec::new(), Row::default());
            encoder.write(&cells, &mut bytes);
            decode(&bytes, 6, &mut row);
            let read: Vec<(FieldKind, String)> =
                row.fields().map(|field| (field.kind, field.text.to_owned())).collect();
            assert_eq!(read, expected);
        }
    }
}
