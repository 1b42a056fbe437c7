//! The fields of a row of a data file.

use std::borrow::Cow;

/// A field as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Says whether it stands in quotes: an empty one in quotes is a text, one without is missing.
    pub(crate) is_quoted: bool,
}

/// Hands on the fields of a row, which may be in quotes; the error is a message.
pub(crate) fn each_field(
    row: &str,
    mut on_field: impl FnMut(Field<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let mut rest = row;
    loop {
        let (field, behind) = if rest.starts_with('"') { quoted(rest)? } else { plain(rest) };
        on_field(field)?;
        match behind {
            None => return Ok(()),
            Some(behind) => rest = behind,
        }
    }
}

/// Returns the field that the text begins with, and what stands behind its comma.
fn plain(text: &str) -> (Field<'_>, Option<&str>) {
    let (field, behind) = text.split_once(',').map_or((text, None), |(field, behind)| (field, Some(behind)));
    (Field { text: Cow::Borrowed(field), is_quoted: false }, behind)
}

fn quoted(text: &str) -> Result<(Field<'_>, Option<&str>), String> {
    let mut at = 1;
    let end = loop {
        let quote = at + text[at..].find('"').ok_or("a field in quotes has no end")?;
        if !text[quote + 1..].starts_with('"') {
            break quote;
        }
        at = quote + 2;
    };
    let inner = &text[1..end];
    let inner =
        if inner.contains('"') { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) };
    let field = Field { text: inner, is_quoted: true };
    match &text[end + 1..] {
        "" => Ok((field, None)),
        behind => match behind.strip_prefix(',') {
            Some(behind) => Ok((field, Some(behind))),
            None => Err("more stands behind a field's quotes".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(row: &str) -> Result<Vec<(String, bool)>, String> {
        let mut fields = Vec::new();
        each_field(row, |field| {
            fields.push((field.text.into_owned(), field.is_quoted));
            Ok(())
        })?;
        Ok(fields)
    }

    #[test]
    fn rows_are_split_at_commas_outside_of_quotes() {
        let cases: &[(&str, &[(&str, bool)])] = &[
            ("", &[("", false)]),
            (",", &[("", false), ("", false)]),
            ("\"\",", &[("", true), ("", false)]),
            ("a,\"b,c\",d\"e", &[("a", false), ("b,c", true), ("d\"e", false)]),
            ("\"say \"\"hi\"\"\n\"", &[("say \"hi\"\n", true)]),
            ("\"\"\"\"", &[("\"", true)]),
        ];
        for (row, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|&(text, quoted)| (text.to_owned(), quoted)).collect();
            assert_eq!(fields(row), Ok(expected), "{row}");
        }
        assert!(fields("\"a").is_err() && fields("\"a\"b").is_err() && fields("\"a\"\"").is_err());
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut random = datasets::SplitMix64::new(2);
        for _ in 0..2_000 {
            let texts: Vec<String> = (0..=random.uniform(0, 3))
                .map(|_| {
                    (0..random.uniform(0, 4))
                        .map(|_| [',', '"', '\n', 'a', 'é'][random.uniform(0, 4) as usize])
                        .collect()
                })
                .collect();
            let mut row = Vec::new();
            for (i, text) in texts.iter().enumerate() {
                if i > 0 {
                    row.push(b',');
                }
                datasets::write_text(text.as_bytes(), &mut row);
            }
            let found = fields(str::from_utf8(&row).expect("UTF-8")).expect("fields");
            assert_eq!(found.into_iter().map(|(text, _)| text).collect::<Vec<_>>(), texts);
        }
    }
}
