//! The canonical form of a frozen data file, read and written: a header, LF, whole numbers, nothing else.
//!
//! A frozen file is always written by [`write_row`], so its reader needs none of CSV's freedom. Giving that up
//! makes it strict: quotes, blanks, CRLF, plus signs, leading zeros and missing fields are errors, so a number has
//! exactly one spelling. It also makes it two to three times as fast as the csv crate on lines of five bytes (see
//! `examples/read_speed.rs`), which pays for the hash. Imported files go through the csv crate.

use crate::record::ColumnKind;
use crate::shown::quoted;

/// Where a block of lines stops being canonical.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The row within the block, from 0.
    pub(crate) row: u64,
    /// What is wrong with it.
    pub(crate) message: String,
}

/// Appends a row in canonical form.
pub(crate) fn write_row(kinds: &[ColumnKind], fields: &[u64], out: &mut Vec<u8>) {
    use std::io::Write as _;
    for (i, (kind, field)) in kinds.iter().zip(fields).enumerate() {
        if i > 0 {
            out.push(b',');
        }
        let written = match kind {
            ColumnKind::Size => write!(out, "{field}"),
            ColumnKind::TimeMs => write!(out, "{}", field.cast_signed()),
        };
        written.expect("a vector takes every write");
    }
    out.push(b'\n');
}

/// Decodes whole lines and hands each row's fields on; returns how many rows there were.
///
/// `block` ends with a newline unless it is empty. `fields` is room for one row.
pub(crate) fn decode(
    block: &[u8],
    kinds: &[ColumnKind],
    fields: &mut [u64],
    mut on_row: impl FnMut(&[u64]),
) -> Result<u64, Fault> {
    debug_assert!(block.last().is_none_or(|&last| last == b'\n'), "only whole lines");
    let (mut at, mut row) = (0, 0);
    while at < block.len() {
        let start = at;
        for (column, (field, kind)) in fields.iter_mut().zip(kinds).enumerate() {
            let end = if column + 1 == kinds.len() { b'\n' } else { b',' };
            let number = match kind {
                ColumnKind::Size => size(block, &mut at),
                ColumnKind::TimeMs => time(block, &mut at),
            };
            let (Some(number), true) = (number, block.get(at) == Some(&end)) else {
                return Err(Fault { row, message: explain(&block[start..], kinds) });
            };
            *field = number;
            at += 1;
        }
        on_row(fields);
        row += 1;
    }
    Ok(row)
}

/// Reads digits up to the first other byte: no sign, no leading zero.
#[inline]
fn size(block: &[u8], at: &mut usize) -> Option<u64> {
    let start = *at;
    let mut value = 0_u64;
    while let Some(digit) = block.get(*at).map(|byte| byte.wrapping_sub(b'0'))
        && digit < 10
    {
        // Wrapping is put right below: only more than 19 digits can overflow.
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        *at += 1;
    }
    match (*at - start, block[start]) {
        (1, _) | (2..=19, b'1'..) => Some(value),
        (20, b'1'..) => std::str::from_utf8(&block[start..*at]).ok()?.parse().ok(),
        _ => None,
    }
}

/// Like [`size`], with a minus sign allowed before anything but 0; the result is the two's complement.
fn time(block: &[u8], at: &mut usize) -> Option<u64> {
    if block.get(*at) != Some(&b'-') {
        return size(block, at).filter(|&ms| i64::try_from(ms).is_ok());
    }
    *at += 1;
    if block.get(*at) == Some(&b'0') {
        return None;
    }
    let magnitude = size(block, at)?;
    Some(0_i64.checked_sub_unsigned(magnitude)?.cast_unsigned())
}

