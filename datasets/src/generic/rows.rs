//! Splits text into the rows and fields of CSV, in any dialect, without a copy and as strictly as RFC 4180.

use memchr::{memchr, memchr2, memchr3};

use crate::error::Error;

/// Says what separates fields, and what stands around those that hold separators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub(crate) delimiter: u8,
    /// None where quotes are characters as others.
    pub(crate) quote: Option<u8>,
    /// Stands before a quote, or itself, within quotes; None where a quote is written twice.
    pub(crate) escape: Option<u8>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', quote: Some(b'"'), escape: None }
    }
}

impl Dialect {
    /// Returns the dialect with these signs: one character, `tab`, and for quotes `none`.
    pub fn new(delimiter: Option<&str>, quote: Option<&str>) -> Result<Self, Error> {
        let delimiter = match delimiter {
            None => b',',
            Some("tab" | "\\t") => b'\t',
            Some(sign) => one_byte("the delimiter", sign, "a character of ASCII, or `tab`")?,
        };
        let quote = match quote {
            None => Some(b'"'),
            Some("none") => None,
            Some(sign) => Some(one_byte("the quote", sign, "a character of ASCII, or `none`")?),
        };
        if Some(delimiter) == quote {
            return Err(Error::usage("fields can't be separated by the sign that quotes them"));
        }
        Ok(Self { delimiter, quote, escape: None })
    }

    pub(super) fn is_canonical(self) -> bool {
        self == Self::default()
    }
}

fn one_byte(what: &str, sign: &str, allowed: &str) -> Result<u8, Error> {
    match sign.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\r' | b'\n' | 0) => Ok(*byte),
        _ => Err(Error::usage(format!("{what} can't be `{}`", crate::shown(sign)))
            .with_hint(format!("it is {allowed}"))),
    }
}

/// A field of a row: where it stands, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) shape: Shape,
}

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Plain,
    /// Within quotes, which aren't part of the range.
    Quoted,
    /// Within quotes, too, with others in it that are written twice.
    Doubled,
    /// Within quotes, too, with this sign before others in it, or before itself.
    Escaped(u8),
}

/// Says what stands at a place of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Split {
    /// A row that ends there, behind its line end.
    Row { end: usize },
    /// The text ends before the row does.
    Unfinished,
}

/// Why a text is no CSV; the offset is that of the quote, or of what stands behind one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Unclosed(usize),
    TextAfterQuote(usize),
}

impl Fault {
    /// Returns the fault with its offset counted from `at` on.
    pub(super) fn behind(self, at: usize) -> Self {
        match self {
            Self::Unclosed(quote) => Self::Unclosed(quote - at),
            Self::TextAfterQuote(text) => Self::TextAfterQuote(text - at),
        }
    }
}

/// Reads the row at `at`; `is_last` says that the text doesn't go on.
pub(crate) fn split(
    text: &[u8],
    at: usize,
    is_last: bool,
    dialect: Dialect,
    pieces: &mut Vec<Piece>,
) -> Result<Split, Fault> {
    pieces.clear();
    let mut start = at;
    loop {
        let end = if dialect.quote.is_some() && text.get(start) == dialect.quote.as_ref() {
            let Some((piece, end)) = quoted(text, start, is_last, dialect.escape)? else {
                return Ok(Split::Unfinished);
            };
            pieces.push(piece);
            end
        } else {
            let end = match memchr3(dialect.delimiter, b'\n', b'\r', &text[start..]) {
                Some(length) => start + length,
                None if is_last => text.len(),
                None => return Ok(Split::Unfinished),
            };
            pieces.push(Piece { start, end, shape: Shape::Plain });
            end
        };
        match text.get(end) {
            Some(&byte) if byte == dialect.delimiter => start = end + 1,
            Some(b'\n') => return Ok(Split::Row { end: end + 1 }),
            Some(b'\r') if end + 1 == text.len() && !is_last => return Ok(Split::Unfinished),
            Some(b'\r') => {
                let length = 1 + usize::from(text.get(end + 1) == Some(&b'\n'));
                return Ok(Split::Row { end: end + length });
            }
            Some(_) => return Err(Fault::TextAfterQuote(end)),
            None if is_last => return Ok(Split::Row { end }),
            None => return Ok(Split::Unfinished),
        }
    }
}

