//! The fields of one row of CSV.

use std::borrow::Cow;

/// A field of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::link) struct CsvField<'a> {
    pub(in crate::link) text: Cow<'a, [u8]>,
    pub(in crate::link) is_quoted: bool,
}

/// Says why a row has no next field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::link) enum NoField {
    /// The quotes around it aren't closed: the row goes on in the next line.
    Open,
    /// There is something behind the quotes around it.
    Behind,
}

/// Goes through the fields of a row, as RFC 4180 has them: one that begins with a quote ends with one, and has two for each
/// within.
#[derive(Debug, Clone)]
pub(in crate::link) struct Fields<'a> {
    /// The bytes from the next field on; `None` behind the last.
    rest: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    /// The fields of `row`, which has no line end.
    pub(in crate::link) fn of(row: &'a [u8]) -> Self {
        Self { rest: Some(row) }
    }

    fn quoted(&mut self, inside: &'a [u8]) -> Result<CsvField<'a>, NoField> {
        let mut text = Cow::Borrowed(&inside[..0]);
        let mut from = 0;
        loop {
            let quote = memchr::memchr(b'"', &inside[from..]).ok_or(NoField::Open)? + from;
            if inside.get(quote + 1) == Some(&b'"') {
                text.to_mut().extend_from_slice(&inside[from..=quote]);
                from = quote + 2;
                continue;
            }
            if text.is_empty() {
                text = Cow::Borrowed(&inside[from..quote]);
            } else {
                text.to_mut().extend_from_slice(&inside[from..quote]);
            }
            self.rest = match &inside[quote + 1..] {
                [] => None,
                [b',', rest @ ..] => Some(rest),
                _ => return Err(NoField::Behind),
            };
            return Ok(CsvField { text, is_quoted: true });
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<CsvField<'a>, NoField>;

    /// After an error there is nothing more.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        if let [b'"', inside @ ..] = rest {
            return Some(self.quoted(inside));
        }
        let text = match memchr::memchr(b',', rest) {
            Some(comma) => {
                self.rest = Some(&rest[comma + 1..]);
                &rest[..comma]
            }
            None => rest,
        };
        Some(Ok(CsvField { text: Cow::Borrowed(text), is_quoted: false }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(row: &str) -> Result<Vec<String>, NoField> {
        let text = |field: Result<CsvField<'_>, NoField>| {
            field.map(|field| String::from_utf8_lossy(&field.text).into_owned())
        };
        Fields::of(row.as_bytes()).map(text).collect()
    }

    #[test]
    fn quotes_are_those_around_a_field() {
        assert_eq!(texts(""), Ok(vec![String::new()]));
        assert_eq!(texts("a,,"), Ok(vec!["a".into(), String::new(), String::new()]));
        assert_eq!(
            texts("\"a,b\",\"\",\"c\"\"\nd\""),
            Ok(vec!["a,b".into(), String::new(), "c\"\nd".into()])
        );
        assert_eq!(texts("a\"b,c"), Ok(vec!["a\"b".into(), "c".into()]));
        assert_eq!(texts("\"\"\"\""), Ok(vec!["\"".into()]));
        assert_eq!(texts("a,\"b"), Err(NoField::Open));
        assert_eq!(texts("a,\"b\"\""), Err(NoField::Open));
        assert_eq!(texts("\"a\"b"), Err(NoField::Behind));
    }

    proptest! {
        #[test]
        fn rows_that_the_csv_crate_writes_are_read(
            fields in proptest::collection::vec("[a\",\n\r é]{0,4}", 1..5)
        ) {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(&fields).expect("to memory");
            let row = String::from_utf8(writer.into_inner().expect("to memory")).expect("UTF-8");
            prop_assert_eq!(texts(row.strip_suffix('\n').expect("a line")), Ok(fields));
        }
    }
}