/// Says what is wrong with the first line of `lines`, which is not a canonical row.
#[cold]
fn explain(lines: &[u8], kinds: &[ColumnKind]) -> String {
    let line = &lines[..memchr::memchr(b'\n', lines).unwrap_or(lines.len())];
    let found = 1 + memchr::memchr_iter(b',', line).count();
    if line.is_empty() {
        "a blank line".into()
    } else if found == kinds.len() {
        format!("{} is not a row of whole numbers in their shortest form", quoted(line))
    } else {
        format!("{} has {found} fields, expected {}", quoted(line), kinds.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use ColumnKind::{Size, TimeMs};

    fn decoded(text: &str, kinds: &[ColumnKind]) -> Result<Vec<Vec<u64>>, Fault> {
        let mut rows = Vec::new();
        let count = decode(text.as_bytes(), kinds, &mut vec![0; kinds.len()], |row| rows.push(row.to_vec()))?;
        assert_eq!(count, rows.len() as u64);
        Ok(rows)
    }

    fn check(text: &str, kinds: &[ColumnKind], expected: &[&[i128]]) {
        let expected: Vec<Vec<u64>> =
            expected.iter().map(|row| row.iter().map(|&n| n as u64).collect()).collect();
        assert_eq!(decoded(text, kinds), Ok(expected), "{text:?}");
    }

    fn reject(text: &str, kinds: &[ColumnKind], row: u64, message: &str) {
        assert_eq!(decoded(text, kinds), Err(Fault { row, message: message.into() }), "{text:?}");
    }

    #[test]
    fn canonical_rows_are_read() {
        check("", &[Size], &[]);
        check("0\n7\n10\n", &[Size], &[&[0], &[7], &[10]]);
        check(
            "18446744073709551615\n9999999999999999999\n",
            &[Size],
            &[&[18_446_744_073_709_551_615], &[9_999_999_999_999_999_999]],
        );
        check("-5,1\n0,0\n", &[TimeMs, Size], &[&[-5, 1], &[0, 0]]);
        check(
            "-9223372036854775808\n9223372036854775807\n",
            &[TimeMs],
            &[&[i64::MIN.into()], &[i64::MAX.into()]],
        );
    }

    #[test]
    fn every_other_spelling_is_an_error() {
        let spellings = [
            "01",
            "00",
            "+1",
            "-1",
            "-0",
            " 1",
            "1 ",
            "1\r",
            "\"1\"",
            "1.0",
            "1e3",
            "0x1",
            "1_0",
            "NaN",
            "٣",
            "a",
            "18446744073709551616",
            "99999999999999999999",
            "100000000000000000000",
            "1\0",
            ";",
        ];
        for text in spellings {
            let shown = quoted(text.as_bytes());
            let message = format!("{shown} is not a row of whole numbers in their shortest form");
            reject(&format!("5\n{text}\n5\n"), &[Size], 1, &message);
        }
        for text in ["-0", "--1", "-", "-01", "9223372036854775808", "-9223372036854775809"] {
            let message = format!("`{text}` is not a row of whole numbers in their shortest form");
            reject(&format!("{text}\n"), &[TimeMs], 0, &message);
        }
        reject("1\n\n2\n", &[Size], 1, "a blank line");
        reject("1,2\n", &[Size], 0, "`1,2` has 2 fields, expected 1");
        reject("1\n", &[TimeMs, Size], 0, "`1` has 1 fields, expected 2");
        reject("1,\n", &[TimeMs, Size], 0, "`1,` is not a row of whole numbers in their shortest form");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let rows: [[u64; 2]; 3] = [[i64::MIN.cast_unsigned(), u64::MAX], [0, 0], [1_700_000_000_000, 10]];
        let mut text = Vec::new();
        for row in &rows {
            write_row(&[TimeMs, Size], row, &mut text);
        }
        let text = String::from_utf8(text).expect("digits");
        assert_eq!(text, "-9223372036854775808,18446744073709551615\n0,0\n1700000000000,10\n");
        assert_eq!(decoded(&text, &[TimeMs, Size]), Ok(rows.iter().map(|row| row.to_vec()).collect()));
    }
}
