//! JSON within texts, and lists: those of JSON and arrays as PostgreSQL writes them.

use super::is_no;
use crate::reading::json_field;
use crate::table::{Field, FieldKind};

/// An array has at most so many dimensions in PostgreSQL.
const MOST_LEVELS: usize = 6;

pub(super) fn json(field: Field<'_>, out: &mut String) -> Result<FieldKind, String> {
    if !matches!(field.kind, FieldKind::Text | FieldKind::Untyped) {
        out.push_str(field.text);
        return Ok(field.kind);
    }
    let text = field.text.trim();
    // A scalar is looked at by its first byte alone, so it has to be known that it is JSON.
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let read = if is_json { json_field(text) } else { Err(String::new()) };
    let Ok((kind, text)) = read else { return Err(is_no(field, "JSON", "a value of JSON")) };
    out.push_str(&text);
    Ok(kind)
}

/// Writes a list whose elements are texts, so that one that was written with types and one without say the same.
pub(super) fn list(field: Field<'_>, out: &mut String) -> Result<FieldKind, String> {
    let expected = "a list of JSON, or an array such as {1,2,NULL}";
    if field.text.starts_with('{') && field.kind != FieldKind::Nested {
        let mut text = String::new();
        return match array(field.text, 0, &mut text) {
            Some("") => {
                out.push_str(&text);
                Ok(FieldKind::Nested)
            }
            _ => Err(is_no(field, "list", expected)),
        };
    }
    let mut text = String::new();
    let kind = json(field, &mut text).map_err(|_| is_no(field, "list", expected))?;
    if kind != FieldKind::Nested || !text.starts_with('[') {
        return Err(is_no(field, "list", expected));
    }
    elements_as_texts(&text, out);
    Ok(kind)
}

/// Puts quotes around whatever isn't a text, `null` or nested in JSON without blanks.
fn elements_as_texts(json: &str, out: &mut String) {
    let mut rest = json;
    while let Some(first) = rest.as_bytes().first() {
        let length = match first {
            b'"' => text_length(rest),
            b'[' | b']' | b'{' | b'}' | b',' | b':' => 1,
            _ => rest.find(['[', ']', '{', '}', ',', ':']).unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(length);
        let is_bare = !token.starts_with(['"', '[', ']', '{', '}', ',', ':']) && token != "null";
        let quote = if is_bare { "\"" } else { "" };
        out.push_str(quote);
        out.push_str(token);
        out.push_str(quote);
        rest = behind;
    }
}

/// Returns the length of the text at the beginning, with its quotes.
fn text_length(json: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// Reads an array at the beginning of a text; returns what follows.
fn array<'a>(text: &'a str, level: usize, out: &mut String) -> Option<&'a str> {
    let mut rest = text.strip_prefix('{').filter(|_| level < MOST_LEVELS)?;
    out.push('[');
    if let Some(rest) = rest.strip_prefix('}') {
        out.push(']');
        return Some(rest);
    }
    loop {
        rest = match rest.as_bytes().first()? {
            b'{' => array(rest, level + 1, out)?,
            b'"' => quoted_element(rest, out)?,
            _ => bare_element(rest, out)?,
        };
        if let Some(rest) = rest.strip_prefix('}') {
            out.push(']');
            return Some(rest);
        }
        rest = rest.strip_prefix(',')?;
        out.push(',');
    }
}

fn bare_element<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let (element, rest) = text.split_at(text.find([',', '}'])?);
    match element {
        "" => return None,
        "NULL" => out.push_str("null"),
        _ => out.push_str(&serde_json::Value::from(element).to_string()),
    }
    Some(rest)
}

fn quoted_element<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let length = text_length(text);
    let (element, rest) = text.split_at(length);
    let inner = element.strip_prefix('"')?.strip_suffix('"')?;
    let (mut plain, mut is_escaped) = (String::new(), false);
    for sign in inner.chars() {
        is_escaped = !is_escaped && sign == '\\';
        if !is_escaped {
            plain.push(sign);
        }
    }
    out.push_str(&serde_json::Value::from(plain).to_string());
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::super::ColumnType;
    use super::*;

    fn convert(of: ColumnType, kind: FieldKind, text: &str) -> Result<(FieldKind, String), String> {
        let mut out = String::new();
        of.convert(Field { kind, text }, &mut out).map(|kind| (kind, out))
    }

    #[test]
    fn arrays_and_lists_of_the_same_elements_are_the_same() {
        for (array, list, expected) in [
            ("{1,2}", "[1,2]", r#"["1","2"]"#),
            ("{}", "[]", "[]"),
            ("{{1,NULL},{3,4}}", "[[1,null],[3,4]]", r#"[["1",null],["3","4"]]"#),
            (r#"{"a b","c\"d","NULL",e}"#, r#"["a b","c\"d","NULL","e"]"#, r#"["a b","c\"d","NULL","e"]"#),
        ] {
            let expected = Ok((FieldKind::Nested, expected.to_owned()));
            assert_eq!(convert(ColumnType::List, FieldKind::Untyped, array), expected);
            assert_eq!(convert(ColumnType::List, FieldKind::Nested, list), expected);
            assert_eq!(convert(ColumnType::List, FieldKind::Text, list), expected);
        }
        for text in ["", "1", "{1", "{1,}", "{,1}", "{1}2", "[1", r#"{"a}"#, "{{{{{{{1}}}}}}}"] {
            assert!(convert(ColumnType::List, FieldKind::Untyped, text).is_err(), "{text}");
        }
        assert!(convert(ColumnType::List, FieldKind::Nested, r#"{"a":1}"#).is_err());
    }

    #[test]
    fn json_within_texts_has_one_text() {
        let expected = Ok((FieldKind::Nested, r#"{"lang":"en","n":1.0}"#.to_owned()));
        assert_eq!(convert(ColumnType::Json, FieldKind::Text, r#"{"n": 1.0, "lang": "en"}"#), expected);
        assert_eq!(convert(ColumnType::Json, FieldKind::Nested, r#"{"lang":"en","n":1.0}"#), expected);
        assert_eq!(convert(ColumnType::Json, FieldKind::Text, "17"), Ok((FieldKind::Number, "17".into())));
        for text in ["", "{", "tru", "1 2", "'a'"] {
            assert!(convert(ColumnType::Json, FieldKind::Text, text).is_err(), "{text}");
        }
    }
}
