//! The canonical form of a frozen data file, read and written: a header, LF, whole numbers, texts, nothing else.
//!
//! A frozen file is always written by [`write_row`], so its reader needs none of CSV's freedom. Giving that up
//! makes it strict: blanks, CRLF, plus signs, leading zeros, missing fields and quotes that need not be are errors, so
//! a number, and a text, has exactly one spelling. It also makes it two to three times as fast as the csv crate on
//! lines of five bytes (see `examples/read_speed.rs`), which pays for the hash. Imported files go through the csv crate.

use crate::column::{ColumnKind, Side};
use crate::digits;
use crate::keys::{Keys, Short};
use crate::quoting::{needs_quotes, write_text};
use crate::shown::quoted;

/// Where a block of lines stops being canonical.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The row within the block, from 0.
    pub(crate) row: u64,
    /// Holds what is wrong with it.
    pub(crate) message: String,
}

/// Appends a row in canonical form; the texts of its fields are in `keys`.
pub(crate) fn write_row(kinds: &[ColumnKind], fields: &[u64], keys: &Keys, out: &mut Vec<u8>) {
    for (i, (kind, &field)) in kinds.iter().zip(fields).enumerate() {
        if i > 0 {
            out.push(b',');
        }
        let mut digits = itoa::Buffer::new();
        match kind {
            ColumnKind::Size | ColumnKind::Number => out.extend_from_slice(digits.format(field).as_bytes()),
            ColumnKind::TimeMs | ColumnKind::Int => {
                out.extend_from_slice(digits.format(field.cast_signed()).as_bytes());
            }
            ColumnKind::Text => write_text(keys.get(field as u32), out),
            ColumnKind::Side => out.extend_from_slice(Side::NAMES[usize::from(field != 0)].0.as_bytes()),
        }
    }
    out.push(b'\n');
}

/// Describes what was decoded of a block.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    pub(crate) rows: u64,
    /// Where the first row starts that the block holds only a part of; its length if there is none.
    pub(crate) end: usize,
}

/// Decodes whole rows and hands each one's fields on.
///
/// `block` ends with a newline unless it is empty; that newline may be part of a text, whose row is left for the next
/// block. `fields` is room for one row, or more.
#[expect(
    clippy::inline_always,
    reason = "where the kinds are constant, nothing is left of the choice between them"
)]
#[inline(always)]
pub(crate) fn decode(
    block: &[u8],
    kinds: &[ColumnKind],
    fields: &mut [u64],
    keys: &mut Keys,
    mut on_row: impl FnMut(&[u64]),
) -> Result<Decoded, Fault> {
    debug_assert!(block.last().is_none_or(|&last| last == b'\n'), "only whole lines");
    let (mut at, mut rows) = (0, 0);
    while at < block.len() {
        let start = at;
        macro_rules! decode_column {
            ($column:expr) => {
                if $column < kinds.len() {
                    let end = if $column + 1 == kinds.len() { b'\n' } else { b',' };
                    match field(kinds[$column], block, &mut at, end, keys) {
                        Field::Number(number) if block.get(at) == Some(&end) => fields[$column] = number,
                        Field::Number(_) | Field::Wrong => {
                            return Err(Fault { row: rows, message: explain(&block[start..], kinds) });
                        }
                        Field::Unfinished => return Ok(Decoded { rows, end: start }),
                    }
                    at += 1;
                }
            };
        }
        // Written out, because the compiler leaves a loop of this size a loop: a tenth of the time.
        decode_column!(0);
        decode_column!(1);
        decode_column!(2);
        decode_column!(3);
        decode_column!(4);
        for column in 5..kinds.len() {
            decode_column!(column);
        }
        on_row(fields);
        rows += 1;
    }
    Ok(Decoded { rows, end: at })
}

/// A field: its number, or why there is none.
enum Field {
    Number(u64),
    Wrong,
    /// The quotes don't end within the block.
    Unfinished,
}

#[expect(clippy::inline_always, reason = "as for its caller")]
#[inline(always)]
fn field(kind: ColumnKind, block: &[u8], at: &mut usize, end: u8, keys: &mut Keys) -> Field {
    let number = match kind {
        ColumnKind::Size => digits::read(block, at),
        ColumnKind::Number => digits::read(block, at).filter(|&number| u32::try_from(number).is_ok()),
        ColumnKind::TimeMs | ColumnKind::Int => signed(block, at),
        ColumnKind::Side => side(block, at),
        ColumnKind::Text => return text(block, at, end, keys),
    };
    number.map_or(Field::Wrong, Field::Number)
}

/// Reads a text that `end` follows; one in quotes must need them.
#[expect(clippy::inline_always, reason = "as for its caller")]
#[inline(always)]
fn text(block: &[u8], at: &mut usize, end: u8, keys: &mut Keys) -> Field {
    // A short text that is known already needs no other look.
    if let Some((short, length)) = Short::before(end, &block[*at..])
        && let Some(number) = keys.find(short)
    {
        *at += length;
        return Field::Number(u64::from(number));
    }
    new_text(block, at, keys)
}

#[inline(never)]
fn new_text(block: &[u8], at: &mut usize, keys: &mut Keys) -> Field {
    let rest = &block[*at..];
    if rest.first() == Some(&b'"') {
        return quoted_text(block, at, keys);
    }
    let length = memchr::memchr2(b',', b'\n', rest).unwrap_or(rest.len());
    let text = &rest[..length];
    if needs_quotes(text) {
        return Field::Wrong;
    }
    *at += length;
    Field::Number(u64::from(keys.intern(text)))
}