/// Reads the field in quotes at `start`; returns it and where it ends, if that is known yet.
fn quoted(
    text: &[u8],
    start: usize,
    is_last: bool,
    escape: Option<u8>,
) -> Result<Option<(Piece, usize)>, Fault> {
    let quote = text[start];
    let mut shape = Shape::Quoted;
    let mut from = start + 1;
    loop {
        let found = match escape {
            None => memchr(quote, &text[from..]),
            Some(escape) => memchr2(quote, escape, &text[from..]),
        };
        let Some(length) = found else {
            return if is_last { Err(Fault::Unclosed(start)) } else { Ok(None) };
        };
        let end = from + length;
        let next = text.get(end + 1);
        if next.is_none() && !is_last {
            return Ok(None);
        }
        match escape {
            Some(escape) if text[end] == escape => {
                shape = Shape::Escaped(escape);
                let is_pair = next.is_some_and(|&next| next == quote || next == escape);
                from = end + 1 + usize::from(is_pair);
            }
            None if next == Some(&quote) => {
                shape = Shape::Doubled;
                from = end + 2;
            }
            _ => return Ok(Some((Piece { start: start + 1, end, shape }, end + 1))),
        }
    }
}

/// Appends a field's value to `out`.
pub(crate) fn unquote(text: &[u8], piece: Piece, quote: u8, out: &mut Vec<u8>) {
    let mut rest = &text[piece.start..piece.end];
    let sign = match piece.shape {
        Shape::Plain | Shape::Quoted => None,
        Shape::Doubled => Some(quote),
        Shape::Escaped(escape) => Some(escape),
    };
    while let Some((sign, at)) = sign.and_then(|sign| Some((sign, memchr(sign, rest)?))) {
        // Before any other character the sign is one as others.
        let kept = match rest.get(at + 1) {
            Some(&next) if next == quote || next == sign => next,
            _ => {
                out.extend_from_slice(&rest[..=at]);
                rest = &rest[at + 1..];
                continue;
            }
        };
        out.extend_from_slice(&rest[..at]);
        out.push(kept);
        rest = &rest[at + 2..];
    }
    out.extend_from_slice(rest);
}

/// Returns how many lines end within a text.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let returns = memchr::memchr_iter(b'\r', text).filter(|&at| text.get(at + 1) != Some(&b'\n')).count();
    (memchr::memchr_iter(b'\n', text).count() + returns) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPARK: Dialect = Dialect { delimiter: b',', quote: Some(b'"'), escape: Some(b'\\') };

    /// Reads all rows, told of the text's end or not.
    fn read(text: &[u8], is_last: bool) -> Result<Vec<Vec<Vec<u8>>>, Fault> {
        let (mut at, mut rows, mut pieces) = (0, Vec::new(), Vec::new());
        while at < text.len() {
            let Split::Row { end } = split(text, at, is_last, SPARK, &mut pieces)? else { break };
            let value = |piece: &Piece| {
                let mut value = Vec::new();
                unquote(text, *piece, b'"', &mut value);
                value
            };
            rows.push(pieces.iter().map(value).collect());
            at = end;
        }
        Ok(rows)
    }

    #[test]
    fn an_escape_stands_before_quotes_and_itself() {
        let read = |text: &str| read(text.as_bytes(), true).map(|rows| rows.concat());
        let fields = |fields: &[&str]| Ok(fields.iter().map(|field| field.as_bytes().to_vec()).collect());
        assert_eq!(read(r#""a\"b","c\\","\d",\"e"#), fields(&[r#"a"b"#, r"c\", r"\d", r#"\"e"#]));
        assert_eq!(read(r#""a\""#), Err(Fault::Unclosed(0)));
        assert_eq!(read(r#""a""b""#), Err(Fault::TextAfterQuote(3)));
    }

    proptest! {
        #[test]
        fn rows_with_an_escape_are_read_back(
            rows in prop::collection::vec(prop::collection::vec(r#"[a,\\"\n]{0,6}"#, 1..4), 1..5)
        ) {
            let field = |value: &String| format!("\"{}\"", value.replace('\\', r"\\").replace('"', "\\\""));
            let line = |row: &Vec<String>| row.iter().map(field).collect::<Vec<_>>().join(",") + "\n";
            let text: String = rows.iter().map(line).collect();
            let expected: Vec<Vec<Vec<u8>>> = rows.iter()
                .map(|row| row.iter().map(|value| value.as_bytes().to_vec()).collect())
                .collect();
            prop_assert_eq!(read(text.as_bytes(), true), Ok(expected.clone()));
            // However much of the text is there, what is read of it is right.
            for cut in 0..text.len() {
                let some = read(&text.as_bytes()[..cut], false);
                prop_assert!(matches!(&some, Ok(some) if expected.starts_with(some)), "{} {:?}", cut, some);
            }
        }
    }
}
