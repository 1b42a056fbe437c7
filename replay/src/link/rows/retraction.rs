//! Rows that are given and taken back, counted.

use std::collections::HashMap;

use datasets::{FieldKind, Reading};

use super::row::Row;

/// How often each row stands. It is known by its bytes: of each field its kind, its length and its text.
#[derive(Debug, Default)]
pub(super) struct Retraction {
    standing: HashMap<Box<[u8]>, Standing>,
    bytes: Vec<u8>,
}

/// How often a row stands, and the lines that gave it last.
#[derive(Debug, Default)]
struct Standing {
    lines: Vec<u64>,
}

impl Retraction {
    /// Gives the first `fields` of `row` once more.
    pub(super) fn give(&mut self, row: &Row, fields: usize, line: u64) {
        encode(row, fields, &mut self.bytes);
        match self.standing.get_mut(self.bytes.as_slice()) {
            Some(standing) => standing.lines.push(line),
            None => {
                self.standing.insert(self.bytes.as_slice().into(), Standing { lines: vec![line] });
            }
        }
    }

    /// Takes them back once; whether they were there.
    pub(super) fn take_back(&mut self, row: &Row, fields: usize) -> bool {
        encode(row, fields, &mut self.bytes);
        let Some(standing) = self.standing.get_mut(self.bytes.as_slice()) else { return false };
        standing.lines.pop();
        if standing.lines.is_empty() {
            self.standing.remove(self.bytes.as_slice());
        }
        true
    }

    /// Appends the rows that stand to `table`, as often as they do, in the order in which they were given.
    pub(super) fn write_to(self, table: &mut Reading) -> Result<(), String> {
        let mut rows: Vec<(u64, Box<[u8]>)> = Vec::with_capacity(self.standing.len());
        for (bytes, standing) in self.standing {
            rows.extend(standing.lines.into_iter().map(|line| (line, bytes.clone())));
        }
        rows.sort_unstable_by_key(|(line, _)| *line);
        for (line, bytes) in rows {
            decode(&bytes, |column, kind, text| table.push(column, kind, text))?;
            table.end_row(line);
        }
        Ok(())
    }
}

/// Writes a row as bytes into `bytes`, in place of what was there.
pub(super) fn encode(row: &Row, fields: usize, bytes: &mut Vec<u8>) {
    bytes.clear();
    for place in 0..fields {
        let (kind, text) = row.field(place).unwrap_or((FieldKind::Missing, ""));
        bytes.push(kind.number());
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
}

/// Hands on the fields of a row that was written as bytes, with their columns.
pub(super) fn decode(
    mut bytes: &[u8],
    mut field: impl FnMut(usize, FieldKind, &str) -> Result<(), String>,
) -> Result<(), String> {
    let mut column = 0;
    while let [kind, a, b, c, d, rest @ ..] = bytes {
        let (text, behind) = rest.split_at(u32::from_le_bytes([*a, *b, *c, *d]) as usize);
        let kind = FieldKind::numbered(*kind).unwrap_or(FieldKind::Missing);
        if kind != FieldKind::Missing {
            field(column, kind, &String::from_utf8_lossy(text))?;
        }
        (bytes, column) = (behind, column + 1);
    }
    Ok(())
}

/// Returns whether a sign gives a row or takes it back.
pub(super) fn is_given(sign: &str) -> Option<bool> {
    match sign {
        "+1" | "1" | "+" | "+I" | "+U" | "I" => Some(true),
        "-1" | "-" | "-D" | "-U" | "D" => Some(false),
        _ if sign.eq_ignore_ascii_case("true") => Some(true),
        _ if sign.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