#[cold]
fn quoted_text(block: &[u8], at: &mut usize, keys: &mut Keys) -> Field {
    let mut text = Vec::new();
    let mut rest = &block[*at + 1..];
    loop {
        let Some(quote) = memchr::memchr(b'"', rest) else { return Field::Unfinished };
        text.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.first() {
            Some(b'"') => {
                text.push(b'"');
                rest = &rest[1..];
            }
            _ if !needs_quotes(&text) => return Field::Wrong,
            _ => {
                *at = block.len() - rest.len();
                return Field::Number(u64::from(keys.intern(&text)));
            }
        }
    }
}

#[inline]
fn side(block: &[u8], at: &mut usize) -> Option<u64> {
    let which = Side::NAMES.iter().position(|(name, _)| block[*at..].starts_with(name.as_bytes()))?;
    *at += Side::NAMES[which].0.len();
    Some(which as u64)
}

/// Like [`digits::read`], with a minus sign allowed before anything but 0; the result is the two's complement.
#[expect(clippy::inline_always, reason = "as for its caller")]
#[inline(always)]
pub(crate) fn signed(block: &[u8], at: &mut usize) -> Option<u64> {
    if block.get(*at) != Some(&b'-') {
        return digits::read(block, at).filter(|&number| i64::try_from(number).is_ok());
    }
    *at += 1;
    if block.get(*at) == Some(&b'0') {
        return None;
    }
    let magnitude = digits::read(block, at)?;
    Some(0_i64.checked_sub_unsigned(magnitude)?.cast_unsigned())
}

/// Says what is wrong with the first line of `lines`, which is not a canonical row.
#[cold]
fn explain(lines: &[u8], kinds: &[ColumnKind]) -> String {
    let line = &lines[..memchr::memchr(b'\n', lines).unwrap_or(lines.len())];
    let found = 1 + memchr::memchr_iter(b',', line).count();
    if line.is_empty() {
        "a blank line".into()
    } else if found == kinds.len() || line.contains(&b'"') {
        let texts = if kinds.contains(&ColumnKind::Text) { " and texts" } else { "" };
        format!("{} is not a row of whole numbers{texts} in their shortest form", quoted(line))
    } else {
        format!("{} has {found} fields, expected {}", quoted(line), kinds.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use ColumnKind::{Int, Side, Size, Text, TimeMs};

    fn decoded(text: &str, kinds: &[ColumnKind]) -> Result<Vec<Vec<u64>>, Fault> {
        let mut rows = Vec::new();
        let fields = &mut vec![0; kinds.len()];
        let decoded =
            decode(text.as_bytes(), kinds, fields, &mut Keys::default(), |row| rows.push(row.to_vec()))?;
        assert_eq!(decoded, Decoded { rows: rows.len() as u64, end: text.len() });
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
            write_row(&[TimeMs, Size], row, &Keys::default(), &mut text);
        }
        let text = String::from_utf8(text).expect("digits");
        assert_eq!(text, "-9223372036854775808,18446744073709551615\n0,0\n1700000000000,10\n");
        assert_eq!(decoded(&text, &[TimeMs, Size]), Ok(rows.iter().map(|row| row.to_vec()).collect()));
    }

    /// The texts of a column.
    fn texts(block: &str, kinds: &[ColumnKind], column: usize) -> Result<(Vec<String>, usize), Fault> {
        let (mut keys, mut numbers) = (Keys::default(), Vec::new());
        let fields = &mut vec![0; kinds.len()];
        let decoded = decode(block.as_bytes(), kinds, fields, &mut keys, |row| numbers.push(row[column]))?;
        let text = |number: u64| String::from_utf8_lossy(keys.get(number as u32)).into_owned();
        Ok((numbers.into_iter().map(text).collect(), decoded.end))
    }

    #[test]
    fn texts_are_read_and_written_in_one_spelling_each() {
        let block = "5,a,-7,left\n6,,8,right\n7,\"x,\"\"y\"\"\nz\",0,left\n";
        let kinds = [TimeMs, Text, Int, Side];
        let read = texts(block, &kinds, 1).expect("canonical");
        assert_eq!(read, (vec!["a".into(), String::new(), "x,\"y\"\nz".into()], block.len()));
        let (mut keys, mut out) = (Keys::default(), Vec::new());
        let rows = {
            let mut rows = Vec::new();
            decode(block.as_bytes(), &kinds, &mut [0; 4], &mut keys, |row| rows.push(row.to_vec()))
                .expect("canonical");
            rows
        };
        for row in &rows {
            write_row(&kinds, row, &keys, &mut out);
        }
        assert_eq!(String::from_utf8(out).expect("text"), block);
    }

    #[test]
    fn a_text_that_goes_on_in_the_next_block_is_left_for_it() {
        let block = "5,a\n6,\"b\n";
        assert_eq!(texts(block, &[TimeMs, Text], 1).expect("canonical"), (vec!["a".into()], 4));
    }

    #[test]
    fn other_spellings_of_texts_and_sides_are_errors() {
        for text in ["\"a\"", "\"\"", "a\"b", "a\r", "\"a,b\"c"] {
            assert!(texts(&format!("{text},1\n"), &[Text, Size], 0).is_err(), "{text:?}");
        }
        for side in ["", "Left", "middle", "leftx", "0"] {
            assert!(decoded(&format!("{side}\n"), &[Side]).is_err(), "{side:?}");
        }
    }
}
